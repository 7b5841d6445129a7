//! A plan as text, for a terminal or a job's log.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use similar::ChangeTag;

use super::diff::{Difference, Line, Mark, What, column, differences};
use super::{Review, about, access, heading, summary};
use crate::plan::Change;

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
    /// Green, yellow and red, or no colours at all.
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

    const fn of(&self, mark: Mark) -> (Style, char) {
        match mark {
            Mark::Added => (self.added, '+'),
            Mark::Changed => (self.changed, '~'),
            Mark::Removed => (self.removed, '-'),
        }
    }
}

/// Writes the changes, the warnings, and the summary as the last line.
pub(super) fn write(review: Review<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let plan = review.plan;
    for change in &plan.changes {
        write_change(change, styles, out)?;
        writeln!(out)?;
    }
    for warning in &plan.warnings {
        write_warning(&about(warning), styles, out)?;
    }
    if let Err(refusal) = plan.check_deletes(0) {
        write_warning(&refusal.to_string(), styles, out)?;
    }
    write_access(review, styles, out)?;
    writeln!(out, "{}", summary(plan))
}

/// Who gains and who loses what.
fn write_access(review: Review<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let Some(changes) = review.access else {
        return match review.plan.is_empty() {
            true => Ok(()),
            false => writeln!(out, "{}\n", access::NOT_SAVED),
        };
    };
    let (lines, left_out) = access::lines(changes);
    if lines.is_empty() {
        return Ok(());
    }
    let heading = Style::new() | styles.heading;
    writeln!(out, "{heading}Access, by this change:{heading:#}")?;
    for access::Line { mark, text } in lines {
        let (style, sign) = styles.of(mark);
        writeln!(out, "{style}{sign}{style:#} {text}")?;
    }
    if left_out > 0 {
        writeln!(out, "  {}", access::left_out(left_out))?;
    }
    writeln!(out)
}

fn write_warning(message: &str, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let style = styles.warning;
    writeln!(out, "{style}warning{style:#}: {message}")
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
    Difference { name, what }: &Difference,
    width: usize,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (style, sign) = styles.of(what.mark());
    let name = format!("{name}:");
    write!(out, "    {style}{sign}{style:#} ")?;
    match what {
        What::Added(value) | What::Removed(value) => writeln!(out, "{name:<width$} {value}"),
        What::Changed { before, after } => {
            let (old, new) = (styles.removed, styles.added);
            writeln!(
                out,
                "{name:<width$} {old}{before}{old:#} -> {new}{after}{new:#}"
            )
        }
        What::Lines(lines) => {
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
