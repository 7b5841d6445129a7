//! What the address of a Git remote says of GitLab and the project.

use url::Url;

use super::ServerUrl;
use crate::value::path_of_address;

/// The GitLab and the project that a clone came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitRemote {
    /// GitLab's address. An SSH address does not say the port of the web server: it is that of HTTPS.
    pub(crate) gitlab: ServerUrl,
    /// The project's path.
    pub(crate) project: String,
}

impl GitRemote {
    /// Reads `https://HOST/GROUP/PROJECT.git`, `ssh://git@HOST:22/GROUP/PROJECT.git` or `git@HOST:GROUP/PROJECT.git`; none
    /// for a path of this machine and for what no GitLab has.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let gitlab = match Url::parse(address) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                let mut server = url;
                server.set_username("").ok()?;
                server.set_password(None).ok()?;
                server.set_query(None);
                server.set_fragment(None);
                server.set_path("");
                server.to_string()
            }
            Ok(url) if url.scheme() == "ssh" => format!("https://{}", url.host_str()?),
            _ => {
                let (user_and_host, _) = address.split_once(':')?;
                let (_, host) = user_and_host.split_once('@')?;
                format!("https://{host}")
            }
        };
        let project = path_of_address(address, &[]).to_owned();
        project.contains('/').then_some(Self {
            gitlab: gitlab.parse().ok()?,
            project,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::GitRemote;

    #[test]
    fn the_address_of_a_remote_names_gitlab_and_the_project() {
        for (address, expected) in [
            (
                "git@git.example.com:devops/vault.git",
                Some("https://git.example.com devops/vault"),
            ),
            (
                "ssh://git@git.example.com:2222/a/b/c.git",
                Some("https://git.example.com a/b/c"),
            ),
            (
                "https://git.example.com:8443/a/b.git",
                Some("https://git.example.com:8443 a/b"),
            ),
            (
                "https://ci:secret@git.example.com/a/b.git",
                Some("https://git.example.com a/b"),
            ),
            ("/srv/git/vault.git", None),
            ("../vault.git", None),
            ("https://git.example.com/", None),
        ] {
            let remote = GitRemote::of(address);
            let found = remote.map(|remote| format!("{} {}", remote.gitlab, remote.project));
            assert_eq!(found.as_deref(), expected, "{address}");
        }
    }
}
