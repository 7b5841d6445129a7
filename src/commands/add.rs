//! `add`: writes or extends a project's file.

use std::fmt::Write;
use std::path::Path;

use super::{Error, Exit, count_errors, plural, print, show_diagnostics};
use crate::cli::{Add as Args, Global};
use crate::files::{Readers, write_whole};
use crate::mappings::{self, Addition, Edited, NewMapping};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let addition = Addition {
        project: args.project.clone(),
        id: args.id,
        mappings: each_once(&args.environment)?,
    };
    let edited = mappings::edit(&global.mappings, &addition).map_err(|loaded| {
        show_diagnostics(global, &loaded);
        Error::Mappings(plural(count_errors(&loaded), "error"))
    })?;
    let path = edited.path.display();
    if edited.added.is_empty() {
        print(&format!("{path} says so already; nothing to do.\n"))?;
        return Ok(Exit::Success);
    }
    write(&edited).map_err(|error| Error::Write {
        name: path.to_string(),
        error,
    })?;
    print(&said(&edited, global))?;
    Ok(Exit::Success)
}

/// The mappings with each environment once.
fn each_once(given: &[NewMapping]) -> Result<Vec<NewMapping>, Error> {
    let mut mappings: Vec<NewMapping> = Vec::with_capacity(given.len());
    for new in given {
        let same = mappings
            .iter()
            .find(|there| there.environment == new.environment);
        match same {
            None => mappings.push(new.clone()),
            Some(there) if there == new => {}
            Some(_) => return Err(Error::TwoRoles(new.environment.clone())),
        }
    }
    Ok(mappings)
}

fn write(edited: &Edited) -> std::io::Result<()> {
    if let Some(folder) = edited.path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_whole(&edited.path, edited.text.as_bytes(), Readers::Everyone)
}

/// What was written, and what comes next.
fn said(edited: &Edited, global: &Global) -> String {
    let path = edited.path.display();
    let done = if edited.is_new {
        "new file"
    } else {
        "extended"
    };
    let mut text = format!("{path}: {done}\n");
    for (mapping, credentials) in &edited.added {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  + {}: {}   (jobs ask {credentials})",
            mapping.environment, mapping.role_arn
        );
    }
    let flag = if global.mappings == Path::new("mappings") {
        String::new()
    } else {
        format!(" --mappings {}", global.mappings.display())
    };
    let _ = write!(
        text,
        "\nNext, check the files and open a merge request:\n  vault-provisioner{flag} validate\n  git add {path}\n"
    );
    text
}
