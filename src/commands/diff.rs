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
use crate::files;
use crate::mappings::{self, Loaded};
use crate::report::plural;
use crate::report::{self, AccessDifference, AccessHistory, ComparedFiles, Protected};
use crate::resource::Accessors;

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let mappings = global.mappings();
    let now = global.now();
    if args.by_commit {
        return by_commit(global, args, &mappings);
    }
    let old = Side::read(&args.old, &mappings, now)?;
    let new = match &args.new {
        Some(name) => Side::read(name, &mappings, now)?,
        None => Side::of_folder(&mappings, now),
    };
    let errors = count_errors(&old.loaded);
    let allows = allows::between((&old.loaded, &old.root), (&new.loaded, &new.root));
    let (old, new) = (old.allowing_errors(global)?, new.without_errors(global)?);
    let difference = compared(&old, &new, allows, errors);
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

fn compared(
    (old, old_files): &(ComparedFiles, Desired),
    (new, new_files): &(ComparedFiles, Desired),
    allows: Vec<String>,
    errors_in_old: usize,
) -> AccessDifference {
    let mut protected = Protected::of(new_files);
    protected.extend(Protected::of(old_files));
    AccessDifference {
        access: access::difference(old_files, new_files),
        protected,
        allows,
        looked_at: looked_at(new_files),
        errors_in_old,
        old: old.clone(),
        new: new.clone(),
    }
}

/// Compares each commit on the way from the old revision with the one before it; without a new revision, the way ends with
/// the folder as it is.
fn by_commit(global: &Global, args: &Args, mappings: &Path) -> Result<Exit, Error> {
    let now = global.now();
    let commit_of = |name: &str| -> Result<String, Error> {
        let (_, revision) = read_revision(mappings, name, now)?;
        Ok(revision.commit.commit)
    };
    let first = commit_of(&args.old)?;
    let last = commit_of(args.new.as_deref().unwrap_or("HEAD"))?;
    let commits = files::history(mappings, &first, &last).map_err(|error| Error::Revision {
        name: args.old.clone(),
        folder: mappings.display().to_string(),
        error,
    })?;
    let sides = commits.into_iter().map(|commit| {
        let mut side = Side::read(&commit.commit, mappings, now)?;
        side.files.commit = Some(commit);
        Ok::<_, Error>(side)
    });
    let folder = args
        .new
        .is_none()
        .then(|| Ok(Side::of_folder(mappings, now)));
    let mut before = Side::read(&first, mappings, now)?;
    let mut old = before.of_commit(global)?;
    let mut history = AccessHistory::default();
    for side in sides.chain(folder) {
        let mut side = side?;
        let allows = allows::between((&before.loaded, &before.root), (&side.loaded, &side.root));
        let new = side.of_commit(global)?;
        history.add(compared(&old.files, &new.files, allows, old.errors));
        (before, old) = (side, new);
    }
    let out = &mut io::stdout();
    printed(history.write(args.format, &global.styles(), out))?;
    if args.detailed_exitcode && !history.is_empty() {
        Ok(Exit::Changes)
    } else {
        Ok(Exit::Success)
    }
}

fn looked_at(files: &Desired) -> String {
    access::looked_at(&Configuration::new(&files.resources, &Accessors::new()))
}

/// The files of a commit, and how many errors they have.
struct CommitFiles {
    files: (ComparedFiles, Desired),
    errors: usize,
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

    /// The same for one of many commits: what is doubtful in files without errors was reported when they changed.
    fn of_commit(&mut self, global: &Global) -> Result<CommitFiles, Error> {
        let errors = count_errors(&self.loaded);
        if errors > 0 {
            for diagnostic in &mut self.loaded.diagnostics {
                diagnostic.severity = Severity::Warning;
            }
            show_diagnostics(global, &self.loaded);
        }
        let desired = self.loaded.desired.take();
        let readable = desired.or_else(|| self.loaded.readable.take());
        match readable {
            Some(readable) => Ok(CommitFiles {
                files: (self.files.clone(), readable),
                errors,
            }),
            None => Err(Error::UnreadableSide(self.files.name.clone())),
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
