//! What is wrong with the files, by what GitLab says.

mod numbers;
mod protection;

use std::collections::BTreeMap;

use self::protection::{GroupProtection, protecting_group};
use super::ask::GitLabFacts;
use super::questions::{EnvironmentQuestion, ProjectQuestion, Questions};
use crate::diagnostic::{Code, Diagnostic, FileId, Severity, Sources, Span};
use crate::gitlab::{DirectoryEnvironment, DirectoryProject, Lookup, PathOwner};
use crate::mappings::Trees;
use crate::yaml::{key_span, value_span};

/// The result of the comparison.
#[derive(Debug, Default)]
pub(crate) struct CheckOutcome {
    /// What is wrong, and what of the projects and groups is unknown.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many projects were compared.
    pub(crate) projects: usize,
    /// How many groups and subgroups were compared.
    pub(crate) groups: usize,
    /// How many environments were compared.
    pub(crate) environments: usize,
    /// How many environments are protected in GitLab and in the files.
    pub(crate) protected: usize,
    /// How many projects, groups and subgroups GitLab was not asked about, because it failed before.
    pub(crate) not_asked: usize,
    /// What is unknown of environments, with the number of times and the reason.
    pub(crate) unknown: BTreeMap<(UnknownFact, String), usize>,
}

impl CheckOutcome {
    /// How many errors and warnings there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        let errors = self.diagnostics.iter().filter(is_error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// Each code of the comparison, with the reason why some of it is unknown.
    pub(crate) fn comparisons(&self) -> Vec<(Code, Option<String>)> {
        let unknown = |fact| {
            let mut reasons = self.unknown.keys().filter(move |(of, _)| *of == fact);
            reasons.next().map(|(_, why)| why.clone())
        };
        let not_asked = || (self.not_asked > 0).then(|| FAILED_BEFORE.to_owned());
        vec![
            (Code::OtherPath, not_asked()),
            (Code::ArchivedProject, not_asked()),
            (Code::DeletionScheduled, not_asked()),
            (Code::NotVisible, not_asked()),
            (Code::NotCompared, not_asked()),
            (Code::MissingEnvironment, unknown(UnknownFact::Existence)),
            (Code::OpenEnvironment, unknown(UnknownFact::Protection)),
        ]
    }
}

/// What can be unknown of an environment. Much of it is for tokens with a high role, or for some editions, so each
/// kind is reported once and not at each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UnknownFact {
    /// Whether it exists.
    Existence,
    /// Whether GitLab protects it.
    Protection,
}

/// Compares the files with what GitLab says.
pub(crate) fn compare(
    questions: &Questions,
    facts: &GitLabFacts,
    sources: &Sources,
) -> CheckOutcome {
    let mut comparer = Comparer {
        facts,
        trees: Trees::new(sources),
        outcome: CheckOutcome::default(),
    };
    for (file, question) in &questions.projects {
        comparer.project(*file, question);
    }
    for (file, question) in &questions.groups {
        comparer.group(*file, question);
    }
    for (_, question) in &questions.claims {
        comparer.claim(question);
    }
    comparer.outcome
}

struct Comparer<'a> {
    facts: &'a GitLabFacts,
    trees: Trees<'a>,
    outcome: CheckOutcome,
}

impl Comparer<'_> {
    fn project(&mut self, file: FileId, question: &ProjectQuestion) {
        let id = question.id;
        match self.facts.projects.get(&id.get()) {
            Some(Lookup::Found(project)) => {
                self.outcome.projects += 1;
                self.known_project(file, question, project);
            }
            Some(Lookup::NotVisible) => {
                let owner = self.facts.owners.get(question.path.as_str());
                let elsewhere = match owner {
                    Some(PathOwner::Project(other)) => {
                        format!("; `{}` is the project {other}", question.path)
                    }
                    _ => String::new(),
                };
                let message = format!(
                    "GitLab has no project {id} that this token can see: it is gone, or not visible to the token{elsewhere}"
                );
                let diagnostic = Diagnostic::error(Code::NotVisible, message, self.id(file));
                self.push(diagnostic.with_help(NOT_VISIBLE));
            }
            Some(Lookup::Unknown(why)) => {
                let message = format!("whether the project {id} is `{}` is unknown", question.path);
                self.unknown(message, why, self.id(file));
            }
            None => self.outcome.not_asked += 1,
        }
        for environment in &question.environments {
            self.environment(file, question, environment);
        }
    }

    fn known_project(
        &mut self,
        file: FileId,
        question: &ProjectQuestion,
        project: &DirectoryProject,
    ) {
        let (id, written) = (question.id, question.path.as_str());
        let real = without_mark(&project.path);
        if !real.eq_ignore_ascii_case(written) {
            let owner = self.facts.owners.get(written);
            self.push(other_path(
                id.get(),
                written,
                &real,
                owner,
                self.path(file, "project"),
            ));
        }
        self.state_of_project(id.get(), self.id(file), project);
    }

    /// Reports a project whose jobs can't run, or soon can't.
    fn state_of_project(&mut self, id: u64, place: Span, project: &DirectoryProject) {
        if project.is_to_be_deleted() || without_mark(&project.path) != project.path {
            let message = format!("GitLab will delete the project {id}: it is marked for deletion");
            let diagnostic = Diagnostic::error(Code::DeletionScheduled, message, place);
            self.push(diagnostic.with_help(REMOVE));
        } else if project.archived == Some(true) {
            let message = format!("the project {id} is archived, so no job of it can run");
            let diagnostic = Diagnostic::error(Code::ArchivedProject, message, place);
            self.push(diagnostic.with_help(REMOVE));
        }
        if project.archived.is_none() {
            let why = "this token sees too little of it".to_owned();
            let message = format!("whether the project {id} is archived is unknown");
            self.unknown(message, &why, place);
        }
    }

    fn environment(
        &mut self,
        file: FileId,
        project: &ProjectQuestion,
        environment: &EnvironmentQuestion,
    ) {
        let there = match self.facts.environments.get(&project.id.get()) {
            Some(Lookup::Found(all)) => all,
            Some(Lookup::NotVisible) => {
                let why = "GitLab answers 404, as for a token that may not see them";
                return self.not_known(UnknownFact::Existence, why);
            }
            Some(Lookup::Unknown(why)) => return self.not_known(UnknownFact::Existence, why),
            None if self.facts.failure.is_some() => {
                return self.not_known(UnknownFact::Existence, FAILED_BEFORE);
            }
            None => {
                let why = self.why_not_asked(project);
                return self.not_known(UnknownFact::Existence, why);
            }
        };
        self.outcome.environments += 1;
        let there = there.iter().filter(|one| environment.has_name(&one.name));
        let there: Vec<&DirectoryEnvironment> = there.collect();
        if there.is_empty() {
            let message = format!(
                "`{}` has no environment `{}` in GitLab yet",
                project.path, environment.written
            );
            let place = self.environment_span(file, environment);
            let diagnostic = Diagnostic::warning(Code::MissingEnvironment, message, place);
            self.push(diagnostic.with_help(
                "correct the name, or let the first deployment create the environment; upper and lower case differ",
            ));
        }
        if environment.is_protected {
            self.protection(file, project, environment, &there);
        }
    }

    /// Why the environments of a project were not asked for.
    fn why_not_asked(&self, project: &ProjectQuestion) -> &'static str {
        match self.facts.projects.get(&project.id.get()) {
            Some(Lookup::Unknown(_)) => "what GitLab has of the project is unknown",
            _ => "the project is not visible",
        }
    }

    /// GitLab protects by name in a project, and by tier in a group.
    fn protection(
        &mut self,
        file: FileId,
        project: &ProjectQuestion,
        environment: &EnvironmentQuestion,
        there: &[&DirectoryEnvironment],
    ) {
        let names = match self.facts.protected.get(&project.id.get()) {
            Some(Lookup::Found(names)) => names,
            Some(Lookup::NotVisible) => {
                return self.not_known(UnknownFact::Protection, NO_PROTECTION);
            }
            Some(Lookup::Unknown(why)) => return self.not_known(UnknownFact::Protection, why),
            None if self.facts.failure.is_some() => {
                return self.not_known(UnknownFact::Protection, FAILED_BEFORE);
            }
            None => return self.not_known(UnknownFact::Protection, "it was not asked for"),
        };
        let exact = environment.globs.iter().filter(|glob| !glob.is_glob());
        let exact = exact.map(|glob| (glob.as_str(), None));
        let there = there.iter().map(|one| (&*one.name, one.tier.as_deref()));
        let tiers: BTreeMap<&str, Option<&str>> = exact.chain(there).collect();
        let mut is_protected = true;
        let owner = self.facts.projects.get(&project.id.get());
        for (name, tier) in tiers.into_iter().filter(|(name, _)| !names.contains(*name)) {
            match protecting_group(self.facts, owner, tier) {
                GroupProtection::Protected => continue,
                GroupProtection::Unknown(why) => self.not_known(UnknownFact::Protection, &why),
                GroupProtection::Open => {
                    let message = format!(
                        "the files protect `{}`, and GitLab does not protect the environment `{name}` of `{}`",
                        environment.written, project.path
                    );
                    let place = self.environment_span(file, environment);
                    let diagnostic = Diagnostic::warning(Code::OpenEnvironment, message, place);
                    self.push(diagnostic.with_help(format!(
                        "protect `{name}` in the project's settings, under CI/CD, Protected environments"
                    )));
                }
            }
            is_protected = false;
        }
        self.outcome.protected += usize::from(is_protected);
    }

    fn unknown(&mut self, message: String, why: &str, place: Span) {
        let diagnostic = Diagnostic::error(Code::NotCompared, message, place);
        self.push(diagnostic.with_note(why).with_help(
            "use an access token with the scope `read_api` whose user is a member of the projects and groups",
        ));
    }

    fn not_known(&mut self, fact: UnknownFact, why: &str) {
        let count = self
            .outcome
            .unknown
            .entry((fact, why.to_owned()))
            .or_default();
        *count += 1;
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.outcome.diagnostics.push(diagnostic);
    }

    /// The place of the number in a file.
    fn id(&self, file: FileId) -> Span {
        self.path(file, "id")
    }

    fn path(&self, file: FileId, key: &str) -> Span {
        value_span(&self.trees.of(file), [key])
    }

    fn environment_span(&self, file: FileId, environment: &EnvironmentQuestion) -> Span {
        let path = ["environments", environment.written.as_str()];
        key_span(&self.trees.of(file), path)
    }
}

const FAILED_BEFORE: &str = "GitLab failed before it was asked";
const NOT_VISIBLE: &str = "correct the number, remove the file if it is gone, or use a token whose user is a member there";
const REMOVE: &str = "remove its mappings: delete this file";
const NO_PROTECTION: &str = "GitLab answers 404: its free edition has no protected environments, and they are shown to Maintainers only";

/// A project whose path is not the one in the file. Vault decides by the number, so its jobs get the roles.
fn other_path(
    id: u64,
    written: &str,
    real: &str,
    owner: Option<&PathOwner>,
    place: Span,
) -> Diagnostic {
    let message = format!("the project {id} is `{real}` in GitLab, not `{written}`");
    let diagnostic = Diagnostic::error(Code::OtherPath, message, place).with_note(format!(
        "Vault decides by the number: jobs of `{real}` get these roles"
    ));
    diagnostic.with_help(match owner {
        Some(PathOwner::Former(former)) if *former == id => {
            format!("the project was renamed or moved: write `project: {real}`")
        }
        Some(PathOwner::Project(number)) => format!(
            "`{written}` is the project {number}: write `id: {number}`, or `project: {real}` if its jobs are meant"
        ),
        _ => format!(
            "write `project: {real}` if the project was renamed or moved, or the number of `{written}`"
        ),
    })
}

/// A path without the mark that GitLab appends to what it will delete: `payments-deletion_scheduled-72/api`.
fn without_mark(path: &str) -> String {
    let plain = path.split('/').map(|segment| {
        let mark = segment.rsplit_once(MARK);
        let is_mark = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        mark.filter(|(_, id)| is_mark(id))
            .map_or(segment, |(name, _)| name)
    });
    plain.collect::<Vec<_>>().join("/")
}

const MARK: &str = "-deletion_scheduled-";
