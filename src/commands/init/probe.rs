//! Asks the new repository's Vault what it is and what is mounted there. Nothing depends on the answer.

use serde_json::{Map, Value};

use super::super::Error;
use crate::cli::Global;
use crate::init::ServerUrl;
use crate::log::note;
use crate::login;
use crate::report::probe::{VaultProbe, probed};
use crate::resource::{MountType, Table};
use crate::vault::{self, ReadVault, Session, VaultCredentials, VaultError, VaultSettings};

/// Says on standard error what Vault answers.
pub(super) async fn vault(global: &Global, address: &ServerUrl) -> Result<(), Error> {
    let settings = || login::settings_at(&global.connection, &address.to_string());
    let health = vault::health(settings()?).await;
    let mounts = match &health {
        Ok(health) if health.initialized && !health.sealed => mounts(global, settings()?).await,
        _ => Err("the server serves no requests".to_owned()),
    };
    let probe = VaultProbe {
        address: address.to_string(),
        health: health.map_err(|error| error.to_string()),
        mounts,
    };
    for line in probed(&probe) {
        note(&line);
    }
    Ok(())
}

/// The mounts of the types that the files have content for, by their paths.
async fn mounts(global: &Global, settings: VaultSettings) -> Result<Vec<(String, String)>, String> {
    let token = match login::credentials(&global.login, "") {
        Ok(token @ VaultCredentials::Token(_)) => token,
        _ => return Err("there is no token: set VAULT_TOKEN".to_owned()),
    };
    let session = Session::open(settings, token).await;
    let session = session.map_err(|error| error.to_string())?;
    let listed = list(&session).await.map_err(|error| error.to_string());
    session.close().await;
    listed
}

async fn list(session: &Session) -> Result<Vec<(String, String)>, VaultError> {
    let reader = session.reader();
    let mut found = Vec::new();
    for (table, prefix) in [(Table::Auth, "auth/"), (Table::Secrets, "")] {
        let mounts = reader.get(table.path()).await?.unwrap_or_default();
        found.extend(with_content(table, prefix, &mounts));
    }
    Ok(found)
}

fn with_content<'m>(
    table: Table,
    prefix: &'m str,
    mounts: &'m Map<String, Value>,
) -> impl Iterator<Item = (String, String)> + use<'m> {
    mounts.iter().filter_map(move |(path, mount)| {
        let name = mount.get("type")?.as_str()?;
        let path = format!("{prefix}{}", path.trim_end_matches('/'));
        let mount_type = MountType { table, name };
        mount_type.has_content().then(|| (path, name.to_owned()))
    })
}
