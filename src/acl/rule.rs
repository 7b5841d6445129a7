//! A policy as rules: the type that the mapping files, the parser and the renderer share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::value::Parameters;
use crate::value::Ttl;

/// The rules of one policy, in the order in which they are written.
pub(crate) type Rules = Vec<Rule>;

/// What one path of Vault's API allows.
///
/// ```yaml mappings/vault.yaml
/// policies:
///   own-role:
///     rules:
///       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}
///         capabilities: [update]
///         allowed_parameters: {ttl: [15m, 30m], role_session_name: []}
///         description: The project's own role
///   aws-{environment}:
///     for_each: environments
///     rules:
///       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{environment}
///         capabilities: [update]
///       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{environment}-{role}
///         for_each: roles                # one rule for each name under `roles` of the environment's mappings
///         capabilities: [update]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The path without `/v1/`. `*` at the end matches any rest, and `+` matches one segment between slashes.
    pub(crate) path: PathPattern,
    /// The capabilities that are allowed there. An empty list allows nothing, and still overrides less specific rules.
    pub(crate) capabilities: BTreeSet<Capability>,
    /// Why the rule exists. Vault stores it as a comment above the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// The parameters that a request must have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) required_parameters: BTreeSet<String>,
    /// The parameters that a request may have, each with the allowed values; an empty list allows every value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) allowed_parameters: Parameters,
    /// The parameters that a request may not have, each with the refused values; an empty list refuses every value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) denied_parameters: Parameters,
    /// The shortest wrapping TTL: the response must be wrapped.
    #[serde(
        default,
        deserialize_with = "wrapping_ttl",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Ttl")]
    pub(crate) min_wrapping_ttl: Option<NonZeroU32>,
    /// The longest wrapping TTL.
    #[serde(
        default,
        deserialize_with = "wrapping_ttl",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Ttl")]
    pub(crate) max_wrapping_ttl: Option<NonZeroU32>,
}

/// 0 means that there is no TTL, as on the server.
fn wrapping_ttl<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NonZeroU32>, D::Error> {
    let seconds = Ttl::deserialize(deserializer)?.as_seconds();
    let seconds = u32::try_from(seconds)
        .map_err(|_| D::Error::custom("the time is too long; write a shorter one"))?;
    Ok(NonZeroU32::new(seconds))
}

impl Rule {
    /// A rule that allows the capabilities at a path, without restrictions.
    pub(crate) fn new(
        path: PathPattern,
        capabilities: impl IntoIterator<Item = Capability>,
    ) -> Self {
        Self {
            path,
            capabilities: capabilities.into_iter().collect(),
            description: None,
            required_parameters: BTreeSet::new(),
            allowed_parameters: BTreeMap::new(),
            denied_parameters: BTreeMap::new(),
            min_wrapping_ttl: None,
            max_wrapping_ttl: None,
        }
    }
}

/// What a rule can allow. Only OpenBao accepts `scan`, and only Vault accepts `subscribe` and `recover`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Capability {
    /// Create data.
    Create,
    /// Read data.
    Read,
    /// Change data, and send a POST to a path that has no existence check.
    Update,
    /// Delete data.
    Delete,
    /// List the keys under a path.
    List,
    /// Use the root-protected paths, together with another capability.
    Sudo,
    /// Deny everything, overriding what other policies allow at the same path.
    Deny,
    /// Change parts of data.
    Patch,
    /// List keys with everything below them (OpenBao).
    Scan,
    /// Receive events (Vault Enterprise).
    Subscribe,
    /// Recover data from a snapshot (Vault Enterprise).
    Recover,
}

impl Capability {
    /// All capabilities, in the order in which a policy's text lists them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::List,
        Self::Sudo,
        Self::Deny,
        Self::Patch,
        Self::Scan,
        Self::Subscribe,
        Self::Recover,
    ];

    /// The capability with this name, which Vault accepts only in lower case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.name() == name)
    }

    /// The name in a policy.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Sudo => "sudo",
            Self::Deny => "deny",
            Self::Patch => "patch",
            Self::Scan => "scan",
            Self::Subscribe => "subscribe",
            Self::Recover => "recover",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The path of a rule: `aws/sts/365-dev`, `aws/roles/*`, `aws/roles/+`. It may contain references to mounts and
/// Vault's own templates.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) struct PathPattern(String);

impl PathPattern {
    /// The path as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as Vault matches it, without a leading slash.
    pub(crate) fn without_leading_slash(&self) -> &str {
        self.0.strip_prefix('/').unwrap_or(&self.0)
    }
}

impl TryFrom<String> for PathPattern {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        let mut pieces = text.split("{{");
        let outside = pieces.next().unwrap_or_default();
        if outside.contains("}}") || pieces.any(|piece| piece.matches("}}").count() != 1) {
            return Err(PathError::Template);
        }
        if text.contains("+*") {
            return Err(PathError::Wildcards);
        }
        Ok(Self(text))
    }
}

impl From<PathPattern> for String {
    fn from(path: PathPattern) -> Self {
        path.0
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why Vault refuses a rule's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// `+*`
    #[error("`+*` is forbidden in a path, because `+` matches a whole segment; write `+/*` or `*`")]
    Wildcards,
    /// `{{` without its `}}`, or `}}` without its `{{`
    #[error("unbalanced `{{{{` and `}}}}` in a path; close each `{{{{` with `}}}}`")]
    Template,
}
