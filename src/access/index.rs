//! Login roles by what they have in common, so that nobody has to ask each of thousands.

use std::collections::{BTreeMap, HashMap};

use super::admission::{claim_name, user_claim};
use super::configuration::LoginRole;
use super::job::{Claim, Job};
use crate::resource::{BoundClaimsType, JwtRole};

/// The claim that roles differ in most.
const ENVIRONMENT: &str = "environment";

/// Login roles, each by its place in the configuration.
#[derive(Debug)]
pub(super) struct Index<'c> {
    /// Those that admit jobs of these environments only.
    by_environment: HashMap<&'c str, Vec<usize>>,
    /// All others.
    of_any_environment: Vec<usize>,
    /// Those of one mount whose logins leave the same metadata behind, but for the role's name.
    pub(super) alike: Vec<Vec<usize>>,
}

impl<'c> Index<'c> {
    pub(super) fn new(roles: &[LoginRole<'c>]) -> Self {
        let mut by_environment: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut of_any_environment = Vec::new();
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, LoginRole { mount, role, .. }) in roles.iter().enumerate() {
            match environments(role) {
                Some(environments) => {
                    for environment in environments {
                        by_environment.entry(environment).or_default().push(place);
                    }
                }
                None => of_any_environment.push(place),
            }
            let metadata = (&role.claim_mappings, &role.alias_metadata);
            let alike = alike.entry((mount, user_claim(role), metadata));
            alike.or_default().push(place);
        }
        Self {
            by_environment,
            of_any_environment,
            alike: alike.into_values().collect(),
        }
    }

    /// The roles that may admit a job, in their order.
    pub(super) fn candidates(&self, job: &Job) -> Vec<usize> {
        let mut candidates = self.of_any_environment.clone();
        match job.claim(ENVIRONMENT) {
            Claim::Is(environment) => {
                candidates.extend(self.by_environment.get(environment).into_iter().flatten());
            }
            Claim::Absent => {}
            Claim::Unknown => candidates.extend(self.by_environment.values().flatten()),
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// The environments that a role is bound to; `None` where it says nothing of them, or with globs.
fn environments(role: &JwtRole) -> Option<impl Iterator<Item = &str>> {
    let mut claims = role.bound_claims.iter();
    let (_, bound) = claims.find(|(claim, _)| claim_name(claim) == ENVIRONMENT)?;
    let is_glob = role.bound_claims_type == BoundClaimsType::Glob
        && bound.texts().any(|text| text.contains('*'));
    (!is_glob).then(|| bound.texts())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Value, json};

    use super::super::admission::admit;
    use super::*;

    fn bounds() -> impl Strategy<Value = Value> {
        select(vec![
            json!({}),
            json!({"environment": "dev"}),
            json!({"environment": ["dev", "prod"]}),
            json!({"environment": []}),
            json!({"environment": "d*"}),
            json!({"/environment": "prod"}),
            json!({"/environment": "prod", "environment": "dev"}),
            json!({"/environment": "dev", "environment": ["dev", "prod"]}),
            json!({"project_id": "1"}),
        ])
    }

    proptest! {
        #[test]
        fn no_role_is_left_out_that_admits_a_job(
            roles in vec((bounds(), select(vec!["string", "glob"])), 1..6),
            environment in select(vec![None, Some(None), Some(Some("dev")), Some(Some("prod")), Some(Some("d*"))]),
        ) {
            let roles: Vec<JwtRole> = roles
                .into_iter()
                .map(|(bounds, compared)| {
                    let fields = json!({"user_claim": "project_id", "bound_claims": bounds, "bound_claims_type": compared});
                    serde_json::from_value(fields).unwrap()
                })
                .collect();
            let login_roles: Vec<LoginRole<'_>> = roles
                .iter()
                .map(|role| LoginRole { mount: "gitlab", name: "", role, issuer: "", accessor: String::new() })
                .collect();
            let job = Job::of_project(Some("1"), None);
            let job = match environment {
                None => job,
                Some(environment) => job.in_environment(environment),
            };
            let candidates = Index::new(&login_roles).candidates(&job);
            for (place, role) in roles.iter().enumerate() {
                let is_admitted = admit(role, "", &job).is_ok();
                prop_assert!(!is_admitted || candidates.contains(&place), "{role:?}");
            }
        }
    }
}
