//! The name of an environment as a part of other texts, and `{environment}` in its place.

use std::ops::Range;

use super::{ImportedEntry, ImportedValue};
use crate::value::{EnvironmentName, GitLabEnvironment};

/// What stands for the environment in names and texts.
pub(super) const PLACEHOLDER: &str = "{environment}";

/// The text with the placeholder in place of the name wherever it is a whole word.
pub(super) fn replaced(text: &str, name: &str, placeholder: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = 0;
    for found in occurrences(text, name) {
        replaced += &text[rest..found.start];
        replaced += placeholder;
        rest = found.end;
    }
    replaced += &text[rest..];
    replaced
}

fn occurrences<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(name)
        .map(|(start, found)| start..start + found.len())
        .filter(move |range| {
            is_end(text[..range.start].chars().next_back())
                && is_end(text[range.end..].chars().next())
        })
}

/// Replaces the name in every text of these entries.
pub(super) fn replace_in(entries: &mut [ImportedEntry], name: &str, placeholder: &str) {
    for entry in entries {
        replace_in_value(&mut entry.value, name, placeholder);
    }
}

pub(super) fn replace_in_value(value: &mut ImportedValue, name: &str, placeholder: &str) {
    match value {
        ImportedValue::Plain(_) => {}
        ImportedValue::Text(text) => *text = replaced(text, name, placeholder),
        ImportedValue::List(items) => {
            for item in items {
                replace_in_value(item, name, placeholder);
            }
        }
        ImportedValue::Map(entries) => replace_in(entries, name, placeholder),
    }
}

/// The environment that the name of a JWT role most likely holds, if the role is for these environments of GitLab:
/// `review` in `aws-review` for `review/*`.
pub(super) fn in_role_name(role: &str, bound: &[&str]) -> Option<EnvironmentName> {
    let folder = |name: &str| name.split('/').next().map(str::to_lowercase);
    let parts = bound
        .iter()
        .flat_map(|name| [Some(name.to_lowercase()), folder(name)]);
    let parts = parts
        .flatten()
        .filter(|part| occurrences(role, part).next().is_some());
    let longest = parts.max_by_key(String::len)?;
    vault_name(&longest)
}

/// The environment for which a template gives this name.
pub(super) fn fitting(template: &str, name: &str) -> Option<EnvironmentName> {
    let (before, behind) = template.split_once(PLACEHOLDER)?;
    let part = name.strip_prefix(before)?.strip_suffix(behind)?;
    vault_name(part)
}

/// An environment that the files can name, and whose name JWT roles can have in theirs.
fn vault_name(text: &str) -> Option<EnvironmentName> {
    text.parse::<GitLabEnvironment>().ok()?;
    let is_lower = !text.contains(char::is_uppercase);
    text.parse().ok().filter(|_| is_lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_where_it_is_a_whole_word() {
        for (text, expected) in [
            ("aws-dev", "aws-{environment}"),
            ("aws/sts/365-dev", "aws/sts/365-{environment}"),
            ("developers of dev", "developers of {environment}"),
            ("dev.dev", "{environment}.{environment}"),
            ("mydev", "mydev"),
            ("", ""),
        ] {
            assert_eq!(replaced(text, "dev", PLACEHOLDER), expected);
        }
    }

    #[test]
    fn the_name_of_a_role_holds_the_environment_or_its_folder() {
        let name = |role, bound| in_role_name(role, bound).map(String::from);
        assert_eq!(name("aws-prod", &["prod"]).as_deref(), Some("prod"));
        assert_eq!(name("aws-prod", &["Prod"]).as_deref(), Some("prod"));
        assert_eq!(name("aws-review", &["review/*"]).as_deref(), Some("review"));
        assert_eq!(
            name("aws-prod-eu", &["prod", "prod-eu"]).as_deref(),
            Some("prod-eu")
        );
        assert_eq!(name("aws-other", &["prod"]), None);
        assert_eq!(name("aws-*", &["*"]), None);
    }
}
