//! Who gained and who lost access by which commit, and whose it is.

use std::io::{self, Write};

use serde::Serialize;

use super::difference::DifferenceRecord;
use super::json::write_plain;
use super::page::{self, Shell};
use super::{AccessDifference, Format, Shown, Styles, markdown, plan_page, plural};

/// The version of the JSON format. It increases when a field is removed or changes its meaning, not when one is added.
const FORMAT_VERSION: u32 = 1;

/// The longest text about one commit, in bytes. GitLab keeps 4 MiB of a job's log.
const LONGEST_STEP: usize = 256 << 10;

/// The differences that commits made, the oldest first.
#[derive(Default)]
pub(crate) struct AccessHistory {
    steps: Vec<AccessDifference>,
    /// How many commits changed the files, and neither access nor what is allowed.
    without_change: usize,
    /// What was looked at, as of the last commit.
    scope: Option<String>,
}

/// For programs: the differences, as `diff` without `--by-commit` writes each.
#[derive(Serialize)]
struct HistoryRecord<'a> {
    format_version: u32,
    commits: Vec<DifferenceRecord<'a>>,
    without_change: usize,
}

impl AccessHistory {
    /// Adds what a commit changed compared with the one before.
    pub(crate) fn add(&mut self, step: AccessDifference) {
        self.scope = Some(step.scope());
        if step.access.is_empty() && step.allows.is_empty() {
            self.without_change += 1;
        } else {
            self.steps.push(step);
        }
    }

    /// Whether nobody gained or lost access.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.access.is_empty())
    }

    /// Writes the history; only text has colours.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn write(
        &self,
        format: Format,
        styles: &Styles,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        match format {
            Format::Text => self.text(styles, &mut out)?,
            Format::Markdown => self.markdown(&mut out)?,
            Format::Html => self.html(&mut out)?,
            Format::Json => {
                let record = HistoryRecord {
                    format_version: FORMAT_VERSION,
                    commits: self.steps.iter().map(AccessDifference::record).collect(),
                    without_change: self.without_change,
                };
                write_plain(&record, &mut out)?;
            }
        }
        out.flush()
    }

    fn summary(&self) -> String {
        let all = plural(self.steps.len() + self.without_change, "step");
        let changed = self.steps.len();
        format!("{changed} of {all} in the files changed who has access, or what is allowed.")
    }

    fn scope(&self) -> &str {
        self.scope.as_deref().unwrap_or("Nothing was compared.")
    }

    fn text(&self, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.summary())?;
        for step in &self.steps {
            writeln!(out, "\n{}:", title(step))?;
            step.write_changes(LONGEST_STEP, styles, out)?;
        }
        writeln!(out, "\n{}", Shown::text(self.scope()))
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "**{}**", self.summary())?;
        for step in &self.steps {
            let title = markdown::code(&title(step));
            let heading = "Who gained (+) and who lost (-) access:";
            let block = markdown::access(&step.access, &step.protected, heading, LONGEST_STEP);
            let allowed = markdown::allowed(&step.allows, LONGEST_STEP);
            writeln!(out, "\n{title}\n\n{block}{allowed}")?;
        }
        writeln!(out, "\n{}", markdown::code(&Shown::text(self.scope())))
    }

    fn html(&self, out: &mut dyn Write) -> io::Result<()> {
        let shell = Shell {
            title: "Who gained and who lost access, by commit",
            script: None,
        };
        shell.begin(out)?;
        writeln!(out, "<p><strong>{}</strong></p>", self.summary())?;
        for step in &self.steps {
            let title = title(step);
            if step.access.is_empty() {
                writeln!(out, "<h2>{}</h2>", page::text(title.as_str()))?;
            }
            plan_page::write_access(title.as_str(), &step.access, &step.protected, out)?;
            plan_page::write_lines(&step.allows, out)?;
        }
        writeln!(out, "<p>{}</p>", page::text(self.scope()))?;
        shell.end(out)
    }
}

/// The commit and its author; after files with errors, that these are not compared whole.
fn title(step: &AccessDifference) -> Shown {
    let errors = match step.errors_in_old {
        0 => String::new(),
        count => format!(" (the files before have {})", plural(count, "error")),
    };
    Shown::text(&format!("{}{errors}", step.new.what()))
}
