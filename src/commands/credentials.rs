//! `credentials`: a job's AWS session for the AWS CLI's `credential_process`.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::{Error, Exit, print, with_vault_as};
use crate::cli::{CredentialsArgs as Args, Global};
use crate::vault::{Session, VaultError};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let own = args
        .environment
        .as_ref()
        .map(|environment| format!("aws-{}", environment.as_str().to_lowercase()));
    let printed = match (&global.login.auth_role, own) {
        (Some(role), _) => issue(global, args, role).await,
        (None, None) => issue(global, args, "").await,
        // The role of the environment if Vault has one, otherwise the mount's default role.
        (None, Some(own)) => match issue(global, args, &own).await {
            Err(Error::Vault(error)) if is_unknown_role(&error) => issue(global, args, "").await,
            outcome => outcome,
        },
    };
    print(&printed?)?;
    Ok(Exit::Success)
}

async fn issue(global: &Global, args: &Args, auth_role: &str) -> Result<String, Error> {
    with_vault_as(global, auth_role, async |session, _| {
        let path = path(args);
        let body = args
            .ttl
            .map_or_else(|| json!({}), |ttl| json!({"ttl": ttl}));
        let (data, seconds) = request(session, &path, &body).await?;
        let output = credential_process(&data, seconds).ok_or(Error::NoCredentials(path))?;
        Ok(format!("{output}\n"))
    })
    .await
}

/// The path of the role, by the sample's `role_name`.
fn path(args: &Args) -> String {
    let (mount, id) = (&args.secrets_mount, args.project_id);
    match &args.environment {
        Some(environment) => format!("{mount}/sts/{id}-{environment}"),
        None => format!("{mount}/sts/{id}"),
    }
}

async fn request(
    session: &Session,
    path: &str,
    body: &Value,
) -> Result<(Map<String, Value>, u64), Error> {
    let issued = session.writer().issue(path, body).await;
    issued.map_err(|why| {
        let (path, is_unmapped, is_untrusted) =
            (path.to_owned(), is_unmapped(&why), is_untrusted(&why));
        let why = Box::new(why);
        if is_unmapped {
            Error::NoMapping { path, why }
        } else if is_untrusted {
            Error::NotTrusted { path, why }
        } else {
            Error::Vault(*why)
        }
    })
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
