//! What is certain to mend a mistake: each mend is written into the files, which then lack the mistake.

use std::collections::BTreeSet;
use std::fs;

use super::{Edit, PLATFORM, SOMEPROJECT, WEBSITE, check, load};
use crate::diagnostic::{Code, Diagnostic, Sources, render};
use crate::mappings::{self, Loaded};

/// A code, edits that are the mistake, and what the mended file holds.
const MENDED: &[(&str, &[Edit], &str)] = &[
    (
        "claim-type",
        &[(PLATFORM, "ref_protected: \"true\"", "ref_protected: true")],
        "ref_protected: \"true\"",
    ),
    (
        "invalid-value",
        &[(
            PLATFORM,
            "      vault-provisioner-plan:\n",
            "      Vault-Provisioner-Plan:\n",
        )],
        "      vault-provisioner-plan:\n",
    ),
    (
        "key-type",
        &[(WEBSITE, "dev: arn:aws", "12: arn:aws")],
        "\"12\": arn:aws",
    ),
    (
        "late-expiry",
        &[
            (PLATFORM, "mappings:\n", "mappings:\n  max_expiry: 90d\n"),
            (
                WEBSITE,
                "dev: arn:aws:iam::123456789012:role/website",
                "dev: {role_arn: arn:aws:iam::123456789012:role/website, expires: 2999-12-31}",
            ),
        ],
        "expires: 20",
    ),
    (
        "long-leeway",
        &[(
            PLATFORM,
            "user_claim: project_id\n",
            "user_claim: project_id\n        clock_skew_leeway: 2h\n",
        )],
        "clock_skew_leeway: 10m\n",
    ),
    (
        "missing-key",
        &[(PLATFORM, "version: 1\n", "")],
        "version: 1\nauth:",
    ),
    (
        "unapproved-action",
        &[(PLATFORM, ", environment_action: start", "")],
        "{environment_action: start, ref_protected: \"true\"}",
    ),
    (
        "unprotected-environment",
        &[(
            PLATFORM,
            "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
            "        protected_bound_claims:\n          environment_action: start\n",
        )],
        "protected_bound_claims:\n          ref_protected: \"true\"\n          environment_action: start\n",
    ),
    (
        "unprotected-environment",
        &[(
            PLATFORM,
            "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
            "",
        )],
        "protected_bound_claims: {ref_protected: \"true\"}\n        ",
    ),
    (
        "unknown-claim",
        &[(PLATFORM, "user_claim: project_id", "user_claim: projectid")],
        "user_claim: project_id",
    ),
    (
        "unknown-key",
        &[(PLATFORM, "guardrails:", "guardrail:")],
        "guardrails:",
    ),
    (
        "unknown-value",
        &[(PLATFORM, "capabilities: [update]", "capabilities: [updat]")],
        "capabilities: [update]",
    ),
    (
        "unused-allow",
        &[(
            PLATFORM,
            "mappings:\n",
            "mappings:\n  allow: {shared-arn: no reason}\n",
        )],
        "\nmappings:\n  secrets:",
    ),
    (
        "wrong-type",
        &[(WEBSITE, "id: 412", "id: \"412\"")],
        "id: 412\n",
    ),
];

/// The codes of which no message has a certain mend, by the reason.
const NOT_MENDED: &[(&str, &[&str])] = &[
    (
        "it would let more jobs in, or hide what a lint finds",
        &[
            "account",
            "dead-rule",
            "refused-allow",
            "unknown-policy",
            "unknown-role",
            "unreachable-mapping",
        ],
    ),
    (
        "there are several ways to mend it, and only a person knows which one is meant",
        &[
            "alias",
            "anchor",
            "aws-role",
            "batch-token",
            "broken-expectation",
            "claim-mapping",
            "contract",
            "duplicate-group",
            "duplicate-key",
            "duplicate-project",
            "duplicate-role",
            "environment",
            "expired-mapping",
            "expired-policy",
            "expiring-mapping",
            "for-each",
            "fork-merge-requests",
            "glob",
            "hidden-character",
            "idle-expectation",
            "issuer-mismatch",
            "jwt-config",
            "jwt-role",
            "merge-key",
            "mixed-user-claims",
            "mount",
            "multiple-documents",
            "network",
            "policy",
            "reference",
            "removed",
            "role-name",
            "session-ttl",
            "syntax",
            "tag",
            "too-deep",
            "too-many-mistakes",
            "ttl-beyond-lease",
            "ttl-order",
            "undeclared-environment",
            "unmanaged",
            "unused-policy",
            "unused-protected-environment",
            "unused-role",
            "useless-token",
            "wide-glob",
        ],
    ),
    (
        "it needs a value that only a person knows",
        &[
            "absent-claim",
            "any-account",
            "chosen-user-claim",
            "closing-value",
            "credentials",
            "empty-claim",
            "impossible-claim",
            "insecure-url",
            "long-lived-key",
            "lost-metadata",
            "missing-issuer",
            "no-audience",
            "no-issuer",
            "open-role",
            "outranked-deny",
            "own-policy",
            "path-without-id",
            "protected-account",
            "root-like-path",
            "root-token",
            "shared-arn",
            "shared-metadata",
            "sudo",
            "unprotected-provisioner",
        ],
    ),
    (
        "it is about a file as a whole",
        &[
            "add",
            "empty-file",
            "file-name",
            "ignored-file",
            "linked-directory",
            "misplaced-file",
            "missing-directory",
            "missing-file",
            "not-a-directory",
            "not-a-file",
            "not-utf8",
            "outside",
            "too-large",
            "unreadable",
        ],
    ),
];

fn all(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut all = loaded.diagnostics.clone();
    all.extend(check(loaded));
    all
}

fn shown(found: &[Diagnostic], sources: &Sources) -> String {
    render(found, sources, false)
}

#[test]
fn a_mend_that_is_written_into_the_file_leaves_no_such_mistake() {
    for (code, edits, mended) in MENDED {
        let (folder, loaded) = load(edits);
        let found = all(&loaded);
        let one = found
            .iter()
            .find(|found| found.code.name() == *code && found.mend.is_some());
        let told = shown(&found, &loaded.sources);
        let mend = one
            .and_then(|one| one.mend.clone())
            .unwrap_or_else(|| panic!("{code}: {told}"));
        let count = |found: &[Diagnostic]| {
            let of_code = found.iter().filter(|found| found.code.name() == *code);
            of_code.count()
        };
        let mistakes = count(&found);
        let before = loaded.sources.text(mend.span.file);
        let after = [
            &before[..mend.span.start],
            &mend.text,
            &before[mend.span.end..],
        ]
        .concat();
        assert!(after.contains(mended), "{code}: {after}");
        let path = folder.path().join(edits.last().unwrap().0);
        fs::write(path, after).unwrap();
        let again = mappings::load(folder.path(), std::time::SystemTime::now());
        let found = all(&again);
        let left = shown(&found, &again.sources);
        assert!(count(&found) < mistakes, "{code}: {left}");
    }
}

#[test]
fn each_code_is_mended_or_has_a_reason_why_not() {
    let mended = MENDED.iter().map(|(code, ..)| *code);
    let not_mended = NOT_MENDED.iter().flat_map(|(_, codes)| *codes).copied();
    let decided: BTreeSet<&str> = mended.clone().chain(not_mended.clone()).collect();
    let of_files = Code::ALL.iter().filter(|code| code.is_about_files());
    let of_files: BTreeSet<&str> = of_files.map(|code| code.name()).collect();
    assert_eq!(decided, of_files);
    assert_eq!(
        decided.len(),
        mended.collect::<BTreeSet<_>>().len() + not_mended.count()
    );
}

#[test]
fn a_line_is_removed_only_if_it_is_one_entry_among_others() {
    for (allow, is_mended) in [
        ("allow:\n  shared-arn: no reason\n", false),
        ("allow: {shared-arn: no reason, # why\n  sudo: no}\n", false),
        ("allow: {shared-arn: one, sudo: two}\n", false),
        ("allow: {shared-arn: |\n  text}\n", false),
        ("allow: {shared-arn: no reason} # why\n", true),
    ] {
        let text = format!("id: 365\n{allow}").leak();
        let permit = (
            PLATFORM,
            "mappings:\n",
            "mappings:\n  project_allows: [shared-arn, sudo]\n",
        );
        let (_folder, loaded) = load(&[permit, (SOMEPROJECT, "id: 365\n", text)]);
        let found = all(&loaded);
        let mended = found
            .iter()
            .any(|found| found.code == Code::UnusedAllow && found.mend.is_some());
        assert_eq!(
            mended,
            is_mended,
            "{allow}: {}",
            shown(&found, &loaded.sources)
        );
    }
}
