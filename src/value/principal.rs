//! Who calls AWS in Vault's name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Invalid, RoleArn, account_of};

/// The ARN of an IAM role, of an IAM user, or of the root of an AWS account, as a trust policy names it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[!-~]+)$"))]
pub(crate) struct Principal(String);

impl TryFrom<String> for Principal {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        // The rest of the ARN obeys the same rules as that of a role.
        let as_role = match text.split_once(":user/") {
            Some((account, name)) => format!("{account}:role/{name}"),
            None => text
                .strip_suffix(":root")
                .map_or_else(|| text.clone(), |account| format!("{account}:role/root")),
        };
        if RoleArn::try_from(as_role).is_ok() {
            return Ok(Self(text));
        }
        let help = match session(&text) {
            Some((account, role)) => format!(
                "this is a session of a role; write the role's own ARN, with its path if it has one, such as \
                 `arn:aws:iam::{account}:role/{role}`"
            ),
            None => "write `arn:aws:iam::ACCOUNT:role/NAME`, or `user/NAME` or `root` in place of `role/NAME`".into(),
        };
        Err(Invalid::new(
            format!(
                "`{text}` is not the ARN of an IAM role, of an IAM user or of an account's root"
            ),
            help,
        ))
    }
}

/// The account and the role of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, which AWS answers to the question who calls.
fn session(text: &str) -> Option<(&str, &str)> {
    let (_, session) = text.split_once(":assumed-role/")?;
    Some((account_of(text)?, session.split('/').next()?))
}

impl std::str::FromStr for Principal {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text.to_owned())
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> Self {
        principal.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_users_and_the_root_of_an_account_are_principals() {
        for text in [
            "arn:aws:iam::210987654321:role/vault",
            "arn:aws-cn:iam::210987654321:role/platform/vault",
            "arn:aws:iam::210987654321:user/vault",
            "arn:aws:iam::210987654321:root",
        ] {
            assert!(text.parse::<Principal>().is_ok(), "{text}");
        }
    }

    #[test]
    fn an_invalid_principal_is_refused_with_what_to_write() {
        for (text, help) in [
            (
                "arn:aws:sts::210987654321:assumed-role/vault/i-0123456789",
                "`arn:aws:iam::210987654321:role/vault`",
            ),
            ("*", "ACCOUNT"),
            ("210987654321", "ACCOUNT"),
            ("arn:aws:iam::210987654321:group/vault", "ACCOUNT"),
            ("arn:aws:iam::210987654321:role/*", "ACCOUNT"),
        ] {
            let invalid = text.parse::<Principal>().unwrap_err();
            assert!(invalid.help.contains(help), "{text}: {invalid}");
        }
    }
}
