//! `validate`: checks the files for errors and for what a security team would object to. It needs no network.

use super::contract::prove;
use super::{Error, Exit, count_errors, is_stdout, print, show_diagnostics, write_report};
use crate::cli::{Global, ValidateArgs as Args};
use crate::contract::ContractProof;
use crate::files;
use crate::lint;
use crate::mappings::{self, Loaded};
use crate::report::{self, Checked, plural, summary};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let on_stdout = args
        .report
        .iter()
        .filter(|(_, file)| is_stdout(file))
        .count();
    if on_stdout > 1 {
        return Err(Error::OneStdout);
    }
    let mut loaded = mappings::load(&global.mappings());
    loaded.diagnostics.extend(lint::check(&loaded));
    let contract = prove(&mut loaded);
    show_diagnostics(global, &loaded);
    write_reports(args, &loaded, contract.as_ref())?;
    let errors = count_errors(&loaded);
    let Some(desired) = loaded.desired.filter(|_| errors == 0) else {
        return Err(Error::Mappings(plural(errors, "error")));
    };
    let warnings = loaded.diagnostics.len();
    if args.deny_warnings && warnings > 0 {
        return Err(Error::Warnings(plural(warnings, "warning")));
    }
    if on_stdout == 0 {
        print(&summary::validated(
            &global.mappings(),
            loaded.projects.len(),
            desired.resources.len(),
            warnings,
            &contract.unwrap_or_default(),
        ))?;
    }
    Ok(Exit::Success)
}

/// Writes the reports for GitLab, even if there are errors.
fn write_reports(
    args: &Args,
    loaded: &Loaded,
    contract: Option<&ContractProof>,
) -> Result<(), Error> {
    let checked = Checked {
        diagnostics: &loaded.diagnostics,
        sources: &loaded.sources,
        lints: lint::names().collect(),
        contract,
        path: &files::path_in_repository,
    };
    for (form, file) in &args.report {
        write_report(file, report::checks(&checked, *form).as_bytes())?;
    }
    Ok(())
}
