//! ARNs of IAM roles.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Invalid;

/// The twelve digits of an AWS account.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9]{12}$"))]
pub(crate) struct AccountId(String);

impl AccountId {
    /// The digits as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text));
        }
        Err(Invalid::new(
            format!("`{text}` is not an AWS account"),
            "write its 12 digits",
        ))
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        account.0
    }
}

/// The ARN of an IAM role: `arn:aws:iam::123456789012:role/path/name`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]*[A-Za-z0-9_+=,.@-]$"))]
pub(crate) struct RoleArn(String);

impl RoleArn {
    /// The ARN as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The account that the role belongs to.
    pub(crate) fn account(&self) -> &str {
        account_of(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for RoleArn {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        match problem(&text) {
            None => Ok(Self(text)),
            Some(problem) => Err(Invalid::new(
                format!("`{text}` is not the ARN of an IAM role: {problem}"),
                "write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits",
            )),
        }
    }
}

impl std::str::FromStr for RoleArn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text.to_owned())
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> Self {
        arn.0
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The AWS account in any ARN, such as `arn:aws:iam::123456789012:role/name`; none where it names no account.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

fn problem(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix("arn:") else {
        return Some("it does not begin with `arn:`".into());
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let [partition, service, region, account, resource] = parts[..] else {
        return Some("it has fewer than six parts, with a `:` between them".into());
    };
    if !partition.starts_with("aws")
        || !partition
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-')
    {
        return Some(format!("there is no partition `{partition}`"));
    }
    if service != "iam" {
        return Some(format!("the service is `{service}`, not `iam`"));
    }
    if !region.is_empty() {
        return Some("IAM has no region".into());
    }
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        let is_number = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        return Some(match account.len() {
            0 => "it names no account".into(),
            digits if is_number => format!("the account `{account}` has {digits} digits, not 12"),
            _ => format!("the account `{account}` is not a number of 12 digits"),
        });
    }
    let Some(name) = resource.strip_prefix("role/") else {
        return Some(format!("`{resource}` is not a role"));
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let of_role = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if last.is_empty() {
        return Some("the role's name is missing".into());
    }
    if last.len() > 64 || !last.bytes().all(of_role) {
        return Some(format!("`{last}` is not a role's name"));
    }
    (!name.bytes().all(|b| b.is_ascii_graphic() && b != b'*'))
        .then(|| "its path has other characters".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_roles_are_accepted_with_their_account() {
        let arn: RoleArn = "arn:aws-cn:iam::123456789012:role/team/service-role+1"
            .parse()
            .unwrap();
        assert_eq!(arn.account(), "123456789012");
    }

    #[test]
    fn what_is_not_the_arn_of_a_role_says_why() {
        let cases = [
            ("gitlab", "it does not begin with `arn:`"),
            (
                "arn:aws:iam:123456789012:role/x",
                "it has fewer than six parts, with a `:` between them",
            ),
            (
                "urn:aws:iam::123456789012:role/x",
                "it does not begin with `arn:`",
            ),
            (
                "arn:gcp:iam::123456789012:role/x",
                "there is no partition `gcp`",
            ),
            (
                "arn:aws:s3::123456789012:role/x",
                "the service is `s3`, not `iam`",
            ),
            (
                "arn:aws:iam:eu-west-1:123456789012:role/x",
                "IAM has no region",
            ),
            (
                "arn:aws:iam::1234567890:role/x",
                "the account `1234567890` has 10 digits, not 12",
            ),
            (
                "arn:aws:iam::*:role/x",
                "the account `*` is not a number of 12 digits",
            ),
            ("arn:aws:iam::123456789012:user/x", "`user/x` is not a role"),
            (
                "arn:aws:iam::1234-5678-9012:role/x",
                "the account `1234-5678-9012` is not a number of 12 digits",
            ),
            ("arn:aws:iam:::role/x", "it names no account"),
            (
                "arn:aws:iam::123456789012:role/",
                "the role's name is missing",
            ),
            (
                "arn:aws:iam::123456789012:role/x/",
                "the role's name is missing",
            ),
            (
                "arn:aws:iam::123456789012:role/*",
                "`*` is not a role's name",
            ),
            (
                "arn:aws:iam::123456789012:role/a b",
                "`a b` is not a role's name",
            ),
            (
                "arn:aws:iam::123456789012:role/*/x",
                "its path has other characters",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(text).as_deref(), Some(expected), "{text}");
        }
    }
}
