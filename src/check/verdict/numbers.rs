//! Groups, and the numbers in the bound claims of `vault.yaml`.

use super::{Comparer, NOT_VISIBLE, REMOVE, without_mark};
use crate::check::claims::{ClaimOwner, ClaimQuestion};
use crate::check::questions::GroupQuestion;
use crate::diagnostic::{Code, Diagnostic, FileId, Span};
use crate::gitlab::Lookup;
use crate::yaml::item_span;

impl Comparer<'_> {
    pub(super) fn group(&mut self, file: FileId, question: &GroupQuestion) {
        let written = question.path.as_str();
        if let Some(path) = self.known_group(question.id.get(), self.id(file)) {
            let real = without_mark(&path);
            if !real.eq_ignore_ascii_case(written) {
                let place = self.path(file, "group");
                self.push(other_path_of_group(
                    question.id.get(),
                    written,
                    &real,
                    place,
                ));
            }
        }
        for id in &question.subgroups {
            let place = item_span(&self.trees.of(file), ["subgroups"], &id.to_string());
            let Some(path) = self.known_group(id.get(), place) else {
                continue;
            };
            let real = without_mark(&path).to_ascii_lowercase();
            if !real.starts_with(&format!("{}/", written.to_ascii_lowercase())) {
                let message = format!(
                    "the group {id} is `{path}` in GitLab, which is not a subgroup of `{written}`"
                );
                let diagnostic = Diagnostic::error(Code::OtherPath, message, place);
                self.push(diagnostic.with_help(
                    "write the number of a subgroup, or give the other group a file of its own",
                ));
            }
        }
    }

    /// The path of a group that GitLab shows. Reports what else is wrong with it.
    fn known_group(&mut self, id: u64, place: Span) -> Option<String> {
        let Some(answer) = self.facts.groups.get(&id) else {
            self.outcome.not_asked += 1;
            return None;
        };
        match answer {
            Lookup::Found(group) => {
                self.outcome.groups += 1;
                if group.marked_for_deletion_on.is_some() || without_mark(&group.path) != group.path
                {
                    let message =
                        format!("GitLab will delete the group {id}: it is marked for deletion");
                    let diagnostic = Diagnostic::error(Code::DeletionScheduled, message, place);
                    self.push(diagnostic.with_help(REMOVE));
                } else if group.archived == Some(true) {
                    let message =
                        format!("the group {id} is archived, so no job of its projects can run");
                    let diagnostic = Diagnostic::error(Code::ArchivedProject, message, place);
                    self.push(diagnostic.with_help(REMOVE));
                }
                Some(group.path.clone())
            }
            Lookup::NotVisible => {
                let message = format!(
                    "GitLab has no group {id} that this token can see: it is gone, or not visible to the token; a user's namespace has such a number too"
                );
                let diagnostic = Diagnostic::error(Code::NotVisible, message, place);
                self.push(diagnostic.with_help(NOT_VISIBLE));
                None
            }
            Lookup::Unknown(why) => {
                self.unknown(format!("the path of the group {id} is unknown"), why, place);
                None
            }
        }
    }

    /// A number in a bound claim of `vault.yaml`.
    pub(super) fn claim(&mut self, question: &ClaimQuestion) {
        let (id, place) = (question.id, question.place);
        let path = match question.owner {
            ClaimOwner::Project => self.known_claimed_project(id, place),
            ClaimOwner::Namespace => self.known_group(id, place),
        };
        let Some(path) = path else { return };
        let real = without_mark(&path);
        if !question.admits(&real) {
            let message = format!(
                "{} {id} is `{real}` in GitLab, and the role is bound to another path",
                question.claim
            );
            let diagnostic = Diagnostic::error(Code::OtherPath, message, place);
            self.push(diagnostic.with_help(format!(
                "correct the number or the path; no job has both. A path that `{real}` had can be given to another project"
            )));
        }
    }

    fn known_claimed_project(&mut self, id: u64, place: Span) -> Option<String> {
        match self.facts.projects.get(&id) {
            Some(Lookup::Found(project)) => {
                self.outcome.projects += 1;
                self.state_of_project(id, place, project);
                Some(project.path.clone())
            }
            Some(Lookup::NotVisible) => {
                let message = format!(
                    "GitLab has no project {id} that this token can see: it is gone, or not visible to the token"
                );
                let diagnostic = Diagnostic::error(Code::NotVisible, message, place);
                self.push(diagnostic.with_help(NOT_VISIBLE));
                None
            }
            Some(Lookup::Unknown(why)) => {
                self.unknown(
                    format!("the path of the project {id} is unknown"),
                    why,
                    place,
                );
                None
            }
            None => {
                self.outcome.not_asked += 1;
                None
            }
        }
    }
}

fn other_path_of_group(id: u64, written: &str, real: &str, place: Span) -> Diagnostic {
    let message = format!("the group {id} is `{real}` in GitLab, not `{written}`");
    Diagnostic::error(Code::OtherPath, message, place)
        .with_note(format!(
            "Vault decides by the number: jobs of projects in `{real}` get these roles"
        ))
        .with_help(format!(
            "write `group: {real}` if the group was renamed or moved, or the number of `{written}`"
        ))
}
