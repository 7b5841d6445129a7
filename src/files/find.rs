//! Finds the mappings folder where no option names it.

use std::env;
use std::path::{Component, Path, PathBuf};

use super::walk::PLATFORM;

/// The name of the folder.
const MAPPINGS: &str = "mappings";

/// The path of a file relative to its repository, which is the nearest folder above with `.git`; without a repository,
/// relative to the working directory. A path outside stays as it is.
pub(crate) fn path_in_repository(path: &str) -> String {
    let Ok(here) = env::current_dir() else {
        return path.to_owned();
    };
    let whole = without_steps(&here.join(path));
    let root = whole
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    let inside = whole.strip_prefix(root.unwrap_or(&here));
    inside.map_or_else(|_| path.to_owned(), |inside| inside.display().to_string())
}

/// A path without `.` and `..`.
fn without_steps(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

/// The path of the nearest folder `mappings` with a `vault.yaml`: in the working directory or in one above. If there is
/// none, the path in the working directory, which messages then name.
pub(crate) fn nearest() -> PathBuf {
    let depth = env::current_dir().map_or(0, |here| here.ancestors().count());
    nearest_within(Path::new(""), depth)
}

/// The nearest folder in `here` or in one of at most `depth` folders above.
fn nearest_within(here: &Path, depth: usize) -> PathBuf {
    let mut folder = here.to_owned();
    for _ in 0..depth {
        let mappings = folder.join(MAPPINGS);
        if mappings.join(PLATFORM).is_file() {
            return mappings;
        }
        folder.push("..");
    }
    here.join(MAPPINGS)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_folder_with_a_platform_is_found() {
        let home = tempfile::tempdir().unwrap();
        let mappings = home.path().join(MAPPINGS);
        let team = mappings.join("projects/mappings/team");
        fs::create_dir_all(&team).unwrap();
        assert_eq!(nearest_within(&team, 5), team.join(MAPPINGS));
        fs::write(mappings.join(PLATFORM), "version: 1\n").unwrap();
        assert_eq!(nearest_within(home.path(), 5), mappings);
        let found = nearest_within(&team, 5);
        assert_eq!(found, team.join("../../../../mappings"));
        assert_eq!(
            fs::canonicalize(found).unwrap(),
            fs::canonicalize(&mappings).unwrap()
        );
        assert_eq!(nearest_within(&team, 2), team.join(MAPPINGS));
    }
}
