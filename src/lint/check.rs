//! Runs all lints over the files, and leaves out the findings that the files allow.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Lint;
use super::subject::{Subject, SubjectParts};
use super::{
    claim, dead_rule, issuer, lifetime, login, mapping, metadata, outranked_deny, power, unused,
};
use crate::diagnostic::{Code, Diagnostic, Sources, Span};
use crate::mappings::{Allow, Loaded, PlatformFile};
use crate::yaml::{item_span, without_line};

/// All lints, in the order of the documentation.
pub(super) const LINTS: &[Lint] = &[
    metadata::SHARED,
    metadata::LOST,
    metadata::MIXED,
    metadata::EMPTY,
    metadata::CLOSING,
    login::CHOSEN_USER,
    login::NO_AUDIENCE,
    login::WIDE_GLOB,
    login::PATH_WITHOUT_ID,
    login::OPEN_ROLE,
    login::UNKNOWN_POLICY,
    login::FORK_MERGE_REQUESTS,
    claim::IMPOSSIBLE,
    claim::ABSENT,
    issuer::MISMATCH,
    issuer::NONE,
    issuer::INSECURE,
    power::SUDO,
    power::ROOT_LIKE,
    power::OWN_POLICY,
    power::UNPROTECTED_PROVISIONER,
    dead_rule::DEAD_RULE,
    outranked_deny::OUTRANKED_DENY,
    lifetime::BEYOND_LEASE,
    lifetime::LONG_LEEWAY,
    lifetime::LONG_LIVED_KEY,
    lifetime::USELESS_TOKEN,
    lifetime::EXPIRED_POLICY,
    mapping::SHARED_ARN,
    mapping::ANY_ACCOUNT,
    mapping::UNREACHABLE,
    mapping::UNPROTECTED_ENVIRONMENT,
    mapping::UNAPPROVED_ACTION,
    mapping::UNDECLARED_ENVIRONMENT,
    unused::POLICY,
    unused::ROLE,
    unused::PROTECTED_ENVIRONMENT,
];

/// The names of all lints, for editors.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LINTS.iter().map(|lint| lint.code.name())
}

/// All findings in files without errors, except those that an `allow` covers.
pub(crate) fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let (Some(platform), Some(desired)) = (&loaded.platform, &loaded.desired) else {
        return Vec::new();
    };
    let of_projects = loaded.projects.iter().flat_map(|file| &file.allows);
    let of_groups = loaded.groups.iter().flat_map(|file| &file.allows);
    let rules = platform.platform.mappings.as_ref();
    let permits = |allow: &&Allow| {
        !is_lint(&allow.lint)
            || rules.is_some_and(|rules| rules.project_allows.contains(&allow.lint))
    };
    let (permitted, refused): (Vec<&Allow>, Vec<&Allow>) =
        of_projects.chain(of_groups).partition(permits);
    let mut allows: BTreeMap<_, Vec<&Allow>> = BTreeMap::new();
    for allow in platform.allows.iter().chain(permitted) {
        let place = (allow.lint.as_str(), allow.span.file);
        allows.entry(place).or_default().push(allow);
    }
    let subject = SubjectParts::new(platform, loaded.folder(), &loaded.sources, desired);
    let subject = Subject::new(&subject);
    let mut diagnostics: Vec<_> = refused.into_iter().map(refused_allow).collect();
    diagnostics.extend(unknown_permits(platform));
    let mut used = BTreeSet::new();
    for lint in LINTS {
        // All copies of a `for_each` entry have one place, which is shown once.
        let mut seen = BTreeSet::new();
        for finding in (lint.check)(&subject) {
            let place = (lint.code.name(), finding.span.file);
            let mut allowing = allows.get(&place).into_iter().flatten();
            match allowing.find(|allow| allow.covers(finding.span)) {
                Some(allow) => {
                    used.insert(allow.span);
                }
                None if seen.insert(finding.span) => {
                    diagnostics.push(finding.diagnostic(lint.code))
                }
                None => {}
            }
        }
    }
    let all = allows.values().flatten();
    let unused = all.filter(|allow| !used.contains(&allow.span));
    diagnostics.extend(unused.map(|allow| unused_allow(allow, &loaded.sources)));
    diagnostics
}

/// Whoever writes a project's file must not silence what the platform's team wants to see.
fn refused_allow(allow: &Allow) -> Diagnostic {
    let name = &allow.lint;
    Diagnostic::warning(
        Code::RefusedAllow,
        format!("this `allow` has no effect: vault.yaml does not let project files allow `{name}`"),
        allow.span,
    )
    .with_help(format!(
        "correct what the lint finds, or have the platform's team add `{name}` to `project_allows` under `mappings`"
    ))
}

/// Names under `project_allows` that are not those of lints.
fn unknown_permits(platform: &PlatformFile) -> Vec<Diagnostic> {
    let rules = platform.platform.mappings.iter();
    let names = rules.flat_map(|rules| &rules.project_allows);
    let unknown = names.filter(|name| !is_lint(name));
    unknown
        .map(|name| {
            unknown_lint(
                name,
                item_span(&platform.root, ["mappings", "project_allows"], name),
            )
        })
        .collect()
}

fn is_lint(name: &str) -> bool {
    names().any(|known| known == name)
}

/// An unused `allow` would hide the next mistake.
fn unused_allow(allow: &Allow, sources: &Sources) -> Diagnostic {
    let name = &allow.lint;
    if is_lint(name) {
        return Diagnostic::warning(
            Code::UnusedAllow,
            format!("this `allow` has no effect: nothing here triggers `{name}`"),
            allow.span,
        )
        .with_help("remove it")
        .mended(without_line(sources.text(allow.span.file), allow.span));
    }
    unknown_lint(name, allow.span)
}

fn unknown_lint(name: &str, place: Span) -> Diagnostic {
    let similar = names().max_by(|a, b| {
        let likeness = |known| strsim::jaro(known, name);
        likeness(a).total_cmp(&likeness(b))
    });
    Diagnostic::warning(
        Code::UnusedAllow,
        format!("there is no lint `{name}`"),
        place,
    )
    .with_help(format!(
        "write `{}`, or another lint of docs/lints.md",
        similar.unwrap_or_default()
    ))
}
