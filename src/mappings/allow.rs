//! `allow: {LINT: REASON}`: lints that do not matter in one place, each with the reason.
//!
//! It covers everything inside the mapping in which it is written: an auth method, an engine, a role, a policy, a rule,
//! `mappings`, a project's file or a mapping.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};

use super::declared::FileKeys;
use crate::diagnostic::Span;
use crate::value::Invalid;

pub(super) const ALLOW: &str = "allow";

/// A mapping of [lints](lints.md) to reasons, such as `{sudo: only DevOps logs in here}`. It covers everything inside the
/// mapping that has the key.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
pub(crate) struct Allowed(BTreeMap<String, AllowReason>);

impl Allowed {
    /// Whether no lint is allowed.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a lint does not matter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline, with = "String", extend("minLength" = 1))]
struct AllowReason(String);

impl TryFrom<String> for AllowReason {
    type Error = Invalid;

    fn try_from(reason: String) -> Result<Self, Invalid> {
        if reason.trim().is_empty() {
            return Err(Invalid {
                problem: "a reason is missing".into(),
                help: "write why the lint does not matter here".into(),
            });
        }
        Ok(Self(reason))
    }
}

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lints;

        impl<'de> Visitor<'de> for Lints {
            type Value = Allowed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of lints to reasons")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Allowed, A::Error> {
                let mut lints = BTreeMap::new();
                while let Some((lint, reason)) = map.next_entry()? {
                    lints.insert(lint, reason);
                }
                Ok(Allowed(lints))
            }
        }

        deserializer.deserialize_any(Lints)
    }
}

/// The key of a resource that has no other key beside its fields.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct AllowKey {
    /// The [lints](lints.md) that do not matter here, each with the reason.
    pub(crate) allow: Allowed,
}

impl FileKeys for AllowKey {
    const NAMES: &'static [&'static str] = &[ALLOW];

    fn read<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        self.allow = map.next_value()?;
        Ok(())
    }
}

/// One lint that is allowed in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Allow {
    /// The name that is written there.
    pub(crate) lint: String,
    /// The place of the name.
    pub(crate) span: Span,
    /// Where it is allowed.
    pub(crate) scope: Span,
}

impl Allow {
    /// Whether the lint is allowed in a place.
    pub(crate) fn covers(&self, place: Span) -> bool {
        let scope = self.scope;
        place.file == scope.file && scope.start <= place.start && place.end <= scope.end
    }
}
