//! Who reaches what, in lines or as a table.

use std::io;

use super::{Out, Row, wording};
use crate::access::{Access, Level};
use crate::report::{Shown, Styles, markdown};

/// For a terminal or a job's log: a heading for each job, a line for each identity in AWS.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn text<'c>(
    rows: impl Iterator<Item = Row<'c>>,
    styles: &Styles,
    out: Out<'_>,
) -> io::Result<()> {
    for row in rows {
        writeln!(out, "{}", Shown::text(&row.who.to_string()))?;
        if row.accesses.is_empty() {
            writeln!(out, "    nothing")?;
        }
        for access in &row.accesses {
            let style = match access.level {
                Level::Yes => styles.added(),
                Level::OnlyIf | Level::AfterOthers => styles.changed(),
            };
            let sign = wording::sign(access.level);
            writeln!(
                out,
                "  {style}{sign}{style:#} {}",
                Shown::text(&access.identity)
            )?;
            writeln!(out, "      {}", Shown::text(&way(access)))?;
        }
    }
    Ok(())
}

/// For a merge request or an issue: a line for each job and identity in AWS.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn markdown<'c>(rows: impl Iterator<Item = Row<'c>>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "| Job | | In AWS | Way |\n|---|---|---|---|")?;
    for row in rows {
        let who = cell(&row.who.to_string());
        if row.accesses.is_empty() {
            writeln!(out, "| {who} | no | | |")?;
        }
        for access in &row.accesses {
            let answer = match access.level {
                Level::Yes => "yes",
                Level::OnlyIf => "only if",
                Level::AfterOthers => "after others",
            };
            let (identity, way) = (cell(&access.identity), cell(&way(access)));
            writeln!(out, "| {who} | {answer} | {identity} | {way} |")?;
        }
    }
    Ok(())
}

/// `aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of p, only if …`
fn way(access: &Access<'_>) -> String {
    let rules = access.rules.iter();
    let rules: Vec<String> = rules
        .map(|rule| format!("rule {} of {}", rule.number, rule.policy))
        .collect();
    let mut way = format!(
        "{} through {} by {}",
        access.target,
        access.through,
        rules.join(" and ")
    );
    let when = wording::when_reached(access);
    if !when.is_empty() {
        way.push_str(&format!(", {when}"));
    }
    way
}

fn cell(text: &str) -> String {
    markdown::cell(&Shown::text(text))
}
