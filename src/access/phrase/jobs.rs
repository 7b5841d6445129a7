//! Descriptions of the jobs within some bounds: the project, the environment, the ref and further conditions.

use std::collections::BTreeSet;

use super::names::ProjectNames;
use super::values::{LISTED, beyond_facts, excepted, is, language, listed, or};
use crate::access::jwts::facts::SERVER;
use crate::access::jwts::{Bounds, ClaimSet};

/// Claims of a project or group. The first that is restricted is named first, and the others behind everything else.
const WHO: [&str; 4] = [
    "project_id",
    "namespace_id",
    "project_path",
    "namespace_path",
];

/// The parts of a description that have a fixed place, each with the claims that it is about.
pub(super) const PARTS: [&[&str]; 3] = [
    &[
        "iss",
        "project_id",
        "project_path",
        "namespace_id",
        "namespace_path",
    ],
    &["environment"],
    &["ref", "ref_type", "ref_protected"],
];

impl ProjectNames {
    /// The project, the environment, the ref and further conditions.
    pub(super) fn phrases(&self, bounds: &Bounds) -> Vec<String> {
        let parts = (0..PARTS.len()).map(|part| self.part(part, bounds));
        parts.chain(self.rest(bounds)).collect()
    }

    /// The same without what holds for every job.
    pub(super) fn conditions_of(&self, bounds: &Bounds) -> Vec<String> {
        let said = [self.project(bounds), environment(bounds), git_ref(bounds)];
        let said = said.into_iter().flatten();
        said.chain(self.rest(bounds)).collect()
    }

    /// One of the [`PARTS`].
    pub(super) fn part(&self, part: usize, bounds: &Bounds) -> String {
        match part {
            0 => self.project(bounds).unwrap_or_else(|| {
                if self.several_issuers {
                    "any project of any issuer".into()
                } else {
                    "any project".into()
                }
            }),
            1 => environment(bounds).unwrap_or_else(|| "any environment or none".into()),
            _ => git_ref(bounds).unwrap_or_else(|| {
                let is_bound_otherwise = ["sub", "ref_path"]
                    .iter()
                    .any(|claim| bounds.named(claim).is_some());
                if is_bound_otherwise {
                    "any branch or tag that is as follows".into()
                } else {
                    "any branch or tag".into()
                }
            }),
        }
    }

    /// Describes the claims that have no fixed place in the description.
    pub(super) fn rest(&self, bounds: &Bounds) -> Vec<String> {
        let is_said = |claim: &str| claim == SERVER || part_of(claim).is_some();
        let others = bounds.iter().filter(|(claim, _)| !is_said(claim));
        let mut words: Vec<String> = others
            .map(|(claim, set)| match set.scalars.texts.texts() {
                Some(actions) if claim == "environment_action" && is_start(actions) => {
                    "deployments only".to_owned()
                }
                _ => format!("{claim} {}", is(claim, set)),
            })
            .collect();
        let said = project_claim(bounds);
        for claim in WHO.iter().filter(|claim| said != Some(claim)) {
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
        let claim = project_claim(bounds);
        let project = match claim.and_then(|claim| Some((claim, bounds.named(claim)?))) {
            Some(("project_id", ids)) => self.ids(ids),
            Some(("namespace_id", groups)) => match groups.scalars.texts.texts() {
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
            Some((claim, paths)) => format!("any project whose {claim} {}", is(claim, paths)),
            None if issuer.is_some() => "any project".to_owned(),
            None => return None,
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

/// Which of the [`PARTS`] is about a claim.
pub(super) fn part_of(claim: &str) -> Option<usize> {
    PARTS.iter().position(|claims| claims.contains(&claim))
}

/// The claim by which the projects are described.
fn project_claim(bounds: &Bounds) -> Option<&'static str> {
    let mut claims = WHO.into_iter();
    claims.find(|claim| bounds.named(claim).is_some())
}
