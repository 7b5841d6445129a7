//! A policy's text as rules, where that loses nothing, or as the text that it is.

use super::yaml::Node;
use super::{Draft, Form, fields};
use crate::acl;
use crate::resource::Kind;

/// A policy as the files have it.
pub(super) enum Written {
    /// Under `rules:`.
    Rules(Node),
    /// In a file of its own.
    File {
        /// The file's text.
        text: String,
        /// What a reader should know of it.
        comment: Option<String>,
    },
}

pub(super) fn written(text: &str, form: Form, draft: &Draft<'_>) -> Written {
    let referring = with_references(text, draft);
    if form == Form::Short
        && let Some(rules) = acl::parse_lossless(&referring)
        && acl::same(&referring, &acl::render(&rules))
    {
        return Written::Rules(Node::List(rules.iter().map(fields::rule).collect()));
    }
    match with_escapes(text) {
        Some(escaped) => Written::File {
            text: with_references(&escaped, draft),
            comment: Some(
                "The text has \\u0024{ for ${, which would begin a reference to these files".into(),
            ),
        },
        None => Written::File {
            text: referring,
            comment: None,
        },
    }
}

/// The text with references in place of the accessors of the files' mounts, so that it fits another Vault too.
fn with_references(text: &str, draft: &Draft<'_>) -> String {
    let mounts = draft
        .all(Kind::AuthMount)
        .map(|(address, _)| &address.mount);
    mounts.fold(text.to_owned(), |text, mount| {
        match draft.discovery.live.accessors.get(mount) {
            Some(accessor) if !accessor.is_empty() => {
                text.replace(accessor, &format!("${{auth.{mount}.accessor}}"))
            }
            _ => text,
        }
    })
}

/// The text with every `${` written so that only Vault reads it, if Vault then reads the same and it has any.
fn with_escapes(text: &str) -> Option<String> {
    let escaped = text.replace("${", "\\u0024{");
    (escaped != text && acl::same(text, &escaped)).then_some(escaped)
}
