//! Which lints the files began or ceased to allow: what a reviewer has to see beside a plan.

use std::collections::BTreeMap;
use std::path::Path;

use super::load::read_revision;
use crate::cli::Global;
use crate::diagnostic::printable;
use crate::gitlab::Job;
use crate::mappings::Loaded;

/// Every `allow` that came or went since the target branch of the job's merge request, a line each. Outside of one, there is
/// nothing to compare with.
pub(super) fn since_target_branch(global: &Global, loaded: &Loaded) -> Vec<String> {
    let Some(base) = Job::from_environment().merge_request_base else {
        return Vec::new();
    };
    let mappings = global.mappings();
    match read_revision(&mappings, &base, global.now()) {
        Ok((before, revision)) => {
            between((&before, Path::new(&revision.name)), (loaded, &mappings))
        }
        Err(error) => {
            let unknown = format!("which lints the files began to allow is unknown: {error}");
            tracing::warn!("{unknown}");
            vec![unknown]
        }
    }
}

/// Every `allow` that came or went from one folder to another, a line each.
pub(super) fn between(before: (&Loaded, &Path), after: (&Loaded, &Path)) -> Vec<String> {
    changes(&counted(before.0, before.1), &counted(after.0, after.1))
}

/// How often each file allows each lint, by the path of the file in its folder and the name of the lint.
type Counts = BTreeMap<(String, String), usize>;

fn counted(loaded: &Loaded, folder: &Path) -> Counts {
    let platform = loaded.platform.iter().flat_map(|file| &file.allows);
    let projects = loaded.projects.iter().flat_map(|file| &file.allows);
    let groups = loaded.groups.iter().flat_map(|file| &file.allows);
    let folder = format!("{}/", folder.display());
    let mut counts = Counts::new();
    for allow in platform.chain(projects).chain(groups) {
        let path = loaded.sources.path(allow.span.file);
        let path = path.strip_prefix(&folder).unwrap_or(path);
        let key = (path.to_owned(), allow.lint.clone());
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// A line for each file and lint that is allowed more or less often than before.
fn changes(before: &Counts, after: &Counts) -> Vec<String> {
    let count = |counts: &Counts, key| counts.get(key).copied().unwrap_or_default();
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let lines = keys.into_iter().filter_map(|key| {
        let (sign, verb) = match count(before, key).cmp(&count(after, key)) {
            std::cmp::Ordering::Less => ('+', "allows"),
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => ('-', "no longer allows"),
        };
        let (file, lint) = key;
        Some(format!(
            "{sign} {} {verb} the lint `{}`",
            printable(file),
            printable(lint)
        ))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_what_went_is_said_once_for_each_file_and_lint() {
        let counts = |all: &[(&str, &str, usize)]| -> Counts {
            all.iter()
                .map(|(file, lint, count)| (((*file).to_owned(), (*lint).to_owned()), *count))
                .collect()
        };
        let before = counts(&[
            ("a.yaml", "sudo", 1),
            ("b.yaml", "sudo", 2),
            ("c.yaml", "sudo", 1),
        ]);
        let after = counts(&[
            ("a.yaml", "sudo", 1),
            ("b.yaml", "sudo", 1),
            ("d.yaml", "shared-arn", 1),
        ]);
        assert_eq!(
            changes(&before, &after),
            [
                "- b.yaml no longer allows the lint `sudo`",
                "- c.yaml no longer allows the lint `sudo`",
                "+ d.yaml allows the lint `shared-arn`",
            ]
        );
    }
}
