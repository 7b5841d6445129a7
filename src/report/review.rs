//! What a report shows: a plan, and findings that the plan does not hold.

use std::collections::{BTreeMap, BTreeSet};

use super::shown::LONGEST_WARNING;
use super::{Shown, foreign, plural};
use crate::access::{AccessChange, IdentityPower};
use crate::desired::Desired;
use crate::diagnostic::Code;
use crate::live::Live;
use crate::plan::{MergedChanges, Plan, Scope, Warning};
use crate::resource::{Address, POLICIES};

/// A plan and its findings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Review<'a> {
    /// What has to change.
    pub(crate) plan: &'a Plan,
    /// `None` for a saved plan, because they are computed from the files and Vault.
    pub(crate) findings: Option<&'a Findings>,
}

/// What is computed from the files and Vault, and not saved with a plan.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Who gains and who loses access through the plan.
    pub(crate) access: Vec<AccessChange>,
    /// The environments and accounts whose changes come first.
    pub(crate) protected: Protected,
    /// What waits for an administrator.
    pub(crate) waiting: Vec<Warning>,
    /// What was compared.
    pub(crate) scope: Scope,
    /// Entities and groups whose policies reach AWS roles of the files, where these were looked at.
    pub(crate) identity: Vec<IdentityPower>,
    /// Which changes wait for an apply, where drift is looked for.
    pub(crate) merged: MergedChanges,
    /// API paths at which Vault differs from the files, and that the saved plan does not change, because it is older.
    pub(crate) not_in_plan: BTreeSet<String>,
}

/// What only jobs of protected branches and tags may reach.
#[derive(Debug, Default)]
pub(crate) struct Protected {
    /// GitLab's names of environments, with `*` for any text.
    pub(crate) environments: BTreeSet<String>,
    /// AWS accounts, of 12 digits each.
    pub(crate) accounts: BTreeSet<String>,
}

impl Protected {
    /// What the files declare as protected.
    pub(crate) fn of(desired: &Desired) -> Self {
        let environments = desired.protected_environments.iter();
        let globs = environments.flat_map(|name| desired.environments.globs(name));
        Self {
            environments: globs.map(|glob| glob.to_string()).collect(),
            accounts: desired.accounts_of_protected(),
        }
    }

    /// Adds what other files declare as protected.
    pub(crate) fn extend(&mut self, other: Self) {
        self.environments.extend(other.environments);
        self.accounts.extend(other.accounts);
    }
}

impl<'a> Review<'a> {
    /// Entities and groups whose policies reach AWS roles of the files.
    pub(super) fn identity(&self) -> &'a [IdentityPower] {
        self.findings.map_or(&[], |findings| &findings.identity)
    }

    /// Whether Vault holds what the files declare, and nothing else that was looked at and has power over it.
    pub(crate) fn finds_a_match(&self) -> bool {
        self.plan.finds_a_match() && self.identity().is_empty()
    }

    /// A saved plan, without the files that it was computed from.
    pub(crate) const fn of_saved(plan: &'a Plan) -> Self {
        Self {
            plan,
            findings: None,
        }
    }

    /// What there is to know beside the changes: first who has to apply them.
    pub(super) fn remarks(&self) -> impl Iterator<Item = &'a Warning> {
        let waiting = self.findings.map(|findings| &findings.waiting);
        waiting.into_iter().flatten().chain(&self.plan.warnings)
    }

    /// The warnings of a plan, a line each, and how many are left out. Those about what the files lack come first.
    pub(super) fn warnings(&self) -> (Vec<(Code, String)>, usize) {
        let foreign = foreign::lines(&self.plan.foreign, self.identity());
        let count = foreign.len() + self.remarks().count();
        let foreign = foreign.into_iter().map(|(_, code, line)| (code, line));
        let others = self.remarks().map(|warning| {
            let (path, message) = (
                Shown::clipped(&warning.path, LONGEST_WARNING),
                Shown::clipped(&warning.message, LONGEST_WARNING),
            );
            (warning.code, format!("{path}: {message}"))
        });
        let lines = foreign.chain(others).take(WARNINGS);
        (lines.collect(), count.saturating_sub(WARNINGS))
    }

    /// The plan in one line, with names as `name` writes them: `Plan: 3 to create, 1 to update, 2 to delete.`
    ///
    /// "No changes" says nothing about what could not be listed, and so names it.
    pub(super) fn verdict(&self, name: impl Fn(&Shown) -> String) -> String {
        let foreign = foreign::counted(&self.plan.foreign, self.identity());
        if !self.plan.is_empty() {
            let count = self.plan.summary();
            let left_alone = foreign.map_or_else(String::new, |foreign| {
                format!(" Vault also holds {foreign}.")
            });
            return format!(
                "Plan: {} to create, {} to update, {} to delete.{left_alone}",
                count.create, count.update, count.delete
            );
        }
        let no_changes = match self.unlisted(name) {
            None => ["No changes".to_owned(), String::new()],
            Some(unlisted) => [
                "No changes in what was read".to_owned(),
                format!("; {unlisted}"),
            ],
        };
        let [no_changes, unlisted] = no_changes;
        match (foreign, self.findings) {
            (Some(foreign), _) => format!("{no_changes}, but Vault holds {foreign}{unlisted}."),
            (None, Some(findings)) if !findings.not_in_plan.is_empty() => {
                "The plan has no changes. Vault no longer matches the files.".into()
            }
            (None, None) if unlisted.is_empty() => {
                "No changes. Vault matched the files when the plan was made.".into()
            }
            (None, None) => format!("{no_changes} when the plan was made{unlisted}."),
            (None, Some(_)) if unlisted.is_empty() => "No changes. Vault matches the files.".into(),
            (None, Some(_)) => format!("{no_changes}{unlisted}."),
        }
    }

    /// What could not be listed, if anything: `1 list could not be read: aws/roles`.
    pub(super) fn unlisted(&self, name: impl Fn(&Shown) -> String) -> Option<String> {
        let identity = self
            .findings
            .and_then(|found| found.scope.identity.as_ref());
        let identity = identity.into_iter().flat_map(BTreeMap::keys);
        let paths: BTreeSet<String> = identity.chain(&self.plan.unlisted).cloned().collect();
        (!paths.is_empty()).then(|| {
            format!(
                "{} could not be read: {}",
                plural(paths.len(), "list"),
                listed(&paths, &name).join(", ")
            )
        })
    }

    /// What has changed since the plan was made, in one line. `name` formats names.
    pub(super) fn not_in_plan(&self, name: impl Fn(&Shown) -> String) -> Option<String> {
        let paths = &self.findings?.not_in_plan;
        (!paths.is_empty()).then(|| {
            format!(
                "Changed in Vault since the plan was made, not in the plan and left alone: {}. \
                 Plan again to see what differs from the files.",
                listed(paths, &name).join(", ")
            )
        })
    }

    /// What was compared and what was not looked at, in one line. `name` formats names.
    pub(super) fn scope(&self, name: impl Fn(&Shown) -> String) -> String {
        match self.findings {
            Some(findings) => scope(&findings.scope, &name),
            None => "Access is not part of a saved plan: `plan` and `apply` compute from the files and Vault \
                     who gains and loses access, what was compared and what was not looked at."
                .into(),
        }
    }
}

/// What `apply --expired` says if it has nothing to do.
pub(crate) fn nothing_expired(desired: &Desired, live: &Live) -> String {
    let folders = desired.expired.keys().filter_map(Address::folder);
    let lists: BTreeSet<String> = folders.map(|folder| folder.path()).collect();
    let unlisted = live.unlisted_paths();
    let unread: BTreeSet<String> = lists.intersection(&unlisted).cloned().collect();
    if unread.is_empty() {
        return "No mapping that has expired has its AWS role in Vault.\n".into();
    }
    format!(
        "It is unknown whether Vault has AWS roles of mappings that have expired: {} could not be read.\n",
        listed(&unread, &Shown::to_string).join(", ")
    )
}

/// How many warnings are printed; the others are counted.
const WARNINGS: usize = 100;

/// How many names a list shows; the others are counted.
const NAMED: usize = 8;

fn scope(scope: &Scope, name: &impl Fn(&Shown) -> String) -> String {
    let mut compared = listed(&scope.mounts, name);
    if scope.policies > 0 {
        compared.push(policies(scope.policies));
    }
    if compared.is_empty() {
        compared.push("nothing, because the files declare nothing".into());
    }
    format!(
        "Compared: {}. Not looked at: {}.",
        compared.join(", "),
        not_looked_at(scope, name).join("; ")
    )
}

fn policies(count: usize) -> String {
    match count {
        1 => "1 policy".into(),
        _ => format!("{count} policies"),
    }
}

/// What was not looked at: first what is specific to this run, then what no run looks at.
pub(super) fn not_looked_at(scope: &Scope, name: &impl Fn(&Shown) -> String) -> Vec<String> {
    let mut parts = Vec::new();
    for (paths, why) in [
        (&scope.denied, "the token may not list them"),
        (&scope.unlistable, "this server can't list them"),
    ] {
        if !paths.is_empty() {
            let paths = listed(paths, name).join(", ");
            parts.push(format!(
                "roles that are not in the files at {paths} ({why})"
            ));
        }
    }
    if !scope.hidden_policies.is_empty() {
        parts.push(format!(
            "policies that are not in the files and begin with {} (the token may not list {})",
            listed(&scope.hidden_policies, name).join(", "),
            name(&Shown::text(POLICIES)),
        ));
    }
    match scope.unmodelled_count() {
        0 => {}
        count => parts.push(format!(
            "{} that the files can't hold",
            plural(count, "attribute")
        )),
    }
    if !scope.secret_keys.is_empty() {
        parts.push(format!(
            "the secret key of {}",
            listed(&scope.secret_keys, name).join(", ")
        ));
    }
    if !scope.undeclared.is_empty() {
        parts.push(format!(
            "{} (not declared in the files)",
            listed(&scope.undeclared, name).join(", ")
        ));
    }
    if !scope.unverified_fields.is_empty() {
        parts.push(format!(
            "whether this server has {} (it does not say so before the mount exists; apply asks the new mount before it writes these fields)",
            unverified_fields(scope, name).join(", ")
        ));
    }
    if scope.has_unmanaged {
        parts.push("what `unmanaged` names".into());
    }
    if scope.identity.is_some() && scope.has_identity_exceptions {
        parts.push("what `identity.except` names".into());
    }
    let unread = scope.identity.iter().flatten();
    parts.extend(unread.map(|(path, why)| {
        format!(
            "{} ({})",
            name(&Shown::clipped(path, 100)),
            Shown::clipped(why, LONGEST_WARNING)
        )
    }));
    parts.push(match scope.identity {
        None => "other mounts and policies, identity, tokens, AWS".into(),
        Some(_) => "other mounts and policies, tokens, AWS".into(),
    });
    parts
}

fn unverified_fields(scope: &Scope, name: &impl Fn(&Shown) -> String) -> Vec<String> {
    let mounts = scope.unverified_fields.iter();
    let mut list: Vec<String> = mounts
        .clone()
        .take(NAMED)
        .map(|(mount, fields)| {
            let mount = name(&Shown::clipped(mount, 100));
            format!("{} at {mount}", listed(fields, name).join(", "))
        })
        .collect();
    if mounts.len() > NAMED {
        list.push(format!("more at {}", plural(mounts.len() - NAMED, "mount")));
    }
    list
}

fn listed(names: &BTreeSet<String>, name: &impl Fn(&Shown) -> String) -> Vec<String> {
    let shown = names.iter().take(NAMED);
    let mut list: Vec<String> = shown.map(|text| name(&Shown::clipped(text, 100))).collect();
    if names.len() > NAMED {
        list.push(format!("{} more", names.len() - NAMED));
    }
    list
}
