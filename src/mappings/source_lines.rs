//! The lines of the files that decide about access, for answers that cite them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;

use super::loaded::Loaded;
use super::places::Places;
use super::trees::tree;
use crate::diagnostic::{FileId, Span};
use crate::yaml::{Node, key_span};

/// Where the roles and rules of an answer are declared.
#[derive(Debug)]
pub(crate) struct SourceLines<'a> {
    loaded: &'a Loaded,
    places: Option<Places<'a>>,
    /// The mapping of each AWS role that a mapping makes, by the role's name. Most formats do without.
    mappings: OnceCell<HashMap<String, MappingLine>>,
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceLine<'a> {
    /// The file, as the user would type it.
    pub(crate) path: &'a str,
    /// From 1.
    pub(crate) line: usize,
}

/// Where a mapping is written.
#[derive(Debug)]
struct MappingLine {
    place: Span,
    /// The key in the file: `environments.dev`.
    key: String,
}

impl Loaded {
    /// The lines of these files.
    pub(crate) fn source_lines(&self) -> SourceLines<'_> {
        SourceLines {
            loaded: self,
            places: self.places(),
            mappings: OnceCell::new(),
        }
    }

    fn mapping_lines(&self) -> HashMap<String, MappingLine> {
        let rules = self.platform.as_ref();
        let rules = rules.and_then(|file| file.platform.mappings.as_ref());
        let roles = rules.map(|rules| self.folder().roles(rules));
        // The roles of a file follow each other, so that one tree at a time is enough.
        let mut last: Option<(FileId, Node)> = None;
        let mut lines = HashMap::new();
        for role in roles.into_iter().flatten() {
            if last.as_ref().is_none_or(|(file, _)| *file != role.file) {
                last = Some((role.file, tree(role.file, &self.sources)));
            }
            let Some((_, root)) = &last else { continue };
            let place = key_span(root, role.keys.iter().copied());
            let key = role.keys.join(".");
            lines.insert(role.name, MappingLine { place, key });
        }
        lines
    }
}

impl<'a> SourceLines<'a> {
    /// The mapping that makes an AWS role: its line and its key, such as `environments.dev`.
    pub(crate) fn mapping(&self, role: &str) -> Option<(SourceLine<'a>, &str)> {
        let mappings = self.mappings.get_or_init(|| self.loaded.mapping_lines());
        let mapping = mappings.get(role)?;
        Some((self.line(mapping.place)?, &mapping.key))
    }

    /// An AWS role that `vault.yaml` declares.
    pub(crate) fn aws_role(&self, mount: &str, name: &str) -> Option<SourceLine<'a>> {
        self.line(self.places.as_ref()?.aws_role(mount, name)?)
    }

    /// A role of a JWT method.
    pub(crate) fn jwt_role(&self, mount: &str, name: &str) -> Option<SourceLine<'a>> {
        self.line(self.places.as_ref()?.jwt_role(mount, name)?)
    }

    /// A rule of a policy, by its number from 1.
    pub(crate) fn rule(&self, policy: &str, number: usize) -> Option<SourceLine<'a>> {
        self.line(self.places.as_ref()?.rule(policy, number.checked_sub(1)?)?)
    }

    fn line(&self, place: Span) -> Option<SourceLine<'a>> {
        let sources = &self.loaded.sources;
        let position = sources.position(place)?;
        Some(SourceLine {
            path: sources.path(place.file),
            line: position.line,
        })
    }
}

impl fmt::Display for SourceLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}
