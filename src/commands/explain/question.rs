//! The question: which identities in AWS, and which jobs.

use std::collections::BTreeSet;
use std::fmt;

use crate::access::{Configuration, Jwts, LoginRole};
use crate::cli::ExplainArgs as Args;
use crate::commands::Error;
use crate::desired::Desired;
use crate::value::{AccountId, ArnGlob, EnvironmentNames, RoleArn, account_of};

/// The identities in AWS of the question.
#[derive(Debug)]
pub(super) enum Identities {
    /// All of them.
    All,
    /// One IAM role.
    Role(RoleArn),
    /// Those whose ARN matches; `*` stands for any text.
    Like(ArnGlob),
    /// Those of an AWS account.
    Of(AccountId),
}

impl fmt::Display for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("anything"),
            Self::Role(arn) => f.write_str(arn.as_str()),
            Self::Like(glob) => glob.fmt(f),
            Self::Of(account) => write!(f, "an IAM role of the account {}", account.as_str()),
        }
    }
}

impl Identities {
    /// Reads the identities from the arguments.
    ///
    /// # Errors
    /// When `--arn` is neither an IAM role's ARN nor a glob.
    pub(super) fn asked(args: &Args) -> Result<Self, Error> {
        if let Some(account) = &args.account {
            return Ok(Self::Of(account.clone()));
        }
        let Some(arn) = &args.arn else {
            return Ok(Self::All);
        };
        let parsed = if arn.contains('*') {
            arn.parse().map(Self::Like)
        } else {
            arn.parse().map(Self::Role)
        };
        parsed.map_err(|error| Error::NotAnArn {
            text: arn.clone(),
            why: error.to_string(),
        })
    }

    /// Whether the question includes an identity.
    pub(super) fn include(&self, identity: &str) -> bool {
        match self {
            Self::All => true,
            Self::Role(arn) => identity == arn.as_str(),
            Self::Like(glob) => glob.is_match(identity),
            Self::Of(account) => account_of(identity) == Some(account.as_str()),
        }
    }

    /// Refuses an ARN that no AWS role gives and that no mapping had which has expired, because it is probably misspelt.
    ///
    /// # Errors
    /// When no AWS role gives the ARN.
    pub(super) fn check(
        &self,
        configuration: &Configuration<'_>,
        desired: &Desired,
    ) -> Result<(), Error> {
        let Self::Role(arn) = self else {
            return Ok(());
        };
        let identities = || {
            configuration
                .targets()
                .flat_map(|target| target.identities())
        };
        let mut expired = desired.expired.values();
        if identities().any(|identity| identity == arn.as_str())
            || expired.any(|mapping| mapping.role_arn == *arn)
        {
            return Ok(());
        }
        let known: BTreeSet<String> = identities().collect();
        Err(Error::UnknownArn {
            arn: arn.as_str().to_owned(),
            near: near(arn.as_str(), known.iter().map(String::as_str)),
        })
    }
}

/// The jobs and logins of the question.
pub(super) struct Filter<'a> {
    /// Jobs in this environment, by GitLab's name or that in Vault, or `Some(None)` for those without one.
    pub(super) environment: Option<Option<&'a str>>,
    environments: &'a EnvironmentNames,
    /// More that is known about their claims.
    claims: Vec<(&'a str, String)>,
    /// In lower case, as servers compare it.
    role: Option<String>,
}

impl<'a> Filter<'a> {
    /// Reads the filter from the arguments.
    ///
    /// # Errors
    /// When there is no JWT role with that name.
    pub(super) fn new(
        args: &'a Args,
        desired: &'a Desired,
        configuration: &Configuration<'_>,
    ) -> Result<Self, Error> {
        let environment = match (&args.environment, args.no_environment) {
            (Some(environment), _) => Some(Some(environment.as_str())),
            (None, true) => Some(None),
            (None, false) => None,
        };
        let mut claims = Vec::new();
        claims.extend(args.r#ref.as_ref().map(|name| ("ref", name.clone())));
        let protected = args.ref_protected;
        claims.extend(protected.map(|protected| ("ref_protected", protected.to_string())));
        let others = args.claim.iter();
        claims.extend(others.map(|(claim, value)| (claim.as_str(), value.clone())));
        let role = args.role.as_ref().map(|role| role.to_lowercase());
        let names = || configuration.login_roles.iter().map(LoginRole::login_name);
        if let Some(role) = role
            .as_ref()
            .filter(|role| !names().any(|name| name == *role))
        {
            return Err(Error::UnknownLoginRole {
                role: role.clone(),
                near: near(role, names()),
            });
        }
        Ok(Self {
            environment,
            environments: &desired.environments,
            claims,
            role,
        })
    }

    /// Whether some logins are not included.
    pub(super) const fn is_narrow(&self) -> bool {
        self.environment.is_some() || !self.claims.is_empty() || self.role.is_some()
    }

    /// Whether only logins with one role are included.
    pub(super) const fn has_role(&self) -> bool {
        self.role.is_some()
    }

    /// Whether logins with a role are included.
    pub(super) fn admits(&self, role: &str) -> bool {
        self.role.as_ref().is_none_or(|wanted| wanted == role)
    }

    /// The JWTs of the question.
    pub(super) fn jwts(&self) -> Jwts {
        match self.environment {
            Some(environment) => self.claims().and(&self.jobs_in(environment)),
            None => self.claims(),
        }
    }

    /// The JWTs of the jobs in an environment, by GitLab's name or that in Vault.
    pub(super) fn jobs_in(&self, environment: Option<&str>) -> Jwts {
        let globs = environment.map(|name| self.environments.asked(name));
        Jwts::in_environments(globs.as_deref())
    }

    /// The JWTs of the question, in any environment.
    pub(super) fn claims(&self) -> Jwts {
        let claims = self.claims.iter();
        let claims = claims.map(|(claim, value)| (*claim, Some(value.as_str())));
        let jwts = Jwts::with(claims);
        match (self.claim("ref"), self.claim("ref_type")) {
            (Some(name), Some(kind)) => {
                let folder = if kind == "tag" { "tags" } else { "heads" };
                let path = format!("refs/{folder}/{name}");
                jwts.and(&Jwts::with(std::iter::once((
                    "ref_path",
                    Some(path.as_str()),
                ))))
            }
            _ => jwts,
        }
    }

    /// Whether the question restricts a claim.
    pub(super) fn names(&self, claim: &str) -> bool {
        self.claim(claim).is_some()
    }

    fn claim(&self, name: &str) -> Option<&str> {
        let mut claims = self.claims.iter();
        let found = claims.find(|(claim, _)| *claim == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// How many known names are listed.
const LISTED: usize = 10;

/// The known names, the most similar first: `; there is prod, dev`.
pub(super) fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    known.sort_by_key(|known| strsim::damerau_levenshtein(name, known));
    known.truncate(LISTED);
    match known.as_slice() {
        [] => String::new(),
        known => format!("; there is {}", known.join(", ")),
    }
}
