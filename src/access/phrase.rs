//! Descriptions of sets of JWTs: the project, the environment, the ref and further conditions.

mod json;
mod values;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::values::is;
use self::values::{LISTED, beyond_facts, excepted, language, listed, or};
use super::configuration::Configuration;
use super::jwts::facts::SERVER;
use super::jwts::{Bounds, ClaimSet, Jwts};
use crate::desired::{Desired, MappingOwner};

/// Claims that have a fixed place in the description, or are omitted.
const WHO: [&str; 4] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
];

/// The paths of projects by id.
#[derive(Debug, Default)]
pub(crate) struct ProjectNames {
    /// The path of each project's id in the files.
    paths: BTreeMap<String, String>,
    /// The name of each group's id in the files.
    groups: BTreeMap<String, String>,
    /// Whether there are several issuers. Then an id is ambiguous without its issuer, and the files do not name the issuer of
    /// their projects, so no id gets a path.
    several_issuers: bool,
}

impl ProjectNames {
    /// The names in the files, for the issuers of some configurations.
    pub(crate) fn new(desired: &Desired, configurations: &[&Configuration<'_>]) -> Self {
        let mut issuers: Vec<&str> = configurations
            .iter()
            .flat_map(|one| one.issuers())
            .collect();
        issuers.sort_unstable();
        issuers.dedup();
        let several_issuers = issuers.len() > 1;
        let names = Self {
            several_issuers,
            ..Self::default()
        };
        names.or(desired)
    }

    /// Adds the names in other files for the projects that these files lack.
    pub(crate) fn or(mut self, others: &Desired) -> Self {
        if !self.several_issuers {
            for (_, mapping) in others.all_mappings() {
                let owner = &mapping.owner;
                let names = match owner {
                    MappingOwner::Project { .. } => &mut self.paths,
                    MappingOwner::Group { .. } => &mut self.groups,
                };
                let name = || owner.name();
                names.entry(owner.id().to_string()).or_insert_with(name);
            }
        }
        self
    }

    /// Describes the jobs that have these JWTs.
    pub(crate) fn who(&self, jwts: &Jwts) -> String {
        let all = jwts.bounds();
        let shown = all.iter().take(LISTED).map(|bounds| self.who_of(bounds));
        let mut who: Vec<String> = shown.collect();
        if all.len() > LISTED {
            who.push(more_cases(all.len()));
        }
        who.join("; or ")
    }

    /// The same in two parts: the projects, and the environment, the ref and further conditions with the comma before them.
    /// If there are several cases, the first part has all of it.
    pub(crate) fn who_and_when(&self, jwts: &Jwts) -> (String, String) {
        let [bounds] = jwts.bounds() else {
            return (self.who(jwts), String::new());
        };
        let mut phrases = self.phrases(bounds);
        let when = phrases.split_off(1);
        let when: String = when.iter().map(|phrase| format!(", {phrase}")).collect();
        (phrases.concat(), when)
    }

    /// The names of the groups whose projects have these JWTs; `None` unless each of them is named in place of projects.
    pub(crate) fn groups_of(&self, jwts: &Jwts) -> Option<String> {
        let groups = jwts.texts_of("namespace_id")?;
        let names = groups.iter().map(|id| self.groups.get(*id));
        let names: Option<Vec<_>> = names.map(|name| name.map(String::as_str)).collect();
        let are_projects_named = jwts.names_each("project_id");
        names
            .map(|names| names.join(" "))
            .filter(|names| !are_projects_named && !names.is_empty())
    }

    /// Describes the conditions on JWTs; empty if there are none.
    ///
    /// To describe only what does not follow from what is known, call [`Jwts::beyond`] first.
    pub(crate) fn conditions(&self, jwts: &Jwts) -> String {
        let all = jwts.bounds();
        let shown = all.iter().take(LISTED).map(|bounds| {
            let said = [self.project(bounds), environment(bounds), git_ref(bounds)];
            let said = said.into_iter().flatten().chain(self.rest(bounds));
            said.collect::<Vec<_>>().join(", ")
        });
        let mut conditions: Vec<String> = shown.collect();
        if conditions.iter().any(String::is_empty) {
            return String::new();
        }
        if all.len() > LISTED {
            conditions.push(more_cases(all.len()));
        }
        conditions.join("; or ")
    }

    /// The path of a project's id in the files.
    pub(crate) fn path_of(&self, id: &str) -> Option<&str> {
        self.paths.get(id).map(String::as_str)
    }

    /// A project's id, and its path if the files have one.
    pub(crate) fn project_of(&self, id: &str) -> String {
        match self.paths.get(id) {
            Some(path) => format!("{id} ({path})"),
            None => id.to_owned(),
        }
    }

    fn who_of(&self, bounds: &Bounds) -> String {
        self.phrases(bounds).join(", ")
    }

    /// The project, the environment, the ref and further conditions.
    fn phrases(&self, bounds: &Bounds) -> Vec<String> {
        let project = self.project(bounds).unwrap_or_else(|| {
            if self.several_issuers {
                "any project of any issuer".to_owned()
            } else {
                "any project".to_owned()
            }
        });
        let environment = environment(bounds).unwrap_or_else(|| "any environment or none".into());
        let git_ref = git_ref(bounds).unwrap_or_else(|| {
            let is_bound_otherwise = ["sub", "ref_path"]
                .iter()
                .any(|claim| bounds.named(claim).is_some());
            if is_bound_otherwise {
                "any branch or tag that is as follows".into()
            } else {
                "any branch or tag".into()
            }
        });
        let words = [project, environment, git_ref].into_iter();
        words.chain(self.rest(bounds)).collect()
    }

    /// Describes the claims that have no fixed place in the description.
    fn rest(&self, bounds: &Bounds) -> Vec<String> {
        let is_said = |claim: &str| {
            WHO.contains(&claim)
                || matches!(
                    claim,
                    "iss" | "environment" | "ref" | "ref_protected" | "ref_type" | SERVER
                )
        };
        let others = bounds.iter().filter(|(claim, _)| !is_said(claim));
        let mut words: Vec<String> = others
            .map(|(claim, set)| match set.scalars.texts.texts() {
                Some(actions) if claim == "environment_action" && is_start(actions) => {
                    "deployments only".to_owned()
                }
                _ => format!("{claim} {}", is(claim, set)),
            })
            .collect();
        let is_group_said = bounds.named("project_id").is_none();
        for claim in WHO[1..]
            .iter()
            .filter(|claim| **claim != "namespace_id" || !is_group_said)
        {
            if let Some(set) = bounds.named(claim) {
                words.push(format!("{claim} {}", is(claim, set)));
            }
        }
        if let Some(servers) = bounds.named(SERVER) {
            words.push(format!("on {} only", listed(&servers.scalars.texts)));
        }
        words
    }

    /// Describes the projects; `None` for all projects.
    fn project(&self, bounds: &Bounds) -> Option<String> {
        let issuer = bounds.named("iss").filter(|_| self.several_issuers);
        let project = match (bounds.named("project_id"), bounds.named("namespace_id")) {
            (Some(ids), _) => self.ids(ids),
            (None, Some(groups)) => match groups.scalars.texts.texts() {
                Some(ids) if ids.iter().any(|id| self.groups.contains_key(id)) => {
                    let named = ids.iter().take(LISTED).map(|id| match self.groups.get(id) {
                        Some(name) => format!("{id} ({name})"),
                        None => id.clone(),
                    });
                    let mut named: Vec<String> = named.collect();
                    if ids.len() > LISTED {
                        named.push(format!("{} more", ids.len() - LISTED));
                    }
                    format!("any project directly in group {}", or(&named))
                }
                Some(_) => format!(
                    "any project directly in group {}",
                    listed(&groups.scalars.texts)
                ),
                None => match excepted("namespace_id", &groups.scalars.texts) {
                    Some(except) if !except.is_empty() => {
                        format!("any project that is not directly in group {}", or(&except))
                    }
                    _ => format!(
                        "any project whose namespace_id {}",
                        is("namespace_id", groups)
                    ),
                },
            },
            (None, None) if issuer.is_some() => "any project".to_owned(),
            (None, None) => return None,
        };
        Some(match issuer {
            Some(issuer) => format!("{project} of {}", listed(&issuer.scalars.texts)),
            None if self.several_issuers => format!("{project} of any issuer"),
            None => project,
        })
    }

    fn ids(&self, ids: &ClaimSet) -> String {
        let named = |id: &String| self.project_of(id);
        let (texts, cells) = ids.scalars.texts.parts();
        if cells.is_empty() {
            let shown: Vec<String> = texts.iter().take(LISTED).map(named).collect();
            return match texts.len() {
                1 => format!("project {}", shown.join("")),
                few if few <= LISTED => format!("projects {}", or(&shown)),
                many => format!(
                    "{many} projects: {} and {} more",
                    shown.join(", "),
                    many - LISTED
                ),
            };
        }
        if let (true, [cell]) = (texts.is_empty(), &*cells.iter().collect::<Vec<_>>())
            && beyond_facts("project_id", cell).like.is_empty()
            && cell.unlike.is_empty()
        {
            return match cell.except.iter().collect::<Vec<_>>().as_slice() {
                few if few.len() <= LISTED => {
                    let few: Vec<String> = few.iter().map(|id| named(id)).collect();
                    format!("any project except {}", or(&few))
                }
                many => {
                    let shown: Vec<String> = many.iter().take(LISTED).map(|id| named(id)).collect();
                    let more = many.len() - LISTED;
                    format!("any project except {} and {more} more", shown.join(", "))
                }
            };
        }
        format!("any project whose project_id {}", is("project_id", ids))
    }
}

/// How many of all cases are not listed.
fn more_cases(all: usize) -> String {
    match all - LISTED {
        1 => "1 more case".into(),
        more => format!("{more} more cases"),
    }
}

/// Describes the environments; `None` if it may be any or none.
fn environment(bounds: &Bounds) -> Option<String> {
    let set = bounds.named("environment")?;
    if set.is_only_absent() {
        return Some("jobs without an environment".into());
    }
    let texts = &set.scalars.texts;
    let described = match texts.texts() {
        Some(_) => format!("environment {}", listed(texts)),
        None => match excepted("environment", texts) {
            Some(none) if none.is_empty() => "any environment".to_owned(),
            Some(except) => format!("every environment except {}", or(&except)),
            None => format!("an environment {}", language("environment", texts)),
        },
    };
    Some(if set.absent {
        format!("{described}, and jobs without one")
    } else {
        described
    })
}

/// Describes the branches and tags; `None` for all of them.
fn git_ref(bounds: &Bounds) -> Option<String> {
    let kinds = bounds.named("ref_type");
    let kind = match kinds.and_then(|set| set.scalars.texts.texts()) {
        Some(kinds) if kinds.contains("tag") => "tag",
        Some(_) => "branch",
        None => "branch or tag",
    };
    let protected = bounds
        .named("ref_protected")
        .map(|set| set.scalars.texts.contains("true"));
    let Some(set) = bounds.named("ref") else {
        return match protected {
            Some(true) if kind == "branch or tag" => Some("protected refs only".into()),
            Some(true) => Some(format!("any protected {kind}")),
            Some(false) => Some(format!("any {kind} that is not protected")),
            None => kinds.map(|_| format!("any {kind}")),
        };
    };
    let named = match set.scalars.texts.texts() {
        Some(_) => format!("{kind} {}", listed(&set.scalars.texts)),
        None => format!("any {kind} {}", language("ref", &set.scalars.texts)),
    };
    let protection = match protected {
        Some(true) => "protected",
        Some(false) => "not protected",
        None => "protected or not",
    };
    Some(format!("{named}, {protection}"))
}

/// Whether a job with one of these actions begins a deployment, for whose approval GitLab waits.
fn is_start(actions: &BTreeSet<String>) -> bool {
    actions.len() == 1 && actions.contains("start")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::jwts::Language;

    fn texts(texts: &[&str]) -> ClaimSet {
        ClaimSet::texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn who_reaches_something_is_said_with_what_is_free() {
        let names = ProjectNames {
            paths: BTreeMap::from([("412".into(), "somenamespace/website".into())]),
            groups: BTreeMap::from([("74".into(), "subgroup of payments".into())]),
            several_issuers: false,
        };
        let said = |claims: &[(&str, ClaimSet)]| {
            let bounds = claims.iter().fold(Bounds::any(), |bounds, (claim, set)| {
                bounds.require(claim, set).unwrap()
            });
            names.who(&std::iter::once(bounds).collect())
        };
        for (claims, expected) in [
            (
                vec![],
                "any project, any environment or none, any branch or tag",
            ),
            (
                vec![("environment", texts(&["canary"]))],
                "any project, environment canary, any branch or tag",
            ),
            (
                vec![
                    ("project_id", texts(&["412"])),
                    ("environment", texts(&["prod"])),
                    ("ref_protected", texts(&["true"])),
                ],
                "project 412 (somenamespace/website), environment prod, protected refs only",
            ),
            (
                vec![
                    ("project_id", texts(&["412"])),
                    ("environment", texts(&["prod"])),
                    ("ref_protected", texts(&["true"])),
                    ("environment_action", texts(&["start"])),
                ],
                "project 412 (somenamespace/website), environment prod, protected refs only, deployments only",
            ),
            (
                vec![("namespace_id", texts(&["72", "73"]))],
                "any project directly in group 72 or 73, any environment or none, any branch or tag",
            ),
            (
                vec![("namespace_id", texts(&["74"]))],
                "any project directly in group 74 (subgroup of payments), any environment or none, any branch or tag",
            ),
            (
                vec![("project_id", texts(&["412"]).not())],
                "any project except 412 (somenamespace/website), any environment or none, any branch or tag",
            ),
            (
                vec![("ref", texts(&["rel"]))],
                "any project, any environment or none, branch or tag rel, protected or not",
            ),
            (
                vec![("environment", texts(&["prod"]).not())],
                "any project, every environment except prod, and jobs without one, any branch or tag",
            ),
            (
                vec![
                    ("environment", ClaimSet::absent()),
                    ("user_login", texts(&["root"])),
                ],
                "any project, jobs without an environment, any branch or tag, user_login is root",
            ),
            (
                vec![("environment", ClaimSet::texts(Language::glob("review/*")))],
                "any project, an environment like review/*, any branch or tag",
            ),
        ] {
            assert_eq!(said(&claims), expected);
        }
    }
}
