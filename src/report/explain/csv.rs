//! Ways as CSV, for spreadsheets.

use std::io;

use super::Out;
use super::content::Content;
use super::context::{Context, rules_of};
use crate::access::Jwts;
use crate::report::Shown;

const COLUMNS: [&str; 15] = [
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
    "expires",
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
        let [ids, projects, issuers, environments, who] = jwts(context, &unknown.jwts);
        let target = unknown.target.map(|target| target.to_string());
        let cells = [
            "unknown".into(),
            ids,
            projects,
            issuers,
            environments,
            who,
            String::new(),
            String::new(),
            target.unwrap_or_default(),
            String::new(),
            roles.join(" "),
            unknown.what.clone(),
            unknown.why.clone(),
            source.into(),
            String::new(),
        ];
        line(cells, out)?;
    }
    for way in ways {
        let [ids, projects, issuers, environments, who] = jwts(context, &way.jwts);
        let cells = [
            if way.after.is_some() {
                "after_login"
            } else {
                "way"
            }
            .into(),
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
            context
                .last_day(way)
                .map_or_else(String::new, |day| day.to_string()),
        ];
        line(cells, out)?;
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

/// The ids and paths of projects, the issuers and the environments, `*` if they are not listed one by one; the description.
fn jwts(context: &Context<'_>, jwts: &Jwts) -> [String; 5] {
    let any = || "*".to_owned();
    let ids = jwts.texts_of("project_id");
    let projects = ids.as_ref().map_or_else(any, |ids| {
        ids.iter()
            .filter_map(|id| context.names.path_of(id))
            .collect::<Vec<_>>()
            .join(" ")
    });
    let listed = |claim| {
        let texts = jwts.texts_of(claim);
        texts.map_or_else(any, |texts| texts.into_iter().collect::<Vec<_>>().join(" "))
    };
    [
        listed("project_id"),
        projects,
        listed("iss"),
        listed("environment"),
        context.names.who(jwts),
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
