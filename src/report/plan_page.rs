//! A plan as a page for a browser: the whole of it, where a job's log and a note have too little room.

use std::io::{self, Write};

use similar::ChangeTag;

use super::access::{self, AccessEntry};
use super::diff::{Difference, Line, Mark, ValueChange, differences};
use super::page::{self, PageOrigin, Shell, facts};
use super::{Review, Shown, heading, totals};
use crate::access::AccessChange;
use crate::plan::Change;

/// Up to this many changes are shown with their fields; of more, a reader opens those of interest.
const OPEN: usize = 20;

/// Writes the verdict, who gains and loses access, the warnings, the totals, and each change in full.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn write(
    review: Review<'_>,
    origin: Option<&PageOrigin>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shell = Shell {
        title: "What Vault would change",
        script: None,
    };
    shell.begin(out)?;
    let verdict = page::text(&review.verdict(Shown::to_string));
    writeln!(out, "<p><strong>{verdict}</strong></p>")?;
    let refusal = review.plan.check_deletes(0).err();
    let refusal = refusal.map(|refusal| refusal.to_string());
    for line in refusal
        .into_iter()
        .chain(review.not_in_plan(Shown::to_string))
    {
        writeln!(out, "<p class=\"warn\">{}</p>", page::text(&line))?;
    }
    let server = &review.plan.server;
    let cluster = match server.cluster_id.as_str() {
        "" => "it does not say its id",
        cluster => cluster,
    };
    let mut about: Vec<_> = origin.into_iter().flat_map(PageOrigin::facts).collect();
    about.push(("Vault's cluster", cluster.to_owned()));
    if !server.namespace.is_empty() {
        about.push(("Namespace", server.namespace.clone()));
    }
    about.push(("Files", review.plan.configuration.clone()));
    facts(&about, out)?;
    writeln!(
        out,
        "<p>{}</p>",
        page::text(&review.scope(Shown::to_string))
    )?;
    if let Some(findings) = review.findings {
        write_access(access::HEADING, &findings.access, &findings.protected, out)?;
    }
    write_warnings(review, out)?;
    let changes: Vec<&Change> = review.plan.changes.iter().collect();
    let totals = totals::lines(&changes);
    if !totals.is_empty() {
        let totals: Vec<String> = totals.iter().map(|line| page::text(line)).collect();
        writeln!(out, "<pre>{}</pre>", totals.join("\n"))?;
    }
    if !changes.is_empty() {
        writeln!(out, "<h2>Changes</h2>\n<ul>")?;
    }
    for change in &changes {
        write_change(change, changes.len() <= OPEN, out)?;
    }
    if !changes.is_empty() {
        writeln!(out, "</ul>")?;
    }
    shell.end(out)
}

/// Writes who gains and who loses access; nothing if nobody does.
pub(super) fn write_access(
    title: &str,
    changes: &[AccessChange],
    protected: &super::Protected,
    out: &mut dyn Write,
) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let (entries, left_out) = access::entries(changes, protected, usize::MAX);
    writeln!(out, "<h2>{}</h2>\n<pre>", page::text(title))?;
    for AccessEntry {
        mark,
        text,
        details,
    } in entries
    {
        write_line(mark, &text, out)?;
        for detail in details {
            writeln!(out, "  {}", page::text(&detail))?;
        }
    }
    if let Some(left_out) = left_out {
        writeln!(out, "{}", page::text(&left_out))?;
    }
    writeln!(out, "</pre>")
}

/// Writes lines of text.
pub(super) fn write_lines(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    let mut lines = lines.iter();
    lines.try_for_each(|line| writeln!(out, "<p>{}</p>", page::text(line)))
}

fn write_warnings(review: Review<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (warnings, left_out) = review.warnings();
    for (code, text) in warnings {
        let text = page::text(&format!("warning[{code}]: {text}"));
        writeln!(out, "<p class=\"warn\">{text}</p>")?;
    }
    if left_out > 0 {
        writeln!(out, "<p class=\"warn\">And {left_out} more warnings.</p>")?;
    }
    Ok(())
}

fn write_change(change: &Change, is_open: bool, out: &mut dyn Write) -> io::Result<()> {
    let mark = Mark::from(&change.action);
    let (class, sign) = (class(mark), sign(mark));
    let title = page::text(&heading(change));
    let open = if is_open { " open" } else { "" };
    writeln!(
        out,
        "<li><details class=\"change\"{open}><summary><span class=\"{class}\">{sign} {title}</span></summary><pre>"
    )?;
    for Difference { name, value } in &differences(change) {
        match value {
            ValueChange::Added(value) => {
                write_line(Mark::Added, &format!("{name}: {value}"), out)?;
            }
            ValueChange::Removed(value) => {
                write_line(Mark::Removed, &format!("{name}: {value}"), out)?;
            }
            ValueChange::Changed { before, after } => {
                write_line(Mark::Removed, &format!("{name}: {before}"), out)?;
                write_line(Mark::Added, &format!("{name}: {after}"), out)?;
            }
            ValueChange::Lines(lines) => {
                writeln!(out, "  {}:", page::text(name.as_str()))?;
                for line in lines {
                    match line {
                        Line::Gap => writeln!(out, "    ...")?,
                        Line::Text(ChangeTag::Equal, text) => {
                            writeln!(out, "    {}", page::text(text.as_str()))?;
                        }
                        Line::Text(ChangeTag::Insert, text) => {
                            write_line(Mark::Added, &format!("  {text}"), out)?;
                        }
                        Line::Text(ChangeTag::Delete, text) => {
                            write_line(Mark::Removed, &format!("  {text}"), out)?;
                        }
                    }
                }
            }
        }
    }
    writeln!(out, "</pre></details></li>")
}

fn write_line(mark: Mark, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let (class, sign) = (class(mark), sign(mark));
    writeln!(
        out,
        "<span class=\"{class}\">{sign} {}</span>",
        page::text(text)
    )
}

const fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "added",
        Mark::Changed => "changed",
        Mark::Removed => "removed",
    }
}

const fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Changed => '~',
        Mark::Removed => '-',
    }
}
