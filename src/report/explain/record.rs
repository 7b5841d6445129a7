//! Ways as JSON, for programs.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroU32;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Out;
use crate::access::{Jwts, RuleRef, Way};
use crate::report::usage::shown_time;
use crate::usage::Times;
use crate::value::Date;

/// The version of the JSON formats. It increases when a field is removed or changes its meaning, not when one is added.
pub(super) const FORMAT_VERSION: u32 = 3;

#[derive(Debug, Serialize)]
pub(super) struct UnknownRecord {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) who: String,
    pub(super) jwts: Jwts,
    pub(super) through: Vec<String>,
    /// The AWS role that it may give; null for any.
    pub(super) aws_role: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct WayRecord {
    identity: String,
    /// A digest of the session policy, if there is one.
    session_policy: Option<String>,
    aws_role: String,
    /// The path of the request.
    path: String,
    /// `update` for a POST, `read` for a GET.
    capability: String,
    /// What the request must carry.
    parameters: BTreeMap<String, String>,
    wrapped: bool,
    /// In seconds; null where there is no bound.
    min_wrapping_ttl: Option<NonZeroU32>,
    max_wrapping_ttl: Option<NonZeroU32>,
    mount: String,
    role: String,
    /// The JWT needs one of these audiences; if the list is empty, it must have none.
    audiences: Vec<String>,
    rules: Vec<RuleRecord>,
    who: String,
    /// The claims of one such JWT.
    example: Option<BTreeMap<String, Value>>,
    /// All such JWTs, as alternatives: each lists the values that claims must have.
    jwts: Jwts,
    /// The last day of the mapping, in UTC; null where it has no end.
    expires: Option<Date>,
    after_login: Option<OtherLogin>,
    /// Where the files declare it.
    sources: WaySources,
    /// Absent if no audit log was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<UseRecord>,
}

/// The lines of the files that declare a way, such as `mappings/projects/a/b.yaml:4`; none for what the files lack.
#[derive(Debug, Default, Serialize)]
pub(super) struct WaySources {
    pub(super) aws_role: Option<String>,
    pub(super) login_role: Option<String>,
    pub(super) rules: Vec<String>,
}

/// How often the AWS role gave credentials in the audit log, and when last.
#[derive(Debug, Serialize)]
pub(super) struct UseRecord {
    sessions: u64,
    last: Option<String>,
}

impl From<Times> for UseRecord {
    fn from(times: Times) -> Self {
        Self {
            sessions: times.count,
            last: times.last.map(shown_time),
        }
    }
}

#[derive(Debug, Serialize)]
struct RuleRecord {
    policy: String,
    /// From 1.
    number: usize,
    path: String,
}

#[derive(Debug, Serialize)]
pub(super) struct OtherLogin {
    pub(super) roles: Vec<String>,
    pub(super) who: String,
    pub(super) jwts: Jwts,
}

impl WayRecord {
    pub(super) fn new(way: &Way<'_>, who: String, after_login: Option<OtherLogin>) -> Self {
        let audiences = way.through.role.bound_audiences.iter();
        Self {
            identity: way.identity.name.clone(),
            session_policy: way.identity.session_policy.clone(),
            aws_role: way.target.to_string(),
            path: way.target.path(way.credential_path),
            capability: way.capability.to_string(),
            parameters: way.request.parameters.clone(),
            wrapped: way.request.wrapping.is_required(),
            min_wrapping_ttl: way.request.wrapping.min,
            max_wrapping_ttl: way.request.wrapping.max,
            mount: way.through.mount.to_owned(),
            role: way.through.name.to_owned(),
            audiences: audiences.map(str::to_owned).collect(),
            rules: way.rules.iter().map(RuleRecord::from).collect(),
            who,
            example: way.jwts.example(),
            jwts: way.jwts.clone(),
            expires: None,
            after_login,
            sources: WaySources::default(),
            used: None,
        }
    }

    /// With its last day.
    pub(super) fn ending(self, expires: Option<Date>) -> Self {
        Self { expires, ..self }
    }

    /// With its lines.
    pub(super) fn declared_at(self, sources: WaySources) -> Self {
        Self { sources, ..self }
    }

    /// With its use.
    pub(super) fn used(self, used: Option<UseRecord>) -> Self {
        Self { used, ..self }
    }
}

impl From<&RuleRef> for RuleRecord {
    fn from(rule: &RuleRef) -> Self {
        Self {
            policy: rule.policy.clone(),
            number: rule.number,
            path: rule.path.clone(),
        }
    }
}

/// A list whose items are made one at a time, as they are written.
pub(super) struct Each<F>(pub(super) F);

impl<F: Fn() -> I, I: IntoIterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Writes a value as JSON.
pub(super) fn write(value: &impl Serialize, out: Out<'_>) -> io::Result<()> {
    crate::report::json::write_plain(value, out)
}
