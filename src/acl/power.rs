//! Paths whose writing gives full access to a server.

use std::sync::LazyLock;

/// Stands for a segment that only wildcards name.
pub(crate) const ANY: &str = "any";

/// Stands for the path of a mount, such as `gitlab` or `corp/gitlab`.
const MOUNT: &str = "MOUNT";

/// The path of a mount may have this many segments.
const MOUNT_SEGMENTS: [&str; 3] = ["+", "+/+", "+/+/+"];

/// Why the writing of some paths gives full access, to go on with after "this is equivalent to root:", and the paths, in
/// which `+` stands for any segment and `MOUNT` for the path of any mount. The most informative come first.
const POWERS: [(&str, &[&str]); 15] = [
    (
        "it writes any policy",
        &["sys/policies/acl/+", "sys/policy/+"],
    ),
    (
        "a role that it creates can have any policy",
        &[
            "auth/MOUNT/role/+",
            "auth/MOUNT/role/+/policies",
            "auth/MOUNT/roles/+",
            "auth/MOUNT/cel/role/+",
        ],
    ),
    (
        "a user that it creates can have any policy",
        &["auth/MOUNT/users/+", "auth/MOUNT/users/+/policies"],
    ),
    (
        "it grants any policy to any user",
        &[
            "auth/MOUNT/groups/+",
            "auth/MOUNT/map/+/+",
            "identity/entity",
            "identity/entity/id/+",
            "identity/entity/name/+",
            "identity/group",
            "identity/group/id/+",
            "identity/group/name/+",
        ],
    ),
    (
        "it grants any policy to any certificate",
        &["auth/MOUNT/certs/+"],
    ),
    (
        "it decides which logins a method trusts",
        &[
            "auth/MOUNT/config",
            "auth/MOUNT/config/+",
            "auth/MOUNT/config/+/+",
        ],
    ),
    (
        "it creates tokens that outlive the job",
        &[
            "auth/token/create",
            "auth/token/create-orphan",
            "auth/token/create/+",
        ],
    ),
    (
        "it can become another user",
        &[
            "auth/MOUNT/users/+/password",
            "identity/entity/merge",
            "identity/entity-alias",
            "identity/entity-alias/id/+",
            "identity/alias",
            "identity/alias/id/+",
            "identity/persona",
            "identity/persona/id/+",
        ],
    ),
    (
        "it grants a group's policies to any user",
        &["identity/group-alias", "identity/group-alias/id/+"],
    ),
    (
        "it mounts an auth method, which can grant any policy",
        &["sys/auth/+"],
    ),
    ("it mounts and removes any engine", &["sys/mounts/+"]),
    (
        "it runs a program of its choice inside Vault",
        &["sys/plugins/catalog/+", "sys/plugins/catalog/+/+"],
    ),
    (
        "it reads and writes Vault's storage",
        &["sys/raw/MOUNT", "sys/raw/+/+/+/+"],
    ),
    ("it moves any mount", &["sys/remount"]),
    (
        "it replaces Vault's storage",
        &[
            "sys/storage/raft/snapshot",
            "sys/storage/raft/snapshot-force",
        ],
    ),
];

/// Each path whose writing gives full access, with the reason.
static PATHS: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    let powers = POWERS.into_iter();
    let paths = powers.flat_map(|(why, paths)| paths.iter().map(move |path| (*path, why)));
    paths
        .flat_map(|(path, why)| deeper(path).into_iter().map(move |path| (path, why)))
        .collect()
});

/// A path for each depth that its mount may have.
fn deeper(path: &str) -> Vec<String> {
    if !path.contains(MOUNT) {
        return vec![path.to_owned()];
    }
    let depths = MOUNT_SEGMENTS.iter();
    depths.map(|mount| path.replace(MOUNT, mount)).collect()
}

/// Each path whose writing gives full access, in which `+` stands for any segment, with the reason.
pub(crate) fn powers() -> impl Iterator<Item = (&'static str, &'static str)> {
    PATHS.iter().map(|(path, why)| (path.as_str(), *why))
}

/// A path that both a rule's path and a pattern match, with `any` where both have wildcards or the rule has a template.
pub(crate) fn common_path(rule: &str, pattern: &str) -> Option<String> {
    let mut path: Vec<String> = Vec::new();
    let mut wanted = pattern.split('/');
    let mut segments = rule.split('/').peekable();
    while let Some(segment) = segments.next() {
        let rest = segment
            .strip_suffix('*')
            .filter(|_| segments.peek().is_none());
        let want = wanted.next()?;
        path.push(match rest {
            None if segment == "+" && want == "+" => ANY.into(),
            None if segment == "+" || segment == want => want.into(),
            None if want == "+" => with_any(segment),
            Some(start) if want == "+" => with_any(start) + ANY,
            Some(start) if want.starts_with(start) => want.into(),
            None | Some(_) => return None,
        });
        if rest.is_some() {
            path.extend(wanted.by_ref().map(|want| want.replace('+', ANY)));
        }
    }
    wanted.next().is_none().then(|| path.join("/"))
}

/// The segment with `any` in place of templates.
fn with_any(segment: &str) -> String {
    let mut pieces = segment.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += ANY;
        text += piece.split_once("}}").map_or("", |(_, rest)| rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{common_path, powers};

    #[test]
    fn a_mount_may_have_several_segments() {
        for path in ["gitlab", "corp/gitlab", "corp/eu/gitlab"] {
            let role = format!("auth/{path}/role/admin");
            let is_it = |(power, _)| common_path(&role, power).is_some();
            assert!(powers().any(is_it), "{path}");
        }
    }

    #[test]
    fn a_rule_and_a_power_meet_at_a_path() {
        let acl = "sys/policies/acl/+";
        for (rule, power, path) in [
            (
                "sys/policies/acl/aws-*",
                acl,
                Some("sys/policies/acl/aws-any"),
            ),
            ("sys/*", acl, Some("sys/policies/acl/any")),
            ("*", "sys/remount", Some("sys/remount")),
            (
                "auth/gitlab/role/+",
                "auth/+/role/+",
                Some("auth/gitlab/role/any"),
            ),
            (
                "auth/+/role/aws",
                "auth/gitlab/role/+",
                Some("auth/gitlab/role/aws"),
            ),
            (
                "identity/entity/id/7",
                "identity/entity/id/+",
                Some("identity/entity/id/7"),
            ),
            (
                "identity/entity/id/{{identity.entity.id}}",
                "identity/entity/id/+",
                Some("identity/entity/id/any"),
            ),
            ("identity/entity/*", "identity/entity", None),
            ("sys/policies/acl", acl, None),
            ("aws/sts/365", "aws/roles/+", None),
            ("aws/r*", "aws/roles/+", Some("aws/roles/any")),
        ] {
            assert_eq!(common_path(rule, power).as_deref(), path, "{rule} {power}");
        }
    }
}
