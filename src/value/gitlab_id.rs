//! GitLab's numbers of projects and groups.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Invalid, written};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $of:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
        )]
        #[schemars(extend("minimum" = 1))]
        pub(crate) struct $name(u64);

        impl $name {
            /// The number.
            pub(crate) fn get(self) -> u64 {
                self.0
            }
        }

        impl TryFrom<u64> for $name {
            type Error = Invalid;

            fn try_from(id: u64) -> Result<Self, Invalid> {
                if id == 0 {
                    return Err(not_a_number("0", $of));
                }
                Ok(Self(id))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = written::number(deserializer, |text| not_a_number(text, $of))?;
                Self::try_from(id).map_err(D::Error::custom)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let id = text.parse::<u64>();
                Self::try_from(id.map_err(|_| not_a_number(&format!("`{text}`"), $of))?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// A GitLab project's number: its JWTs carry it in `project_id`, and it stays when the project is renamed.
    ProjectId, "project"
}
number! {
    /// The number of a GitLab group or subgroup: the JWTs of the projects directly in it carry it in `namespace_id`, and it
    /// stays when the group is renamed.
    GroupId, "group"
}

/// An argument that is the number of a project or of a group, as another argument says.
impl From<ProjectId> for GroupId {
    fn from(id: ProjectId) -> Self {
        Self(id.0)
    }
}

fn not_a_number(text: &str, of: &str) -> Invalid {
    Invalid::new(
        format!("{text} is not a {of}'s id"),
        format!("write the number that GitLab shows on the {of}'s page"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_id_is_a_positive_number() {
        for id in ["0", "-1", "x", "1.5", ""] {
            assert!(id.parse::<ProjectId>().is_err(), "{id}");
        }
        assert!("365".parse::<ProjectId>().is_ok());
    }
}
