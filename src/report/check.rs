//! How the files compare with GitLab: for people, and for programs.

use serde::Serialize;

use super::{Shown, plural, shown};
use crate::check::{CheckOutcome, UnknownFact};
use crate::diagnostic::{Sources, escaped_json, records};

/// The version of the JSON. It increases when a field is removed or changes its meaning, not when one is added.
const FORMAT_VERSION: u32 = 1;

/// How `check` prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CheckFormat {
    /// For a terminal or a job's log
    Text,
    /// For programs
    Json,
}

/// The result of `check`.
pub(crate) struct CheckAnswer<'a> {
    /// The result of the comparison.
    pub(crate) outcome: &'a CheckOutcome,
    /// The files that the messages are about.
    pub(crate) sources: &'a Sources,
    /// The address of GitLab.
    pub(crate) gitlab: String,
    /// The revision since which changes were compared, if not everything was.
    pub(crate) since: Option<String>,
    /// What was not looked at in these files, besides what is never looked at.
    pub(crate) not_looked_at: Vec<String>,
}

/// The comparison for programs.
///
/// ```json
/// {
///   "format_version": 1,
///   "gitlab": "https://git.example.com",
///   "since": "origin/main",
///   "compared": {"projects": 2, "groups": 0, "environments": 3, "protected": 1, "not_asked": 0},
///   "messages": [{"level": "ERROR", "code": "other-path", "message": "…", "file": "…", "line": 2, "column": 5}],
///   "unknown": [{"what": "whether GitLab protects them", "environments": 2, "reason": "…"}],
///   "not_looked_at": ["…"]
/// }
/// ```
#[derive(Serialize)]
struct CheckDocument<'a> {
    format_version: u32,
    gitlab: &'a str,
    since: Option<&'a str>,
    compared: Compared,
    messages: Vec<crate::diagnostic::Record<'a>>,
    unknown: Vec<UnknownEnvironments<'a>>,
    not_looked_at: Vec<&'a str>,
}

#[derive(Serialize)]
struct Compared {
    projects: usize,
    groups: usize,
    environments: usize,
    protected: usize,
    /// Projects and groups about which GitLab was not asked, because it failed before.
    not_asked: usize,
}

#[derive(Serialize)]
struct UnknownEnvironments<'a> {
    what: &'static str,
    environments: usize,
    reason: &'a str,
}

/// What is never looked at.
const NOT_LOOKED_AT: [&str; 3] = [
    "ids in the policies of vault.yaml and in contract.yaml, and globs over ids",
    "environments of the projects of groups",
    "who may deploy, push or merge",
];

impl CheckAnswer<'_> {
    /// For people: what was compared, what is unknown, and what was not looked at.
    pub(crate) fn text(&self) -> String {
        let outcome = self.outcome;
        let since = match &self.since {
            Some(revision) => format!(", of what has changed since {}", Shown::text(revision)),
            None => String::new(),
        };
        let found = match outcome.counts() {
            (0, 0) => "nothing is wrong with what is known".to_owned(),
            (errors, warnings) => format!(
                "{}, {}",
                plural(errors, "error"),
                plural(warnings, "warning")
            ),
        };
        let mut text = format!(
            "Compared with {}{since}: {}, {}, {} ({} protected there too): {found}.\n",
            Shown::text(&self.gitlab),
            plural(outcome.projects, "project"),
            plural(outcome.groups, "group"),
            plural(outcome.environments, "environment"),
            outcome.protected,
        );
        if outcome.not_asked > 0 {
            text.push_str(&format!(
                "Unknown: {} of the projects and groups, about which GitLab was not asked, because it failed before.\n",
                outcome.not_asked,
            ));
        }
        for unknown in self.unknown() {
            text.push_str(&format!(
                "Unknown of {}: {} ({}).\n",
                plural(unknown.environments, "environment"),
                unknown.what,
                Shown::text(unknown.reason),
            ));
        }
        let not_looked_at = self.not_looked_at();
        let not_looked_at = not_looked_at.map(|what| Shown::text(what).to_string());
        let not_looked_at: Vec<String> = not_looked_at.collect();
        text.push_str(&format!("Not looked at: {}.\n", not_looked_at.join("; ")));
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> String {
        let outcome = self.outcome;
        let document = CheckDocument {
            format_version: FORMAT_VERSION,
            gitlab: &self.gitlab,
            since: self.since.as_deref(),
            compared: Compared {
                projects: outcome.projects,
                groups: outcome.groups,
                environments: outcome.environments,
                protected: outcome.protected,
                not_asked: outcome.not_asked,
            },
            messages: records(&outcome.diagnostics, self.sources),
            unknown: self.unknown().collect(),
            not_looked_at: self.not_looked_at().collect(),
        };
        // Fails only for a map whose keys are not strings, and there is none.
        let json = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
        escaped_json(&json, |c| c == '\n' || shown::is_plain(c))
    }

    fn not_looked_at(&self) -> impl Iterator<Item = &str> {
        let here = self.not_looked_at.iter().map(String::as_str);
        NOT_LOOKED_AT.into_iter().chain(here)
    }

    fn unknown(&self) -> impl Iterator<Item = UnknownEnvironments<'_>> {
        let unknown = self.outcome.unknown.iter();
        unknown.map(|((fact, reason), count)| UnknownEnvironments {
            what: match fact {
                UnknownFact::Existence => "whether GitLab has them",
                UnknownFact::Protection => "whether GitLab protects them",
            },
            environments: *count,
            reason,
        })
    }
}
