//! Each lint on the files that are shipped, with the one mistake that it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{LINTS, check};
use crate::diagnostic::{Diagnostic, Severity, has_errors, render};
use crate::mappings::{self, Loaded};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PLATFORM: &str = "vault.yaml";
const SOMEPROJECT: &str = "projects/somenamespace/someproject.yaml";
const WEBSITE: &str = "projects/somenamespace/website.yaml";
const APPLY: &str = "policies/vault-provisioner.hcl";

/// A file, a text in it, and what stands in its place.
type Edit = (&'static str, &'static str, &'static str);

/// `ALIAS` in an edit.
const ALIAS: &str = "identity.entity.aliases.${auth.gitlab.accessor}.metadata";

/// Each mistake, and the lints that it is for.
const CASES: &[(&[Edit], &[&str])] = &[
    (
        &[
            (
                PLATFORM,
                "metadata.project_id}}-{environment}",
                "metadata.project_id}}-{{ALIAS.environment}}",
            ),
            (
                PLATFORM,
                "{project_id: project_id}",
                "{project_id: project_id, environment: environment}",
            ),
        ],
        &["shared-metadata"],
    ),
    (
        &[(
            PLATFORM,
            "{project_id: \"7012\"}\n        claim_mappings: {project_id: project_id}\n",
            "{project_id: \"7012\"}\n",
        )],
        &["lost-metadata"],
    ),
    (
        &[
            (
                PLATFORM,
                "{project_id: \"7012\"}\n        claim_mappings: {project_id: project_id}\n",
                "{project_id: \"7012\"}\n",
            ),
            (
                PLATFORM,
                "vault-provisioner-plan:\n        user_claim: project_id",
                "vault-provisioner-plan:\n        user_claim: user_id",
            ),
        ],
        &["mixed-user-claims"],
    ),
    (
        &[
            (
                PLATFORM,
                "sts/gitlab-tools",
                "sts/{{ALIAS.project_id}}-{{ALIAS.environment}}",
            ),
            (
                PLATFORM,
                "{project_id: project_id}",
                "{project_id: project_id, environment: environment}",
            ),
            (
                PLATFORM,
                "        allow: {open-role: gitlab-tools is for every project}\n",
                "",
            ),
        ],
        &[
            "closing-value",
            "empty-claim",
            "shared-metadata",
            "unprotected-environment",
            "unused-role",
        ],
    ),
    (
        &[(PLATFORM, "user_claim: project_id", "user_claim: user_email")],
        &["chosen-user-claim", "shared-metadata"],
    ),
    (
        &[(
            PLATFORM,
            "vault-provisioner-plan:\n        user_claim: project_id\n        bound_audiences: [https://vault.example.com]\n",
            "vault-provisioner-plan:\n        user_claim: project_id\n",
        )],
        &["no-audience"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims_type: glob\n        bound_claims: {namespace_path: devops*}",
        )],
        &["wide-glob"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims_type: glob\n        bound_claims: {namespace_path: devops/*}",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {project_path: devops/vault-provisioner}",
        )],
        &["path-without-id"],
    ),
    (
        &[(
            PLATFORM,
            "        allow: {open-role: gitlab-tools is for every project}\n",
            "",
        )],
        &["open-role"],
    ),
    (
        &[(
            PLATFORM,
            "capabilities: [update]\n        description: The shared",
            "capabilities: [update, sudo]\n        description: The shared",
        )],
        &["sudo"],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    rules:\n      - {path: sys/policies/acl/*, capabilities: [update]}\n",
        )],
        &["own-policy", "root-like-path", "unprotected-provisioner"],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    rules:\n      - {path: +/+/+, capabilities: [delete]}\n",
        )],
        &["root-like-path", "unprotected-provisioner"],
    ),
    (
        &[(
            APPLY,
            "changes\npath \"auth/gitlab/role/vault-provisioner\" {\n  capabilities = [\"read\"]",
            "changes\npath \"auth/gitlab/role/vault-provisioner\" {\n  capabilities = [\"read\", \"update\"]",
        )],
        &["own-policy"],
    ),
    (
        &[(
            PLATFORM,
            ", ref_protected: \"true\"}\n        claim_mappings",
            "}\n        claim_mappings",
        )],
        &["unprotected-provisioner"],
    ),
    (
        &[(
            PLATFORM,
            "[vault-provisioner-plan]\n        token_no_default_policy: true\n        token_explicit_max_ttl: 10m",
            "[vault-provisioner-plan]\n        token_explicit_max_ttl: 2h",
        )],
        &["ttl-beyond-lease"],
    ),
    (
        &[(
            PLATFORM,
            "token_no_default_policy: true\n        token_explicit_max_ttl: 10m",
            "token_no_default_policy: true",
        )],
        &["ttl-beyond-lease"],
    ),
    (
        &[(SOMEPROJECT, "max_sts_ttl: 1h", "max_sts_ttl: 2h")],
        &["ttl-beyond-lease"],
    ),
    (
        &[(
            WEBSITE,
            "123456789012:role/website",
            "123456789012:role/gitlab-service-role",
        )],
        &["shared-arn"],
    ),
    (
        &[(SOMEPROJECT, "role/gitlab-build", "role/gitlab-service-role")],
        &[],
    ),
    (
        &[(
            SOMEPROJECT,
            "123456789012:role/gitlab-build",
            "123456789013:role/gitlab-service-role",
        )],
        &["shared-arn"],
    ),
    (
        &[(
            WEBSITE,
            "123456789012:role/website",
            "123456789012:role/gitlab-tools",
        )],
        &["shared-arn"],
    ),
    (
        &[(
            PLATFORM,
            "  allowed_accounts: [\"123456789012\", \"123456789013\"]\n",
            "",
        )],
        &["any-account"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {environment: \"{environment}\"}",
            "bound_claims: {environment: \"{environment}\", project_id: \"365\"}",
        )],
        &["unreachable-mapping"],
    ),
    (
        &[(PLATFORM, "[\"aws-{environment}\"]", "[aws]")],
        &["open-role", "unreachable-mapping", "unused-policy"],
    ),
    (
        &[(
            PLATFORM,
            "        protected_bound_claims: {ref_protected: \"true\"}\n",
            "",
        )],
        &["unprotected-environment"],
    ),
    (
        &[(
            PLATFORM,
            "  # Written by",
            "  spare: {file: policies/vault-provisioner-plan.hcl}\n  # Written by",
        )],
        &["unused-policy"],
    ),
    (
        &[(PLATFORM, "sts/gitlab-tools", "sts/gitlab-tool")],
        &["unused-role"],
    ),
    (
        &[(
            PLATFORM,
            "protected_environments: [prod]",
            "protected_environments: [prod, staging]",
        )],
        &["unused-protected-environment"],
    ),
    (
        &[(PLATFORM, "allow: {open-role:", "allow: {open-rule:")],
        &["open-role", "unused-allow"],
    ),
    (
        &[(
            WEBSITE,
            "project: ",
            "allow: {shared-arn: nobody does}\nproject: ",
        )],
        &["unused-allow"],
    ),
];

/// The shipped files with edits.
fn load(edits: &[Edit]) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(ROOT).join("mappings"), folder.path());
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replace(from, &to.replace("ALIAS", ALIAS))).unwrap();
    }
    let loaded = mappings::load(folder.path());
    (folder, loaded)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &copied),
            false => fs::copy(&path, &copied).map(|_| ()).unwrap(),
        }
    }
}

fn names(diagnostics: &[Diagnostic]) -> BTreeSet<&str> {
    diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn the_shipped_files_give_nothing_to_object_to() {
    let (_folder, loaded) = load(&[]);
    let found = check(&loaded);
    assert!(
        found.is_empty(),
        "{}",
        render(&found, &loaded.sources, false)
    );
}

#[test]
fn each_mistake_is_found_and_nothing_else() {
    for (edits, expected) in CASES {
        let (_folder, loaded) = load(edits);
        let shown = render(&loaded.diagnostics, &loaded.sources, false);
        assert!(!has_errors(&loaded.diagnostics), "{edits:?}\n{shown}");
        let found = check(&loaded);
        assert!(
            found
                .iter()
                .all(|found| found.severity == Severity::Warning)
        );
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        let shown = render(&found, &loaded.sources, false);
        assert_eq!(names(&found), expected, "{edits:?}\n{shown}");
    }
}

#[test]
fn each_lint_has_a_case_and_a_section_in_the_documentation() {
    let documentation = fs::read_to_string(Path::new(ROOT).join("docs/lints.md")).unwrap();
    let tried: BTreeSet<&str> = CASES
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    for name in LINTS.iter().map(|lint| lint.name).chain(["unused-allow"]) {
        assert!(tried.contains(name), "{name} has no case");
        let section = format!("\n### {name}\n");
        assert!(
            documentation.contains(&section),
            "docs/lints.md lacks {name}"
        );
    }
}

#[test]
fn what_is_allowed_is_allowed_in_its_place_only() {
    let shared: Edit = (
        WEBSITE,
        "123456789012:role/website",
        "123456789012:role/gitlab-service-role",
    );
    let allow = "allow: {shared-arn: both deploy the same stack}\n";
    for (edit, expected) in [
        ((WEBSITE, "id: 412\n", format!("id: 412\n{allow}")), None),
        (
            (
                WEBSITE,
                "dev: arn:aws:iam::123456789012:role/gitlab-service-role",
                format!(
                    "dev:\n    role_arn: arn:aws:iam::123456789012:role/gitlab-service-role\n    {allow}"
                ),
            ),
            None,
        ),
        (
            (SOMEPROJECT, "id: 365\n", format!("id: 365\n{allow}")),
            Some(["shared-arn", "unused-allow"]),
        ),
        (
            (PLATFORM, "mappings:\n", format!("mappings:\n  {allow}")),
            Some(["shared-arn", "unused-allow"]),
        ),
    ] {
        let (file, from, to) = edit;
        let to: &'static str = to.leak();
        let (_folder, loaded) = load(&[shared, (file, from, to)]);
        let found = check(&loaded);
        let expected = expected.into_iter().flatten().collect();
        assert_eq!(names(&found), expected, "{to}");
    }
}

#[test]
fn what_is_allowed_needs_a_reason() {
    for (written, message) in [
        ("allow: {open-role: }", "a reason is missing"),
        ("allow: {open-role: \"\"}", "a reason is missing"),
        (
            "allow: [open-role]",
            "expected a mapping of lints to reasons",
        ),
        ("allow: open-role", "expected a mapping of lints to reasons"),
    ] {
        let edit = (
            PLATFORM,
            "allow: {open-role: gitlab-tools is for every project}",
            written,
        );
        let (_folder, loaded) = load(&[edit]);
        let messages: Vec<_> = loaded
            .diagnostics
            .iter()
            .map(|found| &found.message)
            .collect();
        assert_eq!(messages, [message], "{written}");
    }
}
