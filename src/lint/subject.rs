//! The view of the files that lints check.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::access::{
    self, Cause, Configuration, Jwts, OutrankedDeny, Target, Unknown, Way, Ways, claim_name,
    user_claim,
};
use crate::acl::{self, ReadRule, Rule};
use crate::desired::Desired;
use crate::diagnostic::{Mend, Sources, Span};
use crate::mappings::platform::Platform;
use crate::mappings::{MappedRole, PlatformFile, ProjectsFolder, Trees};
use crate::resource::{self, Accessors, JwtRole};
use crate::yaml::{item_span, value_span, with_entry};

/// The claims that only the copies for protected environments need.
const PROTECTED_CLAIMS: &str = "protected_bound_claims";

/// What a [`Subject`] is made of.
pub(super) struct SubjectParts<'a> {
    platform: &'a PlatformFile,
    folder: ProjectsFolder<'a>,
    sources: &'a Sources,
    desired: &'a Desired,
    configuration: Configuration<'a>,
    roles: Vec<Login<'a>>,
    policies: Vec<CheckedPolicy<'a>>,
}

/// The typed files, the places of everything in them, and the access that they grant.
pub(super) struct Subject<'a> {
    parts: &'a SubjectParts<'a>,
    trees: Trees<'a>,
    access: OnceCell<RoleAccess<'a>>,
    uses: BTreeMap<Directive<'a>, Vec<Use<'a>>>,
    holders: BTreeMap<&'a str, Vec<Login<'a>>>,
}

/// A role of a JWT method.
#[derive(Clone, Copy)]
pub(super) struct Login<'a> {
    /// The path of the method.
    pub(super) mount: &'a str,
    /// The role's name.
    pub(super) name: &'a str,
    /// The role.
    pub(super) role: &'a JwtRole,
}

/// A policy, as far as its text parses as rules.
pub(super) struct CheckedPolicy<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// The rules that parse, each with its number in the policy, from 0; accessors are still references.
    pub(super) rules: Vec<(usize, Rule)>,
}

/// A template over an alias, such as `identity.entity.aliases.${auth.gitlab.accessor}.metadata.ref`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Directive<'a> {
    /// The path of the JWT method.
    pub(super) mount: &'a str,
    /// The metadata key; `None` for the alias's name.
    pub(super) key: Option<&'a str>,
}

/// A rule whose path contains a directive.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    /// The policy.
    pub(super) policy: &'a str,
    /// The number of the rule in the policy, from 0.
    pub(super) number: usize,
    /// The rule.
    pub(super) rule: &'a Rule,
}

/// Which JWTs reach which AWS roles.
pub(super) struct RoleAccess<'a> {
    ways: BTreeMap<Target<'a>, Vec<Way<'a>>>,
    unknown: Vec<Unknown<'a>>,
    /// The JWTs that any role admits.
    admitted: Jwts,
    /// Rules with `deny` that do not decide.
    outranked: Vec<OutrankedDeny>,
}

impl<'a> RoleAccess<'a> {
    fn new(configuration: &'a Configuration<'a>) -> Self {
        let all = Ways::new(configuration);
        let found = access::reachability(&all, |_| true, &Jwts::any());
        let mut ways: BTreeMap<Target<'a>, Vec<Way<'a>>> = BTreeMap::new();
        for way in found.ways {
            ways.entry(way.target).or_default().push(way);
        }
        Self {
            ways,
            unknown: found.unknown,
            admitted: all.admitted(),
            outranked: all.outranked_denies(),
        }
    }

    /// Whether any role admits some of these JWTs.
    pub(super) fn admits(&self, jwts: &Jwts) -> bool {
        !self.admitted.and(jwts).is_empty()
    }

    /// Rules with `deny` and a wildcard that a more specific rule outranks, each with an example.
    pub(super) fn outranked_denies(&self) -> &[OutrankedDeny] {
        &self.outranked
    }

    /// The static roles whose keys jobs reach, each with a way.
    pub(super) fn kept_keys(&self) -> impl Iterator<Item = (Target<'a>, &Way<'a>)> {
        let kept = self.ways.iter().filter(|(target, _)| target.is_kept());
        kept.filter_map(|(target, ways)| Some((*target, ways.first()?)))
    }

    /// The ways to an AWS role by a job's own login.
    pub(super) fn ways(&self, target: Target<'a>) -> impl Iterator<Item = &Way<'a>> {
        let ways = self.ways.get(&target).into_iter().flatten();
        ways.filter(|way| way.after.is_none())
    }

    /// Whether some of these JWTs reach an AWS role, or may reach it through something that is unknown.
    pub(super) fn may_reach(&self, target: Target<'a>, jwts: &Jwts) -> bool {
        // That an administrator could grant the role does not mean that it is used.
        let mut unknown = self.unknown.iter().filter(|unknown| {
            let other = unknown.target;
            unknown.cause != Cause::Power && other.is_none_or(|other| other == target)
        });
        self.ways(target).any(|way| !way.jwts.and(jwts).is_empty())
            || unknown.any(|unknown| !unknown.jwts.and(jwts).is_empty())
    }
}

impl<'a> SubjectParts<'a> {
    /// Looks at files without errors.
    pub(super) fn new(
        platform: &'a PlatformFile,
        folder: ProjectsFolder<'a>,
        sources: &'a Sources,
        desired: &'a Desired,
    ) -> Self {
        let methods = platform.platform.auth.iter();
        let roles = methods.flat_map(|(mount, entry)| {
            entry.keys.roles.iter().map(|(name, role)| Login {
                mount: mount.as_str(),
                name: name.as_str(),
                role,
            })
        });
        let policies = resource::of_type::<resource::Policy>(&desired.resources);
        let policies = policies.filter_map(|(address, policy)| {
            let rules = acl::parse_each(&policy.policy).ok()?;
            let rules = rules.into_iter().enumerate();
            let rules = rules.filter_map(|(number, rule)| match rule {
                ReadRule::Whole(rule) => Some((number, rule)),
                ReadRule::Unknown { .. } => None,
            });
            Some(CheckedPolicy {
                name: address.name.as_str(),
                rules: rules.collect(),
            })
        });
        Self {
            platform,
            folder,
            sources,
            desired,
            configuration: Configuration::new(&desired.resources, &Accessors::new())
                .trusting(&desired.apply_policies),
            roles: roles.collect(),
            policies: policies.collect(),
        }
    }
}

impl<'a> Subject<'a> {
    /// Collects what the lints need.
    pub(super) fn new(parts: &'a SubjectParts<'a>) -> Self {
        let mut uses: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for policy in &parts.policies {
            for (number, rule) in &policy.rules {
                let used = Use {
                    policy: policy.name,
                    number: *number,
                    rule,
                };
                for directive in directives(rule) {
                    uses.entry(directive).or_default().push(used);
                }
            }
        }
        let mut holders: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for login in &parts.roles {
            for policy in login.role.token_policies.iter() {
                holders.entry(policy).or_default().push(*login);
            }
        }
        Self {
            parts,
            trees: Trees::new(parts.sources),
            access: OnceCell::new(),
            uses,
            holders,
        }
    }

    /// `vault.yaml`.
    pub(super) fn platform(&self) -> &'a Platform {
        &self.parts.platform.platform
    }

    /// The AWS roles that the mappings become.
    pub(super) fn mapped_roles(&self) -> impl Iterator<Item = MappedRole<'a>> + use<'a> {
        let rules = self.platform().mappings.iter();
        let folder = self.parts.folder;
        rules.flat_map(move |rules| folder.roles(rules))
    }

    /// The resources that the files declare.
    pub(super) fn desired(&self) -> &'a Desired {
        self.parts.desired
    }

    /// The roles of all JWT methods.
    pub(super) fn roles(&self) -> impl Iterator<Item = Login<'a>> + use<'a> {
        self.parts.roles.iter().copied()
    }

    /// The policies.
    pub(super) fn policies(&self) -> &'a [CheckedPolicy<'a>] {
        &self.parts.policies
    }

    /// The policies that a role's tokens get from the files.
    pub(super) fn policies_of(
        &self,
        role: &JwtRole,
    ) -> impl Iterator<Item = &'a CheckedPolicy<'a>> {
        let policies = &self.parts.policies;
        role.token_policies.iter().filter_map(|name| {
            let place = policies.binary_search_by_key(&name, |policy| policy.name);
            Some(&policies[place.ok()?])
        })
    }

    /// The roles whose tokens get a policy.
    pub(super) fn holders(&self, policy: &str) -> &[Login<'a>] {
        self.holders.get(policy).map_or(&[], Vec::as_slice)
    }

    /// The directives of all policies, each with the rules that have it.
    pub(super) fn uses(&self) -> &BTreeMap<Directive<'a>, Vec<Use<'a>>> {
        &self.uses
    }

    /// One more claim for the copies of a role for protected environments, where the role has copies.
    pub(super) fn with_protected_claim(
        &self,
        (mount, name): (&str, &str),
        (claim, value): (&str, &str),
    ) -> Option<Mend> {
        let role = ["auth", mount, "roles", name];
        let role = self.parts.platform.root.at(role)?;
        role.entry("for_each")?;
        let text = self.parts.sources.text(role.span.file);
        let Some(claims) = role.entry(PROTECTED_CLAIMS) else {
            let entry = format!("{PROTECTED_CLAIMS}: {{{claim}: {value}}}");
            return with_entry(text, role, &entry);
        };
        if claims.value.entry(claim).is_some() {
            return None;
        }
        with_entry(text, &claims.value, &format!("{claim}: {value}"))
    }

    /// The place of a key in a role, or of the role's name where it has no such key.
    pub(super) fn at_role(&self, login: Login<'_>, path: &[&str]) -> Span {
        let role = ["auth", login.mount, "roles", login.name];
        self.at(role.iter().chain(path).copied())
    }

    /// The place of one value of a list in a role.
    pub(super) fn at_item(&self, login: Login<'_>, path: &[&str], item: &str) -> Span {
        let role = ["auth", login.mount, "roles", login.name];
        self.at_listed(role.iter().chain(path).copied(), item)
    }

    /// The place of the value at a path of keys in `vault.yaml`, or of the last key that is there.
    pub(super) fn at<'k>(&self, path: impl IntoIterator<Item = &'k str> + Clone) -> Span {
        value_span(&self.parts.platform.root, path)
    }

    /// The place of one value of a list in `vault.yaml`.
    pub(super) fn at_listed<'k>(
        &self,
        path: impl IntoIterator<Item = &'k str> + Clone,
        item: &str,
    ) -> Span {
        item_span(&self.parts.platform.root, path, item)
    }

    /// The place of the path of a policy's rule, by its number from 0; for a policy in a file, of the file's name.
    pub(super) fn at_rule(&self, policy: &str, number: usize) -> Span {
        let root = &self.parts.platform.root;
        let rules = root.at(["policies", policy, "rules"]);
        let rule = rules.and_then(|rules| rules.items().get(number));
        match rule {
            Some(rule) => value_span(rule, ["path"]),
            None => value_span(root, ["policies", policy, "file"]),
        }
    }

    /// The place of a mapping in its file.
    pub(super) fn at_mapping(&self, role: &MappedRole<'_>) -> Span {
        self.trees.mapping(role)
    }

    /// Where an environment, by its name in Vault, is declared as protected.
    pub(super) fn protects(&self, name: &str) -> Span {
        match self
            .parts
            .platform
            .root
            .at(["mappings", "environments", name, "protected"])
        {
            Some(_) => self.at(["mappings", "environments", name, "protected"]),
            None => self.at(["mappings", "protected_environments"]),
        }
    }

    /// The AWS role of a mapping.
    pub(super) fn mapped(&self, role: &MappedRole<'_>) -> Option<Target<'a>> {
        let rules = self.platform().mappings.as_ref()?;
        self.target(rules.secrets.as_str(), &role.name)
    }

    /// A role of an AWS engine.
    pub(super) fn target(&self, mount: &str, name: &str) -> Option<Target<'a>> {
        self.parts.configuration.target(mount, name)
    }

    /// Which JWTs reach which AWS roles.
    pub(super) fn access(&self) -> &RoleAccess<'a> {
        self.access
            .get_or_init(|| RoleAccess::new(&self.parts.configuration))
    }
}

impl<'a> Login<'a> {
    /// The claim that identifies users.
    pub(super) fn user_claim(self) -> &'a str {
        user_claim(self.role)
    }

    /// The claim that a directive's value comes from after a login with this role.
    pub(super) fn claim_of(self, directive: &Directive<'_>) -> Option<&'a str> {
        if directive.mount != self.mount {
            return None;
        }
        let Some(key) = directive.key else {
            return Some(self.user_claim());
        };
        let mut mappings = self.role.claim_mappings.iter();
        let (claim, _) = mappings.find(|(_, target)| *target == key)?;
        Some(claim_name(claim))
    }

    /// The values that the role accepts for a claim; empty if it accepts every value.
    pub(super) fn bound(self, claim: &str) -> Vec<&'a str> {
        let bound = self.role.bound_claims.iter();
        bound
            .filter(|(name, _)| claim_name(name) == claim)
            .flat_map(|(_, values)| values.texts())
            .collect()
    }
}

/// The directives about an alias in a rule's path.
pub(super) fn directives(rule: &Rule) -> impl Iterator<Item = Directive<'_>> {
    let templates = rule.path.as_str().split("{{").skip(1);
    templates.filter_map(|template| {
        let (directive, _) = template.split_once("}}")?;
        let of_alias = directive
            .trim()
            .strip_prefix("identity.entity.aliases.${auth.")?;
        let (mount, field) = of_alias.split_once(".accessor}.")?;
        let key = match field {
            "name" => None,
            field => Some(field.strip_prefix("metadata.")?),
        };
        Some(Directive { mount, key })
    })
}
