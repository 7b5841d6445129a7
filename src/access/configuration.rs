//! What of Vault's configuration decides who reaches what.

use std::collections::{BTreeMap, BTreeSet};

use super::jwts::ServerProfile;
use super::login_role::LoginRole;
use super::target::Target;
use crate::acl::{self, ParseError, ReadRule};
use crate::resource::{
    Accessors, Address, AwsRole, AwsStaticRole, JwtCelRole, JwtConfig, JwtRole, Kind, Policy,
    Resource, Typed,
};
use crate::vault::ServerVersion;

/// JWT roles, policies and AWS roles: those of the files, those of Vault, or those that Vault will have.
#[derive(Debug, Clone)]
pub(crate) struct Configuration<'a> {
    /// The roles that jobs can log in with, by mount and name.
    pub(crate) login_roles: Vec<LoginRole<'a>>,
    /// The rules of each policy, or why its text can't be read.
    rules: BTreeMap<&'a str, Result<Vec<ReadRule>, ParseError>>,
    engines: BTreeMap<&'a str, BTreeMap<&'a str, Target<'a>>>,
    static_roles: Vec<Target<'a>>,
    /// The pipeline's own policies, whose write access is not reported.
    trusted: BTreeSet<&'a str>,
    /// Policies with which OpenBao permits special characters in the values of templates.
    permissive: BTreeSet<&'a str>,
    /// How the server treats values in paths, if it is known which one it is.
    pub(super) server: Option<ServerProfile>,
    /// Roles of which a program decides whom they admit.
    pub(super) cel_roles: Vec<CelRole<'a>>,
}

/// A role of a JWT method, of which a program decides whom it admits and what their tokens may do.
#[derive(Debug, Clone)]
pub(super) struct CelRole<'a> {
    /// Where Vault keeps it.
    pub(super) path: String,
    /// The `iss` that the method wants, or nothing.
    pub(super) issuer: &'a str,
}

impl<'a> Configuration<'a> {
    /// Looks at the resources. Policies that still wait for the accessor of a method are read as with one.
    pub(crate) fn new(resources: &'a BTreeMap<Address, Resource>, accessors: &Accessors) -> Self {
        let accessors = with_stand_ins(resources, accessors);
        let mut configuration = Self {
            login_roles: Vec::new(),
            rules: BTreeMap::new(),
            engines: BTreeMap::new(),
            static_roles: Vec::new(),
            trusted: BTreeSet::new(),
            permissive: BTreeSet::new(),
            server: None,
            cel_roles: Vec::new(),
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
                if policy.permits_special_values() && text.contains("{{") {
                    configuration.permissive.insert(name);
                }
                configuration.rules.insert(name, acl::parse_each(&text));
            } else if let Some(role) = AwsRole::of(resource) {
                let engine = configuration.engines.entry(mount).or_default();
                engine.insert(name, Target::of_role(mount, name, role));
            } else if JwtCelRole::of(resource).is_some() {
                configuration.cel_roles.push(CelRole {
                    path: address.to_string(),
                    issuer: issuer(resources, mount),
                });
            } else if let Some(role) = AwsStaticRole::of(resource) {
                let target = Target::of_static_role(mount, name, role);
                configuration.static_roles.push(target);
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

    /// The same on a server that is known.
    pub(crate) fn on(mut self, version: ServerVersion) -> Self {
        self.server = ServerProfile::of(version);
        self
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
            if self.permissive.contains(name) {
                let why = "it lets values in its templates have `/`, `*` or `+`, which this program does not look at";
                unread.push((format!("policy {name}"), why.to_owned()));
            }
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
        self.engines.get(mount)?.get(name).copied()
    }

    /// All roles and static roles of AWS engines.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target<'a>> {
        let roles = self.engines.values().flat_map(BTreeMap::values);
        roles.chain(&self.static_roles).copied()
    }

    /// The paths of the AWS engines that have roles.
    pub(super) fn engines(&self) -> impl Iterator<Item = &'a str> {
        self.engines.keys().copied()
    }

    /// The same with policies of the pipeline, which are computed from the files: that these let their holders write what
    /// decides is what they are for.
    pub(crate) fn trusting(mut self, policies: impl IntoIterator<Item = &'a Address>) -> Self {
        let names = policies.into_iter().map(|address| address.name.as_str());
        self.trusted.extend(names);
        self
    }

    /// Whether a policy is one of the pipeline.
    pub(super) fn trusts(&self, policy: &str) -> bool {
        self.trusted.contains(policy)
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

/// A method that is yet to be mounted has no accessor; any text that differs from the accessors of other methods will do.
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
