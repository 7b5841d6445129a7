//! Decides whether each expectation holds.

use crate::access::{Cause, Configuration, Finder, Jwts, Target, Unknown, Way, Ways, jwts_like};
use crate::mappings::contract::{Demand, Expectation, ExpectedJob, Only};
use crate::mappings::{ProjectFile, number_of};
use crate::value::{ArnGlob, EnvironmentNames, RoleArn};

/// The claim with what a job does to its environment.
const ENVIRONMENT_ACTION: &str = "environment_action";

/// Whether an expectation holds.
#[derive(Debug)]
pub(crate) enum Judgement<'c> {
    /// It holds.
    Holds,
    /// It holds, as no AWS role gives any of its IAM roles.
    Idle,
    /// JWTs that it does not allow reach one of its IAM roles.
    Reached {
        /// How they do; its JWTs are those that are not allowed.
        way: Box<Way<'c>>,
        /// How many other ways there are.
        others: usize,
    },
    /// It is not known whether others reach one of its IAM roles.
    Unknown {
        /// What is not known; its JWTs are those that are not allowed.
        unknown: Unknown<'c>,
        /// The IAM role; none where it may be any.
        identity: Option<String>,
    },
    /// JWTs of its job do not reach one of its IAM roles.
    Missed {
        /// The IAM role.
        arn: &'c RoleArn,
        /// The JWTs.
        jwts: Jwts,
        /// The AWS roles that give it to others.
        targets: Vec<Target<'c>>,
        /// What may deny it.
        unknown: Option<Unknown<'c>>,
    },
}

/// Proves each expectation, in their order.
pub(crate) fn prove<'c>(
    expectations: &[&'c Expectation],
    projects: &[ProjectFile],
    names: &'c EnvironmentNames,
    ways: &Ways<'c>,
) -> Vec<Judgement<'c>> {
    let prover = Prover {
        finder: ways.finder(),
        roles: ways
            .configuration()
            .targets()
            .map(|target| (target, target.identities()))
            .collect(),
        unknown: ways.unknown_everywhere(),
        issuers: issuers(ways.configuration()),
        names,
    };
    expectations
        .iter()
        .map(|expectation| match &expectation.demand {
            Demand::Only { roles, only } => prover.only(roles, only),
            Demand::Reaches { job, reaches } => prover.reaches(job, reaches, projects),
        })
        .collect()
}

/// The JWTs of the GitLab instances that some auth method names; of any where none does.
fn issuers(configuration: &Configuration<'_>) -> Jwts {
    let issuers = configuration.issuers().into_iter();
    let named: Vec<&str> = issuers.filter(|issuer| !issuer.is_empty()).collect();
    if named.is_empty() {
        Jwts::any()
    } else {
        let of = |issuer: &&str| Jwts::with([("iss", Some(*issuer))].into_iter());
        let sets = named.iter().map(of);
        sets.fold(Jwts::none(), |all, issuer| all.or(&issuer))
    }
}

struct Prover<'w, 'c> {
    finder: Finder<'w, 'c>,
    /// The AWS roles, with the IAM roles that they give.
    roles: Vec<(Target<'c>, Vec<String>)>,
    /// What may lead to any AWS role.
    unknown: Vec<Unknown<'c>>,
    issuers: Jwts,
    /// GitLab's names of the environments.
    names: &'c EnvironmentNames,
}

impl<'c> Prover<'_, 'c> {
    fn only(&self, roles: &[ArnGlob], only: &Only) -> Judgement<'c> {
        let is_asked = |identity: &str| roles.iter().any(|glob| glob.is_match(identity));
        let mut targets = self
            .roles
            .iter()
            .filter(|(_, identities)| identities.iter().any(|identity| is_asked(identity)))
            .peekable();
        if targets.peek().is_none() {
            return Judgement::Idle;
        }
        let allowed = match only {
            Only::Nobody => Jwts::none(),
            Only::Claims(claims) => jwts_like(claims),
        };
        let mut ways = Vec::new();
        let unknown = self.unknown.iter().cloned();
        let mut unknown: Vec<_> = unknown.map(|unknown| (unknown, None)).collect();
        for (target, identities) in targets {
            let reached = self.finder.to(*target);
            let asked = reached.ways.into_iter();
            ways.extend(asked.filter(|way| is_asked(&way.identity.name)));
            let identity = identities.iter().find(|identity| is_asked(identity));
            let here = reached.unknown.into_iter();
            unknown.extend(here.map(|unknown| (unknown, identity.cloned())));
        }
        for way in &mut ways {
            way.jwts = way.jwts.minus(&allowed);
        }
        ways.retain(|way| !way.jwts.is_empty());
        if let Some(way) = ways.iter().min_by_key(|way| effort(way)) {
            return Judgement::Reached {
                way: Box::new(way.clone()),
                others: ways.len() - 1,
            };
        }
        for (unknown, _) in &mut unknown {
            unknown.jwts = unknown.jwts.minus(&allowed);
        }
        let mut unknown = unknown.into_iter();
        match unknown.find(|(unknown, _)| !unknown.jwts.is_empty()) {
            Some((unknown, identity)) => Judgement::Unknown { unknown, identity },
            None => Judgement::Holds,
        }
    }

    fn reaches(
        &self,
        job: &'c ExpectedJob,
        reaches: &'c [RoleArn],
        projects: &[ProjectFile],
    ) -> Judgement<'c> {
        let jwts = self.jwts_of(job, projects);
        let missed = reaches.iter().find_map(|arn| self.missed(arn, &jwts));
        missed.unwrap_or(Judgement::Holds)
    }

    fn missed(&self, arn: &'c RoleArn, jwts: &Jwts) -> Option<Judgement<'c>> {
        let gives = |(_, identities): &&(Target<'c>, Vec<String>)| {
            identities.iter().any(|identity| identity == arn.as_str())
        };
        let targets: Vec<Target<'c>> = self
            .roles
            .iter()
            .filter(gives)
            .map(|(target, _)| *target)
            .collect();
        let mut missed = jwts.clone();
        let mut doubts = None;
        for target in &targets {
            let reached = self.finder.to(*target);
            // What their holders may write takes nothing away.
            let doubtful = self.unknown.iter().chain(&reached.unknown);
            let doubtful = doubtful
                .filter(|unknown| !matches!(unknown.cause, Cause::Power | Cause::Credentials));
            let doubtful: Vec<&Unknown<'c>> = doubtful.collect();
            let own = reached.ways.iter().filter(|way| way.after.is_none());
            for way in own.filter(|way| way.identity.name == arn.as_str()) {
                let mut sure = way.jwts.clone();
                let of_role = doubtful.iter().filter(|unknown| {
                    let mut through = unknown.through.iter();
                    through.any(|role| std::ptr::eq(*role, way.through))
                });
                for unknown in of_role {
                    if !sure.and(&unknown.jwts).and(jwts).is_empty() {
                        doubts = Some((*unknown).clone());
                    }
                    sure = sure.minus(&unknown.jwts);
                }
                missed = missed.minus(&sure);
            }
        }
        let is_impossible = jwts.is_empty();
        (is_impossible || !missed.is_empty()).then_some(Judgement::Missed {
            arn,
            jwts: missed,
            targets,
            unknown: doubts,
        })
    }

    /// The JWTs of a job: the claims of the expectation, and those that follow from them at GitLab.
    fn jwts_of(&self, job: &ExpectedJob, projects: &[ProjectFile]) -> Jwts {
        let path = job.project.as_str();
        let id = number_of(&job.project, projects).map(|id| id.to_string());
        let namespace = path.rsplit_once('/').map(|(namespace, _)| namespace);
        let claims = [
            ("project_id", id.as_deref()),
            ("project_path", Some(path)),
            ("namespace_path", namespace),
        ];
        let environment = job.environment.as_deref();
        let environments = environment.map(|name| self.names.asked(name));
        // What GitLab signs for a job whose `environment` names no action.
        let is_open = !job.claims.contains_key(ENVIRONMENT_ACTION);
        let action = environment.filter(|_| is_open);
        let action = action.map(|_| (ENVIRONMENT_ACTION, Some("start")));
        Jwts::with(claims.into_iter().chain(action))
            .and(&Jwts::in_environments(environments.as_deref()))
            .and(&jwts_like(&job.claims))
            .and(&self.issuers)
    }
}

/// How much a way asks of whoever takes it: the least is shown.
fn effort<'w>(way: &'w Way<'_>) -> (bool, usize, &'w str, &'w str) {
    let claims = way.jwts.bounds().iter().map(|bounds| bounds.len()).min();
    (
        way.after.is_some(),
        claims.unwrap_or_default(),
        &way.identity.name,
        way.through.name,
    )
}
