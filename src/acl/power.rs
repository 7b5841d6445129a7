//! Paths whose writing gives full access to a server.

/// Stands for a segment that only wildcards name.
const ANY: &str = "any";

/// Why the writing of some paths gives full access, to go on with after "this is equivalent to root:", and the paths, in
/// which `+` stands for any segment. The most informative come first.
const POWERS: [(&str, &[&str]); 15] = [
    (
        "it writes any policy",
        &["sys/policies/acl/+", "sys/policy/+"],
    ),
    (
        "a role that it creates can have any policy",
        &[
            "auth/+/role/+",
            "auth/+/role/+/policies",
            "auth/+/roles/+",
            "auth/+/cel/role/+",
        ],
    ),
    (
        "a user that it creates can have any policy",
        &["auth/+/users/+", "auth/+/users/+/policies"],
    ),
    (
        "it grants any policy to any user",
        &[
            "auth/+/groups/+",
            "auth/+/map/+/+",
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
        &["auth/+/certs/+"],
    ),
    (
        "it decides which logins a method trusts",
        &["auth/+/config", "auth/+/config/+", "auth/+/config/+/+"],
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
            "auth/+/users/+/password",
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
        &["sys/raw/+", "sys/raw/+/+"],
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
pub(crate) fn powers() -> impl Iterator<Item = (&'static str, &'static str)> {
    let powers = POWERS.into_iter();
    powers.flat_map(|(why, paths)| paths.iter().map(move |path| (*path, why)))
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
    use super::common_path;

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
