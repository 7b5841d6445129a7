//! Policies that are equivalent to root, and who gets them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::login::is_open;
use super::subject::{CheckedPolicy, Login, Subject};
use super::{Finding, Lint};
use crate::acl::{self, Capability, RequestVerdict, Rule};
use crate::diagnostic::Code;
use crate::resource::{Address, Kind};

pub(super) const SUDO: Lint = Lint {
    code: Code::Sudo,
    check: sudo,
};
pub(super) const ROOT_LIKE: Lint = Lint {
    code: Code::RootLikePath,
    check: root_like,
};
pub(super) const OWN_POLICY: Lint = Lint {
    code: Code::OwnPolicy,
    check: own_policy,
};
pub(super) const UNPROTECTED_PROVISIONER: Lint = Lint {
    code: Code::UnprotectedProvisioner,
    check: unprotected_provisioner,
};

/// The capabilities that change something.
const WRITES: [Capability; 4] = [
    Capability::Create,
    Capability::Update,
    Capability::Patch,
    Capability::Delete,
];

/// Paths whose writing does harm that no other rule can prevent, each with the reason; `+` stands for any segment.
const HARMFUL: [(&str, &str); 14] = [
    ("sys/auth/+/+", MOUNTS_METHOD),
    ("sys/auth/+/+/+", MOUNTS_METHOD),
    ("sys/mounts/+/+", MOUNTS_ENGINE),
    ("sys/mounts/+/+/+", MOUNTS_ENGINE),
    ("sys/audit/+", "it can disable the audit log"),
    ("sys/audit/+/+", "it can disable the audit log"),
    ("sys/namespaces/+", "it creates and deletes namespaces"),
    ("sys/namespaces/+/+", "it creates and deletes namespaces"),
    ("sys/policies/egp/+", "it lifts what Sentinel forbids"),
    ("sys/policies/rgp/+", "it lifts what Sentinel forbids"),
    (
        "identity/oidc/+/+",
        "it decides what the tokens say by which other systems recognize users of Vault",
    ),
    (
        "identity/oidc/config",
        "it decides whom those trust that accept tokens of Vault",
    ),
    ("+/config/root", AWS_KEYS),
    ("+/+/config/root", AWS_KEYS),
];

const MOUNTS_METHOD: &str = "it mounts an auth method, which can grant any policy";
const MOUNTS_ENGINE: &str = "it mounts and removes any engine";
const AWS_KEYS: &str =
    "it decides with which keys, and at which address, an AWS engine there asks AWS";

/// Paths of one AppRole, whose writing for any role lets its holder log in as each of them.
const OF_ANY_APP_ROLE: [&str; 2] = ["auth/+/role/+/secret-id", "auth/+/role/+/custom-secret-id"];
const LOGS_IN: &str = "it logs in with any AppRole";

/// What begins the paths of a namespace's own policies, logins and identities.
const OF_NAMESPACE: [&str; 3] = ["sys/", "auth/", "identity/"];

/// What a computed policy needs, such as to remove an auth mount, is not its author's choice.
fn sudo(subject: &Subject<'_>) -> Vec<Finding> {
    let is_computed = |name: &str| {
        let entry = subject.platform().policies.get(name);
        entry.is_some_and(|entry| entry.generated.is_some())
    };
    subject
        .policies()
        .iter()
        .filter(|policy| !is_computed(policy.name))
        .flat_map(|policy| {
            policy
                .rules
                .iter()
                .map(move |(number, rule)| (policy, *number, rule))
        })
        .filter(|(_, _, rule)| rule.capabilities.contains(&Capability::Sudo))
        .map(|(policy, number, rule)| {
            Finding::new(
                subject.at_rule(policy.name, number),
                format!(
                    "`sudo` allows the paths that Vault reserves for root, here `{}`",
                    rule.path
                ),
                "remove `sudo`: `vault-provisioner policy` prints what plan and apply need",
            )
        })
        .collect()
}

fn root_like(subject: &Subject<'_>) -> Vec<Finding> {
    let managed = ManagedPaths::new(subject);
    let mut found = Vec::new();
    for policy in subject.policies() {
        let rules = WrittenRules::new(&[policy]);
        let mut seen = BTreeSet::new();
        for (number, rule) in policy.rules.iter().filter(|(_, rule)| writes(rule)) {
            // The value of a template is unknown here, and with it whether another rule decides.
            let is_template = rule.path.as_str().contains("{{");
            for (path, why) in harmful_paths(rule.path.without_leading_slash(), subject) {
                let decider = if is_template {
                    Some(*number)
                } else {
                    rules.first_to_write(&path).map(|(_, number)| number)
                };
                let Some(number) = decider.filter(|_| !managed.cover(&path)) else {
                    continue;
                };
                if seen.insert((number, why.clone())) {
                    let finding = Finding::new(
                        subject.at_rule(policy.name, number),
                        format!("this is equivalent to root: {why}"),
                        "name the paths that are needed, one by one: `vault-provisioner policy` prints those of plan and apply",
                    );
                    found.push(with_holder(finding, subject, policy.name));
                }
            }
        }
    }
    found
}

/// The paths that a rule matches and whose writing does harm, each with the reason.
fn harmful_paths(rule: &str, subject: &Subject<'_>) -> Vec<(String, String)> {
    let common = |rule: &str, (pattern, why): (&str, &str)| {
        let path = acl::common_path(rule, pattern)?;
        let is_meant = match why {
            // Settings of a mount give nothing.
            MOUNTS_METHOD | MOUNTS_ENGINE => !path.ends_with("/tune"),
            AWS_KEYS => may_be_of_aws(rule, &path, subject),
            LOGS_IN => path.split('/').nth(3) == Some(acl::ANY),
            _ => true,
        };
        is_meant.then_some(path)
    };
    let all = || {
        let app_roles = OF_ANY_APP_ROLE.map(|path| (path, LOGS_IN));
        acl::powers().chain(HARMFUL).chain(app_roles)
    };
    let here = all().filter_map(|power| Some((common(rule, power)?, power.1.to_owned())));
    let inside = rule.split_once('/').filter(|(_, rest)| {
        let mut starts = OF_NAMESPACE.iter();
        starts.any(|start| rest.starts_with(start))
    });
    let inside = inside.into_iter().flat_map(|(namespace, rest)| {
        let of_it = all().filter_map(move |power| Some((common(rest, power)?, power.1)));
        of_it.map(move |(path, why)| {
            let why = format!("{why}, in the namespace `{namespace}`");
            (format!("{namespace}/{path}"), why)
        })
    });
    here.chain(inside).collect()
}

/// Whether a rule that matches the configuration of an engine is meant for one: `secret/*` is for a store of secrets.
fn may_be_of_aws(rule: &str, path: &str, subject: &Subject<'_>) -> bool {
    let mount = path.strip_suffix("/config/root").unwrap_or(path);
    let mut engines = subject.platform().secrets.iter();
    let declared = engines.find(|(path, _)| path.as_str() == mount);
    match declared {
        Some((_, engine)) => engine.is_aws(),
        None => {
            let is_any_mount = rule.starts_with(['+', '*']);
            rule.ends_with("config/root") || is_any_mount || mount.contains("aws")
        }
    }
}

/// Adds a role whose tokens have the policy, first one that admits every project.
fn with_holder(finding: Finding, subject: &Subject<'_>, policy: &str) -> Finding {
    let holders = subject.holders(policy);
    let open = holders.iter().find(|login| is_open(**login));
    let (login, label) = match (open, holders.first()) {
        (Some(login), _) => (login, "every project gets it by this role"),
        (None, Some(login)) => (login, "this role gives it"),
        (None, None) => return finding,
    };
    finding.with(subject.at_item(*login, &["token_policies"], policy), label)
}

fn writes(rule: &Rule) -> bool {
    WRITES.iter().any(|write| rule.capabilities.contains(write))
}

/// The paths of what the files declare, also what they remove: other lints check who may change that.
struct ManagedPaths<'a> {
    paths: BTreeSet<String>,
    mounts: Vec<String>,
    policies: &'a BTreeSet<String>,
}

impl<'a> ManagedPaths<'a> {
    fn new(subject: &Subject<'a>) -> Self {
        let desired = subject.desired();
        let addresses = desired.named();
        Self {
            paths: addresses.map(Address::path).collect(),
            mounts: desired
                .owned
                .iter()
                .map(|folder| folder.path() + "/")
                .collect(),
            policies: &desired.policy_prefixes,
        }
    }

    fn cover(&self, path: &str) -> bool {
        let policy = path.strip_prefix("sys/policies/acl/");
        let mut prefixes = self.policies.iter();
        // Below the path of a mount's settings there are only more of its settings.
        let settings = path.strip_prefix("sys/").and(path.rsplit_once('/'));
        self.paths.contains(path)
            || settings.is_some_and(|(mount, _)| self.paths.contains(mount))
            || self
                .mounts
                .iter()
                .any(|mount| path.starts_with(mount.as_str()))
            || policy.is_some_and(|name| prefixes.any(|prefix| name.starts_with(prefix.as_str())))
    }
}

fn own_policy(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in subject.roles() {
        let policies: Vec<&CheckedPolicy<'_>> = subject.policies_of(login.role).collect();
        let rules = WrittenRules::new(&policies);
        let role = Address::of_role(Kind::JwtRole, login.mount, login.name);
        let own = login.role.token_policies.iter().map(Address::of_policy);
        for address in own.chain([role]) {
            let path = address.path();
            let Some((policy, number)) = rules.first_to_write(&path) else {
                continue;
            };
            let what = address.kind.title();
            let finding = Finding::new(
                subject.at_rule(policy, number),
                format!(
                    "whoever has this can change their own {what}, which gives them full access: `{path}`"
                ),
                "allow it only to read its own role and policies, which an administrator changes, as `vault-provisioner policy` prints",
            );
            found.push(finding.with(subject.at_role(login, &[]), "has it"));
        }
    }
    found
}

fn unprotected_provisioner(subject: &Subject<'_>) -> Vec<Finding> {
    let managed: BTreeMap<String, &Address> = subject
        .desired()
        .resources
        .keys()
        .map(|address| (address.path(), address))
        .collect();
    let mut found = Vec::new();
    for login in subject.roles() {
        let policies: Vec<&CheckedPolicy<'_>> = subject.policies_of(login.role).collect();
        let Some(changed) = WrittenRules::new(&policies).changed(&managed) else {
            continue;
        };
        let Some(lacking) = lacking(login) else {
            continue;
        };
        found.push(Finding::new(
            subject.at_role(login, &[]),
            format!(
                "`{}` can change what these files declare, such as `{changed}`, and admits {lacking}",
                login.name
            ),
            "bind it to the project's protected default branch: \
             `bound_claims: {project_id: \"…\", ref: main, ref_type: branch, ref_protected: \"true\"}`",
        ));
    }
    found
}

/// Who can log in besides a protected branch of one project.
fn lacking(login: Login<'_>) -> Option<&'static str> {
    let is_glob = |values: &[&str]| values.iter().any(|value| value.contains('*'));
    let project = login.bound("project_id");
    if login.role.bound_subject.is_empty() && (project.is_empty() || is_glob(&project)) {
        return Some("any project");
    }
    (login.bound("ref_protected") != ["true"]).then_some("branches that are not protected")
}

/// The rules of a token as they are written: a template matches only itself.
struct WrittenRules<'a> {
    policies: Vec<Numbered<'a>>,
}

/// The rules of a policy, and their numbers in it, from 0.
struct Numbered<'a> {
    policy: &'a str,
    rules: Vec<Rule>,
    numbers: Vec<usize>,
}

impl<'a> WrittenRules<'a> {
    fn new(policies: &[&'a CheckedPolicy<'a>]) -> Self {
        let numbered = |policy: &&'a CheckedPolicy<'a>| Numbered {
            policy: policy.name,
            rules: policy.rules.iter().map(|(_, rule)| rule.clone()).collect(),
            numbers: policy.rules.iter().map(|(number, _)| *number).collect(),
        };
        Self {
            policies: policies.iter().map(numbered).collect(),
        }
    }

    /// A managed resource that the rules allow to change. Compares only paths with the same prefix as a rule's path.
    fn changed<'m>(&self, managed: &BTreeMap<String, &'m Address>) -> Option<&'m Address> {
        self.policies
            .iter()
            .flat_map(|policy| &policy.rules)
            .filter(|rule| writes(rule))
            .filter_map(|rule| {
                let path = rule.path.without_leading_slash();
                let start = path.split(['*', '+']).next().unwrap_or_default();
                managed
                    .range::<str, _>((Bound::Included(start), Bound::Unbounded))
                    .take_while(|(path, _)| path.starts_with(start))
                    .find(|(path, _)| self.first_to_write(path).is_some())
            })
            .map(|(_, address)| *address)
            .min()
    }

    /// The rule that allows to change a path: the name of its policy, and its number there, from 0.
    fn first_to_write(&self, path: &str) -> Option<(&'a str, usize)> {
        let policies = self.policies.iter();
        let policies: Vec<acl::NamedPolicy<'_>> = policies
            .map(|Numbered { policy, rules, .. }| acl::NamedPolicy {
                name: policy,
                rules,
            })
            .collect();
        WRITES.into_iter().find_map(
            |capability| match acl::evaluate(&policies, path, capability) {
                RequestVerdict::Allowed(deciders) | RequestVerdict::Restricted(deciders) => {
                    let decider = deciders.first()?;
                    let of = self
                        .policies
                        .iter()
                        .find(|one| one.policy == decider.policy)?;
                    Some((of.policy, *of.numbers.get(decider.index)?))
                }
                _ => None,
            },
        )
    }
}
