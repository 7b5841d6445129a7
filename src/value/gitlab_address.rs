//! Addresses of projects and groups, as people copy them from a browser or from `git remote`.

use url::Url;

/// The path that an address leads to: `payments/api` for `https://git.example.com/payments/api/-/merge_requests` and for
/// `git@git.example.com:payments/api.git`. Another text is read as a path, without `/` around it and `.git` behind it. The
/// `roots` are addresses of GitLab: one may be below a path, as in `https://example.com/gitlab`.
///
/// GitLab separates the pages of a project from its path by `/-/`, and lists groups under `groups/`. It can be installed
/// under a relative URL, which is not part of the addresses for SSH:
/// <https://docs.gitlab.com/install/relative_url/>.
pub(crate) fn path_of_address<'t>(text: &'t str, roots: &[Url]) -> &'t str {
    let Some(path) = behind_host(text).or_else(|| behind_known_host(text, roots)) else {
        let path = text.trim_matches('/');
        return path.strip_suffix(".git").unwrap_or(path);
    };
    let path = below_root(text, path, roots);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.split("/-/").next().unwrap_or_default();
    let path = path.strip_suffix("/-").unwrap_or(path);
    let path = path.trim_matches('/');
    let path = path.strip_prefix("groups/").unwrap_or(path);
    path.strip_suffix(".git").unwrap_or(path)
}

/// The path below GitLab's own one.
fn below_root<'t>(text: &str, path: &'t str, roots: &[Url]) -> &'t str {
    let Ok(address) = Url::parse(text) else {
        return path;
    };
    if !address.scheme().starts_with("http") {
        return path;
    }
    let own = roots
        .iter()
        .filter(|root| root.host_str() == address.host_str());
    let below = own.filter_map(|root| {
        let prefix = root.path().trim_matches('/');
        let is_empty = prefix.is_empty();
        let rest = path.strip_prefix(prefix).filter(|_| !is_empty)?;
        rest.strip_prefix('/')
    });
    below.min_by_key(|rest| rest.len()).unwrap_or(path)
}

/// What follows the host in `https://HOST/…`, `ssh://git@HOST/…` or `git@HOST:…`.
fn behind_host(text: &str) -> Option<&str> {
    if let Some((_, address)) = text.split_once("://") {
        let (_, path) = address.split_once('/').unwrap_or_default();
        return Some(path);
    }
    let (user_and_host, path) = text.split_once(':')?;
    user_and_host.contains('@').then_some(path)
}

/// The path in an address without a scheme, as browsers show it, if it begins with the host of one of the `roots`.
fn behind_known_host<'t>(text: &'t str, roots: &[Url]) -> Option<&'t str> {
    roots.iter().find_map(|root| {
        let root = root.as_str().split_once("://")?.1.trim_end_matches('/');
        text.strip_prefix(root)?.strip_prefix('/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_the_path_that_it_leads_to() {
        for (address, path) in [
            ("https://git.example.com/payments/api", "payments/api"),
            ("https://git.example.com/payments/api/", "payments/api"),
            ("https://git.example.com/a/b/c/d.git", "a/b/c/d"),
            ("https://git.example.com/a/b/-/tree/main/x?y#z", "a/b"),
            ("https://git.example.com/a/b/-", "a/b"),
            ("https://git.example.com/a/b?tab=x", "a/b"),
            ("http://git.example.com:8080/a/b", "a/b"),
            ("https://git.example.com/groups/a/b/-/group_members", "a/b"),
            ("ssh://git@git.example.com:22/a/b.git", "a/b"),
            ("git@git.example.com:a/b.git", "a/b"),
            ("a/b", "a/b"),
            ("a/b.git", "a/b"),
            ("/a/b/", "a/b"),
            ("git.example.com/a/b", "git.example.com/a/b"),
            ("https://git.example.com", ""),
        ] {
            assert_eq!(path_of_address(address, &[]), path, "{address}");
        }
    }

    #[test]
    fn the_path_of_a_gitlab_below_a_path_is_left_out() {
        let roots = ["https://example.com/gitlab/", "https://git.example.com"];
        let roots = roots.map(|root| Url::parse(root).unwrap());
        for (address, path) in [
            ("https://example.com/gitlab/a/b", "a/b"),
            ("https://example.com/gitlab/a/b/-/issues", "a/b"),
            ("https://example.com/gitlab/groups/a", "a"),
            ("https://example.com/gitlab/gitlab/b", "gitlab/b"),
            ("https://example.com/gitlabs/b", "gitlabs/b"),
            ("https://other.example.com/gitlab/b", "gitlab/b"),
            ("https://git.example.com/gitlab/b", "gitlab/b"),
            ("git@example.com:gitlab/b.git", "gitlab/b"),
            ("gitlab/b", "gitlab/b"),
            ("git.example.com/a/b/-/issues", "a/b"),
            ("example.com/gitlab/a/b", "a/b"),
            ("git.example.com.evil/a/b", "git.example.com.evil/a/b"),
        ] {
            assert_eq!(path_of_address(address, &roots), path, "{address}");
        }
    }
}
