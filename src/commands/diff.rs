//! `diff`: who gains and who loses access between two folders or Git revisions, without a network.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::load::read_revision;
use super::{Error, Exit, allows, count_errors, printed, show_diagnostics};
use crate::access::{self, Configuration};
use crate::cli::{DiffArgs as Args, Global};
use crate::desired::Desired;
use crate::diagnostic::Severity;
use crate::mappings::{self, Loaded};
use crate::report::plural;
use crate::report::{self, AccessDifference, ComparedFiles, Protected};
use crate::resource::Accessors;

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let mappings = global.mappings();
    let now = global.now();
    let old = Side::read(&args.old, &mappings, now)?;
    let new = match &args.new {
        Some(name) => Side::read(name, &mappings, now)?,
        None => Side::of_folder(&mappings, now),
    };
    let errors = count_errors(&old.loaded);
    let allows = allows::between((&old.loaded, &old.root), (&new.loaded, &new.root));
    let (old, old_files) = old.allowing_errors(global)?;
    let (new, new_files) = new.without_errors(global)?;
    let mut protected = Protected::of(&new_files);
    protected.extend(Protected::of(&old_files));
    let difference = AccessDifference {
        access: access::difference(&old_files, &new_files),
        protected,
        allows,
        looked_at: looked_at(&new_files),
        errors_in_old: errors,
        old,
        new,
    };
    let (styles, out) = (global.styles(), &mut io::stdout());
    printed(report::write_difference(
        &difference,
        args.format,
        &styles,
        out,
    ))?;
    if args.detailed_exitcode && !difference.access.is_empty() {
        Ok(Exit::Changes)
    } else {
        Ok(Exit::Success)
    }
}

fn looked_at(files: &Desired) -> String {
    access::looked_at(&Configuration::new(&files.resources, &Accessors::new()))
}

/// One of the two sets of files.
struct Side {
    files: ComparedFiles,
    loaded: Loaded,
    /// What the paths of its files begin with.
    root: PathBuf,
}

impl Side {
    /// Reads a folder, or otherwise a revision of the mappings folder.
    fn read(name: &str, mappings: &Path, now: SystemTime) -> Result<Self, Error> {
        if Path::new(name).is_dir() {
            return Ok(Self::of_folder(Path::new(name), now));
        }
        let (loaded, revision) = read_revision(mappings, name, now)?;
        let id = &revision.commit.commit;
        let short = id.get(..SHORT).unwrap_or(id);
        let root = PathBuf::from(&revision.name);
        let name = if name.starts_with(short) {
            revision.name
        } else {
            format!("{} ({short})", revision.name)
        };
        let commit = Some(revision.commit);
        let files = ComparedFiles { name, commit };
        Ok(Self {
            files,
            loaded,
            root,
        })
    }

    fn of_folder(folder: &Path, now: SystemTime) -> Self {
        let files = ComparedFiles {
            name: folder.display().to_string(),
            commit: None,
        };
        Self {
            files,
            loaded: mappings::load(folder, now),
            root: folder.to_owned(),
        }
    }

    /// The name and the content of files that may have errors, which are printed.
    fn allowing_errors(mut self, global: &Global) -> Result<(ComparedFiles, Desired), Error> {
        let errors = count_errors(&self.loaded);
        if errors == 0 {
            return self.without_errors(global);
        }
        for diagnostic in &mut self.loaded.diagnostics {
            diagnostic.severity = Severity::Warning;
        }
        show_diagnostics(global, &self.loaded);
        match self.loaded.readable.take() {
            Some(readable) => Ok((self.files, readable)),
            None => Err(Error::UnreadableSide(self.files.name)),
        }
    }

    fn without_errors(mut self, global: &Global) -> Result<(ComparedFiles, Desired), Error> {
        show_diagnostics(global, &self.loaded);
        let errors = count_errors(&self.loaded);
        match self.loaded.desired.take() {
            Some(desired) if errors == 0 => Ok((self.files, desired)),
            _ => Err(Error::Mappings(plural(errors, "error"))),
        }
    }
}

/// How many characters of a commit's name are shown.
const SHORT: usize = 10;
