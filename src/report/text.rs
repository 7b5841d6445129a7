//! A plan as text, for a terminal or a job's log.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use similar::ChangeTag;

use super::access::{self, AccessEntry};
use super::diff::{Difference, Line, Mark, ValueChange, column, differences};
use super::{Review, Shown, heading, plural, totals};
use crate::diagnostic::Code;
use crate::plan::{Change, Plan};

/// The colours of a text report.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Styles {
    added: Style,
    changed: Style,
    removed: Style,
    unchanged: Style,
    warning: Style,
    heading: Effects,
}

impl Styles {
    /// Green, yellow and red, or no colours.
    pub(crate) fn new(coloured: bool) -> Self {
        if !coloured {
            return Self::default();
        }
        Self {
            added: AnsiColor::Green.on_default(),
            changed: AnsiColor::Yellow.on_default(),
            removed: AnsiColor::Red.on_default(),
            unchanged: Style::new().dimmed(),
            warning: AnsiColor::Yellow.on_default().bold(),
            heading: Effects::BOLD,
        }
    }

    /// For what was added or done.
    pub(super) const fn added(&self) -> Style {
        self.added
    }

    /// For what was changed or left.
    pub(super) const fn changed(&self) -> Style {
        self.changed
    }

    /// For what was removed or failed.
    pub(super) const fn removed(&self) -> Style {
        self.removed
    }

    pub(super) const fn of(&self, mark: Mark) -> (Style, char) {
        match mark {
            Mark::Added => (self.added, '+'),
            Mark::Changed => (self.changed, '~'),
            Mark::Removed => (self.removed, '-'),
        }
    }
}

/// The longest diff, in bytes. GitLab keeps 4 MiB of a job's log, and an apply adds a line for each change.
const LONGEST_DIFF: usize = 2 << 20;

/// The longest section on access, in bytes.
const LONGEST_ACCESS: usize = 512 << 10;

/// Writes the verdict, who gains and loses access, the warnings and the diff, and the verdict again below them.
pub(super) fn write(review: Review<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let plan = review.plan;
    writeln!(out, "{}", review.verdict(Shown::to_string))?;
    if let Some(line) = review.not_in_plan(Shown::to_string) {
        writeln!(out, "{line}")?;
    }
    if let Err(refusal) = plan.check_deletes(0) {
        write_warning(Code::TooManyDeletes, &refusal.to_string(), styles, out)?;
    }
    writeln!(out, "{}", review.scope(Shown::to_string))?;
    write_access(review, styles, out)?;
    write_warnings(review, styles, out)?;
    if plan.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let changes: Vec<&Change> = plan.changes.iter().collect();
    let totals = totals::lines(&changes);
    for line in &totals {
        writeln!(out, "{line}")?;
    }
    if !totals.is_empty() {
        writeln!(out)?;
    }
    write_diff(plan, styles, out)?;
    writeln!(out, "{}", review.verdict(Shown::to_string))
}

/// Writes the changes that fit, and how many are left out.
fn write_diff(plan: &Plan, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let mut size = 0;
    for (index, change) in plan.changes.iter().enumerate() {
        let mut text = Vec::new();
        write_change(change, styles, &mut text)?;
        size += text.len();
        if size > LONGEST_DIFF {
            let left_out = plural(plan.changes.len() - index, "change");
            return writeln!(
                out,
                "Too long to print here: {left_out}, which `--format html` and `--format json` have.\n"
            );
        }
        out.write_all(&text)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes who gains and who loses access.
fn write_access(review: Review<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let Some(findings) = review.findings.filter(|found| !found.access.is_empty()) else {
        return Ok(());
    };
    let (entries, left_out) =
        access::entries(&findings.access, &findings.protected, LONGEST_ACCESS);
    let heading = Style::new() | styles.heading;
    writeln!(out, "\n{heading}{}{heading:#}", access::HEADING)?;
    write_entries(&entries, styles, out)?;
    if let Some(left_out) = left_out {
        writeln!(out, "  {left_out}")?;
    }
    Ok(())
}

/// Writes who gains and who loses which identity.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write_entries(
    entries: &[AccessEntry],
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    for entry in entries {
        let (style, sign) = styles.of(entry.mark);
        writeln!(out, "{style}{sign}{style:#} {}", entry.text)?;
        for detail in &entry.details {
            writeln!(out, "  {detail}")?;
        }
    }
    Ok(())
}

fn write_warnings(review: Review<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let (lines, left_out) = review.warnings();
    if !lines.is_empty() {
        writeln!(out)?;
    }
    for (code, line) in lines {
        write_warning(code, &line, styles, out)?;
    }
    if left_out > 0 {
        writeln!(out, "and {}", plural(left_out, "more warning"))?;
    }
    Ok(())
}

fn write_warning(
    code: Code,
    message: &str,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = styles.warning;
    writeln!(out, "{style}warning[{code}]{style:#}: {message}")
}

fn write_change(change: &Change, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let (style, sign) = styles.of(Mark::from(&change.action));
    let style = style | styles.heading;
    writeln!(out, "{style}{sign} {}{style:#}", heading(change))?;
    let differences = differences(change);
    let width = column(&differences);
    for difference in &differences {
        write_difference(difference, width, styles, out)?;
    }
    Ok(())
}

fn write_difference(
    Difference { name, value }: &Difference,
    width: usize,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (style, sign) = styles.of(value.mark());
    let name = format!("{name}:");
    write!(out, "    {style}{sign}{style:#} ")?;
    match value {
        ValueChange::Added(value) | ValueChange::Removed(value) => {
            writeln!(out, "{name:<width$} {value}")
        }
        ValueChange::Changed { before, after } => {
            let (old, new) = (styles.removed, styles.added);
            writeln!(
                out,
                "{name:<width$} {old}{before}{old:#} -> {new}{after}{new:#}"
            )
        }
        ValueChange::Lines(lines) => {
            writeln!(out, "{name}")?;
            lines
                .iter()
                .try_for_each(|line| write_line(line, styles, out))
        }
    }
}

fn write_line(line: &Line, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let (style, sign, text) = match line {
        Line::Gap => (styles.unchanged, ' ', "..."),
        Line::Text(ChangeTag::Equal, text) => (styles.unchanged, ' ', text.as_str()),
        Line::Text(ChangeTag::Insert, text) => (styles.added, '+', text.as_str()),
        Line::Text(ChangeTag::Delete, text) => (styles.removed, '-', text.as_str()),
    };
    let line = format!("      {sign} {text}");
    writeln!(out, "{style}{}{style:#}", line.trim_end())
}
