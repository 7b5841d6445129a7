//! When mappings were used, as text for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::{LastUse, UsageAnswer, UsageEvent, UsageRow, plural_of, shown_duration};
use crate::report::Shown;

impl UsageAnswer<'_> {
    /// For a terminal or a job's log.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.looked_at())?;
        let rows = self.rows();
        writeln!(out, "\nMappings and shared roles, by the audit log:")?;
        let width = rows
            .iter()
            .map(|row| row.path.len())
            .max()
            .unwrap_or_default();
        for row in &rows {
            let used = match &row.last_use {
                Some(last) => {
                    let roles = row.jwt_roles.iter();
                    let roles =
                        roles.map(|by| format!("{} by {}", by.sessions, Shown::text(by.jwt_role)));
                    let roles: Vec<String> = roles.collect();
                    let roles = if roles.is_empty() {
                        "unknown".to_owned()
                    } else {
                        roles.join(", ")
                    };
                    let sessions = plural_of(row.sessions, "session");
                    format!("{sessions}, last {last}, JWT role: {roles}")
                }
                None => "not in this log".into(),
            };
            let path = Shown::text(&row.path);
            writeln!(out, "  {path:width$}  {used}{}", self.owner(row))?;
        }
        section(out, "Requested and not given", &self.refused())?;
        if self.tally.other_refused.count > 0 {
            let count = self.tally.other_refused.count;
            writeln!(out, "  and {} for other paths", plural_of(count, "request"))?;
        }
        section(
            out,
            "Logins by roles that the files lack",
            &self.foreign_logins(),
        )?;
        section(
            out,
            "Refused logins (the log does not say as which role)",
            &self.refused_logins(),
        )?;
        self.unused_text(&rows, out)
    }

    /// Writes what to remove, or why that is unknown.
    fn unused_text(&self, rows: &[UsageRow<'_>], out: &mut dyn Write) -> io::Result<()> {
        let Some(unused) = self.unused else {
            return Ok(());
        };
        let time = shown_duration(unused.time);
        let is_unused = |row: &UsageRow<'_>| row.r#use == Some(LastUse::Unused);
        let unknown = rows.iter();
        let unknown = unknown.filter(|row| row.r#use == Some(LastUse::Unknown));
        let unknown = unknown.count();
        // A group's mapping has a row for each subgroup, and can go if none of them is used.
        let place = |row: &UsageRow<'_>| Some((row.file?.to_owned(), row.key.clone()?));
        let kept = rows.iter().filter(|row| !is_unused(row));
        let mut listed: BTreeSet<_> = kept.filter_map(place).collect();
        let unused: Vec<&UsageRow<'_>> = rows.iter().filter(|row| is_unused(row)).collect();
        let is_partly_used = !unused.is_empty();
        let unused = unused.into_iter();
        let unused = unused.filter(|row| place(row).is_none_or(|place| listed.insert(place)));
        let unused: Vec<&UsageRow<'_>> = unused.collect();
        if !unused.is_empty() {
            writeln!(out, "\nNot used for {time}; to remove one, delete:")?;
            for row in unused {
                let place = match (row.file, row.line) {
                    (Some(file), Some(line)) => format!("{file}:{line}"),
                    _ => "vault.yaml".into(),
                };
                let key = row.key.as_deref();
                writeln!(
                    out,
                    "  {}: {}",
                    Shown::text(&place),
                    Shown::text(key.unwrap_or(&row.path))
                )?;
            }
        } else if unknown == 0 && !is_partly_used {
            writeln!(out, "\nEach mapping was used in the last {time}.")?;
        }
        if unknown > 0 {
            writeln!(
                out,
                "\n{} not in this log, which does not reach back {time}: give older logs too.",
                match unknown {
                    1 => "1 mapping is".to_owned(),
                    count => format!("{count} mappings are"),
                }
            )?;
        }
        Ok(())
    }
}

fn section(out: &mut dyn Write, title: &str, events: &[UsageEvent]) -> io::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}:")?;
    for event in events {
        write!(out, "  {}", Shown::text(&event.path))?;
        if event.in_files == Some(false) {
            write!(out, " (no such role in the files)")?;
        }
        if let Some(role) = &event.role {
            write!(out, ", JWT role {}", Shown::text(role))?;
        }
        if let Some(id) = &event.project_id {
            write!(out, ", project {}", Shown::text(id))?;
        }
        let last = event.last.as_deref().unwrap_or("at an unknown time");
        writeln!(out, ": {}, last {last}", plural_of(event.count, "time"))?;
    }
    Ok(())
}
