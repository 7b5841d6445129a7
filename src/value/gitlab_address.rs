//! Addresses of projects and groups, as people copy them from a browser or from `git remote`.

/// The path that an address leads to: `payments/api` for `https://git.example.com/payments/api/-/merge_requests` and for
/// `git@git.example.com:payments/api.git`. Another text is read as a path.
///
/// GitLab separates the pages of a project from its path by `/-/`, and lists groups under `groups/`.
pub(crate) fn path_of_address(text: &str) -> &str {
    let Some(path) = behind_host(text) else {
        return text;
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.split("/-/").next().unwrap_or_default();
    let path = path.strip_suffix("/-").unwrap_or(path);
    let path = path.trim_matches('/');
    let path = path.strip_prefix("groups/").unwrap_or(path);
    path.strip_suffix(".git").unwrap_or(path)
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
            ("a/b.git", "a/b.git"),
            ("https://git.example.com", ""),
        ] {
            assert_eq!(path_of_address(address), path, "{address}");
        }
    }
}
