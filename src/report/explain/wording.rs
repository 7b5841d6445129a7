//! Words that all formats share.

use crate::access::{Access, Condition, Level, LoginRole};

/// `a is b and c is d`
pub(super) fn conditions(conditions: &[Condition]) -> String {
    let conditions: Vec<String> = conditions.iter().map(Condition::to_string).collect();
    conditions.join(" and ")
}

/// `yes`, `only_if`, `after_others` or `no`.
pub(super) const fn key(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Yes) => "yes",
        Some(Level::OnlyIf) => "only_if",
        Some(Level::AfterOthers) => "after_others",
        None => "no",
    }
}

/// How surely something is reached, as a sign.
pub(super) const fn sign(level: Level) -> char {
    match level {
        Level::Yes => '+',
        Level::OnlyIf => '?',
        Level::AfterOthers => '~',
    }
}

/// When something is reached, where that is not always.
pub(in crate::report) fn when(
    level: Level,
    conditions: &[Condition],
    other_role: Option<&str>,
) -> String {
    let conditions = self::conditions(conditions);
    match (level, conditions.as_str()) {
        (Level::Yes, _) => String::new(),
        (Level::OnlyIf, "") => "only on HashiCorp Vault".into(),
        (Level::OnlyIf, conditions) => format!("only if {conditions}"),
        (Level::AfterOthers, conditions) => {
            let role = other_role.map_or_else(String::new, |role| format!(" as {role}"));
            let such = if conditions.is_empty() { "" } else { " whose " };
            format!("once another job has logged in{role}{such}{conditions}")
        }
    }
}

/// The same for an access.
pub(super) fn when_reached(access: &Access<'_>) -> String {
    when(access.level, &access.conditions, access.other_role)
}

/// What a job has to ask GitLab for, and where its token works.
pub(super) fn needs(role: &LoginRole<'_>) -> Vec<String> {
    let audiences: Vec<&str> = role.role.bound_audiences.iter().collect();
    let mut needs = vec![if audiences.is_empty() {
        "a JWT without `aud`, which GitLab's id_tokens always have: add bound_audiences".to_owned()
    } else {
        format!("a JWT with the `aud` {}", audiences.join(" or "))
    }];
    let networks: Vec<&str> = role.role.token_bound_cidrs.iter().collect();
    if !networks.is_empty() {
        needs.push(format!("a runner in {}", networks.join(" or ")));
    }
    needs
}
