//! Names: each with the rule of the server that has to accept it.

use std::borrow::Borrow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Invalid, path_of_address};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:path, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = $pattern))]
        pub(crate) struct $name(String);

        impl $name {
            /// The name as text.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// Where an auth method or a secrets engine is mounted, without the slash at the end: `gitlab`, `team/aws`.
    MountPath, mount_path, r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
}
name! {
    /// The type of an auth method or a secrets engine, as Vault's catalogue of plugins names it: `jwt`, `aws`.
    MountTypeName, mount_type_name, r"^[a-z0-9][a-z0-9_.-]*$"
}
name! {
    /// A role of the JWT method. Vault's pattern is `\w(([\w-.]+)?\w)?`, and it lowercases the name.
    JwtRoleName, jwt_role_name, r"^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$"
}
name! {
    /// A role of the AWS engine. Vault's pattern is `\w(([\w-.@]+)?\w)?`; case counts.
    AwsRoleName, aws_role_name, r"^[A-Za-z0-9_]([A-Za-z0-9_.@-]*[A-Za-z0-9_])?$"
}
name! {
    /// The name of an ACL policy, in lower case. `root`, `response-wrapping` and `control-group` are Vault's own.
    PolicyName, policy_name, r"^[^A-Z/\s]+(/[^A-Z/\s]+)*$"
}
name! {
    /// An environment by the name that it has in Vault, where the names of roles and policies hold it: letters, digits
    /// and `_`, with `-` and `.` between them.
    EnvironmentName, environment_name, r"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$"
}
name! {
    /// One of several roles of an environment, by the name that jobs ask for it with: letters, digits and `_`, with `-` and
    /// `.` between them.
    EnvironmentRole, environment_role, r"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$"
}
name! {
    /// An environment by GitLab's name, which a job names under `environment:`, such as `prod` or `review/feature-x`:
    /// letters, digits, spaces and `-_/${}.`, without `/` at an end (<https://docs.gitlab.com/ci/yaml/#environmentname>).
    GitLabEnvironment, gitlab_environment, r"^[A-Za-z0-9 _${}.-]([A-Za-z0-9 _/${}.-]*[A-Za-z0-9 _${}.-])?$"
}
name! {
    /// GitLab's names of environments: one name, or a glob such as `review/*`, in which `*` stands for any text.
    EnvironmentGlob, environment_glob, r"^[A-Za-z0-9 _${}.*-]([A-Za-z0-9 _/${}.*-]*[A-Za-z0-9 _${}.*-])?$"
}
name! {
    /// A GitLab project with its namespaces: `group/subgroup/project`.
    ProjectPath, project_path, r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$"
}

/// An environment's name in Vault is one that GitLab allows, and has no `*`.
impl From<&EnvironmentName> for EnvironmentGlob {
    fn from(name: &EnvironmentName) -> Self {
        Self(name.0.clone())
    }
}

/// How long GitLab lets an environment's name be, in characters.
const LONGEST_ENVIRONMENT: usize = 255;

name! {
    /// A GitLab group with the groups that it is in: `group`, `group/subgroup`.
    GroupPath, group_path, r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
}

fn mount_path(text: &str) -> Result<(), Invalid> {
    let segment = |s: &str| {
        !s.is_empty()
            && s != "."
            && !s.contains("..")
            && s.bytes().all(|b| is_word(b) || b"-.".contains(&b))
    };
    if text.split('/').all(segment) {
        return Ok(());
    }
    let trimmed = text.trim_matches('/');
    let help = if trimmed != text && mount_path(trimmed).is_ok() {
        format!("write `{trimmed}`")
    } else {
        "write letters, digits, `_`, `-` and `.`, with `/` only between them, such as `gitlab`"
            .into()
    };
    Err(Invalid::new(format!("`{text}` is not a mount path"), help))
}

fn mount_type_name(text: &str) -> Result<(), Invalid> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if text.bytes().all(is_plain) && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(Invalid::new(
        format!("`{text}` is not the type of a mount"),
        "write it as `vault auth list` and `vault secrets list` show it, such as `jwt` or `aws`",
    ))
}

fn jwt_role_name(text: &str) -> Result<(), Invalid> {
    vault_name(text, b"-.", "a JWT role's name")?;
    lower_case(text, "JWT roles")
}

fn aws_role_name(text: &str) -> Result<(), Invalid> {
    vault_name(text, b"-.@", "an AWS role's name")
}

fn environment_name(text: &str) -> Result<(), Invalid> {
    vault_name(text, b"-.", "").map_err(|_| {
        let name = EnvironmentName::like(text);
        Invalid::new(
            format!("Vault can hold no role for an environment with the name `{text}`"),
            format!("write a name such as `{name}`, and GitLab's name under `match` of this entry"),
        )
    })
}

fn environment_role(text: &str) -> Result<(), Invalid> {
    vault_name(text, b"-.", "a role's name")
}

fn gitlab_environment(text: &str) -> Result<(), Invalid> {
    let is_allowed = |b: u8| is_word(b) || b" -/${}.".contains(&b);
    let fits = !text.is_empty() && text.len() <= LONGEST_ENVIRONMENT;
    if fits && text.bytes().all(is_allowed) && text.trim_matches('/') == text {
        return Ok(());
    }
    Err(Invalid::new(
        format!("GitLab has no environment with the name `{text}`"),
        "write its name as GitLab shows it, such as `prod` or `review/feature-x`",
    ))
}

fn environment_glob(text: &str) -> Result<(), Invalid> {
    gitlab_environment(&text.replace('*', "_")).map_err(|_| {
        Invalid::new(
            format!("GitLab has no environment whose name matches `{text}`"),
            "write a name as GitLab shows it, or a glob such as `review/*`",
        )
    })
}

fn policy_name(text: &str) -> Result<(), Invalid> {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"*+?#%\\\"".contains(c);
    if text.is_empty()
        || !text.chars().all(plain)
        || text.split('/').any(|s| matches!(s, "" | "." | ".."))
    {
        return Err(Invalid::new(
            format!("`{text}` is not a policy's name"),
            "write letters, digits, `_`, `-` and `.`",
        ));
    }
    // `control-group` is one of HashiCorp Vault's alone, which also refuses `..`.
    if matches!(text, "root" | "response-wrapping" | "control-group") || text.contains("..") {
        return Err(Invalid::new(
            format!("Vault does not let the policy `{text}` be written"),
            "write another name",
        ));
    }
    lower_case(text, "policies")
}

fn project_path(text: &str) -> Result<(), Invalid> {
    // GitLab's projects have no such names, and the addresses of their repositories do.
    if text.contains('/') && are_segments(text) && !text.ends_with(".git") {
        return Ok(());
    }
    Err(Invalid::new(
        format!("`{text}` is not a project's path"),
        help_for_path(text, project_path, "somenamespace/someproject"),
    ))
}

fn group_path(text: &str) -> Result<(), Invalid> {
    if are_segments(text) {
        return Ok(());
    }
    Err(Invalid::new(
        format!("`{text}` is not a group's path"),
        help_for_path(text, group_path, "somenamespace"),
    ))
}

/// The path in an address, or what a path looks like.
fn help_for_path(text: &str, check: fn(&str) -> Result<(), Invalid>, example: &str) -> String {
    let path = path_of_address(text, &[]);
    if path != text && check(path).is_ok() {
        return format!("write `{path}`");
    }
    format!("write it as it stands in GitLab's address, such as `{example}`")
}

/// Whether every segment is a name that GitLab gives to projects and groups.
fn are_segments(path: &str) -> bool {
    path.split('/').all(|segment| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| is_word(b) || b"-.".contains(&b))
    })
}

/// Vault's `GenericNameRegex`: word characters, with the `inner` ones only between them. It refuses `..` in any path.
fn vault_name(text: &str, inner: &[u8], what: &str) -> Result<(), Invalid> {
    let bytes = text.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    let ends_are_words = ends.is_some_and(|(first, last)| is_word(*first) && is_word(*last));
    let is_relative = text.contains("..");
    if ends_are_words && !is_relative && bytes.iter().all(|b| is_word(*b) || inner.contains(b)) {
        return Ok(());
    }
    let between = inner.iter().map(|b| format!("`{}`", char::from(*b)));
    Err(Invalid::new(
        format!("`{text}` is not {what}"),
        format!(
            "write letters, digits and `_`, with {} only between them",
            between.collect::<Vec<_>>().join(" or ")
        ),
    ))
}

fn lower_case(text: &str, what: &str) -> Result<(), Invalid> {
    let lower = text.to_lowercase();
    if lower == text {
        return Ok(());
    }
    Err(Invalid::new(
        format!("Vault lowercases the names of {what}, so `{text}` would become another"),
        format!("write `{lower}`"),
    ))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T: std::str::FromStr<Err = Invalid>>(text: &str) -> Option<String> {
        text.parse::<T>().err().map(|invalid| invalid.to_string())
    }

    #[test]
    fn names_that_vault_keeps_as_written_are_accepted() {
        for name in ["aws", "vault-provisioner", "a.b_c", "7"] {
            assert_eq!(problem::<JwtRoleName>(name), None);
        }
        for name in ["365-dev", "365-Prod", "a@b", "_"] {
            assert_eq!(problem::<AwsRoleName>(name), None);
        }
        for path in ["gitlab", "team/aws", "jwt-2"] {
            assert_eq!(problem::<MountPath>(path), None);
        }
        for path in ["123", "123/456", "a.b/c_d"] {
            assert_eq!(problem::<GroupPath>(path), None);
        }
    }

    #[test]
    fn names_that_vault_rejects_or_changes_are_refused() {
        for name in ["", "-a", "a-", "a b", "a/b", "ä", "Aws", "a@b"] {
            assert!(problem::<JwtRoleName>(name).is_some(), "{name}");
        }
        for name in ["", "365-", "review/x", "365-a b", "${x}"] {
            assert!(problem::<AwsRoleName>(name).is_some(), "{name}");
        }
        for path in ["", "/gitlab", "gitlab/", "a//b", "../sys", "a b", "a*"] {
            assert!(problem::<MountPath>(path).is_some(), "{path}");
        }
        for name in [
            "",
            "root",
            "control-group",
            "response-wrapping",
            "Dev",
            "a b",
            "a/../b",
            "a..b",
            "a*",
            "a\n",
        ] {
            assert!(problem::<PolicyName>(name).is_some(), "{name}");
        }
        for path in [
            "project",
            "",
            "a/",
            "a//b",
            "a/b c",
            "../a",
            "a/./b",
            "https://a/b",
        ] {
            assert!(problem::<ProjectPath>(path).is_some(), "{path}");
        }
    }

    #[test]
    fn a_name_vault_would_lowercase_says_what_to_write() {
        insta::assert_snapshot!(
            problem::<JwtRoleName>("Aws").unwrap(),
            @"Vault lowercases the names of JWT roles, so `Aws` would become another; write `aws`"
        );
    }
}
