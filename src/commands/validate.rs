//! `validate`: checks the files, without a network, for what is wrong and for what a security team would object to.

use super::{Error, Exit, count_errors, plural, print, show_diagnostics};
use crate::cli::{Global, Validate as Args};
use crate::lint;
use crate::mappings;

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let mut loaded = mappings::load(&global.mappings);
    loaded.diagnostics.extend(lint::check(&loaded));
    show_diagnostics(global, &loaded);
    let errors = count_errors(&loaded);
    let Some(desired) = loaded.desired.filter(|_| errors == 0) else {
        return Err(Error::Mappings(plural(errors, "error")));
    };
    let warnings = plural(loaded.diagnostics.len(), "warning");
    if args.deny_warnings && !loaded.diagnostics.is_empty() {
        return Err(Error::Mappings(warnings));
    }
    let warned = match loaded.diagnostics.len() {
        0 => String::new(),
        _ => format!(", {warnings}"),
    };
    print(&format!(
        "{}: {}, {}{warned}. The files are good.\n",
        global.mappings.display(),
        plural(loaded.projects.len(), "project"),
        plural(desired.resources.len(), "resource"),
    ))?;
    Ok(Exit::Success)
}
