//! Whether the files of projects and groups are where their paths say: reviewers and CODEOWNERS go by the place.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::files::{MappingFiles, PROJECTS, file_stem, stem_of_project};
use crate::mappings::loaded::GroupFile;
use crate::mappings::mapped_role::ProjectsFolder;
use crate::mappings::trees::Trees;
use crate::yaml::value_span;

pub(in crate::mappings) fn check_places(
    files: &MappingFiles,
    folder: ProjectsFolder<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let projects = folder.projects.iter().map(|file| {
        let path = file.project.project.as_str();
        (file.file, "project", path, place_of_project(path))
    });
    let groups = folder.groups.iter().map(|GroupFile { file, group, .. }| {
        let path = group.group.as_str();
        (*file, "group", path, place_of_group(path))
    });
    let trees = Trees::new(&files.sources);
    let all: Vec<_> = projects.chain(groups).collect();
    let mut count: HashMap<String, usize> = HashMap::with_capacity(all.len());
    for (_, _, _, place) in &all {
        *count.entry(place.to_ascii_lowercase()).or_default() += 1;
    }
    for (file, key, path, place) in all {
        let is = files.relative(file);
        // GitLab's paths ignore case. Two files with one place have another mistake, which is reported.
        if is.eq_ignore_ascii_case(&place) || count[&place.to_ascii_lowercase()] > 1 {
            continue;
        }
        diagnostics.push(
            Diagnostic::error(
                Code::MisplacedFile,
                format!("this file is `{is}`, and the file of {path} is `{place}`"),
                value_span(&trees.of(file), [key]),
            )
            .with_help(format!(
                "move the file to `{place}`, or write the path of the {key} that it is for"
            )),
        );
    }
}

/// Where the file of a project is in the mappings folder.
pub(crate) fn place_of_project(path: &str) -> String {
    format!("{PROJECTS}/{}.yaml", stem_of_project(path))
}

/// Where the file of a group is in the mappings folder.
pub(in crate::mappings) fn place_of_group(path: &str) -> String {
    format!("{PROJECTS}/{}/group.yaml", file_stem(path))
}
