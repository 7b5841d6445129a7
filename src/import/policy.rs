//! A policy as rules where that loses nothing, or as its text.

use super::{Draft, Form, ImportedValue, fields};
use crate::acl;
use crate::diagnostic::is_hidden;
use crate::resource::{Accessors, Address, Kind};

/// How the files express a policy.
pub(super) enum PolicySource {
    /// Under `rules:`.
    Rules(ImportedValue),
    /// In a file of its own.
    File {
        /// The file's text.
        text: String,
        /// A comment for the reader of the file.
        comment: Option<String>,
    },
}

/// The accessors of the files' auth mounts, each with the reference to it.
pub(super) struct References(Vec<(String, String)>);

impl References {
    pub(super) fn of(draft: &Draft<'_>) -> Self {
        let mounts = draft.all(Kind::AuthMount).map(|(address, _)| address);
        Self::to(mounts, &draft.discovery.live.accessors)
    }

    /// Those to the auth mounts among these.
    pub(super) fn to<'a>(mounts: impl Iterator<Item = &'a Address>, accessors: &Accessors) -> Self {
        let mounts = mounts.filter(|address| address.kind == Kind::AuthMount);
        let references = mounts.filter_map(|Address { mount, .. }| {
            let accessor = accessors
                .get(mount)
                .filter(|accessor| !accessor.is_empty())?;
            Some((accessor.clone(), format!("${{auth.{mount}.accessor}}")))
        });
        Self(references.collect())
    }

    /// The text with references in place of accessors, so that it is valid for another Vault too.
    pub(super) fn put_into(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (accessor, reference)| {
                text.replace(accessor, reference)
            })
    }
}

pub(super) fn source(text: &str, form: Form, references: &References) -> PolicySource {
    let referring = references.put_into(text);
    if form == Form::Short
        && let Some(rules) = acl::parse_lossless(&referring)
        && acl::same(&referring, &acl::render(&rules))
    {
        return PolicySource::Rules(ImportedValue::List(
            rules.iter().map(fields::rule).collect(),
        ));
    }
    match with_escapes(text) {
        Some(escaped) => PolicySource::File {
            text: references.put_into(&escaped),
            comment: Some(
                "Escaped in the text: ${, which begins a reference here, and hidden characters"
                    .into(),
            ),
        },
        None => PolicySource::File {
            text: referring,
            comment: None,
        },
    }
}

/// The text with escapes for what a file must not hold, if there is any and Vault reads the same: `${`, which begins
/// a reference, and hidden characters.
pub(super) fn with_escapes(text: &str) -> Option<String> {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let is_layout = matches!(c, '\n' | '\t') || rest.starts_with("\r\n");
        if rest.starts_with("${") || is_hidden(c) && !is_layout {
            let code = u32::from(c);
            escaped += &match code {
                ..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
        } else {
            escaped.push(c);
        }
    }
    (escaped != text && acl::same(text, &escaped)).then_some(escaped)
}
