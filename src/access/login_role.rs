//! A JWT role, and the metadata that its logins set for the templates of policies.

use std::fmt;

use super::ways::{DirectiveValue, Piece};
use crate::resource::JwtRole;

/// A JWT role, with the settings of its method that apply to it.
#[derive(Debug, Clone)]
pub(crate) struct LoginRole<'a> {
    /// The path of the method.
    pub(crate) mount: &'a str,
    /// The role's name.
    pub(crate) name: &'a str,
    /// The role.
    pub(crate) role: &'a JwtRole,
    /// The `iss` that the method requires; empty if it requires none.
    pub(super) issuer: &'a str,
    /// The method's accessor, or a placeholder before it is mounted.
    pub(super) accessor: String,
}

/// The name of a claim, which may be written as a JSON pointer. A pointer to a place inside a claim stands for itself.
pub(crate) fn claim_name(text: &str) -> &str {
    let name = text.strip_prefix('/').unwrap_or(text);
    if text.starts_with('/') && name.contains(['/', '~']) {
        text
    } else {
        name
    }
}

/// The claim whose value is the alias's name.
pub(crate) fn user_claim(role: &JwtRole) -> &str {
    if role.user_claim_json_pointer {
        claim_name(&role.user_claim)
    } else {
        &role.user_claim
    }
}

impl<'a> LoginRole<'a> {
    /// The name to log in with, also where an entity or a group gives the tokens more policies.
    pub(crate) fn login_name(&self) -> &'a str {
        let own = self.name.split_once(WITH_POLICIES_OF);
        own.map_or(self.name, |(own, _)| own)
    }

    /// The value of a directive after a job has logged in with this role.
    ///
    /// What an operator has set depends on no login and no claim: names and ids of entities and groups, and
    /// `custom_metadata`, where Vault 2 stores `alias_metadata`. The same is true of the time. A directive that servers do
    /// not know, or of another mount, has no value.
    pub(super) fn directive_value(&self, directive: &str) -> DirectiveValue {
        let claim = |claim: &str| DirectiveValue::Piece(Piece::Claim(claim.to_owned()));
        let unknown = DirectiveValue::Piece(Piece::Unknown);
        let Some(of_alias) = directive.strip_prefix("identity.entity.aliases.") else {
            let is_value = matches!(directive, "identity.entity.id" | "identity.entity.name")
                || ["identity.entity.metadata.", "identity.groups.", "time."]
                    .iter()
                    .any(|start| directive.starts_with(start));
            return if is_value {
                unknown
            } else {
                DirectiveValue::Nothing
            };
        };
        let of_alias = of_alias.strip_prefix(self.accessor.as_str());
        match of_alias.and_then(|field| field.strip_prefix('.')) {
            Some("name") => claim(user_claim(self.role)),
            Some("id") => unknown,
            Some(field) if field.starts_with("custom_metadata.") => unknown,
            Some(field) => {
                let Some(key) = field.strip_prefix("metadata.") else {
                    return DirectiveValue::Nothing;
                };
                let mut mappings = self.role.claim_mappings.iter();
                match mappings.find(|(_, target)| *target == key) {
                    Some((source, _)) => claim(claim_name(source)),
                    None if key == ROLE => DirectiveValue::Piece(Piece::Text(self.name.to_owned())),
                    None => DirectiveValue::Nothing,
                }
            }
            None => DirectiveValue::Nothing,
        }
    }

    /// A text with the path of the method in place of its accessor, as in the files.
    pub(super) fn named(&self, text: &str) -> String {
        let name = format!("${{auth.{}.accessor}}", self.mount);
        text.replace(self.accessor.as_str(), &name)
    }
}

/// Stands between the name of a role and what gives its tokens more policies. No role of a server has a blank in its name.
pub(super) const WITH_POLICIES_OF: &str = " with the policies of ";

/// The metadata that OpenBao adds to an alias.
const ROLE: &str = "role";

impl fmt::Display for LoginRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "auth/{}/role/{}", self.mount, self.name)
    }
}
