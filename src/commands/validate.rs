//! `validate`: checks the files, without a network, for what is wrong and for what a security team would object to.

use super::contract::prove;
use super::{Error, Exit, count_errors, print, show_diagnostics};
use crate::cli::{Global, Validate as Args};
use crate::lint;
use crate::mappings;
use crate::report::{plural, summary};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let mut loaded = mappings::load(&global.mappings());
    loaded.diagnostics.extend(lint::check(&loaded));
    let contract = prove(&mut loaded);
    show_diagnostics(global, &loaded);
    let errors = count_errors(&loaded);
    let Some(desired) = loaded.desired.filter(|_| errors == 0) else {
        return Err(Error::Mappings(plural(errors, "error")));
    };
    let warnings = loaded.diagnostics.len();
    if args.deny_warnings && warnings > 0 {
        return Err(Error::Warnings(plural(warnings, "warning")));
    }
    print(&summary::validated(
        &global.mappings(),
        loaded.projects.len(),
        desired.resources.len(),
        warnings,
        &contract,
    ))?;
    Ok(Exit::Success)
}
