//! The section of a plan's report about who gains and who loses access.
//!
//! Important lines must not be pushed out of sight: those about protected environments and accounts come first, each part
//! of a line is clipped, and the lines that do not fit are counted by AWS account. What makes a line too long to read is below
//! it, one line for each condition.

use std::collections::BTreeMap;

use super::diff::Mark;
use super::review::Protected;
use super::{Shown, plural};
use crate::access::{AccessChange, ChangeKind, Description, Jwts};
use crate::value::account_of;

/// A change with a longer line, in characters, has its conditions on lines of their own.
const LONGEST_LINE: usize = 220;

/// The longest texts about jobs, an identity, and a condition or a note, in characters.
const LONGEST_WHO: usize = 360;
const LONGEST_IDENTITY: usize = 240;
const LONGEST_NOTE: usize = 240;

/// How many conditions of one change are listed.
const CONDITIONS: usize = 12;

/// How many AWS accounts are named where lines are left out.
const ACCOUNTS: usize = 10;

/// The heading of the section.
pub(super) const HEADING: &str = "Access, by this change:";

/// Who gains or loses which identity in AWS.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessEntry {
    /// [`Mark::Added`] for a gain, [`Mark::Removed`] for a loss.
    pub(super) mark: Mark,
    /// The line without its sign.
    pub(super) text: String,
    /// Lines below it, without a sign.
    pub(super) details: Vec<String>,
}

/// The entries that fit into `limit` bytes, and a line about those that do not.
pub(super) fn entries(
    access: &[AccessChange],
    protected: &Protected,
    limit: usize,
) -> (Vec<AccessEntry>, Option<String>) {
    let mut rows: Vec<AccessRow<'_>> = access.iter().flat_map(AccessRow::of).collect();
    rows.sort_by_key(|row| {
        let is_known = row.change.change != ChangeKind::Unknown;
        (is_known, !row.is_protected(protected))
    });
    let mut entries = Vec::new();
    let mut size = 0;
    let mut before: Vec<String> = Vec::new();
    for row in &rows {
        let mut entry = row.entry();
        if entry.details.len() > 1 && entry.details == before {
            entry.details = vec!["    under the same conditions".into()];
        } else {
            before.clone_from(&entry.details);
        }
        let lines = std::iter::once(&entry.text).chain(&entry.details);
        size += lines.map(|line| line.len() + 3).sum::<usize>();
        if size > limit {
            break;
        }
        entries.push(entry);
    }
    let left_out = left_out(&rows[entries.len()..]);
    (entries, left_out)
}

/// A change for jobs with something in common, and one identity that it concerns; `None` if it may be any.
struct AccessRow<'a> {
    change: &'a AccessChange,
    who: &'a Description,
    identity: Option<&'a str>,
}

impl<'a> AccessRow<'a> {
    fn of(change: &'a AccessChange) -> Vec<Self> {
        let identities: Vec<Option<&str>> = match change.identities.as_slice() {
            [] => vec![None],
            named => named.iter().map(|name| Some(name.as_str())).collect(),
        };
        let rows = identities.into_iter().flat_map(|identity| {
            let kinds = change.who.iter();
            kinds.map(move |who| Self {
                change,
                who,
                identity,
            })
        });
        rows.collect()
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

    fn entry(&self) -> AccessEntry {
        let kind = self.change.change;
        let is_more = self.change.is_gain() || kind == ChangeKind::Unknown;
        let mark = if is_more { Mark::Added } else { Mark::Removed };
        let identity = self.identity.unwrap_or("any AWS role");
        let identity = Shown::clipped(identity, LONGEST_IDENTITY);
        let line = |who: &str, limit| {
            let who = Shown::clipped(who, limit);
            match kind {
                ChangeKind::Unknown => format!("! unknown: {who} may gain {identity}"),
                ChangeKind::UnknownGone => {
                    format!("! no longer unknown: {who} might have had {identity}")
                }
                _ => format!("{who}: {identity}"),
            }
        };
        let note = note(self.change);
        let who = self.who.to_string();
        if who.len() + note.len() <= LONGEST_LINE {
            let mut text = line(&who, LONGEST_LINE);
            let is_unknown = matches!(kind, ChangeKind::Unknown | ChangeKind::UnknownGone);
            if !note.is_empty() {
                text += if is_unknown { ": " } else { ", " };
                text += Shown::text(&note).as_str();
            }
            if text.chars().count() <= LONGEST_LINE {
                return AccessEntry {
                    mark,
                    text,
                    details: Vec::new(),
                };
            }
        }
        let details: Vec<String> = self.who.details().collect();
        let left_out = details.len().saturating_sub(CONDITIONS);
        let more = (left_out > 0).then(|| format!("and {}", plural(left_out, "more condition")));
        let details = details.into_iter().take(CONDITIONS).chain(more);
        let note = Some(note).filter(|note| !note.is_empty());
        let details = details.chain(note);
        let indented = |detail: String| format!("    {}", Shown::clipped(&detail, LONGEST_NOTE));
        AccessEntry {
            mark,
            text: line(&self.who.jobs, LONGEST_WHO),
            details: details.map(indented).collect(),
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
