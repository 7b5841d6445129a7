//! The section of a plan's report about who gains and who loses access.
//!
//! Important lines must not be pushed out of sight: those about protected environments and accounts come first, each part
//! of a line is clipped, and the lines that do not fit are counted by AWS account.

use std::collections::BTreeMap;

use super::diff::Mark;
use super::review::Protected;
use super::{Shown, plural};
use crate::access::{AccessChange, ChangeKind, Jwts};
use crate::value::account_of;

/// The longest texts about jobs, an identity and a note in a line, in characters.
const LONGEST_WHO: usize = 360;
const LONGEST_IDENTITY: usize = 240;
const LONGEST_NOTE: usize = 240;

/// How many AWS accounts are named where lines are left out.
const ACCOUNTS: usize = 10;

/// The heading of the section.
pub(super) const HEADING: &str = "Access, by this change:";

/// Who gains or loses which identity in AWS: one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessLine {
    /// [`Mark::Added`] for a gain, [`Mark::Removed`] for a loss.
    pub(super) mark: Mark,
    /// The line without its sign.
    pub(super) text: String,
}

/// The lines that fit into `limit` bytes, and a line about those that do not.
pub(super) fn lines(
    access: &[AccessChange],
    protected: &Protected,
    limit: usize,
) -> (Vec<AccessLine>, Option<String>) {
    let mut rows: Vec<AccessRow<'_>> = access.iter().flat_map(AccessRow::of).collect();
    rows.sort_by_key(|row| {
        let is_known = row.change.change != ChangeKind::Unknown;
        (is_known, !row.is_protected(protected))
    });
    let mut lines = Vec::new();
    let mut size = 0;
    for row in &rows {
        let line = row.line();
        size += line.text.len() + 3;
        if size > limit {
            break;
        }
        lines.push(line);
    }
    let left_out = left_out(&rows[lines.len()..]);
    (lines, left_out)
}

/// A change and one identity that it concerns; `None` if it may be any.
struct AccessRow<'a> {
    change: &'a AccessChange,
    identity: Option<&'a str>,
}

impl<'a> AccessRow<'a> {
    fn of(change: &'a AccessChange) -> Vec<Self> {
        let row = |identity| Self { change, identity };
        match change.identities.as_slice() {
            [] => vec![row(None)],
            named => named.iter().map(|name| row(Some(name))).collect(),
        }
    }

    /// Whether a protected environment or account is concerned, or projects that are not named one by one.
    fn is_protected(&self, protected: &Protected) -> bool {
        let account = self.identity.and_then(account_of);
        let environments: Vec<&String> = protected.environments.iter().collect();
        let jobs = Jwts::in_environments(Some(&environments));
        account.is_some_and(|account| protected.accounts.contains(account))
            || !self.change.jwts.and(&jobs).is_empty()
            || !self.change.jwts.names_each("project_id")
    }

    fn line(&self) -> AccessLine {
        let who = Shown::clipped(&self.change.who, LONGEST_WHO);
        let identity = self.identity.unwrap_or("any AWS role");
        let identity = Shown::clipped(identity, LONGEST_IDENTITY);
        let note = Shown::clipped(&note(self.change), LONGEST_NOTE);
        let kind = self.change.change;
        let is_more = self.change.is_gain() || kind == ChangeKind::Unknown;
        AccessLine {
            mark: if is_more { Mark::Added } else { Mark::Removed },
            text: match kind {
                ChangeKind::Gain | ChangeKind::Loss => format!("{who}: {identity}"),
                ChangeKind::Unknown => format!("! unknown: {who} may gain {identity}: {note}"),
                ChangeKind::UnknownGone => {
                    format!("! no longer unknown: {who} might have had {identity}: {note}")
                }
                _ => format!("{who}: {identity}, {note}"),
            },
        }
    }
}

/// `and 900 more (890 in 123456789012, 10 in 123456789013), which …`
fn left_out(rows: &[AccessRow<'_>]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut accounts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let account = row.identity.and_then(account_of).unwrap_or("no account");
        *accounts.entry(account).or_default() += 1;
    }
    let mut parts: Vec<String> = accounts
        .iter()
        .take(ACCOUNTS)
        .map(|(account, count)| format!("{count} in {}", Shown::clipped(account, 20)))
        .collect();
    if accounts.len() > ACCOUNTS {
        parts.push(plural(accounts.len() - ACCOUNTS, "more account"));
    }
    Some(format!(
        "and {} more ({}), which `--format json` has",
        rows.len(),
        parts.join(", ")
    ))
}

/// What is unknown, or which other login is needed.
fn note(change: &AccessChange) -> String {
    let other = change.after_login.as_deref().unwrap_or_default();
    let once = format!("once another job with the same alias has logged in ({other})");
    match change.change {
        ChangeKind::Gain | ChangeKind::Loss => String::new(),
        ChangeKind::GainAfterLogin => once,
        ChangeKind::OnlyAfterLogin => format!("now only {once}"),
        ChangeKind::LossAfterLogin => format!("which it had {once}"),
        ChangeKind::Unknown | ChangeKind::UnknownGone => change.unknown.clone().unwrap_or_default(),
    }
}
