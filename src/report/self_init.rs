//! The `initialize` stanza of OpenBao, with what an administrator has to know.

use super::plural;
use crate::self_init::SelfInit;

/// The stanza behind its comment.
pub(crate) fn self_init(stanza: &SelfInit) -> String {
    let counts = stanza.counts.iter();
    let counts: Vec<String> = counts
        .map(|(kind, count)| plural(*count, kind.title()))
        .collect();
    format!(
        "\
# For OpenBao's configuration: what it makes at its first start, before anyone can log in, and never again. Then it revokes the
# root token that it worked with, so nobody ever holds one: https://openbao.org/docs/configuration/self-init/
#
# Makes {}; the content of secrets engines is left to the pipeline.
# Needs a `seal` by which OpenBao unseals itself, an AWS engine (a plugin, which `plugin_directory` or a `plugin` stanza provides),
# and that GitLab answers at `jwks_url`. Have a way in for administrators too: another request, or another auth method.
{}",
        counts.join(", "),
        stanza.text
    )
}
