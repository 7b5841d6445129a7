//! Standard input and output.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Error;
use crate::cli::{ColorWhen, Global};
use crate::files::{Commit, Readers, commit_of, write_whole};
use crate::gitlab::Job;
use crate::report::{self, CheckReport, Checked, PageOrigin, Review, Styles};

impl Global {
    /// Whether to colour the output to a stream.
    pub(super) fn colors(&self, stream: &impl IsTerminal) -> bool {
        match self.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                let variable = |name| std::env::var_os(name).unwrap_or_default();
                stream.is_terminal()
                    && variable("NO_COLOR").is_empty()
                    && variable("TERM") != "dumb"
            }
        }
    }

    /// The colours of standard output.
    pub(super) fn styles(&self) -> Styles {
        Styles::new(self.colors(&io::stdout()))
    }
}

/// Reads a file, or standard input for `-`.
pub(super) fn read_input(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut text = Vec::new();
        io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text);
    }
    std::fs::read(path)
}

/// The name of an input file in messages.
pub(super) fn input_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".into();
    }
    path.display().to_string()
}

/// Whether a path is `-`, for standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a report whole, or prints it for `-`.
pub(super) fn write_report(path: &Path, text: &[u8]) -> Result<(), Error> {
    if is_stdout(path) {
        return print(&String::from_utf8_lossy(text));
    }
    written(path, write_whole(path, text, Readers::Everyone))
}

/// Writes a file whole, in a folder that may not exist yet.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let write = |()| write_whole(path, text.as_bytes(), Readers::Everyone);
    written(path, folder.and_then(write))
}

fn written(path: &Path, result: io::Result<()>) -> Result<(), Error> {
    result.map_err(|error| Error::Write {
        name: path.display().to_string(),
        error,
    })
}

/// # Errors
/// When two results are directed to standard output, or to one file: the second would replace the first.
pub(super) fn one_place_each<'p>(files: impl Iterator<Item = &'p PathBuf>) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    for file in files {
        if !taken.insert(file) {
            return Err(if is_stdout(file) {
                Error::OneStdout
            } else {
                Error::OneFile(file.display().to_string())
            });
        }
    }
    Ok(())
}

/// Writes reports for GitLab, all that can be written, and returns whether one of them was printed.
pub(super) fn write_reports(
    reports: &[(CheckReport, PathBuf)],
    checked: &Checked<'_>,
) -> Result<bool, Error> {
    let write = |(form, file): &(CheckReport, PathBuf)| {
        write_report(file, report::checks(checked, *form).as_bytes())
    };
    let written: Vec<_> = reports.iter().map(write).collect();
    written.into_iter().collect::<Result<(), Error>>()?;
    Ok(reports.iter().any(|(_, file)| is_stdout(file)))
}

/// Prints a plan; `origin` gives what the head of a page says.
pub(super) fn print_review(
    review: Review<'_>,
    format: report::Format,
    global: &Global,
    origin: impl FnOnce(&Global) -> PageOrigin,
) -> Result<(), Error> {
    let origin = (format == report::Format::Html).then(|| origin(global));
    let (styles, out) = (global.styles(), &mut io::stdout());
    printed(report::write(review, format, origin.as_ref(), &styles, out))
}

/// Where a page about the files comes from.
pub(super) fn page_origin(global: &Global) -> PageOrigin {
    let of_job = |commit| Commit {
        commit,
        author: String::new(),
        date: String::new(),
    };
    let commit = commit_of(&global.mappings());
    let commit = commit.or_else(|| Some((of_job(Job::from_environment().commit?), false)));
    PageOrigin {
        made: SystemTime::now(),
        commit: commit.ok_or("the files are not in a Git repository that can be read"),
    }
}

/// Prints a result. A closed pipe is not an error.
pub(super) fn print(text: &str) -> Result<(), Error> {
    printed(io::stdout().lock().write_all(text.as_bytes()))
}

pub(super) fn printed(result: io::Result<()>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Write {
            name: "to standard output".into(),
            error,
        }),
        _ => Ok(()),
    }
}
