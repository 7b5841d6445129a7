//! A mapping that has expired, in an answer about the IAM role that it was to.

use std::fmt;

use serde::Serialize;

use crate::desired::Mapping;
use crate::resource::Address;
use crate::value::Date;

/// A mapping that has expired.
#[derive(Debug, Serialize)]
pub(crate) struct ExpiredMapping {
    /// Whose jobs it was for.
    mapping: String,
    /// The number of the project or group.
    id: u64,
    aws_role: String,
    identity: String,
    /// Its last day, in UTC.
    expired_on: Option<Date>,
    /// Whether Vault still has the AWS role; null where Vault was not read.
    in_vault: Option<bool>,
}

impl ExpiredMapping {
    /// The mapping of an AWS role, and whether Vault still has that role, if it was read.
    pub(crate) fn new(role: &Address, mapping: &Mapping, in_vault: Option<bool>) -> Self {
        Self {
            mapping: mapping.to_string(),
            id: mapping.owner.id(),
            aws_role: role.to_string(),
            identity: mapping.role_arn.as_str().to_owned(),
            expired_on: mapping.expires,
            in_vault,
        }
    }
}

impl fmt::Display for ExpiredMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            mapping,
            id,
            aws_role,
            identity,
            ..
        } = self;
        write!(f, "the mapping of {mapping} ({id}) to {identity}")?;
        if let Some(day) = self.expired_on {
            write!(f, " expired on {day}")?;
        }
        match self.in_vault {
            Some(true) => write!(
                f,
                "; Vault still has {aws_role}, which `apply --expired` deletes"
            ),
            Some(false) => write!(f, "; Vault no longer has {aws_role}"),
            None => write!(f, "; `--live` shows whether Vault still has {aws_role}"),
        }
    }
}
