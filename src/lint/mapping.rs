//! Mappings: whether each project gets its own IAM role, and whether its jobs reach it.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::Subject;
use super::{Finding, Lint};
use crate::access::{self, Jwts};
use crate::desired::MappingOwner;
use crate::diagnostic::{Code, Span};
use crate::mappings::MappedRole;
use crate::value::EnvironmentName;

pub(super) const SHARED_ARN: Lint = Lint {
    code: Code::SharedArn,
    check: shared_arn,
};
pub(super) const ANY_ACCOUNT: Lint = Lint {
    code: Code::AnyAccount,
    check: any_account,
};
pub(super) const UNREACHABLE: Lint = Lint {
    code: Code::UnreachableMapping,
    check: unreachable,
};
pub(super) const UNPROTECTED_ENVIRONMENT: Lint = Lint {
    code: Code::UnprotectedEnvironment,
    check: unprotected_environment,
};

pub(super) const UNAPPROVED_ACTION: Lint = Lint {
    code: Code::UnapprovedAction,
    check: unapproved_action,
};

pub(super) const UNDECLARED_ENVIRONMENT: Lint = Lint {
    code: Code::UndeclaredEnvironment,
    check: undeclared_environment,
};

/// A mapping, and whether its environment is protected.
struct CheckedMapping<'a> {
    role: MappedRole<'a>,
    /// The JWTs of the jobs that it is for.
    jobs: Jwts,
    is_protected: bool,
}

fn mappings<'a>(subject: &Subject<'a>) -> Vec<CheckedMapping<'a>> {
    let desired = subject.desired();
    let roles = subject.mapped_roles();
    let mappings = roles.map(|role| {
        let environment = role.mapping.environment.as_ref();
        let owner = &role.mapping.owner;
        let id = owner.id().to_string();
        let owner = Jwts::with(std::iter::once((owner.claim(), Some(id.as_str()))));
        CheckedMapping {
            jobs: owner.and(&access::jobs_in(desired, environment)),
            is_protected: environment
                .is_some_and(|name| desired.protected_environments.contains(name)),
            role,
        }
    });
    mappings.collect()
}

impl CheckedMapping<'_> {
    fn arn(&self) -> &str {
        self.role.entry.role_arn.as_str()
    }

    fn environment(&self) -> Option<&str> {
        let environment = self.role.mapping.environment.as_ref();
        environment.map(EnvironmentName::as_str)
    }

    fn span(&self, subject: &Subject<'_>) -> Span {
        subject.at_mapping(&self.role)
    }

    /// `the environment `dev` of this project`
    fn of(&self) -> String {
        let jobs = match self.environment() {
            Some(environment) => format!("the environment `{environment}`"),
            None => "jobs without an environment".into(),
        };
        match &self.role.mapping.owner {
            MappingOwner::Project { .. } => format!("{jobs} of this project"),
            MappingOwner::Group { id, .. } => format!("{jobs} of the group {id}"),
        }
    }
}

fn shared_arn(subject: &Subject<'_>) -> Vec<Finding> {
    let mappings = mappings(subject);
    let mut firsts: BTreeMap<&str, &CheckedMapping<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for mapping in &mappings {
        let Some(first) = firsts.get(mapping.arn()) else {
            firsts.insert(mapping.arn(), mapping);
            continue;
        };
        // A group's mapping becomes a role for each of its subgroups.
        let is_same_file = first.role.file == mapping.role.file;
        if is_same_file && first.is_protected == mapping.is_protected {
            continue;
        }
        let message = if is_same_file {
            "a protected environment and an unprotected one have the same IAM role".to_owned()
        } else {
            format!(
                "`{}` has the same IAM role, so each can do what the other can",
                first.role.mapping.owner.path()
            )
        };
        let finding = Finding::new(
            mapping.span(subject),
            message,
            "give each its own IAM role, with only the permissions that it needs",
        );
        found.push(finding.with(first.span(subject), "the other mapping"));
    }
    found.extend(shared_with_platform(subject, &mappings));
    found
}

/// A mapping to the IAM role of a shared role is redundant, or grants every project what one project has.
fn shared_with_platform(subject: &Subject<'_>, mappings: &[CheckedMapping<'_>]) -> Vec<Finding> {
    let mut shared = BTreeMap::new();
    for (mount, engine) in &subject.platform().secrets {
        for (name, role) in &engine.keys.roles {
            for arn in role.role_arns.iter() {
                shared.entry(arn).or_insert((mount.as_str(), name.as_str()));
            }
        }
    }
    let found = mappings.iter().filter_map(|mapping| {
        let (mount, name) = shared.get(mapping.arn())?;
        let finding = Finding::new(
            mapping.span(subject),
            format!("the shared role `{name}` has the same IAM role"),
            "give the project its own IAM role, with only the permissions that it needs",
        );
        Some(finding.with(
            subject.at(["secrets", *mount, "roles", *name]),
            "the shared role",
        ))
    });
    found.collect()
}

fn any_account(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(rules) = &subject.platform().mappings
        && rules.allowed_accounts.is_none()
    {
        found.push(Finding::new(
            subject.at(["mappings", "allowed_accounts"]),
            "a mapping may name an IAM role of any AWS account",
            "add `allowed_accounts: [\"123456789012\"]`, with your accounts",
        ));
    }
    for (mount, engine) in &subject.platform().secrets {
        for (name, role) in &engine.keys.roles {
            let text = serde_json::to_string(&role.policy_document).unwrap_or_default();
            let arns = text.split('"').chain(role.policy_arns.iter());
            for arn in arns.filter(|arn| has_wildcard_account(arn)) {
                let path = ["secrets", mount.as_str(), "roles", name.as_str()];
                found.push(Finding::new(
                    subject.at(path.into_iter().chain(["policy_document"])),
                    format!("`{arn}` matches every AWS account"),
                    "write the account's 12 digits",
                ));
            }
        }
    }
    found
}

/// Whether an ARN of IAM or STS has a wildcard in place of the account.
fn has_wildcard_account(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts[..], ["arn", _, "iam" | "sts", _, account, ..] if account.contains(['*', '?']))
}

fn unreachable(subject: &Subject<'_>) -> Vec<Finding> {
    let access = subject.access();
    let found = mappings(subject).into_iter().filter_map(|mapping| {
        let role = subject.mapped(&mapping.role)?;
        if access.may_reach(role, &mapping.jobs) {
            return None;
        }
        let message = if access.admits(&mapping.jobs) {
            format!(
                "no JWT role that admits {} has a policy that grants `{role}`",
                mapping.of(),
            )
        } else {
            format!(
                "no JWT role gives {} a token that can be used",
                mapping.of()
            )
        };
        let help = match &mapping.role.mapping.role {
            Some(_) => {
                "add a rule with `for_each: roles`, whose path ends in `-{environment}-{role}`, to the policy with \
                 `for_each: environments` in vault.yaml, or remove the mapping"
            }
            None => "add a JWT role and a policy for it to vault.yaml, or remove the mapping",
        };
        Some(Finding::new(mapping.span(subject), message, help))
    });
    found.collect()
}

/// Checks every JWT, not only those of the mapping's own jobs: any of them may reach the protected role.
fn unprotected_environment(subject: &Subject<'_>) -> Vec<Finding> {
    of_protected(
        subject,
        ("ref_protected", "false"),
        ("ref_protected", "\"true\""),
        |login, environment| {
            format!("`{login}` grants `{environment}` to branches that are not protected")
        },
        "add `protected_bound_claims: {ref_protected: \"true\"}` to the role with `for_each: environments`",
    )
}

/// Only a job that starts a deployment waits for its approval: a role that names no action admits the others too. Actions
/// that a role does name are a choice.
fn unapproved_action(subject: &Subject<'_>) -> Vec<Finding> {
    of_protected(
        subject,
        ("environment_action", ANY_ACTION),
        ("environment_action", "start"),
        |login, environment| {
            format!(
                "`{login}` grants `{environment}` to jobs that do not deploy, which need no deployment approval"
            )
        },
        "add `environment_action: start` to `protected_bound_claims` of the role with `for_each: environments`, \
         or a list with the other actions that need the role, such as `[start, stop]`",
    )
}

/// A name without an entry stands for itself and is not protected: it may be misspelt, or open an account that only protected
/// environments use.
fn undeclared_environment(subject: &Subject<'_>) -> Vec<Finding> {
    let names = &subject.desired().environments;
    let mappings = mappings(subject);
    let of_undeclared = |mapping: &&CheckedMapping<'_>| {
        let name = mapping.role.mapping.environment.as_ref();
        !mapping.is_protected && name.is_some_and(|name| !names.has(name))
    };
    let accounts = |is_protected| {
        let declared = mappings.iter().filter(|mapping| !of_undeclared(mapping));
        let declared = declared.filter(move |mapping| mapping.is_protected == is_protected);
        declared.map(|mapping| mapping.role.entry.role_arn.account())
    };
    let open: BTreeSet<&str> = accounts(false).collect();
    let protected: BTreeSet<&str> = accounts(true).filter(|one| !open.contains(one)).collect();
    let unprotected = Jwts::with(std::iter::once(("ref_protected", Some("false"))));
    let is_open = |mapping: &CheckedMapping<'_>| {
        let role = subject.mapped(&mapping.role);
        let mut ways = role
            .into_iter()
            .flat_map(|role| subject.access().ways(role));
        ways.any(|way| !way.jwts.and(&unprotected).is_empty())
    };
    let found = mappings.iter().filter(of_undeclared).filter_map(|mapping| {
        let name = mapping.role.mapping.environment.as_ref()?;
        let account = mapping.role.entry.role_arn.account();
        let (message, help) = if protected.contains(account) && is_open(mapping) {
            (
                format!(
                    "the environment `{name}` is not declared, and branches that are not protected reach the account \
                     {account}, where only protected environments have roles"
                ),
                format!(
                    "write the name of a protected environment, or add `{name}: {{protected: true}}` to \
                     `mappings.environments` in vault.yaml"
                ),
            )
        } else if let Some(known) = names.names().find(|known| is_misspelt(name, known)) {
            (
                format!("the environment `{name}` is not declared, and `{known}` is"),
                format!(
                    "write `{known}`, or add `{name}: {{}}` to `mappings.environments` in vault.yaml if it is another one"
                ),
            )
        } else {
            return None;
        };
        Some(Finding::new(mapping.span(subject), message, help))
    });
    found.collect()
}

/// Whether a name is another one with one letter more, less, changed, or two in the wrong order. Numbers tell names apart.
fn is_misspelt(name: &EnvironmentName, known: &EnvironmentName) -> bool {
    let [name, known] =
        [name, known].map(|name| name.as_str().trim_end_matches(|c: char| c.is_ascii_digit()));
    name.chars().next() == known.chars().next() && strsim::damerau_levenshtein(name, known) == 1
}

/// An action that no role names.
const ANY_ACTION: &str = "an action";

/// The roles through which JWTs with a claim reach the AWS role of a protected environment. One more claim closes them.
fn of_protected(
    subject: &Subject<'_>,
    (claim, value): (&str, &str),
    added: (&str, &str),
    message: impl Fn(&str, &str) -> String,
    help: &str,
) -> Vec<Finding> {
    let refused = Jwts::with(std::iter::once((claim, Some(value))));
    let access = subject.access();
    let mut found = Vec::new();
    for mapping in mappings(subject)
        .iter()
        .filter(|mapping| mapping.is_protected)
    {
        let Some(role) = subject.mapped(&mapping.role) else {
            continue;
        };
        for way in access.ways(role) {
            if way.jwts.and(&refused).is_empty() {
                continue;
            }
            let login = way.through;
            let environment = mapping.environment().unwrap_or_default();
            let finding = Finding::new(
                subject.at(["auth", login.mount, "roles", login.name]),
                message(login.name, environment),
                help,
            );
            let place = subject.protects(environment);
            let finding = finding.with(place, format!("`{environment}` is protected"));
            let role = (login.mount, login.name);
            found.push(finding.mended(subject.with_protected_claim(role, added)));
        }
    }
    found
}
