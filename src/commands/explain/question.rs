//! What is asked: which identities in AWS, and of which jobs.

use std::collections::BTreeSet;
use std::fmt;

use globset::{Glob, GlobMatcher};

use crate::access::{Configuration, Everybody, Job, Jwts, Who};
use crate::cli::Explain as Args;
use crate::commands::Error;
use crate::value::{AccountId, RoleArn, account_of};

/// The identities in AWS that are asked about.
#[derive(Debug)]
pub(super) enum Identities {
    /// All of them.
    All,
    /// One IAM role.
    Role(RoleArn),
    /// Those whose ARN matches; `*` stands for any text.
    Like(GlobMatcher, String),
    /// Those of an AWS account.
    Of(AccountId),
}

impl fmt::Display for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("anything"),
            Self::Role(arn) => f.write_str(arn.as_str()),
            Self::Like(_, glob) => f.write_str(glob),
            Self::Of(account) => write!(f, "an IAM role of the account {}", account.as_str()),
        }
    }
}

impl Identities {
    /// What the arguments ask about.
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
        if arn.contains('*') {
            let pieces: Vec<String> = arn.split('*').map(globset::escape).collect();
            let glob = Glob::new(&pieces.join("*")).map_err(|error| Error::NotAnArn {
                text: arn.clone(),
                why: error.to_string(),
            })?;
            return Ok(Self::Like(glob.compile_matcher(), arn.clone()));
        }
        let role = RoleArn::try_from(arn.clone());
        role.map(Self::Role).map_err(|error| Error::NotAnArn {
            text: arn.clone(),
            why: error.to_string(),
        })
    }

    /// Whether an identity is asked about.
    pub(super) fn include(&self, identity: &str) -> bool {
        match self {
            Self::All => true,
            Self::Role(arn) => identity == arn.as_str(),
            Self::Like(glob, _) => glob.is_match(identity),
            Self::Of(account) => account_of(identity) == Some(account.as_str()),
        }
    }

    /// Refuses the ARN of a role that no AWS role gives: most likely it has a typing error.
    ///
    /// # Errors
    /// When that is so.
    pub(super) fn check(&self, configuration: &Configuration<'_>) -> Result<(), Error> {
        let Self::Role(arn) = self else {
            return Ok(());
        };
        let known: BTreeSet<String> = configuration
            .targets()
            .flat_map(|target| target.identities())
            .collect();
        if known.contains(arn.as_str()) {
            return Ok(());
        }
        Err(Error::UnknownArn {
            arn: arn.as_str().to_owned(),
            near: near(arn.as_str(), known.iter().map(String::as_str)),
        })
    }
}

/// Of which jobs and logins something is asked.
pub(super) struct Filter<'a> {
    /// Jobs in this environment, or `Some(None)` for those without one.
    pub(super) environment: Option<Option<&'a str>>,
    /// What is known of their claims besides.
    claims: Vec<(&'a str, String)>,
    role: Option<&'a str>,
}

impl<'a> Filter<'a> {
    /// What the arguments say.
    ///
    /// # Errors
    /// When there is no login role of that name.
    pub(super) fn new(args: &'a Args, configuration: &Configuration<'_>) -> Result<Self, Error> {
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
        let role = args.role.as_deref();
        let names = || configuration.login_roles.iter().map(|role| role.name);
        if let Some(role) = role.filter(|role| !names().any(|name| name == *role)) {
            return Err(Error::UnknownLoginRole {
                role: role.to_owned(),
                near: near(role, names()),
            });
        }
        Ok(Self {
            environment,
            claims,
            role,
        })
    }

    /// Whether jobs are left out by their claims.
    pub(super) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// Whether logins with a role count.
    pub(super) fn admits(&self, role: &str) -> bool {
        self.role.is_none_or(|wanted| wanted == role)
    }

    /// The JWTs that are asked about.
    pub(super) fn jwts(&self) -> Jwts {
        let environment = self
            .environment
            .map(|environment| ("environment", environment));
        let claims = self.claims.iter();
        let claims = claims.map(|(claim, value)| (*claim, Some(value.as_str())));
        Jwts::with(environment.into_iter().chain(claims))
    }

    /// Those of some jobs that have the claims that are asked about; none where they are known to have others.
    pub(super) fn narrow(&self, job: Job) -> Option<Job> {
        let mut claims = self.claims.iter();
        let is_other = claims.any(|(claim, value)| job.contradicts(claim, value));
        (!is_other).then(|| self.with_claims(job))
    }

    /// A job with these claims, whatever was known of them.
    pub(super) fn with_claims(&self, mut job: Job) -> Job {
        if let Some(environment) = self.environment {
            job = job.in_environment(environment);
        }
        for (claim, value) in &self.claims {
            job = job.with(claim, value);
        }
        job.completed()
    }

    /// The jobs that the files and Vault know, each project's in the environment that is asked about.
    pub(super) fn jobs(&self, everybody: &Everybody) -> BTreeSet<Who> {
        let names_known = |who: &Who| {
            self.claims.iter().any(|(claim, value)| match *claim {
                "project_id" => who.project_id.as_ref() == Some(value),
                "project_path" => who.project.as_ref() == Some(value),
                _ => false,
            })
        };
        // A claim that names a project of the files leaves no other project.
        let leaves_others = !everybody.jobs.iter().any(names_known);
        let jobs = everybody.jobs.iter().cloned();
        let jobs = jobs.filter(|who| leaves_others || who.project_id.is_some());
        let Some(environment) = self.environment else {
            return jobs.collect();
        };
        let in_environment = jobs.map(|who| Who {
            environment: match who.project_id {
                Some(_) => environment.map(str::to_owned),
                None => None,
            },
            ..who
        });
        in_environment.collect()
    }
}

/// How many known names are listed.
const LISTED: usize = 10;

/// The known names, the likeliest first: `; there is prod, dev`.
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
