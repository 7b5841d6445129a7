//! Globs over the ARNs of IAM roles.

use std::fmt;

use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Invalid, RoleArn};

/// The ARN of an IAM role, or a glob over ARNs in which `*` stands for any text, also an empty one and `/`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    with = "String",
    extend("pattern" = "[*]|^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]*[A-Za-z0-9_+=,.@-]$")
)]
pub(crate) struct ArnGlob {
    text: String,
    matcher: GlobMatcher,
}

impl ArnGlob {
    /// Whether an ARN matches.
    pub(crate) fn is_match(&self, arn: &str) -> bool {
        self.matcher.is_match(arn)
    }

    /// Whether it is an ARN, which only one role has.
    pub(crate) fn is_one(&self) -> bool {
        !self.text.contains('*')
    }
}

impl TryFrom<String> for ArnGlob {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl std::str::FromStr for ArnGlob {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if !text.contains('*') {
            RoleArn::try_from(text.to_owned())?;
        }
        let pieces: Vec<String> = text.split('*').map(globset::escape).collect();
        let glob = Glob::new(&pieces.join("*")).map_err(|error| {
            Invalid::new(
                format!("`{text}` is not a glob over ARNs: {error}"),
                "write `*` for any text, such as `*:role/admin`",
            )
        })?;
        Ok(Self {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
        })
    }
}

impl fmt::Display for ArnGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_is_special() {
        let arn = "arn:aws:iam::123456789012:role/team/deploy";
        for (glob, matches) in [
            (arn, true),
            ("*", true),
            ("*:role/*deploy", true),
            ("arn:aws:iam::*:role/team/deploy*", true),
            ("*:role/deploy", false),
            ("*:role/team/deplo?*", false),
            ("*:role/{team/*", false),
        ] {
            assert_eq!(
                glob.parse::<ArnGlob>().unwrap().is_match(arn),
                matches,
                "{glob}"
            );
        }
        assert!("123456789012".parse::<ArnGlob>().is_err());
    }
}
