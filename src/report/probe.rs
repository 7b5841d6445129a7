//! What a new repository's Vault says of itself, in a few lines.

use super::Shown;
use crate::vault::{ServerHealth, ServerVersion};

/// The mounts that the files of a new repository declare.
const DECLARED: [&str; 2] = ["auth/gitlab", "aws"];

/// What was found at Vault's address.
pub(crate) struct VaultProbe {
    /// The address.
    pub(crate) address: String,
    /// What the server says of itself, or why it says nothing.
    pub(crate) health: Result<ServerHealth, String>,
    /// The mounts of the types `jwt` and `aws` by their paths, or why they are unknown.
    pub(crate) mounts: Result<Vec<(String, String)>, String>,
}

/// What was found, a line each.
pub(crate) fn probed(probe: &VaultProbe) -> Vec<String> {
    let health = match &probe.health {
        Ok(health) => health,
        Err(why) => {
            return vec![format!(
                "Vault was not asked: {}. The files do not depend on it.",
                Shown::text(why)
            )];
        }
    };
    let mut lines = vec![format!(
        "Vault at {}: {}.",
        Shown::text(&probe.address),
        server(health)
    )];
    match &probe.mounts {
        Err(why) => lines.push(format!(
            "Unknown is what is mounted there: {}.",
            Shown::text(why)
        )),
        Ok(mounts) => lines.extend(about_mounts(mounts)),
    }
    lines
}

fn server(health: &ServerHealth) -> String {
    let program = match health.version() {
        ServerVersion::Vault(..) => "HashiCorp Vault ",
        ServerVersion::OpenBao(_) => "OpenBao ",
        ServerVersion::Unknown => "",
    };
    let mut text = format!("{program}{}", Shown::text(&health.version_text));
    if let (Some(name), Some(id)) = (&health.cluster_name, &health.cluster_id) {
        text += &format!(", cluster {} ({})", Shown::text(name), Shown::text(id));
    }
    match (health.initialized, health.sealed) {
        (false, _) => text + ", not initialized",
        (true, true) => text + ", sealed",
        (true, false) => text,
    }
}

fn about_mounts(mounts: &[(String, String)]) -> Vec<String> {
    let shown =
        |(path, kind): &(String, String)| format!("{} ({})", Shown::text(path), Shown::text(kind));
    let there: Vec<String> = mounts.iter().map(shown).collect();
    let mut lines = vec![match there.as_slice() {
        [] => "It has no mount of the types jwt and aws.".to_owned(),
        there => format!(
            "Mounts of the types jwt and aws there: {}.",
            there.join(", ")
        ),
    }];
    let is_there = |path: &&str| mounts.iter().any(|(mount, _)| mount == path);
    let taken: Vec<&str> = DECLARED.into_iter().filter(is_there).collect();
    if !taken.is_empty() {
        lines.push(format!(
            "The files declare {}, and apply deletes what they lack there: for a Vault that is in use, remove mappings/vault.yaml \
             and run `vault-provisioner import`.",
            taken.join(" and ")
        ));
    }
    lines
}
