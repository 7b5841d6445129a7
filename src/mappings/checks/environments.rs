//! Checks `mappings.environments` and the environments of project files: no GitLab environment has two names in Vault.

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::environments::{ENVIRONMENTS, EnvironmentEntry};
use crate::mappings::loaded::PlatformFile;
use crate::mappings::mapped_role::MappedFolder;
use crate::mappings::platform::MappingRules;
use crate::mappings::project::keys_of;
use crate::mappings::trees::Trees;
use crate::value::{EnvironmentGlob, EnvironmentName, EnvironmentNames, GitLabEnvironment};
use crate::yaml::{Node, Value, item_span, key_span, quote, quote_in_braces};

pub(super) fn check(
    file: &PlatformFile,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        return;
    };
    check_entries(file, rules, diagnostics);
    check_listed(file, rules, diagnostics);
    let section = file.root.at(ENVIRONMENTS).map(Node::entries);
    let is_struck_out = |entry: &crate::yaml::Entry| entry.value.value == Value::Invalid;
    if section.unwrap_or_default().iter().any(is_struck_out) {
        return;
    }
    let names = rules.environments.names();
    let projects = folder.files.projects.iter();
    let projects = projects.map(|project| (project.file, &project.project.environments));
    let groups = folder.files.groups.iter();
    let groups = groups.map(|group| (group.file, &group.group.environments));
    for (written_in, environments) in projects.chain(groups) {
        let written = environments.keys();
        for name in written.filter(|name| names.resolve(name.as_str()).is_none()) {
            let place = key_span(&trees.of(written_in), keys_of(Some(name.as_str())));
            diagnostics.push(no_name(name, &names, place));
        }
    }
}

/// One of the names of an entry, with its place: one of `match`, or the name that the entry has in Vault.
struct NameOfEntry<'f> {
    own: &'f EnvironmentName,
    glob: EnvironmentGlob,
    is_protected: bool,
    place: Span,
}

fn names_of<'f>(
    root: &Node,
    own: &'f EnvironmentName,
    entry: &EnvironmentEntry,
    is_protected: bool,
) -> Vec<NameOfEntry<'f>> {
    let path = ENVIRONMENTS.into_iter().chain([own.as_str()]);
    let mut globs = entry.globs(own);
    if globs.is_empty() || !globs.iter().any(|glob| glob.is_match(own.as_str())) {
        // Project files may name the entry so.
        globs.push(own.into());
    }
    let name = |glob: EnvironmentGlob| NameOfEntry {
        own,
        is_protected,
        place: if glob.as_str() == own.as_str() {
            key_span(root, path.clone())
        } else {
            item_span(root, path.clone().chain(["match"]), glob.as_str())
        },
        glob,
    };
    globs.into_iter().map(name).collect()
}

/// Reports entries that match nothing, and names that match two entries.
fn check_entries(file: &PlatformFile, rules: &MappingRules, diagnostics: &mut Vec<Diagnostic>) {
    let protected = rules.protected();
    let mut before: Vec<NameOfEntry<'_>> = Vec::new();
    for (own, entry) in rules.environments.iter() {
        let path = ENVIRONMENTS.into_iter().chain([own.as_str(), "match"]);
        if entry.globs(own).is_empty() {
            let problem = format!("the environment `{own}` matches no name in GitLab");
            let place = key_span(&file.root, path);
            diagnostics.push(
                Diagnostic::error(Code::Environment, problem, place)
                    .with_help("write GitLab's name of it, or leave `match` out"),
            );
        }
        let names = names_of(&file.root, own, entry, protected.contains(own));
        for name in &names {
            let overlapping = before.iter().find(|other| other.glob.overlaps(&name.glob));
            diagnostics.extend(overlapping.map(|other| overlap(other, name)));
        }
        before.extend(names);
    }
}

fn overlap(one: &NameOfEntry<'_>, other: &NameOfEntry<'_>) -> Diagnostic {
    let (first, second) = if one.place <= other.place {
        (one, other)
    } else {
        (other, one)
    };
    let problem = match (one.is_protected, other.is_protected) {
        (true, false) | (false, true) => {
            let (guarded, open) = if one.is_protected {
                (one, other)
            } else {
                (other, one)
            };
            format!(
                "`{}`, which is not protected, also matches names of the protected environment `{}`",
                open.own, guarded.own
            )
        }
        _ => format!(
            "the environments `{}` and `{}` match the same names",
            first.own, second.own
        ),
    };
    Diagnostic::error(Code::Environment, problem, second.place)
        .with_secondary(first.place, "the other one")
        .with_help("narrow one of the two, so that each of GitLab's names has one JWT role")
}

/// A name under `protected_environments` that is another entry's would protect nothing.
fn check_listed(file: &PlatformFile, rules: &MappingRules, diagnostics: &mut Vec<Diagnostic>) {
    let names = rules.environments.names();
    for listed in &rules.protected_environments {
        let Some(resolved) = names.resolve(listed.as_str()).filter(|name| name != listed) else {
            continue;
        };
        let path = ["mappings", "protected_environments"];
        let problem = format!(
            "the protected environment `{listed}` is one of those that `{resolved}` matches"
        );
        let entry = ENVIRONMENTS.into_iter().chain([resolved.as_str()]);
        diagnostics.push(
            Diagnostic::error(
                Code::Environment,
                problem,
                item_span(&file.root, path, listed.as_str()),
            )
            .with_secondary(key_span(&file.root, entry), "it has this entry's JWT role")
            .with_help(format!(
                "protect `{resolved}`, or narrow its `match` and add the entry `{listed}: {{protected: true}}`"
            )),
        );
    }
}

fn no_name(name: &GitLabEnvironment, names: &EnvironmentNames, place: Span) -> Diagnostic {
    Diagnostic::error(
        Code::Environment,
        format!("Vault can hold no role for an environment with the name `{name}`"),
        place,
    )
    .with_help(how_to_name(name.as_str(), names))
}

/// What to do so that an environment has a name in Vault, with the entry as YAML. The environments of a folder share one.
pub(in crate::mappings) fn how_to_name(name: &str, names: &EnvironmentNames) -> String {
    let glob = without_variables(name);
    if glob.chars().all(|c| c == '*') {
        return format!(
            "a name that is a variable alone may be any: give it a folder, as in `review/{name}`, in the pipeline and here"
        );
    }
    let folder = glob.split_once('/').map(|(folder, _)| folder);
    let of_folder = folder
        .filter(|folder| !folder.contains('*'))
        .and_then(|folder| {
            let own = EnvironmentName::like(folder);
            let is_free = names.resolve(&own).is_some_and(|known| !names.has(&known));
            is_free.then(|| (own, format!("{folder}/*")))
        });
    let (own, glob) = of_folder.unwrap_or_else(|| (EnvironmentName::like(&glob), glob));
    let quoted = quote_in_braces(&glob);
    if let Some(taken) = names.names().find(|known| known.as_str() == own) {
        let globs = names.globs(taken);
        let globs: Vec<String> = globs
            .iter()
            .map(|glob| quote_in_braces(glob.as_str()))
            .collect();
        return format!(
            "add it to the entry `{own}` of `mappings.environments` in vault.yaml, as in `match: [{}, {quoted}]`, or add an entry \
             with another name",
            globs.join(", ")
        );
    }
    let protected = if EnvironmentName::is_production(&own) {
        ", protected: true"
    } else {
        ""
    };
    format!(
        "add `{}: {{match: {quoted}{protected}}}` to `mappings.environments` in vault.yaml",
        quote(&own)
    )
}

/// The name with `*` in place of each variable: GitLab fills them in before it signs the JWT.
///
/// <https://docs.gitlab.com/ci/environments/#create-a-dynamic-environment>
fn without_variables(name: &str) -> String {
    let mut parts = name.split('$');
    let mut glob = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let in_braces = part.strip_prefix('{').and_then(|part| part.split_once('}'));
        let rest = match in_braces {
            Some((_, rest)) => rest,
            None => part.trim_start_matches(is_of_name),
        };
        glob.push(if rest.len() < part.len() { '*' } else { '$' });
        glob.push_str(rest);
    }
    glob
}
