//! Where a page comes from: when it was made, and from which commit of the files.

use std::time::SystemTime;

use crate::files::Commit;

/// Where a page comes from.
#[derive(Debug)]
pub(crate) struct PageOrigin {
    /// When it was made.
    pub(crate) made: SystemTime,
    /// The commit of the files, and whether they were changed since; or why that is unknown.
    pub(crate) commit: Result<(Commit, bool), &'static str>,
}

impl PageOrigin {
    /// The facts for the head of a page.
    pub(in crate::report) fn facts(&self) -> [(&'static str, String); 2] {
        let made = humantime::format_rfc3339_seconds(self.made);
        [("Made", made.to_string()), ("Commit", self.commit())]
    }

    fn commit(&self) -> String {
        let (commit, is_changed) = match &self.commit {
            Ok(known) => known,
            Err(why) => return format!("unknown: {why}"),
        };
        let Commit {
            commit,
            author,
            date,
        } = commit;
        let changed = if *is_changed {
            "; the files have changes that are not committed"
        } else {
            ""
        };
        let by = match (author.as_str(), date.as_str()) {
            ("", _) | (_, "") => String::new(),
            (author, date) => format!(", by {author}, {date}"),
        };
        format!("{commit}{by}{changed}")
    }
}
