//! `add`: writes or extends a project's file.

use super::{Error, Exit, count_errors, print, show_diagnostics};
use crate::cli::{AddArgs as Args, Global};
use crate::files::{Readers, write_whole};
use crate::mappings::{self, Edited, MappingsToAdd, NewMapping};
use crate::report::{plural, summary};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let addition = MappingsToAdd {
        project: args.project.clone(),
        id: args.id,
        mappings: each_once(&args.environment)?,
    };
    let edited = mappings::edit(&global.mappings(), &addition, global.now()).map_err(|loaded| {
        show_diagnostics(global, &loaded);
        Error::Mappings(plural(count_errors(&loaded), "error"))
    })?;
    if !edited.added.is_empty() {
        write(&edited).map_err(|error| Error::Write {
            name: edited.path.display().to_string(),
            error,
        })?;
    }
    print(&summary::added(&edited, &global.mappings()))?;
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
