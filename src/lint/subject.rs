//! The files as lints look at them.

use std::collections::BTreeMap;

use crate::access::{
    Condition, Configuration, Job, Judge, Projects, Reach, Target, claim_name, user_claim,
};
use crate::acl::{self, Rule, Rules};
use crate::desired::Desired;
use crate::diagnostic::{Sources, Span};
use crate::mappings::platform::Platform;
use crate::mappings::{PlatformFile, ProjectFile, Trees};
use crate::resource::{self, Accessors, Address, JwtRole, Kind};
use crate::yaml::{item_span, value_span};

/// What a [`Subject`] is made of.
pub(super) struct Parts<'a> {
    platform: &'a PlatformFile,
    projects: &'a [ProjectFile],
    sources: &'a Sources,
    desired: &'a Desired,
    configuration: Configuration<'a>,
    /// The same with the AWS roles of `vault.yaml` alone.
    shared: Configuration<'a>,
    known: Projects,
    roles: Vec<Login<'a>>,
    policies: Vec<Policy<'a>>,
}

/// Typed files, the places of everything in them, and who reaches what by them.
pub(super) struct Subject<'a> {
    parts: &'a Parts<'a>,
    trees: Trees<'a>,
    judge: Judge<'a>,
    judge_of_shared: Judge<'a>,
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

/// A policy whose text can be read as rules.
pub(super) struct Policy<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its rules; accessors are still references.
    pub(super) rules: Rules,
}

/// What a token asks of a directive such as `identity.entity.aliases.${auth.gitlab.accessor}.metadata.ref`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Directive<'a> {
    /// The path of the JWT method.
    pub(super) mount: &'a str,
    /// The key of the metadata; `None` for the alias' name.
    pub(super) key: Option<&'a str>,
}

/// A rule with a directive in its path.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    /// The policy.
    pub(super) policy: &'a str,
    /// The place of the rule in it, from 0.
    pub(super) number: usize,
    /// The rule.
    pub(super) rule: &'a Rule,
}

/// What a job gets through a role that admits it.
pub(super) struct Reached<'a> {
    /// The role.
    pub(super) login: Login<'a>,
    /// What has to be true of the job.
    pub(super) conditions: Vec<Condition>,
    reach: Reach<'a>,
}

impl<'a> Reached<'a> {
    /// The AWS roles.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target<'a>> {
        self.reach.grants().map(|grant| grant.target)
    }

    /// Whether an AWS role is one of them.
    pub(super) fn gives(&self, role: &Address) -> bool {
        self.targets()
            .any(|target| target.mount == role.mount && target.name == role.name)
    }
}

impl<'a> Parts<'a> {
    /// Looks at files without errors.
    pub(super) fn new(
        platform: &'a PlatformFile,
        projects: &'a [ProjectFile],
        sources: &'a Sources,
        desired: &'a Desired,
    ) -> Self {
        let methods = platform.platform.auth.iter();
        let roles = methods.flat_map(|(mount, entry)| {
            entry.roles.iter().map(|(name, role)| Login {
                mount: mount.as_str(),
                name: name.as_str(),
                role,
            })
        });
        let policies = resource::of_type::<resource::Policy>(&desired.resources);
        let policies = policies.filter_map(|(address, policy)| {
            let rules = acl::parse(&policy.policy).ok()?;
            let name = address.name.as_str();
            Some(Policy { name, rules })
        });
        let configuration = Configuration::new(&desired.resources, &Accessors::new());
        let is_shared = |target: Target<'_>| {
            let address = Address::of_role(Kind::AwsRole, target.mount, target.name);
            !desired.mappings.contains_key(&address)
        };
        Self {
            platform,
            projects,
            sources,
            desired,
            shared: configuration.clone().only(is_shared),
            configuration,
            known: projects
                .iter()
                .map(|file| (file.project.id.to_string(), file.project.project.as_str()))
                .collect(),
            roles: roles.collect(),
            policies: policies.collect(),
        }
    }
}

impl<'a> Subject<'a> {
    /// Prepares to judge.
    pub(super) fn new(parts: &'a Parts<'a>) -> Self {
        let mut uses: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for policy in &parts.policies {
            for (number, rule) in policy.rules.iter().enumerate() {
                let used = Use {
                    policy: policy.name,
                    number,
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
            judge: Judge::new(&parts.configuration, &parts.known),
            judge_of_shared: Judge::new(&parts.shared, &parts.known),
            uses,
            holders,
        }
    }

    /// `vault.yaml`.
    pub(super) fn platform(&self) -> &'a Platform {
        &self.parts.platform.platform
    }

    /// The project files.
    pub(super) fn projects(&self) -> &'a [ProjectFile] {
        self.parts.projects
    }

    /// Everything that Vault is to hold.
    pub(super) fn desired(&self) -> &'a Desired {
        self.parts.desired
    }

    /// The roles of all JWT methods.
    pub(super) fn roles(&self) -> impl Iterator<Item = Login<'a>> + use<'a> {
        self.parts.roles.iter().copied()
    }

    /// The policies.
    pub(super) fn policies(&self) -> &'a [Policy<'a>] {
        &self.parts.policies
    }

    /// The policies that a role's tokens get from the files.
    pub(super) fn policies_of(&self, role: &JwtRole) -> impl Iterator<Item = &'a Policy<'a>> {
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

    /// The place of a mapping in a project's file: of an environment, or of the default.
    pub(super) fn at_mapping(&self, file: &ProjectFile, environment: Option<&str>) -> Span {
        self.trees.mapping(file, environment)
    }

    /// The AWS role of a mapping.
    pub(super) fn mapped(&self, file: &ProjectFile, environment: Option<&str>) -> Option<Address> {
        let rules = self.platform().mappings.as_ref()?;
        let name = rules.role_name.of(file.project.id, environment);
        Some(Address::of_role(Kind::AwsRole, &rules.secrets, name))
    }

    /// What a job gets through each role that admits it.
    pub(super) fn reached(&self, job: &Job) -> Vec<Reached<'a>> {
        reached(&self.judge, job)
    }

    /// What some job may get of the AWS roles of `vault.yaml`, through each role that admits it.
    pub(super) fn reached_of_shared(&self) -> Vec<Reached<'a>> {
        reached(&self.judge_of_shared, &Job::default())
    }
}

fn reached<'a>(judge: &Judge<'a>, job: &Job) -> Vec<Reached<'a>> {
    let admitted = judge.logins(job).map(|(role, admitted)| {
        let through = &judge.configuration().login_roles[role];
        Reached {
            login: Login {
                mount: through.mount,
                name: through.name,
                role: through.role,
            },
            reach: judge.reach_alone(role, &admitted),
            conditions: admitted.conditions,
        }
    });
    admitted.collect()
}

impl<'a> Login<'a> {
    /// The claim that names its users.
    pub(super) fn user_claim(self) -> &'a str {
        user_claim(self.role)
    }

    /// The claim whose value stands for a directive after a login with this role.
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

    /// The values that the role wants of a claim; none where it wants nothing of it.
    pub(super) fn bound(self, claim: &str) -> Vec<&'a str> {
        let bound = self.role.bound_claims.iter();
        bound
            .filter(|(name, _)| claim_name(name) == claim)
            .flat_map(|(_, values)| values.texts())
            .collect()
    }
}

/// The directives in a rule's path that are about an alias.
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
