//! `add`: writes or extends a project's file.

use super::{Error, Exit, count_errors, print, show_diagnostics};
use crate::cli::{AddArgs as Args, Global};
use crate::files::{Readers, write_whole};
use crate::mappings::{self, Edited, MappingOwnerToAdd, MappingsToAdd, NewMapping};
use crate::report::{plural, summary};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let addition = MappingsToAdd {
        owner: owner(args)?,
        mappings: each_once(all(args))?,
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

/// Whose mappings are added.
fn owner(args: &Args) -> Result<MappingOwnerToAdd, Error> {
    let path = &args.project;
    Ok(if args.group {
        MappingOwnerToAdd::Group {
            path: path.parse().map_err(Error::NotAPath)?,
            id: args.id.into(),
        }
    } else {
        MappingOwnerToAdd::Project {
            path: path.parse().map_err(Error::NotAPath)?,
            id: args.id,
        }
    })
}

/// The mappings with the settings that are given for all of them.
fn all(args: &Args) -> impl Iterator<Item = NewMapping> {
    let default = args.default.clone().map(NewMapping::default_role);
    let mappings = args.environment.iter().cloned().chain(default);
    mappings.map(|mapping| NewMapping {
        max_sts_ttl: args.max_sts_ttl,
        expires: args.expires,
        ..mapping
    })
}

/// The mappings with each environment once.
fn each_once(given: impl Iterator<Item = NewMapping>) -> Result<Vec<NewMapping>, Error> {
    let mut mappings: Vec<NewMapping> = Vec::new();
    for new in given {
        let same = mappings
            .iter()
            .find(|there| there.environment == new.environment);
        match (same, &new.environment) {
            (Some(there), Some(environment)) if *there != new => {
                return Err(Error::TwoRoles(environment.clone()));
            }
            (Some(_), _) => {}
            (None, _) => mappings.push(new),
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
