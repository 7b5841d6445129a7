//! What of Vault's configuration decides who reaches what.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use super::admission::{claim_name, user_claim};
use super::pattern::{Pattern, Piece, Template};
use super::ways::{DirectiveValue, Piece as WayPiece};
use crate::acl::{self, ParseError, ReadRule, Rules};
use crate::resource::{
    Accessors, Address, AwsRole, CredentialType, JwtConfig, JwtRole, Kind, Managed, Policy,
    Resource, Typed,
};

/// JWT roles, policies and AWS roles: those of the files, those of Vault, or those that Vault will have.
#[derive(Debug, Clone)]
pub(crate) struct Configuration<'a> {
    /// The roles that jobs can log in with, by mount and name.
    pub(crate) login_roles: Vec<LoginRole<'a>>,
    policies: BTreeMap<&'a str, Option<Rules>>,
    /// The rules of each policy, or why its text can't be read.
    rules: BTreeMap<&'a str, Result<Vec<ReadRule>, ParseError>>,
    engines: BTreeMap<&'a str, BTreeMap<&'a str, &'a AwsRole>>,
}

/// A role of a JWT method, with what the method says of all its roles.
#[derive(Debug, Clone)]
pub(crate) struct LoginRole<'a> {
    /// The path of the method.
    pub(crate) mount: &'a str,
    /// The role's name.
    pub(crate) name: &'a str,
    /// The role.
    pub(crate) role: &'a JwtRole,
    /// The `iss` that the method wants, or nothing.
    pub(super) issuer: &'a str,
    /// The method's accessor, or a text that stands for it while there is none.
    pub(super) accessor: String,
}

/// A role of an AWS engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The path of the engine.
    pub(crate) mount: &'a str,
    /// The role's name.
    pub(crate) name: &'a str,
    /// The role.
    pub(crate) role: &'a AwsRole,
}

/// One of the paths at which a role of an AWS engine gives credentials; all serve every type of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Door(usize);

impl<'a> Configuration<'a> {
    /// Looks at the resources. Policies that still wait for the accessor of a method are read as with one.
    pub(crate) fn new(resources: &'a BTreeMap<Address, Resource>, accessors: &Accessors) -> Self {
        let accessors = with_stand_ins(resources, accessors);
        let mut configuration = Self {
            login_roles: Vec::new(),
            policies: BTreeMap::new(),
            rules: BTreeMap::new(),
            engines: BTreeMap::new(),
        };
        for (address, resource) in resources {
            let (mount, name) = (address.mount.as_str(), address.name.as_str());
            if let Some(role) = JwtRole::of(resource) {
                configuration.login_roles.push(LoginRole {
                    mount,
                    name,
                    role,
                    issuer: issuer(resources, mount),
                    accessor: accessors.get(mount).cloned().unwrap_or_default(),
                });
            } else if let Some(policy) = Policy::of(resource) {
                let text = policy.with_accessors(&accessors).policy;
                configuration.policies.insert(name, acl::parse(&text).ok());
                configuration.rules.insert(name, acl::parse_each(&text));
            } else if let Some(role) = AwsRole::of(resource) {
                let engine = configuration.engines.entry(mount).or_default();
                engine.insert(name, role);
            }
        }
        configuration
    }

    /// The `iss` that each auth method wants, each once; an empty text stands for any.
    pub(crate) fn issuers(&self) -> Vec<&'a str> {
        let mut issuers: Vec<&str> = self.login_roles.iter().map(|role| role.issuer).collect();
        issuers.sort_unstable();
        issuers.dedup();
        issuers
    }

    /// The same with some of the roles of AWS engines.
    pub(crate) fn only(mut self, keep: impl Fn(Target<'a>) -> bool) -> Self {
        for (mount, engine) in &mut self.engines {
            engine.retain(|name, role| keep(Target { mount, name, role }));
        }
        self
    }

    /// The policies of a role's tokens whose rules are known.
    pub(super) fn policies_of(&self, role: &JwtRole) -> Vec<(&str, &Rules)> {
        policy_names(role)
            .filter_map(|name| {
                let (name, rules) = self.policies.get_key_value(name)?;
                Some((*name, rules.as_ref()?))
            })
            .collect()
    }

    /// The policies of a role's tokens of which nobody knows here what they allow. What the server's own `default`
    /// allows has nothing to do with AWS.
    pub(crate) fn unknown_policies_of<'r>(&self, role: &'r JwtRole) -> Vec<&'r str> {
        let unknown = |name: &&str| !matches!(self.policies.get(name), Some(Some(_)));
        let not_default = |name: &&str| *name != DEFAULT || self.policies.contains_key(name);
        policy_names(role)
            .filter(unknown)
            .filter(not_default)
            .collect()
    }

    /// The rules of a role's tokens, each with its policy and its place in it, from 1.
    pub(super) fn rules_of(
        &self,
        role: &JwtRole,
    ) -> impl Iterator<Item = (&'a str, usize, &ReadRule)> {
        let policies = policy_names(role).filter_map(|name| {
            let (name, rules) = self.rules.get_key_value(name)?;
            Some((*name, rules.as_ref().ok()?))
        });
        policies.flat_map(|(name, rules)| {
            let numbered = rules.iter().enumerate();
            numbered.map(move |(index, rule)| (name, index + 1, rule))
        })
    }

    /// The names of a role's policies that were looked at.
    pub(super) fn known_policies_of(&self, role: &JwtRole) -> impl Iterator<Item = &'a str> {
        let names = policy_names(role);
        names.filter_map(|name| Some(*self.rules.get_key_value(name)?.0))
    }

    /// What of a role's policies may allow anything anywhere, as it can't be read, and why.
    pub(super) fn unread_of(&self, role: &JwtRole) -> Vec<(String, String)> {
        let mut unread = Vec::new();
        for name in policy_names(role) {
            match self.rules.get(name) {
                None if name == DEFAULT => {}
                None => {
                    let why = "it is not among the policies that were looked at";
                    unread.push((format!("policy {name}"), why.to_owned()));
                }
                Some(Err(error)) => unread.push((format!("policy {name}"), error.to_string())),
                Some(Ok(rules)) => {
                    let rules = rules.iter().enumerate();
                    unread.extend(rules.filter_map(|(index, rule)| match rule {
                        ReadRule::Unknown { path: None, error } => {
                            let what = format!("rule {} of policy {name}", index + 1);
                            Some((what, error.to_string()))
                        }
                        _ => None,
                    }));
                }
            }
        }
        unread
    }

    /// A role of an AWS engine.
    pub(crate) fn target(&self, mount: &str, name: &str) -> Option<Target<'a>> {
        let (mount, engine) = self.engines.get_key_value(mount)?;
        let (name, role) = engine.get_key_value(name)?;
        Some(Target { mount, name, role })
    }

    /// All roles of AWS engines.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target<'a>> {
        self.engines.iter().flat_map(|(mount, engine)| {
            let roles = engine.iter();
            roles.map(|(name, role)| Target { mount, name, role })
        })
    }

    /// The roles of AWS engines whose paths begin and end as a pattern's matches do.
    pub(super) fn candidates(&self, pattern: &Pattern) -> Vec<(Target<'a>, Door)> {
        let (start, is_all) = pattern.start();
        let end = pattern.end();
        let mut found = Vec::new();
        for (mount, engine) in &self.engines {
            for door in Door::all() {
                let folder = format!("{mount}/{door}/");
                let start = match start.strip_prefix(&folder) {
                    Some(start) => start,
                    None if !is_all && folder.starts_with(start) => "",
                    None => continue,
                };
                let from = (Bound::Included(start), Bound::Unbounded);
                let roles = engine.range::<str, _>(from).take_while(|(name, _)| {
                    if is_all {
                        **name == start
                    } else {
                        name.starts_with(start)
                    }
                });
                let roles = roles.filter(|(name, _)| name.ends_with(end) || end.ends_with(**name));
                found.extend(roles.map(|(name, role)| (Target { mount, name, role }, door)));
            }
        }
        found
    }
}

/// The policy that every token has unless its role says otherwise.
const DEFAULT: &str = "default";

fn policy_names(role: &JwtRole) -> impl Iterator<Item = &str> {
    let default = (!role.token_no_default_policy && !role.token_policies.contains(DEFAULT))
        .then_some(DEFAULT);
    role.token_policies.iter().chain(default)
}

fn issuer<'a>(resources: &'a BTreeMap<Address, Resource>, mount: &str) -> &'a str {
    let config = resources.get(&Address::of_mount(Kind::JwtConfig, mount));
    let config = config.and_then(JwtConfig::of);
    config.map_or("", |config| &config.bound_issuer)
}

/// A method that is yet to be mounted has no accessor; any text that is no other method's will do.
fn with_stand_ins(resources: &BTreeMap<Address, Resource>, accessors: &Accessors) -> Accessors {
    let methods = resources
        .keys()
        .filter(|address| address.kind == Kind::AuthMount);
    let stand_ins = methods
        .enumerate()
        .map(|(index, address)| (address.mount.clone(), format!("accessor-of-{index}")));
    let mut all: Accessors = stand_ins.collect();
    all.extend(accessors.clone());
    all
}

impl LoginRole<'_> {
    /// What stands for a directive once a job has logged in with this role; `None` for nothing.
    ///
    /// Entities and groups are none of a mapping file's business: what they are named is not looked at.
    pub(super) fn value_of(&self, directive: &str) -> Option<Piece> {
        let of_alias = directive
            .strip_prefix("identity.entity.aliases.")?
            .strip_prefix(self.accessor.as_str())?
            .strip_prefix('.')?;
        if of_alias == "name" {
            return Some(Piece::Claim(user_claim(self.role).into()));
        }
        let key = of_alias.strip_prefix("metadata.")?;
        let mut mappings = self.role.claim_mappings.iter();
        if let Some((claim, _)) = mappings.find(|(_, target)| *target == key) {
            return Some(Piece::Claim(claim_name(claim).into()));
        }
        if key == ROLE {
            return Some(Piece::Text(self.name.into()));
        }
        let constant = self.role.alias_metadata.get(key)?;
        Some(Piece::Text(constant.clone()))
    }

    /// What stands for a directive once a job has logged in with this role.
    ///
    /// Another login never changes what an operator has set, and no claim decides it: names and ids of entities and
    /// groups, `custom_metadata` (where Vault 2 puts `alias_metadata`), the time. A directive that servers do not know, or
    /// of another mount, has no value.
    pub(super) fn directive_value(&self, directive: &str) -> DirectiveValue {
        let claim = |claim: &str| DirectiveValue::Piece(WayPiece::Claim(claim.to_owned()));
        let unknown = DirectiveValue::Piece(WayPiece::Unknown);
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
                    None if key == ROLE => {
                        DirectiveValue::Piece(WayPiece::Text(self.name.to_owned()))
                    }
                    None => DirectiveValue::Nothing,
                }
            }
            None => DirectiveValue::Nothing,
        }
    }

    /// A text with the name of the method in place of its accessor, as files have it.
    pub(super) fn named(&self, text: &str) -> String {
        let name = format!("${{auth.{}.accessor}}", self.mount);
        text.replace(self.accessor.as_str(), &name)
    }

    /// A rule's path after a login with this role.
    pub(super) fn template(&self, path: &str) -> Option<Template> {
        Template::read(path, |directive| self.value_of(directive))
    }
}

/// The metadata that OpenBao adds to an alias.
pub(super) const ROLE: &str = "role";

/// Whether a directive may stand for the name of the role of the latest login.
pub(super) fn is_role_name(directive: &str) -> bool {
    let key = directive.rsplit_once(".metadata.");
    key.is_some_and(|(_, key)| key == ROLE)
}

impl fmt::Display for LoginRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "auth/{}/role/{}", self.mount, self.name)
    }
}

impl Target<'_> {
    /// What its credentials are: the ARNs of the IAM roles, or for other types the path of this role and the type.
    pub(crate) fn identities(&self) -> Vec<String> {
        let kind = match self.role.credential_type {
            CredentialType::AssumedRole => {
                return self.role.role_arns.iter().map(str::to_owned).collect();
            }
            CredentialType::IamUser => "a new IAM user",
            CredentialType::FederationToken => "a federated session",
            CredentialType::SessionToken => "a session of the engine's own user",
        };
        vec![format!("{kind} ({self})")]
    }

    /// Where it gives credentials.
    pub(crate) fn path(&self, door: Door) -> String {
        format!("{}/{door}/{}", self.mount, self.name)
    }

    fn key(&self) -> (&str, &str) {
        (self.mount, self.name)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/roles/{}", self.mount, self.name)
    }
}

impl PartialEq for Target<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Target<'_> {}

impl PartialOrd for Target<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Target<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Door {
    /// `aws/sts/NAME`
    pub(super) const STS: Self = Self(0);

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..AwsRole::CREDENTIALS.len()).map(Self)
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(AwsRole::CREDENTIALS[self.0])
    }
}
