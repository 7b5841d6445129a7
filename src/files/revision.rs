//! The mappings folder of a Git revision, in a temporary folder.
//!
//! The files are those of the revision, bit by bit: no attribute or filter of the repository changes them. Symbolic links
//! stay links, which are then followed inside the folder only.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::process::ChildStdout;

use serde::Serialize;
use tempfile::TempDir;

use super::git::{GitError, Repository};
use super::read::MAX_BYTES;

/// More commits of a history are not read.
const MAX_COMMITS: usize = 500;

/// More files, or more bytes in all of them, are not read.
const MAX_FILES: usize = 500_000;
const MAX_TOTAL: u64 = 1 << 30;

/// The mappings folder of a revision.
#[derive(Debug)]
pub(crate) struct Revision {
    /// What was asked for, and the folder in it: `HEAD~3:mappings`.
    pub(crate) name: String,
    /// The commit.
    pub(crate) commit: Commit,
    folder: TempDir,
}

/// What a revision of a repository is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Commit {
    /// Its whole name, in hexadecimal.
    pub(crate) commit: String,
    /// Who is named as its author.
    pub(crate) author: String,
    /// When the author says that it was made, in ISO 8601.
    pub(crate) date: String,
}

/// Why a revision can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevisionError {
    /// Git has no such commit or folder, or can't be run.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A folder of the revision is another repository.
    #[error("{0} is a Git submodule, which is not read")]
    Submodule(String),
    /// It has more than is read.
    #[error("the folder has more than {MAX_FILES} files, or more than {} MiB", MAX_TOTAL >> 20)]
    TooLarge,
    /// A history has more commits than are read.
    #[error(
        "{0} commits change the folder, and at most {MAX_COMMITS} are read; begin with a later revision"
    )]
    TooManyCommits(usize),
    /// Git's answer makes no sense.
    #[error("can't understand what git says of {0}")]
    Unclear(String),
    /// The files can't be put into a temporary folder.
    #[error("can't write a temporary folder: {0}")]
    Write(#[from] io::Error),
}

impl Revision {
    /// Reads the folder `mappings` as it was in a revision: a commit, branch or tag in any of Git's notations.
    ///
    /// # Errors
    /// When git can't, or the folder has what is not read.
    pub(crate) fn read(mappings: &Path, revision: &str) -> Result<Self, RevisionError> {
        let repository = Repository::of(mappings);
        let commit = format!("{revision}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--end-of-options", &commit];
        let commit = repository.line(&verify)?;
        let prefix = repository.line(&["rev-parse", "--show-prefix"])?;
        let prefix = prefix.trim_end_matches('/');
        let tree = format!("{commit}:{prefix}");
        let list = ["ls-tree", "-r", "-z", "-l", "--full-tree", &tree];
        let entries = entries(&repository.run(&list)?)?;
        let folder = tempfile::tempdir()?;
        write(&repository, &entries, folder.path())?;
        Ok(Self {
            name: format!("{revision}:{prefix}"),
            commit: described(&repository, commit)?,
            folder,
        })
    }

    /// The commit from which a revision and the checked-out commit have parted, which is the revision itself where it has
    /// no commits of its own.
    ///
    /// # Errors
    /// When git has no such commit: a clone that is not deep enough may lack it.
    pub(crate) fn merge_base(mappings: &Path, revision: &str) -> Result<String, RevisionError> {
        let repository = Repository::of(mappings);
        let commit = format!("{revision}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--end-of-options", &commit];
        let commit = repository.line(&verify)?;
        Ok(repository.line(&["merge-base", &commit, "HEAD"])?)
    }

    /// Where the files are.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The commit that a folder's files are of, and whether the folder has changes since; `None` if git can't say.
pub(crate) fn commit_of(folder: &Path) -> Option<(Commit, bool)> {
    let repository = Repository::of(folder);
    let head = ["rev-parse", "--verify", "HEAD^{commit}"];
    let commit = repository.line(&head).ok()?;
    let status = ["status", "--porcelain", "--untracked-files=all", "."];
    let is_changed = !repository.run(&status).ok()?.is_empty();
    Some((described(&repository, commit).ok()?, is_changed))
}

/// The commits that changed a folder on the way from one commit to another, the oldest first. What a merge brought in is one
/// commit, by the authors of what it merged.
///
/// # Errors
/// When git can't say, or they are too many.
pub(crate) fn history(mappings: &Path, old: &str, new: &str) -> Result<Vec<Commit>, RevisionError> {
    let repository = Repository::of(mappings);
    let range = format!("{old}..{new}");
    let list = ["rev-list", "--first-parent", "--reverse", &range, "--", "."];
    let list = repository.line(&list)?;
    let commits: Vec<&str> = list.lines().collect();
    if commits.len() > MAX_COMMITS {
        return Err(RevisionError::TooManyCommits(commits.len()));
    }
    let commits = commits.into_iter().map(|commit| {
        let described = described(&repository, commit.to_owned())?;
        let range = format!("{commit}^1..{commit}^2");
        let merged = [
            "log",
            "--no-merges",
            "--encoding=UTF-8",
            "--format=%an",
            &range,
            "--",
            ".",
        ];
        let authors = repository.line(&merged).unwrap_or_default();
        let authors: BTreeSet<&str> = authors.lines().collect();
        if authors.is_empty() {
            return Ok(described);
        }
        let authors: Vec<&str> = authors.into_iter().collect();
        Ok(Commit {
            author: format!("{}, merged by {}", authors.join(", "), described.author),
            ..described
        })
    });
    commits.collect()
}

fn described(repository: &Repository, commit: String) -> Result<Commit, RevisionError> {
    let show = [
        "show",
        "--no-patch",
        "--no-show-signature",
        "--encoding=UTF-8",
        "--format=%aI%n%an",
        &commit,
    ];
    let line = repository.line(&show)?;
    let (date, author) = line.split_once('\n').unwrap_or((&line, ""));
    Ok(Commit {
        author: author.to_owned(),
        date: date.to_owned(),
        commit,
    })
}

/// A file of a tree.
struct TreeEntry {
    is_link: bool,
    id: String,
    size: u64,
    path: PathBuf,
}

/// Reads `MODE TYPE ID SIZE<tab>PATH`, each with a zero behind it.
fn entries(list: &[u8]) -> Result<Vec<TreeEntry>, RevisionError> {
    let entries: Result<Vec<TreeEntry>, RevisionError> = list
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let line = String::from_utf8_lossy(line);
            let unclear = || RevisionError::Unclear(line.to_string());
            let (fields, path) = line.split_once('\t').ok_or_else(unclear)?;
            let mut fields = fields.split_ascii_whitespace();
            let mut next = || fields.next().ok_or_else(unclear);
            let (mode, kind, id, size) = (next()?, next()?, next()?, next()?);
            if kind == "commit" {
                return Err(RevisionError::Submodule(path.to_owned()));
            }
            let path = PathBuf::from(path);
            let is_inside = |part: Component<'_>| matches!(part, Component::Normal(_));
            if !path.components().all(is_inside) {
                return Err(unclear());
            }
            Ok(TreeEntry {
                is_link: mode == "120000",
                id: id.to_owned(),
                size: size.parse().map_err(|_| unclear())?,
                path,
            })
        })
        .collect();
    let entries = entries?;
    let total: u64 = entries.iter().map(TreeEntry::read_size).sum();
    if entries.len() > MAX_FILES || total > MAX_TOTAL {
        return Err(RevisionError::TooLarge);
    }
    Ok(entries)
}

impl TreeEntry {
    /// How much is read of it: nothing of a file that is refused for its size anyway.
    fn read_size(&self) -> u64 {
        if self.size > MAX_BYTES { 0 } else { self.size }
    }
}

/// Puts the files into a folder. Links come last, so that none of them leads a file elsewhere.
fn write(
    repository: &Repository,
    entries: &[TreeEntry],
    folder: &Path,
) -> Result<(), RevisionError> {
    let (read, large): (Vec<&TreeEntry>, Vec<&TreeEntry>) =
        entries.iter().partition(|entry| entry.size <= MAX_BYTES);
    for entry in large {
        let file = create(&folder.join(&entry.path))?;
        file.set_len(entry.size)?;
    }
    let ids: Vec<String> = read.iter().map(|entry| format!("{}\n", entry.id)).collect();
    let mut child = repository.start(&["cat-file", "--batch"], ids.concat())?;
    let output = child.stdout.take();
    let output = output.ok_or_else(|| RevisionError::Unclear("its output".into()))?;
    let mut output = BufReader::new(output);
    let mut links = Vec::new();
    for entry in read {
        let content = content(&mut output, entry)?;
        let path = folder.join(&entry.path);
        if entry.is_link {
            links.push((path, content));
        } else {
            io::Write::write_all(&mut create(&path)?, &content)?;
        }
    }
    child.wait()?;
    for (path, target) in links {
        link(&String::from_utf8_lossy(&target), &path)?;
    }
    Ok(())
}

/// The next object that `git cat-file --batch` prints: `ID TYPE SIZE`, its bytes and a line's end.
fn content(
    output: &mut BufReader<ChildStdout>,
    entry: &TreeEntry,
) -> Result<Vec<u8>, RevisionError> {
    let mut heading = String::new();
    output.read_line(&mut heading)?;
    if heading.trim_end() != format!("{} blob {}", entry.id, entry.size) {
        return Err(RevisionError::Unclear(entry.path.display().to_string()));
    }
    let mut content = Vec::new();
    output.take(entry.size + 1).read_to_end(&mut content)?;
    content.pop();
    Ok(content)
}

fn create(path: &Path) -> io::Result<fs::File> {
    make_parent(path)?;
    fs::File::create_new(path)
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    make_parent(path)?;
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) -> io::Result<()> {
    // As Git itself does where there are no links.
    io::Write::write_all(&mut create(path)?, target.as_bytes())
}
