//! What a token may do: Vault's priorities between rules, and what rules say of parameters.
//!
//! <https://developer.hashicorp.com/vault/docs/concepts/policies#parameter-constraints>

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Body, store};
use crate::acl::{Capability, NamedPolicy, ParameterValue, RequestVerdict, Rule, Rules, evaluate};
use crate::vault::capabilities::{Capabilities, Denial, Operation};
use crate::vault::error::VaultError;
use crate::vault::message::Messages;

/// A token's one policy.
pub(super) struct TokenPolicy(Rules);

impl TokenPolicy {
    pub(super) fn new(rules: Rules) -> Self {
        Self(rules)
    }

    /// Whether a request passes.
    ///
    /// # Errors
    /// When it does not, as the client reports it.
    pub(super) fn check(
        &self,
        operation: Operation,
        path: &str,
        body: &Body,
        exists: bool,
    ) -> Result<(), VaultError> {
        let needed = store::needed(operation, path, exists);
        if needed
            .iter()
            .all(|capability| self.allows(path, *capability, body))
        {
            return Ok(());
        }
        let grants = BTreeMap::from([(path.to_owned(), self.at(path))]);
        let denial = Denial::explain(operation, path, &grants, Messages::default());
        Err(VaultError::Forbidden(denial))
    }

    /// The capabilities at a path, of which parameters are no part.
    pub(super) fn at(&self, path: &str) -> Capabilities {
        let policies = self.policies();
        let allowed = Capability::ALL
            .into_iter()
            .filter(|capability| evaluate(&policies, path, *capability).is_allowed());
        Capabilities::from(
            allowed
                .map(|capability| capability.to_string())
                .collect::<Vec<_>>(),
        )
    }

    fn allows(&self, path: &str, capability: Capability, body: &Body) -> bool {
        let policies = self.policies();
        match evaluate(&policies, path, capability) {
            RequestVerdict::Root | RequestVerdict::Allowed(_) => true,
            RequestVerdict::Restricted(deciders) => {
                deciders.iter().any(|decider| admits(decider.rule, body))
            }
            RequestVerdict::Denied(_)
            | RequestVerdict::NotGranted(_)
            | RequestVerdict::Unmatched => false,
        }
    }

    fn policies(&self) -> [NamedPolicy<'_>; 1] {
        [NamedPolicy {
            name: "token",
            rules: &self.0,
        }]
    }
}

/// Whether the parameters of a request are among those of a rule.
fn admits(rule: &Rule, body: &Body) -> bool {
    let is_denied = |(name, value): (&String, &Value)| {
        let values = rule.denied_parameters.get(name);
        values.is_some_and(|values| is_among(values, value))
    };
    let is_allowed = |(name, value): (&String, &Value)| {
        let values = rule.allowed_parameters.get(name);
        let values = values.or_else(|| rule.allowed_parameters.get("*"));
        rule.allowed_parameters.is_empty() || values.is_some_and(|values| is_among(values, value))
    };
    let has_required = rule
        .required_parameters
        .iter()
        .all(|name| body.contains_key(name));
    has_required && !body.iter().any(is_denied) && body.iter().all(is_allowed)
}

/// No value at all stands for every value. A list is compared with lists only, in their order.
fn is_among(values: &[ParameterValue], value: &Value) -> bool {
    values.is_empty() || values.iter().any(|allowed| json(allowed) == *value)
}

fn json(value: &ParameterValue) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
