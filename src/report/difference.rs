//! Renders the difference in access between two sets of files.

use std::io::{self, Write};

use serde::Serialize;

use super::access;
use super::markdown;
use super::page::{self, Shell, facts};
use super::text::write_entries;
use super::{Format, Protected, Shown, Styles, plan_page, plural};
use crate::access::{AccessChange, not_looked_at};
use crate::files::Commit;

/// The version of the JSON format. It increases when a field is removed or changes its meaning, not when one is added.
const FORMAT_VERSION: u32 = 1;

/// The longest text, in bytes. GitLab keeps 4 MiB of a job's log.
const LONGEST_TEXT: usize = 1 << 20;

/// The difference in access between two sets of files.
pub(crate) struct AccessDifference {
    /// The first.
    pub(crate) old: ComparedFiles,
    /// The second.
    pub(crate) new: ComparedFiles,
    /// Who gains and who loses.
    pub(crate) access: Vec<AccessChange>,
    /// The environments and accounts whose changes come first.
    pub(crate) protected: Protected,
    /// Which lints the files began or ceased to allow, a line each.
    pub(crate) allows: Vec<String>,
    /// The mounts, roles and policies of the second.
    pub(crate) looked_at: String,
    /// The number of errors in the first. What they affect is not compared.
    pub(crate) errors_in_old: usize,
}

/// One of two sets of files.
#[derive(Debug, Clone)]
pub(crate) struct ComparedFiles {
    /// What it is called.
    pub(crate) name: String,
    /// The commit that it is of; none where it is a folder.
    pub(crate) commit: Option<Commit>,
}

/// The longest that the name of an author may be, in characters.
const LONGEST_AUTHOR: usize = 100;

impl ComparedFiles {
    /// `Old: commit 1a2b…, by developer, 2026-11-26T18:09:44+00:00`
    fn described(&self, which: &str) -> Shown {
        Shown::text(&format!("{which}: {}", self.what()))
    }

    pub(super) fn what(&self) -> String {
        match &self.commit {
            None => format!("the folder {}", self.name),
            Some(Commit {
                commit,
                author,
                date,
            }) => {
                let author = Shown::clipped(author, LONGEST_AUTHOR);
                format!("commit {commit}, by {author}, {date}")
            }
        }
    }
}

/// For programs.
///
/// ```json
/// {
///   "format_version": 1,
///   "old": "HEAD~3:mappings (1a2b3c4d5e)",
///   "new": "mappings",
///   "old_commit": {"commit": "1a2b3c4d5e…", "author": "developer", "date": "2026-11-26T18:09:44+00:00"},
///   "new_commit": null,
///   "errors_in_old": 0,
///   "access": [{"change": "gain", "who": "…", "jwts": [], "identities": ["arn:…"]}],
///   "allows": ["+ projects/payments/api.yaml allows the lint `shared-arn`"],
///   "looked_at": "auth/gitlab (5 roles, 5 policies)",
///   "not_looked_at": "…"
/// }
/// ```
#[derive(Serialize)]
pub(super) struct DifferenceRecord<'a> {
    format_version: u32,
    old: &'a str,
    new: &'a str,
    /// The commit; null for a folder.
    old_commit: Option<&'a Commit>,
    new_commit: Option<&'a Commit>,
    errors_in_old: usize,
    access: &'a [AccessChange],
    allows: &'a [String],
    looked_at: &'a str,
    not_looked_at: &'a str,
}

/// Writes a difference; only text has colours.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn write_difference(
    difference: &AccessDifference,
    format: Format,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Text => difference.text(styles, &mut out)?,
        Format::Markdown => difference.markdown(&mut out)?,
        Format::Json => difference.json(&mut out)?,
        Format::Html => difference.html(&mut out)?,
    }
    out.flush()
}

impl AccessDifference {
    /// The result of the comparison in one line.
    fn verdict(&self, name: impl Fn(&str) -> String) -> String {
        let (old, new) = (name(&self.old.name), name(&self.new.name));
        let mut verdict = if self.access.is_empty() {
            format!("Nobody gains or loses access from {old} to {new}")
        } else {
            format!("Access, from {old} to {new}")
        };
        if self.errors_in_old > 0 {
            let errors = plural(self.errors_in_old, "error");
            verdict.push_str(&format!(
                ", as far as {old} can be read: what has errors there ({errors}) is not compared, and may be reported as gained"
            ));
        }
        verdict
    }

    fn described(&self) -> [Shown; 2] {
        [self.old.described("Old"), self.new.described("New")]
    }

    pub(super) fn scope(&self) -> String {
        let looked_at = Shown::text(&self.looked_at);
        let not = not_looked_at(false);
        format!("Looked at: {looked_at} in the files. Not looked at: {not}.")
    }

    fn text(&self, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
        let verdict = self.verdict(|name| Shown::text(name).to_string());
        let end = if self.access.is_empty() { '.' } else { ':' };
        writeln!(out, "{verdict}{end}")?;
        for which in self.described() {
            writeln!(out, "{which}")?;
        }
        self.write_changes(LONGEST_TEXT, styles, out)?;
        writeln!(out, "{}", self.scope())
    }

    /// Writes who gains and who loses, in about `limit` bytes, and what came to be allowed or ceased to be.
    pub(super) fn write_changes(
        &self,
        limit: usize,
        styles: &Styles,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (entries, left_out) = access::entries(&self.access, &self.protected, limit);
        write_entries(&entries, styles, out)?;
        if let Some(left_out) = left_out {
            writeln!(out, "  {left_out}")?;
        }
        for line in &self.allows {
            writeln!(out, "{}", Shown::text(line))?;
        }
        Ok(())
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let verdict = self.verdict(|name| markdown::code(&Shown::text(name)));
        let block = markdown::access(
            &self.access,
            &self.protected,
            "Who gains (+) and who loses (-) access:",
            markdown::LONGEST_DESCRIPTION,
        );
        let scope = markdown::code(&Shown::text(&self.scope()));
        let [old, new] = self.described().map(|which| markdown::code(&which));
        let allowed = markdown::allowed(&self.allows, markdown::LONGEST_NOTE);
        writeln!(
            out,
            "**{verdict}**\n\n{old}\n{new}\n\n{block}{allowed}\n{scope}"
        )
    }

    fn html(&self, out: &mut dyn Write) -> io::Result<()> {
        let shell = Shell {
            title: "Who gains and who loses access",
            script: None,
        };
        shell.begin(out)?;
        let verdict = page::text(&self.verdict(|name| Shown::text(name).to_string()));
        writeln!(out, "<p><strong>{verdict}.</strong></p>")?;
        let [old, new] = [&self.old, &self.new].map(ComparedFiles::what);
        let about = [
            ("Old", old),
            ("New", new),
            ("Looked at", format!("{} in the files", self.looked_at)),
            ("Not looked at", not_looked_at(false).to_owned()),
        ];
        facts(&about, out)?;
        let title = "Who gains (+) and who loses (-) access";
        plan_page::write_access(title, &self.access, &self.protected, out)?;
        plan_page::write_lines(&self.allows, out)?;
        shell.end(out)
    }

    pub(super) fn record(&self) -> DifferenceRecord<'_> {
        DifferenceRecord {
            format_version: FORMAT_VERSION,
            old: &self.old.name,
            new: &self.new.name,
            old_commit: self.old.commit.as_ref(),
            new_commit: self.new.commit.as_ref(),
            errors_in_old: self.errors_in_old,
            access: &self.access,
            allows: &self.allows,
            looked_at: &self.looked_at,
            not_looked_at: not_looked_at(false),
        }
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        super::json::write_plain(&self.record(), out)
    }
}
