//! `validate`: checks the files, without a network.

use super::{Error, Exit, count_errors, plural, print, show_diagnostics};
use crate::cli::Global;
use crate::mappings;

pub(super) fn run(global: &Global) -> Result<Exit, Error> {
    let loaded = mappings::load(&global.mappings);
    show_diagnostics(global, &loaded);
    let errors = count_errors(&loaded);
    let Some(desired) = loaded.desired.filter(|_| errors == 0) else {
        return Err(Error::Mappings(plural(errors, "error")));
    };
    let warnings = match loaded.diagnostics.len() {
        0 => String::new(),
        count => format!(", {}", plural(count, "warning")),
    };
    print(&format!(
        "{}: {}, {}{warnings}. The files are good.\n",
        global.mappings.display(),
        plural(loaded.projects.len(), "project"),
        plural(desired.resources.len(), "resource"),
    ))?;
    Ok(Exit::Success)
}
