//! Whether a JWT role lets a job log in.
//!
//! Source: <https://developer.hashicorp.com/vault/docs/auth/jwt#jwt-verification>, checked on OpenBao 2.7.2.

use super::condition::{Condition, Must};
use super::job::{self, Claim, Job};
use crate::resource::{BoundClaimsType, JwtRole, RoleType};

/// A job that has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// What has to be true of the claims that are not known.
    pub(crate) conditions: Vec<Condition>,
    /// The job with what follows from the conditions.
    pub(super) job: Job,
}

/// The first thing by which a role refuses a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The role is for people.
    #[error("it is for logins with a browser (role_type is oidc)")]
    Browser,
    /// The method takes the JWTs of another issuer.
    #[error("{}, and the job's is {has}", wants.requirement())]
    Differs {
        /// What it has to be.
        wants: Condition,
        /// What it is.
        has: String,
    },
    /// The job's JWT lacks a claim.
    #[error("{}, and the job's JWT has no such claim", wants.requirement())]
    Lacks {
        /// What it has to be.
        wants: Condition,
    },
    /// The bound can't be met by a claim of GitLab's, which are texts.
    #[error("no text can match what it wants of {claim}")]
    NeverMatches {
        /// The claim.
        claim: String,
    },
    /// The claim that names the alias is missing or empty.
    #[error("its user_claim is {claim}, which the job's JWT does not have")]
    Nameless {
        /// The claim.
        claim: String,
    },
    /// A claim that is needed as text is none.
    #[error("it needs {claim} as text, and GitLab's is none")]
    NoText {
        /// The claim.
        claim: String,
    },
    /// A JWT method can't give `root` away.
    #[error("its token_policies name `root`, which the server never gives to a login")]
    Root,
}

/// Judges a login. `issuer` is the `iss` of every JWT that the method takes, if it says one.
///
/// The audience is left out: a job chooses its own in `.gitlab-ci.yml`.
///
/// # Errors
/// The first thing that refuses the job.
pub(super) fn admit(role: &JwtRole, issuer: &str, job: &Job) -> Result<Admitted, Refusal> {
    Login::new(job).check(role, issuer)
}

/// The name of a claim that may be given as a JSON pointer.
pub(crate) fn claim_name(text: &str) -> &str {
    text.strip_prefix('/').unwrap_or(text)
}

/// The claim that names a role's aliases.
pub(crate) fn user_claim(role: &JwtRole) -> &str {
    match role.user_claim_json_pointer {
        true => claim_name(&role.user_claim),
        false => &role.user_claim,
    }
}

struct Login {
    job: Job,
    conditions: Vec<Condition>,
}

impl Login {
    fn new(job: &Job) -> Self {
        Self {
            job: job.clone(),
            conditions: Vec::new(),
        }
    }

    fn check(mut self, role: &JwtRole, issuer: &str) -> Result<Admitted, Refusal> {
        if role.role_type == RoleType::Oidc {
            return Err(Refusal::Browser);
        }
        if !issuer.is_empty() {
            self.issued_by(issuer)?;
        }
        if !role.bound_subject.is_empty() {
            let wanted = Must::Be(vec![role.bound_subject.clone()]);
            self.require(Condition::new("sub", wanted))?;
        }
        for (claim, wanted) in &role.bound_claims {
            let wanted: Vec<String> = wanted.texts().map(str::to_owned).collect();
            let claim = claim_name(claim);
            if wanted.is_empty() {
                return Err(Refusal::NeverMatches {
                    claim: claim.into(),
                });
            }
            let is_glob = wanted.iter().any(|wanted| wanted.contains('*'));
            let must = match role.bound_claims_type {
                BoundClaimsType::Glob if is_glob => Must::BeLike(wanted),
                BoundClaimsType::Glob | BoundClaimsType::String => Must::Be(wanted),
            };
            self.require(Condition::new(claim, must))?;
        }
        self.identify(role)?;
        if role.token_policies.contains("root") {
            return Err(Refusal::Root);
        }
        Ok(Admitted {
            conditions: self.conditions,
            job: self.job,
        })
    }

    /// Nobody says who issues a job's JWT: it is GitLab, as the method is told.
    fn issued_by(&mut self, issuer: &str) -> Result<(), Refusal> {
        if self.job.claim("iss") == Claim::Unknown {
            self.job.set("iss", issuer);
        }
        self.require(Condition::new("iss", Must::Be(vec![issuer.into()])))
    }

    fn require(&mut self, wants: Condition) -> Result<(), Refusal> {
        match self.job.claim(&wants.claim) {
            Claim::Is(value) if wants.holds(value) => {}
            Claim::Is(value) => {
                let has = value.to_owned();
                return Err(Refusal::Differs { wants, has });
            }
            Claim::Absent => return Err(Refusal::Lacks { wants }),
            Claim::Unknown => {
                if let Must::Be(values) = &wants.must
                    && let [value] = values.as_slice()
                {
                    self.job.set(&wants.claim, value);
                }
                self.conditions.push(wants);
            }
        }
        Ok(())
    }

    /// The alias needs a name, and its metadata texts.
    fn identify(&mut self, role: &JwtRole) -> Result<(), Refusal> {
        let user_claim = user_claim(role);
        if self.job.claim(user_claim) == Claim::Unknown && !job::is_always_there(user_claim) {
            let there = Condition::new(user_claim, Must::BeThere);
            self.conditions.push(there);
        }
        if matches!(self.job.claim(user_claim), Claim::Absent | Claim::Is("")) {
            return Err(Refusal::Nameless {
                claim: user_claim.into(),
            });
        }
        let sources = role.claim_mappings.keys().map(|claim| claim_name(claim));
        let mut needed = std::iter::once(user_claim).chain(sources);
        let no_text = |claim: &&str| {
            job::is_no_text(claim) && !matches!(self.job.claim(claim), Claim::Absent)
        };
        match needed.find(no_text) {
            Some(claim) => Err(Refusal::NoText {
                claim: claim.into(),
            }),
            None => Ok(()),
        }
    }
}
