//! Why a job does not reach an AWS role.

use super::admission;
use super::collect::{Token, Ways};
use super::piece::DirectiveValue;
use super::token::{TokenRule, ranked};
use super::way::RuleRef;
use crate::access::jwts::{ClaimSet, Jwts};
use crate::access::login_role::LoginRole;
use crate::access::phrase::is;
use crate::access::target::Target;
use crate::acl::{Capability, ReadRule};
use crate::resource::RoleType;

/// Why a job does not reach an AWS role by a login with one JWT role.
#[derive(Debug)]
pub(crate) struct Obstacle<'c> {
    /// The role.
    pub(crate) through: &'c LoginRole<'c>,
    /// Whether it admits the job.
    pub(crate) admits: bool,
    /// The reason, which continues "refuses the job:" or "admits the job, but".
    pub(crate) why: String,
}

impl<'c> Ways<'c> {
    /// Why a job without a way to an AWS role does not reach it, for each JWT role.
    pub(crate) fn obstacles(&self, target: Target<'_>, job: &Jwts) -> Vec<Obstacle<'c>> {
        self.configuration
            .login_roles
            .iter()
            .enumerate()
            .map(|(place, through)| match refusal(through, job) {
                Some(why) => Obstacle {
                    through,
                    admits: false,
                    why,
                },
                None => Obstacle {
                    through,
                    admits: true,
                    why: self.obstacle(place, target, job),
                },
            })
            .collect()
    }

    /// Why the tokens that a job gets by its own login with a role do not give an AWS role.
    fn obstacle(&self, place: usize, target: Target<'_>, job: &Jwts) -> String {
        let through = &self.configuration.login_roles[place];
        if !admission::is_usable(through.role) {
            return if through.role.token_policies.contains("root") {
                "no login gets the policy root".into()
            } else {
                "its tokens are valid for one request (token_num_uses is 1), and their credentials are revoked with them".into()
            };
        }
        let Some(path) = target
            .credential_paths()
            .next()
            .map(|path| target.path(path))
        else {
            return "it gives no credentials".into();
        };
        let own = self
            .tokens
            .iter()
            .find(|token| token.role == place && token.latest.is_none());
        let deciders = own.map_or_else(Vec::new, |token| self.deciders(token, &path, job));
        let refs: Vec<String> = deciders.iter().map(|(one, _)| one.to_string()).collect();
        let refs = refs.join(" and ");
        if refs.is_empty() {
            return format!(
                "no rule of its policies matches {path}{}",
                self.dropped(through)
            );
        }
        if deciders.iter().any(|(_, denies)| *denies) {
            format!("{path} is denied by {refs}")
        } else {
            format!("the best match for {path} is {refs}, which grants neither update nor read")
        }
    }

    /// The rules that decide about a path for some of the job's JWTs, each with whether it denies the path.
    fn deciders(&self, token: &Token<'c>, path: &str, job: &Jwts) -> Vec<(RuleRef, bool)> {
        let source = token.source.and(job);
        let (Some((server, _)), false) = (token.servers.first(), source.is_empty()) else {
            return Vec::new();
        };
        let Ok(instances) = ranked(&token.rules, path, *server, &source) else {
            return Vec::new();
        };
        let of_job = instances.iter().filter(|(instance, _)| {
            let jwts: Jwts = std::iter::once(instance.bounds.clone()).collect();
            !jwts.and(&source).is_empty()
        });
        let of_job: Vec<_> = of_job.collect();
        let first = of_job.chunk_by(|(a, _), (b, _)| a.path == b.path).next();
        let denies = |rule: &TokenRule<'_>| {
            rule.body
                .is_some_and(|body| body.capabilities.contains(&Capability::Deny))
        };
        first
            .into_iter()
            .flatten()
            .map(|(_, rule)| (rule.reference.clone(), denies(rule)))
            .collect()
    }

    /// The rules that match no path, because one of their templates never has a value.
    fn dropped(&self, through: &LoginRole<'_>) -> String {
        self.configuration
            .rules_of(through.role)
            .filter_map(|(policy, number, rule)| {
                let ReadRule::Whole(rule) = rule else {
                    return None;
                };
                let nothing = rule
                    .path
                    .as_str()
                    .split("{{")
                    .skip(1)
                    .filter_map(|piece| Some(piece.split_once("}}")?.0.trim()))
                    .find(|one| through.directive_value(one) == DirectiveValue::Nothing)?;
                let nothing = through.named(nothing);
                Some(format!(
                    "; rule {number} of {policy} has no effect, because {nothing} has no value"
                ))
            })
            .collect()
    }
}

/// Why a role admits no JWT of a job, if it admits none.
fn refusal(through: &LoginRole<'_>, job: &Jwts) -> Option<String> {
    if through.role.role_type == RoleType::Oidc {
        return Some("it is for logins with a browser (role_type is oidc)".into());
    }
    let Some(bounds) = admission::bounds(through.role, through.issuer) else {
        return Some("it admits no JWT that GitLab can sign".into());
    };
    let refuses = |(claim, wanted): &(&str, &ClaimSet)| job.require(claim, wanted).is_empty();
    if let Some((claim, wanted)) = bounds.iter().find(refuses) {
        return Some(format!(
            "it requires JWTs whose {claim} {}",
            is(claim, wanted)
        ));
    }
    let admitted: Jwts = std::iter::once(bounds).collect();
    let is_refused = admitted.and(job).is_empty();
    is_refused.then(|| "it requires JWTs with other claims".into())
}
