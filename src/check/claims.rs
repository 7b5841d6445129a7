//! The numbers of projects and groups that the roles of `vault.yaml` are bound to.

use std::collections::BTreeSet;

use crate::diagnostic::{FileId, Span};
use crate::mappings::{Loaded, PlatformFile};
use crate::resource::{BoundClaimsType, JwtRole};
use crate::value::TextPattern;
use crate::yaml::item_span;

/// What a number in a bound claim is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClaimOwner {
    Project,
    /// A group, or the namespace of a user.
    Namespace,
}

/// A number in the bound claims of a JWT role.
#[derive(Debug, Clone)]
pub(crate) struct ClaimQuestion {
    /// The path of the auth method.
    mount: String,
    pub(super) owner: ClaimOwner,
    pub(super) id: u64,
    /// The paths that the role is bound to beside the number; any if there is none.
    paths: BTreeSet<String>,
    /// How Vault compares the paths.
    compared: BoundClaimsType,
    pub(super) claim: &'static str,
    pub(super) place: Span,
}

/// Claims with a number, each with the claim that has the path.
const NUMBERS: [(&str, &str, ClaimOwner); 4] = [
    ("project_id", "project_path", ClaimOwner::Project),
    ("job_project_id", "job_project_path", ClaimOwner::Project),
    ("namespace_id", "namespace_path", ClaimOwner::Namespace),
    (
        "job_namespace_id",
        "job_namespace_path",
        ClaimOwner::Namespace,
    ),
];

impl ClaimQuestion {
    /// Those of some files. Copies of one role for several environments ask once.
    pub(super) fn of(loaded: &Loaded) -> Vec<(FileId, Self)> {
        let mut questions: Vec<(FileId, Self)> = Vec::new();
        if let Some(file) = &loaded.platform {
            for (mount, method) in &file.platform.auth {
                for (name, role) in &method.keys.roles {
                    let role_path = ["auth", mount.as_str(), "roles", name.as_str()];
                    for question in of_role(file, role_path, role) {
                        let is_known = |(_, known): &(FileId, Self)| {
                            known.place == question.place && known.id == question.id
                        };
                        if !questions.iter().any(is_known) {
                            questions.push((question.place.file, question));
                        }
                    }
                }
            }
        }
        questions
    }

    /// Whether it asks the same, wherever it is written.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.mount, self.owner, self.id, self.claim)
            == (&other.mount, other.owner, other.id, other.claim)
            && (&self.paths, self.compared) == (&other.paths, other.compared)
    }

    /// The path of the auth method whose role it is.
    pub(super) fn mount(&self) -> &str {
        &self.mount
    }

    /// Whether the role admits jobs of this path, which Vault compares letter by letter.
    pub(super) fn admits(&self, path: &str) -> bool {
        let is_like = |written: &String| match self.compared {
            BoundClaimsType::String => written == path,
            BoundClaimsType::Glob => TextPattern::glob(written).matches(path),
        };
        self.paths.is_empty() || self.paths.iter().any(is_like)
    }
}

fn of_role(file: &PlatformFile, path: [&str; 4], role: &JwtRole) -> Vec<ClaimQuestion> {
    let claims = &role.bound_claims;
    let mut questions = Vec::new();
    for (claim, path_claim, owner) in NUMBERS {
        let Some(numbers) = claims.get(claim) else {
            continue;
        };
        let paths = claims.get(path_claim);
        let paths: BTreeSet<String> = paths
            .into_iter()
            .flat_map(|paths| paths.texts().map(str::to_owned))
            .collect();
        for number in numbers.texts() {
            let Ok(id) = number.parse() else { continue };
            let keys = path.into_iter().chain(["bound_claims", claim]);
            questions.push(ClaimQuestion {
                mount: path[1].to_owned(),
                compared: role.bound_claims_type,
                owner,
                id,
                paths: paths.clone(),
                claim,
                place: item_span(&file.root, keys, number),
            });
        }
    }
    questions
}
