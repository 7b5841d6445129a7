use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::desired::Desired;
use crate::resource::{Accessors, Address, Kind, Resource};

mod differences;
mod guards;
mod power;
mod ways;

const ROLE: &str = "{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.";

/// Vault's resources, from the bodies by which they are written.
#[derive(Default)]
struct Vault(BTreeMap<Address, Resource>);

impl Vault {
    fn new() -> Self {
        Self::default().with(Address::of_auth_mount("gitlab"), json!({"type": "jwt"}))
    }

    fn with(mut self, address: Address, fields: Value) -> Self {
        let Value::Object(fields) = fields else {
            panic!("fields are an object")
        };
        let resource = match (address.kind, fields.get("policy")) {
            (Kind::Policy, Some(Value::String(text))) => {
                crate::resource::Policy::new(text.clone()).into()
            }
            (kind, _) => kind.parse(fields).resource(),
        };
        self.0.insert(address, resource);
        self
    }

    fn login_role(self, name: &str, fields: Value) -> Self {
        self.with(Address::of_role(Kind::JwtRole, "gitlab", name), fields)
    }

    /// Rules as `path: capabilities`; `<claim>` is a template over metadata.
    fn policy(self, name: &str, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| {
            let (path, capabilities) = rule.split_once(": ").unwrap();
            let path = path.replace('<', ROLE).replace('>', "}}");
            let capabilities: Vec<&str> = capabilities.split(' ').collect();
            format!("path \"{path}\" {{ capabilities = {capabilities:?} }}\n")
        });
        let text: String = rules.collect();
        self.with(Address::of_policy(name), json!({"policy": text}))
    }

    fn aws_role(self, name: &str) -> Self {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        self.with(
            Address::of_role(Kind::AwsRole, "aws", name),
            json!({"role_arns": [arn]}),
        )
    }

    fn aws_roles(self, names: &[&str]) -> Self {
        names.iter().fold(self, |vault, name| vault.aws_role(name))
    }
}
