//! Ways as CSV, for spreadsheets.

use std::io;

use super::Out;
use super::content::Content;
use super::context::{Context, rules_of};
use crate::access::{Jwts, Way};
use crate::report::Shown;
use crate::report::usage::shown_time;

const COLUMNS: [&str; 20] = [
    "kind",
    "project_ids",
    "projects",
    "issuers",
    "environments",
    "who",
    "identity",
    "session_policy",
    "aws_role",
    "path",
    "login_role",
    "rules",
    "condition",
    "source",
    "aws_role_at",
    "login_role_at",
    "rules_at",
    "expires",
    "sessions",
    "last_use",
];

/// The place of the column `condition`.
const CONDITION: usize = 12;

/// Writes a line with the names of the columns, then what is unknown, then the ways, then the other facts.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write(content: &Content<'_, '_>, out: Out<'_>) -> io::Result<()> {
    let Content {
        unknown,
        ways,
        context,
        ..
    } = content;
    line(COLUMNS.map(str::to_owned), out)?;
    let source = if context.is_live { "Vault" } else { "files" };
    for unknown in unknown {
        let roles: Vec<String> = unknown.through.iter().map(ToString::to_string).collect();
        let target = unknown.target.map(|target| target.to_string());
        let [ids, projects, issuers, environments, who] = jwts(context, &unknown.jwts);
        let mut cells = [const { String::new() }; COLUMNS.len()];
        cells[..6].clone_from_slice(&["unknown".into(), ids, projects, issuers, environments, who]);
        cells[8..14].clone_from_slice(&[
            target.unwrap_or_default(),
            String::new(),
            roles.join(" "),
            unknown.what.clone(),
            unknown.why.clone(),
            source.into(),
        ]);
        line(cells, out)?;
    }
    for way in ways {
        line(of_way(context, way, source), out)?;
    }
    for fact in &content.facts {
        let mut cells = COLUMNS.map(|column| match column {
            "kind" => "note".to_owned(),
            "source" => source.to_owned(),
            _ => String::new(),
        });
        cells[CONDITION] = fact.clone();
        line(cells, out)?;
    }
    Ok(())
}

fn of_way(context: &Context<'_>, way: &Way<'_>, source: &str) -> [String; COLUMNS.len()] {
    let [ids, projects, issuers, environments, who] = jwts(context, &way.jwts);
    let kind = match way.after {
        Some(_) => "after_login",
        None => "way",
    };
    let lines = context.sources_of(way);
    let times = context.times_of(way);
    let last = times.and_then(|times| times.last);
    [
        kind.into(),
        ids,
        projects,
        issuers,
        environments,
        who,
        way.identity.name.clone(),
        way.identity.session_policy.clone().unwrap_or_default(),
        way.target.to_string(),
        way.target.path(way.credential_path),
        way.through.to_string(),
        rules_of(way),
        context.after(way).unwrap_or_default(),
        source.into(),
        lines.aws_role.unwrap_or_default(),
        lines.login_role.unwrap_or_default(),
        lines.rules.join(" "),
        context
            .last_day(way)
            .map_or_else(String::new, |day| day.to_string()),
        times.map_or_else(String::new, |times| times.count.to_string()),
        last.map_or_else(String::new, shown_time),
    ]
}

fn jwts(context: &Context<'_>, jwts: &Jwts) -> [String; 5] {
    let columns = context.columns(jwts);
    [
        columns.ids,
        columns.projects,
        columns.issuers,
        columns.environments,
        columns.who,
    ]
}

fn line(cells: [String; COLUMNS.len()], out: Out<'_>) -> io::Result<()> {
    let cells = cells.map(|text| quoted(&text));
    writeln!(out, "{}", cells.join(","))
}

/// A cell as in RFC 4180. Spreadsheets read a cell that begins with certain characters as a formula; a quote before it
/// prevents that.
fn quoted(text: &str) -> String {
    let text = Shown::text(text).to_string();
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    if text.contains([',', '"', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    format!("{guard}{text}")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_cell_is_one_text() {
        for (text, cell) in [
            ("a b", "a b"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("-a, b", "\"'-a, b\""),
            ("two\nlines", r"two\nlines"),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}
