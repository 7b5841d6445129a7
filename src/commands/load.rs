//! Loads the files, and prints their diagnostics.

use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use super::Error;
use crate::cli::{Global, LogFormat};
use crate::desired::Desired;
use crate::diagnostic::{self, Diagnostic, Sources, has_errors};
use crate::files::Revision;
use crate::log;
use crate::mappings::{self, Loaded};
use crate::report::plural;

/// Loads the files and prints their diagnostics. Fails if there are errors.
pub(super) fn desired(global: &Global) -> Result<Desired, Error> {
    checked(
        global,
        &mut mappings::load(&global.mappings(), global.now()),
    )
}

/// The same, with the files themselves, which messages about Vault point into.
pub(super) fn files(global: &Global) -> Result<(Desired, Loaded), Error> {
    let mut loaded = mappings::load(&global.mappings(), global.now());
    let desired = checked(global, &mut loaded)?;
    Ok((desired, loaded))
}

/// Prints the diagnostics of the files, and returns what they declare unless there are errors.
pub(super) fn checked(global: &Global, loaded: &mut Loaded) -> Result<Desired, Error> {
    show_diagnostics(global, loaded);
    let errors = count_errors(loaded);
    match loaded.desired.take() {
        Some(desired) if errors == 0 => Ok(desired),
        _ => Err(Error::Mappings(plural(errors, "error"))),
    }
}

/// Reads the mappings folder as it was in a Git revision.
///
/// # Errors
/// When there is no such revision.
pub(super) fn read_revision(
    mappings: &Path,
    name: &str,
    now: SystemTime,
) -> Result<(Loaded, Revision), Error> {
    let revision = Revision::read(mappings, name).map_err(|error| Error::Revision {
        name: name.to_owned(),
        folder: mappings.display().to_string(),
        error,
    })?;
    let loaded = mappings::load_as(revision.path(), Path::new(&revision.name), now);
    Ok((loaded, revision))
}

pub(super) fn count_errors(loaded: &Loaded) -> usize {
    loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| has_errors(std::slice::from_ref(diagnostic)))
        .count()
}

pub(super) fn show_diagnostics(global: &Global, loaded: &Loaded) {
    show_messages(global, &loaded.diagnostics, &loaded.sources);
}

/// Prints messages that point into these files.
pub(super) fn show_messages(global: &Global, diagnostics: &[Diagnostic], sources: &Sources) {
    let mut err = io::stderr().lock();
    let text = match global.log_format {
        LogFormat::Text => diagnostic::render(diagnostics, sources, global.colors(&io::stderr())),
        LogFormat::Json => diagnostic::records(diagnostics, sources)
            .iter()
            .map(|record| log::line(record) + "\n")
            .collect(),
    };
    // If standard error is closed, the messages can't be shown.
    let _ = err.write_all(text.as_bytes());
}
