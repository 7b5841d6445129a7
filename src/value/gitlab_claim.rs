//! The claims of the JWTs that GitLab signs for jobs.
//!
//! Source: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>, and `lib/gitlab/ci/jwt.rb` and `jwt_v2.rb` of
//! GitLab 19.4.

/// What a claim's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimShape {
    /// A string, or absent.
    Text,
    /// A list of strings.
    TextList,
    /// A number, a list of objects or an object, which no metadata can hold and no bound text matches.
    Other,
}

/// A claim, as GitLab documents it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GitLabClaim {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) shape: ClaimShape,
}

/// Every claim, by name.
const CLAIMS: &[GitLabClaim] = &[
    text("aud"),
    text("ci_config_ref_uri"),
    text("ci_config_sha"),
    text("deployment_tier"),
    text("environment"),
    text("environment_action"),
    text("environment_protected"),
    other("exp"),
    list("groups_direct"),
    other("iat"),
    text("iss"),
    other("job_config"),
    text("job_id"),
    text("job_namespace_id"),
    text("job_namespace_path"),
    text("job_project_id"),
    text("job_project_path"),
    text("job_source"),
    text("jti"),
    text("namespace_id"),
    text("namespace_path"),
    other("nbf"),
    text("pipeline_id"),
    text("pipeline_source"),
    text("project_id"),
    text("project_path"),
    text("project_visibility"),
    text("ref"),
    text("ref_path"),
    text("ref_protected"),
    text("ref_type"),
    text("runner_environment"),
    other("runner_id"),
    text("sha"),
    text("sub"),
    text("target_audience"),
    text("user_access_level"),
    text("user_email"),
    text("user_id"),
    other("user_identities"),
    text("user_login"),
];

const fn text(name: &'static str) -> GitLabClaim {
    let shape = ClaimShape::Text;
    GitLabClaim { name, shape }
}

const fn list(name: &'static str) -> GitLabClaim {
    let shape = ClaimShape::TextList;
    GitLabClaim { name, shape }
}

const fn other(name: &'static str) -> GitLabClaim {
    let shape = ClaimShape::Other;
    GitLabClaim { name, shape }
}

impl GitLabClaim {
    /// The claim of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        CLAIMS.iter().copied().find(|claim| claim.name == name)
    }

    /// The name that is most like this one.
    pub(crate) fn nearest(name: &str) -> &'static str {
        let likeness = |claim: &&GitLabClaim| strsim::jaro_winkler(claim.name, name);
        let nearest = CLAIMS
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        nearest.map_or("project_id", |claim| claim.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_in_order_and_stand_once() {
        assert!(CLAIMS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn a_misspelt_claim_leads_to_the_right_one() {
        for (misspelt, name) in [
            ("projectid", "project_id"),
            ("project", "project_id"),
            ("namespace", "namespace_id"),
            ("enviroment", "environment"),
            ("ref-protected", "ref_protected"),
            ("user_mail", "user_email"),
        ] {
            assert!(GitLabClaim::named(misspelt).is_none(), "{misspelt}");
            let nearest = GitLabClaim::nearest(misspelt);
            assert!(nearest == name, "{misspelt}: {nearest}");
        }
    }
}
