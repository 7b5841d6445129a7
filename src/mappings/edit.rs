//! Adds mappings to the file of a project or group as a person would: a line in the right place, and no other change.

mod addition;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use litemap::LiteMap;

pub(crate) use self::addition::{MappingOwnerToAdd, MappingsToAdd, NewMapping};
use super::environment_mapping::{EnvironmentMapping, ROLES};
use super::load::{ReadFile, load, load_with, read_project, read_projects};
use super::loaded::{GroupFile, Loaded, ProjectFile};
use super::mapping_entry::MappingEntry;
use super::trees::tree;
use crate::diagnostic::{Code, Diagnostic, FileId, Span, has_errors};
use crate::files::{self, Edits, MappingFiles};
use crate::value::GitLabEnvironment;
use crate::yaml::{self, Node, TextEntry, key_span};

/// The new text of a file.
struct Edit {
    /// Its path relative to the mappings directory.
    path: PathBuf,
    /// Its whole text.
    text: String,
}

/// A file with new mappings, checked together with all other files, and not written yet.
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
    /// The files with it, and the warnings about it.
    pub(crate) loaded: Loaded,
}

/// A file of a project or group, as far as mappings are added to it.
#[derive(Clone, Copy)]
struct ExistingFile<'f> {
    file: FileId,
    path: &'f str,
    id: u64,
    environments: &'f LiteMap<GitLabEnvironment, EnvironmentMapping>,
    default: Option<&'f MappingEntry>,
}

impl<'f> From<&'f ProjectFile> for ExistingFile<'f> {
    fn from(ProjectFile { file, project, .. }: &'f ProjectFile) -> Self {
        Self {
            file: *file,
            path: project.project.as_str(),
            id: project.id.get(),
            environments: &project.environments,
            default: project.default.as_ref(),
        }
    }
}

impl<'f> From<&'f GroupFile> for ExistingFile<'f> {
    fn from(GroupFile { file, group, .. }: &'f GroupFile) -> Self {
        Self {
            file: *file,
            path: group.group.as_str(),
            id: group.id.get(),
            environments: &group.environments,
            default: None,
        }
    }
}

impl<'f> ExistingFile<'f> {
    /// Whether the mapping that it has in place of a new one is the same; none if it has none there.
    fn holds(&self, new: &NewMapping) -> Option<bool> {
        let Some(environment) = &new.environment else {
            return self.default.map(|there| new.is_in(there));
        };
        match (self.environments.get(environment)?, &new.role) {
            (EnvironmentMapping::One(there), None) => Some(new.is_in(there)),
            (EnvironmentMapping::Several(roles), Some(role)) => {
                roles.get(role).map(|there| new.is_in(there))
            }
            (EnvironmentMapping::One(_), Some(_)) | (EnvironmentMapping::Several(_), None) => {
                Some(false)
            }
        }
    }

    /// Whether it has other roles of the environment, so that a new one is put beside them.
    fn has_roles_of(&self, new: &NewMapping) -> bool {
        let there = new
            .environment
            .as_ref()
            .and_then(|environment| self.environments.get(environment));
        new.role.is_some() && matches!(there, Some(EnvironmentMapping::Several(_)))
    }

    /// The mappings that it does not have.
    fn missing<'a>(&self, addition: &'a MappingsToAdd) -> Vec<&'a NewMapping> {
        let mappings = addition.mappings.iter();
        mappings
            .filter(|mapping| self.holds(mapping).is_none())
            .collect()
    }
}

/// Adds mappings to the file of their project or group, or to a new one.
///
/// # Errors
/// When the mappings cannot be added, or the files have errors with them.
pub(crate) fn edit(
    directory: &Path,
    addition: &MappingsToAdd,
    now: SystemTime,
) -> Result<Edited, Box<Loaded>> {
    let mut diagnostics = Vec::new();
    let files = files::read(directory, &Edits::new(), &mut diagnostics);
    let (projects, groups) = read_projects(&files, &mut diagnostics);
    if has_errors(&diagnostics) {
        return Err(Box::new(load(directory, now)));
    }
    let all: Vec<ExistingFile<'_>> = match addition.owner {
        MappingOwnerToAdd::Project { .. } => projects.iter().map(ExistingFile::from).collect(),
        MappingOwnerToAdd::Group { .. } => groups.iter().map(ExistingFile::from).collect(),
    };
    // GitLab's paths ignore case.
    let is_its = |file: &&ExistingFile<'_>| file.path.eq_ignore_ascii_case(addition.owner.path());
    let there = all.iter().find(is_its);
    let edit = match there {
        Some(there) => extend(there, addition, &files),
        None => create(addition, &all, &files),
    };
    let edit = match edit {
        Ok(edit) => edit,
        Err(diagnostic) => {
            return Err(Box::new(Loaded::refused(*diagnostic, files.sources, now)));
        }
    };
    let added = match there {
        Some(there) => there.missing(addition),
        None => addition.mappings.iter().collect(),
    };
    let edits = Edits::from([(edit.path.clone(), edit.text.clone())]);
    let mut loaded = load_with(directory, &edits, now);
    let Some(desired) = &loaded.desired else {
        return Err(Box::new(loaded));
    };
    let names = &desired.environments;
    let added = added.into_iter().map(|mapping| {
        let environment = mapping.environment.as_ref();
        let environment = environment.and_then(|written| names.resolve(written.as_str()));
        let mut mappings = desired.all_mappings();
        let role = mappings.find(|(_, there)| {
            addition.owner.is(&there.owner)
                && there.environment == environment
                && there.role == mapping.role
        });
        let path = role.map(|(role, _)| format!("{}/sts/{}", role.mount, role.name));
        (mapping.clone(), path.unwrap_or_default())
    });
    let added = added.collect();
    let path = directory.join(&edit.path);
    let sources = &loaded.sources;
    let is_about = |file| Path::new(sources.path(file)) == path;
    loaded
        .diagnostics
        .retain(|one| is_about(one.primary.span.file));
    Ok(Edited {
        path,
        is_new: there.is_none(),
        added,
        text: edit.text,
        loaded,
    })
}

/// A new file for the project or group.
fn create(
    addition: &MappingsToAdd,
    all: &[ExistingFile<'_>],
    files: &MappingFiles,
) -> Result<Edit, Box<Diagnostic>> {
    let owner = &addition.owner;
    let (path, id) = (owner.path(), owner.id());
    if let Some(other) = all.iter().find(|file| file.id == id) {
        return Err(refusal(
            format!("the id {id} belongs to {}", other.path),
            value_place(&tree(other.file, &files.sources), "id"),
            format!(
                "give the id that GitLab shows on the page of {path}; if that is the new name of {}, correct this file",
                other.path
            ),
        ));
    }
    let place = owner.place();
    let in_place = |file: &&FileId| files.relative(**file) == place;
    if let Some(other) = files.projects.iter().find(in_place) {
        let root = tree(*other, &files.sources);
        let there = all.iter().find(|file| file.file == *other);
        let help = match there {
            Some(there) => format!(
                "move this file to `{}`, and add the mapping again",
                owner.place_of(there.path)
            ),
            None => {
                "move this file to the place of its own path, and add the mapping again".to_owned()
            }
        };
        return Err(refusal(
            format!("this file has the path that belongs to the file of {path}"),
            value_place(&root, if there.is_some() { owner.key() } else { "id" }),
            help,
        ));
    }
    Ok(Edit {
        path: place.into(),
        text: addition.new_file(),
    })
}

/// The file with the mappings that it lacks.
fn extend(
    file: &ExistingFile<'_>,
    addition: &MappingsToAdd,
    files: &MappingFiles,
) -> Result<Edit, Box<Diagnostic>> {
    let (owner, id) = (&addition.owner, addition.owner.id());
    let root = tree(file.file, &files.sources);
    let path = owner.path();
    if file.id != id {
        return Err(refusal(
            format!("{path} has the id {} in this file, not {id}", file.id),
            value_place(&root, "id"),
            format!(
                "give `--id` as GitLab shows it on the {}'s page, or correct it here",
                owner.key()
            ),
        ));
    }
    for new in &addition.mappings {
        if file.holds(new) == Some(false) {
            return Err(has_another(path, new, &root));
        }
    }
    let edited = PathBuf::from(files.relative(file.file));
    let text = files.sources.text(file.file);
    let missing = file.missing(addition);
    let extended = extended(text, root.clone(), file, &missing);
    match extended.filter(|text| says(text, file, &missing)) {
        Some(text) => Ok(Edit { path: edited, text }),
        None => Err(unknown_layout(&root, &missing)),
    }
}

/// The text with more mappings: those of environments in their section, and the default at the end.
fn extended(
    text: &str,
    mut root: Node,
    file: &ExistingFile<'_>,
    missing: &[&NewMapping],
) -> Option<String> {
    let mut text = text.to_owned();
    let (environments, default): (Vec<&NewMapping>, Vec<_>) =
        missing.iter().partition(|new| new.environment.is_some());
    let (roles, environments): (Vec<&NewMapping>, Vec<_>) = environments
        .into_iter()
        .partition(|new| file.has_roles_of(new));
    for new in roles {
        let environment = new.environment.as_ref()?.as_str();
        let keys = ["environments", environment, ROLES];
        text = yaml::insert_at(&text, &root, &keys, &[new.role_entry()])?;
        root = yaml::parse(&text, file.file, &mut Vec::new())?;
    }
    if !environments.is_empty() {
        let entries: Vec<TextEntry> = environments.iter().map(|new| new.text_entry()).collect();
        text = yaml::insert(&text, &root, ("environments", "id"), &entries)?;
        root = yaml::parse(&text, file.file, &mut Vec::new())?;
    }
    for new in default {
        text = yaml::append(&text, &root, &new.text_entry())?;
    }
    Some(text)
}

/// Whether a text declares exactly what the file declares, and the new mappings.
fn says(text: &str, file: &ExistingFile<'_>, added: &[&NewMapping]) -> bool {
    let mut diagnostics = Vec::new();
    let Some(read) = read_project(text, file.file, &mut diagnostics) else {
        return false;
    };
    let (environments, default) = match &read {
        ReadFile::Project(read) => (&read.project.environments, read.project.default.as_ref()),
        ReadFile::Group(read) => (&read.group.environments, None),
    };
    let mut expected = file.environments.clone();
    let mut expected_default = file.default.cloned();
    for new in added {
        match &new.environment {
            Some(environment) => {
                let mut mapping = new.environment_mapping();
                if let (
                    EnvironmentMapping::Several(new),
                    Some(EnvironmentMapping::Several(there)),
                ) = (&mut mapping, expected.get(environment))
                {
                    new.extend(there.clone());
                }
                expected.insert(environment.clone(), mapping);
            }
            None => expected_default = Some(new.entry()),
        }
    }
    let read = match &read {
        ReadFile::Project(read) => ExistingFile::from(read),
        ReadFile::Group(read) => ExistingFile::from(read),
    };
    diagnostics.is_empty()
        && *environments == expected
        && default == expected_default.as_ref()
        && (read.path, read.id) == (file.path, file.id)
}

fn has_another(path: &str, new: &NewMapping, root: &Node) -> Box<Diagnostic> {
    let (problem, keys) = match &new.environment {
        Some(environment) => (
            format!("{path} already has another IAM role for `{environment}`"),
            ["environments", environment.as_str()].to_vec(),
        ),
        None => (
            format!("{path} already has another default"),
            ["default"].to_vec(),
        ),
    };
    let help = format!(
        "`add` never changes an existing mapping; to give its jobs {} instead, edit this line",
        new.value()
    );
    refusal(problem, key_span(root, keys), help)
}

fn unknown_layout(root: &Node, missing: &[&NewMapping]) -> Box<Diagnostic> {
    let lines = missing.iter().map(|new| new.text_entry().line());
    let lines: Vec<String> = lines.collect();
    refusal(
        "`add` cannot extend a file with this layout".to_owned(),
        key_span(root, ["environments"]),
        format!("add `{}` by hand", lines.join("` and `")),
    )
}

fn refusal(problem: String, place: Span, help: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::Add, problem, place).with_help(help))
}

fn value_place(root: &Node, key: &str) -> Span {
    root.at([key]).map_or(root.span.begin(), |node| node.span)
}
