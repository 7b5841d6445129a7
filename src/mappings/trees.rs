//! The trees of project files. They are parsed again for the few places that messages show: all of them take much memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::mapped_role::MappedRole;
use crate::diagnostic::{FileId, Sources, Span};
use crate::yaml::{self, Node, Value, key_span, value_span};

/// The trees that have been parsed again.
#[derive(Debug)]
pub(crate) struct Trees<'s> {
    sources: &'s Sources,
    made: RefCell<HashMap<FileId, Rc<Node>>>,
}

impl<'s> Trees<'s> {
    /// No tree yet.
    pub(crate) fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            made: RefCell::default(),
        }
    }

    /// The tree of a file.
    pub(crate) fn of(&self, file: FileId) -> Rc<Node> {
        let mut made = self.made.borrow_mut();
        let tree = made
            .entry(file)
            .or_insert_with(|| Rc::new(tree(file, self.sources)));
        Rc::clone(tree)
    }

    /// The place of a mapping in its file.
    pub(crate) fn mapping(&self, role: &MappedRole<'_>) -> Span {
        key_span(&self.of(role.file), role.keys.iter().copied())
    }

    /// The place of one of a mapping's settings, or of the ARN if it has no settings.
    pub(crate) fn setting(&self, role: &MappedRole<'_>, key: &str) -> Span {
        self.setting_at(role, &[key])
    }

    /// The same for a value inside of a setting.
    pub(crate) fn setting_at(&self, role: &MappedRole<'_>, path: &[&str]) -> Span {
        let root = self.of(role.file);
        let keys = role.keys.iter().copied();
        match root.at(keys.clone().chain(path.iter().copied())) {
            Some(node) => node.span,
            None => value_span(&root, keys),
        }
    }
}

/// The tree of a file.
pub(super) fn tree(file: FileId, sources: &Sources) -> Node {
    let mut reported = Vec::new();
    match yaml::parse(sources.text(file), file, &mut reported) {
        Some(root) => root,
        None => Node {
            value: Value::Invalid,
            span: Span::top(file),
        },
    }
}
