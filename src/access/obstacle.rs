//! What keeps a job that has logged in from an AWS role.

use std::fmt;

use super::grant::RuleRef;
use crate::acl::TemplateError;

/// What keeps a token from an AWS role.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Obstacle {
    /// A server refuses every request of the token.
    Closed(TemplateError),
    /// These rules match best and say `deny`.
    Denied {
        /// The path of the request.
        path: String,
        /// The rules.
        rules: Vec<RuleRef>,
    },
    /// These rules match best and do not give what is needed.
    NotGranted {
        /// The path of the request.
        path: String,
        /// The rules.
        rules: Vec<RuleRef>,
    },
    /// No rule matches.
    NoRule {
        /// The path of the request.
        path: String,
        /// Rules that would not count for any path, with what has no value.
        dropped: Vec<(RuleRef, String)>,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(error) => error.fmt(f),
            Self::Denied { path, rules } => {
                write!(f, "{path} is denied by {}", listed(rules))
            }
            Self::NotGranted { path, rules } => write!(
                f,
                "{path} is matched best by {}, which gives neither update nor read",
                listed(rules)
            ),
            Self::NoRule { path, dropped } => {
                write!(f, "no rule of its policies matches {path}")?;
                for (rule, directive) in dropped {
                    write!(f, "; {rule} does not count, as {directive} has no value")?;
                }
                Ok(())
            }
        }
    }
}

fn listed(rules: &[RuleRef]) -> String {
    let rules: Vec<String> = rules.iter().map(RuleRef::to_string).collect();
    rules.join(" and ")
}
