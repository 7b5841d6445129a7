//! What of Vault's configuration decides who reaches what.

use std::collections::{BTreeMap, BTreeSet};

use super::jwts::ServerProfile;
use super::login_role::LoginRole;
use super::target::Target;
use crate::acl::{self, ParseError, ReadRule};
use crate::digest;
use crate::resource::{
    Accessors, Address, AwsRole, AwsStaticRole, JwtCelRole, JwtConfig, JwtRole, Kind, MountType,
    Policy, Resource, Typed, Unreadable,
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
    /// Logins of which it is not known whom they admit.
    pub(super) unknown_logins: Vec<UnknownLogin<'a>>,
    /// Why policies can't be read, by name.
    unread_policies: BTreeMap<&'a str, String>,
    /// By method, a digest of where the keys come from that sign its JWTs.
    pub(super) keys: BTreeMap<&'a str, String>,
    /// What gives credentials and can't be read, with the reason.
    pub(super) unread_targets: Vec<(Target<'a>, String)>,
}

/// A login of which it is not known whom it admits and what their tokens may do.
#[derive(Debug, Clone)]
pub(super) struct UnknownLogin<'a> {
    /// Where Vault keeps what decides.
    pub(super) path: String,
    /// The `iss` that the method wants, or nothing.
    pub(super) issuer: &'a str,
    /// Why it is not known, to go on with after "as".
    pub(super) why: String,
}

impl<'a> Configuration<'a> {
    /// Looks at the resources. Policies that still wait for the accessor of a method are read as with one.
    pub(crate) fn new(resources: &'a BTreeMap<Address, Resource>, accessors: &Accessors) -> Self {
        Self::of(&resources.iter().collect(), accessors)
    }

    /// The same for resources of several places.
    pub(crate) fn of(
        resources: &BTreeMap<&'a Address, &'a Resource>,
        accessors: &Accessors,
    ) -> Self {
        let accessors = with_stand_ins(resources, accessors);
        let mut configuration = Self {
            login_roles: Vec::new(),
            rules: BTreeMap::new(),
            engines: BTreeMap::new(),
            static_roles: Vec::new(),
            trusted: BTreeSet::new(),
            permissive: BTreeSet::new(),
            server: None,
            unknown_logins: Vec::new(),
            unread_policies: BTreeMap::new(),
            keys: BTreeMap::new(),
            unread_targets: Vec::new(),
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
                configuration.unknown_logins.push(UnknownLogin {
                    path: address.to_string(),
                    issuer: issuer(resources, mount),
                    why: "its program decides whom it admits, and what their tokens may do".into(),
                });
            } else if let Some(config) = JwtConfig::of(resource) {
                configuration.keys.insert(mount, source_of_keys(config));
            } else if let Some(role) = AwsStaticRole::of(resource) {
                let target = Target::of_static_role(mount, name, role);
                configuration.static_roles.push(target);
            }
        }
        configuration
    }

    /// The same beside what is there and can't be read. It may allow anything: to leave it out would be to say that it
    /// allows nothing, and to read it with defaults that it lets every job in.
    pub(crate) fn beside_unreadable(
        mut self,
        unreadable: impl IntoIterator<Item = (&'a Address, &'a Unreadable)>,
    ) -> Self {
        for (address, value) in unreadable {
            let why = value.to_string();
            let is_login = address.kind.place().mount_type() == Some(MountType::JWT);
            if address.kind == Policy::KIND {
                self.unread_policies.insert(&address.name, why);
            } else if is_login {
                self.add_unread_login(address, why);
            } else {
                let target = Target::unread(address);
                self.unread_targets
                    .extend(target.map(|target| (target, why)));
            }
        }
        self
    }

    /// A role, or what decides of all the roles of its method.
    fn add_unread_login(&mut self, address: &'a Address, why: String) {
        let mount = address.mount.as_str();
        let is_config = address.kind == JwtConfig::KIND;
        let is_of_method = |role: &LoginRole<'_>| role.mount == mount;
        let issuer = self.login_roles.iter().find(|role| is_of_method(role));
        let issuer = issuer.map_or("", |role| role.issuer);
        self.unknown_logins.push(UnknownLogin {
            path: address.to_string(),
            issuer: if is_config { "" } else { issuer },
            why,
        });
        if is_config {
            self.login_roles.retain(|role| !is_of_method(role));
        }
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
            if role.token_policies_template_claims && name.contains("{{") {
                let why = "the claims of the JWT decide which policies these are".to_owned();
                unread.push((format!("the policies {name}"), why));
                continue;
            }
            match self.rules.get(name) {
                None if name == DEFAULT && !self.unread_policies.contains_key(name) => {}
                None => {
                    let why = self.unread_policies.get(name).cloned();
                    let why = why.unwrap_or_else(|| {
                        "it is not among the policies that were looked at".to_owned()
                    });
                    unread.push((format!("policy {name}"), why));
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

fn issuer<'a>(resources: &BTreeMap<&'a Address, &'a Resource>, mount: &str) -> &'a str {
    let config = resources.get(&Address::of_mount(Kind::JwtConfig, mount));
    let config = config.and_then(|config| JwtConfig::of(config));
    config.map_or("", |config| &config.bound_issuer)
}

fn source_of_keys(config: &JwtConfig) -> String {
    let pairs = config.jwks_pairs.iter();
    let pairs = pairs.flat_map(|pair| [&pair.jwks_url, &pair.jwks_ca_pem]);
    let others = [
        &config.jwks_url,
        &config.jwks_ca_pem,
        &config.oidc_discovery_url,
        &config.oidc_discovery_ca_pem,
    ];
    let keys = config.jwt_validation_pubkeys.iter();
    let parts = others.into_iter().chain(pairs).chain(keys);
    digest::hex(parts.map(String::as_str), 8)
}

/// A method that is yet to be mounted has no accessor; any text that differs from the accessors of other methods will do.
fn with_stand_ins(resources: &BTreeMap<&Address, &Resource>, accessors: &Accessors) -> Accessors {
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
