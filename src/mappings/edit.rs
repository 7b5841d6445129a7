//! Adds mappings to a project's file as a person would: a line in the right place, and no other change.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;

use super::checks::place_of_project;
use super::environment_mapping::EnvironmentMapping;
use super::load::{ReadFile, load, load_with, read_project, read_projects};
use super::loaded::{Loaded, ProjectFile};
use super::trees::tree;
use crate::diagnostic::{Code, Diagnostic, Span, has_errors};
use crate::files::{self, Edit, MappingFiles};
use crate::value::{GitLabEnvironment, Invalid, ProjectId, ProjectPath, RoleArn};
use crate::yaml::{self, NewEntry, NewValue, Node, TextEntry, key_span};

/// The mappings to add to a project.
#[derive(Debug)]
pub(crate) struct MappingsToAdd {
    /// The project.
    pub(crate) project: ProjectPath,
    /// Its number in GitLab.
    pub(crate) id: ProjectId,
    /// The IAM roles, each environment once.
    pub(crate) mappings: Vec<NewMapping>,
}

/// An environment and its IAM role, written `dev=arn:aws:iam::123456789012:role/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewMapping {
    /// The environment.
    pub(crate) environment: GitLabEnvironment,
    /// The IAM role.
    pub(crate) role_arn: RoleArn,
}

impl FromStr for NewMapping {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let Some((environment, role_arn)) = text.split_once('=') else {
            return Err(Invalid {
                problem: "there is no `=` in it".into(),
                help: "write the environment, `=` and the ARN of its IAM role, such as `dev=arn:aws:iam::123456789012:role/NAME`".into(),
            });
        };
        Ok(Self {
            environment: environment.parse()?,
            role_arn: role_arn.parse()?,
        })
    }
}

/// A project's file with new mappings, checked together with all other files, and not written yet.
#[derive(Debug)]
pub(crate) struct Edited {
    /// The path of the file, for messages.
    pub(crate) path: PathBuf,
    /// Its whole text.
    pub(crate) text: String,
    /// Whether it is a new file.
    pub(crate) is_new: bool,
    /// The mappings that the file did not have, each with the Vault path of its credentials.
    pub(crate) added: Vec<(NewMapping, String)>,
}

/// Adds mappings to the file of their project, or to a new one.
///
/// # Errors
/// When the mappings cannot be added, or the files have errors with them.
pub(crate) fn edit(
    directory: &Path,
    addition: &MappingsToAdd,
    now: SystemTime,
) -> Result<Edited, Box<Loaded>> {
    let mut diagnostics = Vec::new();
    let files = files::read(directory, None, &mut diagnostics);
    let (projects, _) = read_projects(&files, &mut diagnostics);
    if has_errors(&diagnostics) {
        return Err(Box::new(load(directory, now)));
    }
    let there = projects.iter().find(|file| is_about(file, addition));
    let edit = match there {
        Some(there) => extend(there, addition, &files),
        None => create(addition, &projects, &files),
    };
    let edit = match edit {
        Ok(edit) => edit,
        Err(diagnostic) => return Err(Box::new(Loaded::refused(*diagnostic, files.sources, now))),
    };
    let added = match there {
        Some(there) => missing(there, addition),
        None => addition.mappings.iter().collect(),
    };
    let loaded = load_with(directory, Some(&edit), now);
    let Some(desired) = &loaded.desired else {
        return Err(Box::new(loaded));
    };
    let added = added.into_iter().map(|mapping| {
        let mut mappings = desired.mappings.iter();
        let role = mappings.find(|(_, there)| {
            there.owner.project_id() == Some(addition.id)
                && there.environment == desired.environments.resolve(mapping.environment.as_str())
        });
        let path = role.map(|(role, _)| format!("{}/sts/{}", role.mount, role.name));
        (mapping.clone(), path.unwrap_or_default())
    });
    Ok(Edited {
        path: directory.join(&edit.path),
        is_new: there.is_none(),
        added: added.collect(),
        text: edit.text,
    })
}

/// GitLab's paths ignore case.
fn is_about(file: &ProjectFile, addition: &MappingsToAdd) -> bool {
    let (there, wanted) = (&file.project.project, &addition.project);
    there.as_str().eq_ignore_ascii_case(wanted.as_str())
}

/// The mappings that a file does not have.
fn missing<'a>(file: &ProjectFile, addition: &'a MappingsToAdd) -> Vec<&'a NewMapping> {
    let there = &file.project.environments;
    let mappings = addition.mappings.iter();
    mappings
        .filter(|mapping| !there.contains_key(&mapping.environment))
        .collect()
}

/// A new file for the project.
fn create(
    addition: &MappingsToAdd,
    projects: &[ProjectFile],
    files: &MappingFiles,
) -> Result<Edit, Box<Diagnostic>> {
    let MappingsToAdd { project, id, .. } = addition;
    if let Some(other) = projects.iter().find(|file| file.project.id == *id) {
        let place = value_place(&tree(other.file, &files.sources), "id");
        return Err(Box::new(
            Diagnostic::error(
                Code::Add,
                format!("the id {id} belongs to {}", other.project.project),
                place,
            )
            .with_help(format!(
                "give the id that GitLab shows on the page of {project}; if that is the new name of {}, correct this file",
                other.project.project
            )),
        ));
    }
    let path = PathBuf::from(place_of_project(project.as_str()));
    let in_place = |file: &&ProjectFile| Path::new(files.relative(file.file)) == path;
    if let Some(other) = projects.iter().find(in_place) {
        let place = value_place(&tree(other.file, &files.sources), "project");
        return Err(Box::new(
            Diagnostic::error(
                Code::Add,
                format!("this file has the path that belongs to the file of {project}"),
                place,
            )
            .with_help(format!(
                "move this file to `{}`, and add the mapping again",
                place_of_project(other.project.project.as_str())
            )),
        ));
    }
    Ok(Edit {
        path,
        text: new_file(addition),
    })
}

fn new_file(
    MappingsToAdd {
        project,
        id,
        mappings,
    }: &MappingsToAdd,
) -> String {
    type Entry = NewEntry<()>;
    let entry =
        |mapping: &NewMapping| Entry::new(mapping.environment.as_str(), mapping.role_arn.as_str());
    let environments: Vec<Entry> = mappings.iter().map(entry).collect();
    let entries = vec![
        Entry::new("project", project.as_str()),
        Entry::new("id", NewValue::Plain(id.get().into())),
        Entry::new("environments", environments),
    ];
    yaml::write(&[entries]).text
}

fn text_entries<'m>(mappings: &[&'m NewMapping]) -> Vec<TextEntry<'m>> {
    let entries = mappings.iter().map(|mapping| TextEntry {
        key: mapping.environment.as_str(),
        value: mapping.role_arn.as_str(),
    });
    entries.collect()
}

/// The project's file with the mappings that it lacks.
fn extend(
    file: &ProjectFile,
    addition: &MappingsToAdd,
    files: &MappingFiles,
) -> Result<Edit, Box<Diagnostic>> {
    let MappingsToAdd { project, id, .. } = addition;
    let root = tree(file.file, &files.sources);
    if file.project.id != *id {
        return Err(Box::new(
            Diagnostic::error(
                Code::Add,
                format!(
                    "{project} has the id {} in this file, not {id}",
                    file.project.id
                ),
                value_place(&root, "id"),
            )
            .with_help("give `--id` as GitLab shows it on the project's page, or correct it here"),
        ));
    }
    for NewMapping {
        environment,
        role_arn,
    } in &addition.mappings
    {
        let there = file.project.environments.get(environment);
        if there.is_some_and(|there| !there.is_only(role_arn)) {
            let path = ["environments", environment.as_str()];
            return Err(Box::new(
                Diagnostic::error(
                    Code::Add,
                    format!("{project} already has another IAM role for `{environment}`"),
                    key_span(&root, path),
                )
                .with_help(format!(
                    "`add` never changes an existing mapping; to give its jobs {role_arn} instead, edit this line"
                )),
            ));
        }
    }
    let path = PathBuf::from(files.relative(file.file));
    let text = files.sources.text(file.file);
    let missing = missing(file, addition);
    if missing.is_empty() {
        let text = text.to_owned();
        return Ok(Edit { path, text });
    }
    let extended = yaml::insert(text, &root, ("environments", "id"), &text_entries(&missing));
    match extended.filter(|text| says(text, file, &missing)) {
        Some(text) => Ok(Edit { path, text }),
        None => Err(Box::new(unknown_layout(&root, &missing))),
    }
}

/// Whether a text declares exactly what the file declares, and the new mappings.
fn says(text: &str, file: &ProjectFile, added: &[&NewMapping]) -> bool {
    let mut expected = file.project.clone();
    expected.environments.extend(added.iter().map(|new| {
        let mapping = EnvironmentMapping::from(new.role_arn.clone());
        (new.environment.clone(), mapping)
    }));
    let mut diagnostics = Vec::new();
    let read = read_project(text, file.file, &mut diagnostics);
    let is_expected = |read| matches!(read, ReadFile::Project(read) if read.project == expected);
    diagnostics.is_empty() && read.is_some_and(is_expected)
}

fn unknown_layout(root: &Node, missing: &[&NewMapping]) -> Diagnostic {
    let entries = text_entries(missing);
    let lines: Vec<String> = entries.iter().map(TextEntry::line).collect();
    Diagnostic::error(
        Code::Add,
        "`add` cannot extend a file with this layout",
        key_span(root, ["environments"]),
    )
    .with_help(format!("add `{}` by hand", lines.join("` and `")))
}

fn value_place(root: &Node, key: &str) -> Span {
    root.at([key]).map_or(root.span.begin(), |node| node.span)
}
