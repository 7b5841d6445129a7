//! `credentials`: a job's AWS session for the AWS CLI's `credential_process`.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::{Error, Exit, print, with_vault_as};
use crate::cli::{CredentialsArgs as Args, Global};
use crate::log::note;
use crate::login;
use crate::session_cache::{SessionCache, SessionCacheError};
use crate::value::EnvironmentName;
use crate::vault::{Session, VaultError};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let cache = if args.cache {
        cache(global, args)
    } else {
        None
    };
    if let Some(kept) = cache.as_ref().and_then(SessionCache::get) {
        print(&kept)?;
        return Ok(Exit::Success);
    }
    let mut search = Search {
        global,
        args,
        tried: Vec::new(),
    };
    let printed = search.credentials().await;
    if printed.is_err() && login::has_token_beside_jwt(&global.login) {
        note(&format!(
            "VAULT_TOKEN is set in this job, so its token was used, and not {}; unset it to log in as the job.",
            global.login.jwt_env
        ));
    }
    let session = printed?;
    if let Some(cache) = &cache {
        cache.put(&session).unwrap_or_else(|error| not_kept(&error));
    }
    print(&session)?;
    Ok(Exit::Success)
}

/// Where the session is kept, if it can be.
fn cache(global: &Global, args: &Args) -> Option<SessionCache> {
    let secret = login::secret(&global.login)?;
    // All that decides which session Vault gives; the JWT is part of the key.
    let asked = format!("{args:?} {:?} {:?}", global.connection, global.login);
    let cache = SessionCache::open(&asked, &secret);
    cache.inspect_err(not_kept).ok()
}

fn not_kept(error: &SessionCacheError) {
    note(&format!(
        "The session is not kept for the next call: {error}."
    ));
}

/// The search for the AWS role of a job: that of its environment, then of its group, then the project's default. A role
/// that was asked for by name is one of the environment or the group, or else a shared one.
struct Search<'a> {
    global: &'a Global,
    args: &'a Args,
    /// What Vault does not have, in the order in which it was asked for.
    tried: Vec<String>,
}

/// The outcome of a login and of the requests with its token.
enum LookedFor {
    /// The output, and the number of the AWS role that gave it.
    Issued(String, usize),
    /// Each of the AWS roles is missing in Vault, or the token may not request it.
    NotMapped,
    /// Vault has no such JWT role.
    NoLoginRole,
}

impl Search<'_> {
    async fn credentials(&mut self) -> Result<String, Error> {
        let names = self.names();
        let of_default = vec![self.default_role()];
        if let Some(role) = self.only_login() {
            let named = names.iter().flat_map(|name| {
                let own = self.own_roles(name).into_iter();
                own.chain(self.group_role(name))
            });
            let roles: Vec<String> = named.chain(of_default).collect();
            let last = roles.len() - 1;
            return match self.ask(&role, &roles).await? {
                LookedFor::Issued(output, at) => Ok(self.told(output, at == last)),
                _ => Err(self.not_mapped()),
            };
        }
        let mut is_known = false;
        for name in &names {
            let login = format!("aws-{}", name.to_lowercase());
            match self.ask(&login, &self.own_roles(name)).await? {
                LookedFor::Issued(output, _) => return Ok(output),
                LookedFor::NotMapped => is_known = true,
                LookedFor::NoLoginRole => continue,
            }
            break;
        }
        if let Some(group) = self.args.namespace_id {
            for name in &names {
                let login = format!("aws-group-{group}-{}", name.to_lowercase());
                let roles = self.group_role(name).into_iter().collect::<Vec<_>>();
                if let LookedFor::Issued(output, _) = self.ask(&login, &roles).await? {
                    return Ok(output);
                }
            }
        }
        // Files without a JWT role for each environment have all of a project's roles behind the default one.
        let unknown = names.iter().filter(|_| !is_known);
        let own = unknown.flat_map(|name| self.own_roles(name));
        let roles: Vec<String> = own.chain(of_default).collect();
        let last = roles.len() - 1;
        match self.ask("", &roles).await? {
            LookedFor::Issued(output, at) => Ok(self.told(output, at == last)),
            _ => Err(self.not_mapped()),
        }
    }

    /// Logs in, and asks for the AWS roles in their order. An empty JWT role is the mount's default one.
    async fn ask(&mut self, login: &str, roles: &[String]) -> Result<LookedFor, Error> {
        let (global, args) = (self.global, self.args);
        let whose = whose_token(global, login);
        let tried = &mut self.tried;
        let answer = with_vault_as(global, login, async |session, _| {
            for (at, role) in roles.iter().enumerate() {
                let path = format!("{}/sts/{role}", args.secrets_mount);
                match issue(session, args, &path).await {
                    Ok(output) => return Ok(LookedFor::Issued(output, at)),
                    Err(Error::Vault(why)) if is_unmapped(&why) => {
                        tried.push(format!("{path} with {whose}: {why}"));
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(LookedFor::NotMapped)
        })
        .await;
        match answer {
            Err(Error::Vault(error)) if !login.is_empty() && is_unknown_role(&error) => {
                self.tried
                    .push(format!("the JWT role {login}: Vault has none"));
                match self.global.login.auth_role {
                    Some(_) => Err(error.into()),
                    None => Ok(LookedFor::NoLoginRole),
                }
            }
            Err(Error::Vault(why @ VaultError::LoginRefused { .. })) => Err(Error::JobRefused {
                tried: std::mem::take(&mut self.tried),
                claims: login::claims(&self.global.login),
                why: Box::new(why),
            }),
            other => other,
        }
    }

    /// The JWT role, where there is no choice: one was given, or there is a token already.
    fn only_login(&self) -> Option<String> {
        let login = &self.global.login;
        let is_given = login::has_token(login);
        login
            .auth_role
            .clone()
            .or_else(|| is_given.then(String::new))
    }

    /// The names that the job's environment may have in Vault: its own, or that of its folder.
    fn names(&self) -> Vec<String> {
        let Some(environment) = &self.args.environment else {
            return Vec::new();
        };
        let name = environment.as_str();
        let folder = name.split('/').next().filter(|folder| *folder != name);
        let names = [Some(name), folder].into_iter().flatten();
        names
            .filter(|name| name.parse::<EnvironmentName>().is_ok())
            .map(str::to_owned)
            .collect()
    }

    /// The JWT roles of environments are in lower case, and so is then the name of the AWS role.
    fn own_roles(&self, name: &str) -> Vec<String> {
        let mut names = vec![name.to_owned(), name.to_lowercase()];
        names.dedup();
        let segments = names.iter().map(|name| self.one_of(name));
        let roles = segments.map(|name| self.args.role_name.of(self.args.project_id, Some(&name)));
        roles.collect()
    }

    fn group_role(&self, name: &str) -> Option<String> {
        let group = self.args.namespace_id?;
        let name = self.one_of(&name.to_lowercase());
        Some(self.args.group_role_name.of(group, &name))
    }

    /// What a role's name has in place of `{environment}`: an environment may have several roles, each with a name.
    fn one_of(&self, environment: &str) -> String {
        match &self.args.role {
            Some(role) => format!("{environment}-{role}"),
            None => environment.to_owned(),
        }
    }

    fn default_role(&self) -> String {
        match &self.args.role {
            Some(name) => name.to_string(),
            None => self.args.role_name.of(self.args.project_id, None),
        }
    }

    /// The output. Says so if a job with an environment gets what is not of it.
    fn told(&self, output: String, is_default: bool) -> String {
        if let (true, Some(environment), None) =
            (is_default, &self.args.environment, &self.args.role)
        {
            note(&format!(
                "The environment `{environment}` has no AWS role without a name: these are credentials of {}, the project's default.",
                self.default_role()
            ));
        }
        output
    }

    fn not_mapped(&mut self) -> Error {
        Error::NoMapping {
            tried: std::mem::take(&mut self.tried),
            claims: login::claims(&self.global.login),
        }
    }
}

fn whose_token(global: &Global, login: &str) -> String {
    match login {
        _ if login::has_token(&global.login) => "the token that is set".to_owned(),
        "" => "the default JWT role".to_owned(),
        role => format!("the JWT role {role}"),
    }
}

async fn issue(session: &Session, args: &Args, path: &str) -> Result<String, Error> {
    let body = args
        .ttl
        .map_or_else(|| json!({}), |ttl| json!({"ttl": ttl}));
    let issued = session.writer().issue(path, &body).await;
    let (data, seconds) = issued.map_err(|why| {
        if is_untrusted(&why) {
            Error::NotTrusted {
                path: path.to_owned(),
                why: Box::new(why),
            }
        } else {
            Error::Vault(why)
        }
    })?;
    let output =
        credential_process(&data, seconds).ok_or_else(|| Error::NoCredentials(path.to_owned()))?;
    Ok(format!("{output}\n"))
}

/// Whether the role does not exist. A role that refuses the job exists: falling back to the default role would hide why.
fn is_unknown_role(error: &VaultError) -> bool {
    matches!(error, VaultError::LoginRefused { messages, .. } if messages.mention("could not be found"))
}

/// Whether the AWS role does not exist. The status is 400 if a policy allows the path for all jobs of the environment,
/// otherwise 403.
fn is_unmapped(error: &VaultError) -> bool {
    match error {
        VaultError::Forbidden(_) => true,
        VaultError::Rejected { messages, .. } => {
            messages.mention("role ") && messages.mention(" not found")
        }
        _ => false,
    }
}

/// Whether the IAM role does not trust Vault: AWS answers `AccessDenied`, and Vault passes that on:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
fn is_untrusted(error: &VaultError) -> bool {
    matches!(error, VaultError::Rejected { messages, .. } if messages.mention("AccessDenied"))
}

/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html>
fn credential_process(data: &Map<String, Value>, seconds: u64) -> Option<Value> {
    let text = |name| data.get(name).and_then(Value::as_str);
    let end = SystemTime::now() + Duration::from_secs(seconds);
    Some(json!({
        "Version": 1,
        "AccessKeyId": text("access_key")?,
        "SecretAccessKey": text("secret_key")?,
        "SessionToken": text("security_token").or_else(|| text("session_token"))?,
        "Expiration": humantime::format_rfc3339_seconds(end).to_string(),
    }))
}
