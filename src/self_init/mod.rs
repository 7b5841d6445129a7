//! What the files declare, as the `initialize` stanza with which OpenBao initializes itself at its first start, so that
//! nobody ever holds a root token.
//!
//! <https://openbao.org/docs/configuration/self-init/>

mod hcl;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::desired::Desired;
use crate::resource::{Accessors, Address, Kind, Policy, Rank, Resource, Table, Typed, Write};
use hcl::StanzaRequest;

/// The name of the block, which the requests' answers are found by.
const BLOCK: &str = "vault_provisioner";

/// The stanza, and how many resources it makes.
pub(crate) struct SelfInit {
    /// The text, in HCL.
    pub(crate) text: String,
    /// How many resources of each kind it makes.
    pub(crate) counts: BTreeMap<Kind, usize>,
}

/// The stanza for what the files declare, except the content of secrets engines: the pipeline may write that, and it may
/// need secrets, which have no place in a configuration file.
pub(crate) fn of(desired: &Desired) -> SelfInit {
    let mut resources: Vec<(&Address, &Resource)> = desired.resources.iter().collect();
    resources.retain(|(address, _)| !is_content_of_secrets_engine(address.kind));
    resources.sort_by_key(|(address, _)| (address.kind.rank(), *address));
    let awaited: BTreeSet<&String> = resources
        .iter()
        .filter_map(|(_, resource)| Policy::of(resource))
        .flat_map(|policy| &policy.unresolved_mounts)
        .collect();
    let mut stanza = Stanza::default();
    let mut counts = BTreeMap::new();
    for (address, resource) in resources {
        *counts.entry(address.kind).or_default() += 1;
        stanza.write(address, resource);
        let is_awaited = address.kind == Table::Auth.kind() && awaited.contains(&address.mount);
        if is_awaited {
            stanza.read_accessor(address);
        }
    }
    SelfInit {
        text: hcl::block(BLOCK, &stanza.requests),
        counts,
    }
}

fn is_content_of_secrets_engine(kind: Kind) -> bool {
    kind.rank() > Rank::Mounts && kind.place().table() == Some(Table::Secrets)
}

/// The requests, in their order.
#[derive(Default)]
struct Stanza {
    requests: Vec<StanzaRequest>,
    /// The expression for the accessor of each auth mount that was read.
    accessors: Accessors,
}

impl Stanza {
    fn write(&mut self, address: &Address, resource: &Resource) {
        let mut write = resource.write(address, None);
        if let Some(policy) = Policy::of(resource) {
            write.body.insert("policy".into(), self.policy_text(policy));
        }
        self.push("update", write);
    }

    /// Reads a mount, whose accessor policies name.
    fn read_accessor(&mut self, address: &Address) {
        let name = self.push(
            "read",
            Write {
                path: address.path(),
                body: Map::new(),
            },
        );
        let expression = format!("{{{{ .responses.{BLOCK}.{name}.data.accessor }}}}");
        self.accessors.insert(address.mount.clone(), expression);
    }

    /// The text of a policy; a template where it needs accessors.
    fn policy_text(&self, policy: &Policy) -> Value {
        if policy.unresolved_mounts.is_empty() {
            return policy.policy.clone().into();
        }
        let literal = Policy {
            // Vault's own templates are not for OpenBao's to fill in.
            policy: policy.policy.replace("{{", "{{\"{{\"}}"),
            ..policy.clone()
        };
        let template = literal.with_accessors(&self.accessors).policy;
        json!({"eval_type": "string", "eval_source": "template", "template": template})
    }

    /// Adds a request, and returns its name.
    fn push(&mut self, operation: &'static str, write: Write) -> String {
        let name = self.free_name(&format!("{operation}_{}", write.path));
        self.requests.push(StanzaRequest {
            name: name.clone(),
            operation,
            path: write.path,
            body: without_empty(write.body),
        });
        name
    }

    /// A name that no other request has, in characters that a template can hold.
    fn free_name(&self, text: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let plain: String = text.chars().map(plain).collect();
        let is_taken = |name: &str| self.requests.iter().any(|known| known.name == name);
        let mut name = plain.clone();
        let mut number = 1;
        while is_taken(&name) {
            number += 1;
            name = format!("{plain}_{number}");
        }
        name
    }
}

/// A new resource has nothing in the fields that a write does not carry.
fn without_empty(fields: Map<String, Value>) -> Map<String, Value> {
    let kept = fields.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Object(fields) => without_empty(fields).into(),
            value => value,
        };
        let is_empty = match &value {
            Value::Null => true,
            Value::Bool(truth) => !truth,
            Value::Number(number) => number.as_f64() == Some(0.0),
            // A duration of nothing is the server's default.
            Value::String(text) => matches!(text.as_str(), "" | "0s"),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
        };
        (!is_empty).then_some((name, value))
    });
    kept.collect()
}
