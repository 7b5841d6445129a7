//! `plan`: shows what has to change in Vault.

mod comment;

use std::path::Path;

use self::comment::Comment;
use super::{Error, Exit, compare, desired, is_stdout, note, print, printed};
use crate::cli::{Global, Plan as Args};
use crate::files::{Readers, write_whole};
use crate::plan::{Plan, Saved};
use crate::report;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let on_stdout = [&args.out, &args.report].into_iter().flatten();
    let on_stdout = on_stdout.filter(|path| is_stdout(path)).count();
    if on_stdout > 1 {
        return Err(Error::OneStdout);
    }
    let comment = args
        .comment
        .then(|| Comment::new(global, args))
        .transpose()?;
    let desired = desired(global)?;
    let comparison = compare(global, &desired).await?;
    let plan = &comparison.plan;
    if on_stdout == 0 {
        printed(report::write(
            comparison.review(),
            args.format,
            &global.styles(),
            &mut std::io::stdout(),
        ))?;
    }
    if let Some(path) = &args.out {
        Saved::write(plan, path)?;
        if !plan.is_empty() && !is_stdout(path) {
            note(&format!(
                "The plan is in {0}; carry it out with `vault-provisioner apply {0}`.",
                path.display()
            ));
        }
    }
    if let Some(path) = &args.report {
        write_report(plan, path)?;
    }
    if let Some(comment) = comment {
        comment.keep(comparison.review()).await?;
    }
    let changes = args.detailed_exitcode && !plan.is_empty();
    Ok(if changes {
        Exit::Changes
    } else {
        Exit::Success
    })
}

fn write_report(plan: &Plan, path: &Path) -> Result<(), Error> {
    let mut text = Vec::new();
    let write = |text: &mut Vec<u8>| report::write_terraform_report(plan, text);
    let failed = |error| Error::Write {
        name: path.display().to_string(),
        error,
    };
    write(&mut text).map_err(failed)?;
    if is_stdout(path) {
        return print(&String::from_utf8_lossy(&text));
    }
    write_whole(path, &text, Readers::Everyone).map_err(failed)
}
