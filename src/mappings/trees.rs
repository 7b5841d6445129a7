//! The trees of project files. They are parsed again for the few places that messages show: all of them take much memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::loaded::ProjectFile;
use super::project::keys_of;
use crate::diagnostic::{FileId, Sources, Span};
use crate::yaml::{self, Node, Value, key_span};

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
    pub(crate) fn of(&self, file: &ProjectFile) -> Rc<Node> {
        let mut made = self.made.borrow_mut();
        let tree = made
            .entry(file.file)
            .or_insert_with(|| Rc::new(tree(file, self.sources)));
        Rc::clone(tree)
    }

    /// The place of a mapping of a file: an environment, or the default.
    pub(crate) fn mapping(&self, file: &ProjectFile, environment: Option<&str>) -> Span {
        key_span(&self.of(file), keys_of(environment))
    }
}

/// The tree of a file.
pub(super) fn tree(file: &ProjectFile, sources: &Sources) -> Node {
    let mut reported = Vec::new();
    match yaml::parse(sources.text(file.file), file.file, &mut reported) {
        Some(root) => root,
        None => Node {
            value: Value::Invalid,
            span: Span::top(file.file),
        },
    }
}
