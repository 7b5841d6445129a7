//! `validate`: checks the files for errors and for what a security team would object to. It needs no network.

use super::contract::prove;
use super::{Error, Exit, count_errors, print, show_diagnostics, streams};
use crate::cli::{Global, ValidateArgs as Args};
use crate::contract::ContractProof;
use crate::files;
use crate::lint;
use crate::mappings::{self, Loaded};
use crate::report::{Checked, CheckedSubject, plural, summary};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    streams::one_place_each(args.report.iter().map(|(_, file)| file))?;
    let mut loaded = mappings::load(&global.mappings(), global.now());
    loaded.diagnostics.extend(lint::check(&loaded));
    let contract = prove(&mut loaded);
    show_diagnostics(global, &loaded);
    let is_printed = write_reports(args, &loaded, contract.as_ref())?;
    let errors = count_errors(&loaded);
    let Some(desired) = loaded.desired.filter(|_| errors == 0) else {
        return Err(Error::Mappings(plural(errors, "error")));
    };
    let warnings = loaded.diagnostics.len();
    // What comes with time must not stop a merge request that has nothing to do with it.
    let denied = loaded.diagnostics.iter();
    let denied = denied.filter(|warning| !warning.code.comes_with_time());
    let denied = denied.count();
    if args.deny_warnings && denied > 0 {
        return Err(Error::Warnings(plural(denied, "warning")));
    }
    if !is_printed {
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

/// Writes the reports for GitLab, even if there are errors, and returns whether one of them was printed.
fn write_reports(
    args: &Args,
    loaded: &Loaded,
    contract: Option<&ContractProof>,
) -> Result<bool, Error> {
    let lints = lint::names().collect();
    let checked = Checked {
        diagnostics: &loaded.diagnostics,
        sources: &loaded.sources,
        subject: CheckedSubject::Files { lints, contract },
        path: &files::path_in_repository,
    };
    streams::write_reports(&args.report, &checked)
}
