//! Computes what differs in a change, field by field.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, DiffTag, TextDiff, capture_diff_slices};

use super::Shown;
use crate::plan::{Action, Change};
use crate::resource::{Held, Kind, Unreadable};

/// How many unchanged lines are shown around a changed one.
const CONTEXT: usize = 3;

/// A field that differs, in canonical form: durations as `1h30m`, policy documents as JSON in a string.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Field {
    pub(super) name: String,
    /// `None` in a create, and where it can't be read.
    pub(super) before: Option<Value>,
    /// `None` in a delete.
    pub(super) after: Option<Value>,
    /// Why what Vault holds can't be read, if that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unreadable: Option<String>,
}

/// One difference for a reviewer: of a field, of an entry of a map, or of an item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// `max_sts_ttl`, or `bound_claims.project_id`.
    pub(super) name: Shown,
    pub(super) value: ValueChange,
}

/// The old and the new value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueChange {
    Added(Shown),
    Removed(Shown),
    Changed { before: Shown, after: Shown },
    Lines(Vec<Line>),
}

/// A line of a text that differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    Text(ChangeTag, Shown),
    /// Unchanged lines that are left out.
    Gap,
}

/// What happens to a resource, or to a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Added,
    Changed,
    Removed,
}

impl From<&Action> for Mark {
    fn from(action: &Action) -> Self {
        match action {
            Action::Create { .. } => Self::Added,
            Action::Update { .. } => Self::Changed,
            Action::Delete { .. } => Self::Removed,
        }
    }
}

impl ValueChange {
    pub(super) fn mark(&self) -> Mark {
        let all = |lines: &[Line], wanted| {
            let mut lines = lines.iter();
            lines.all(|line| matches!(line, Line::Text(tag, _) if *tag == wanted))
        };
        match self {
            Self::Added(_) => Mark::Added,
            Self::Removed(_) => Mark::Removed,
            Self::Lines(lines) if all(lines, ChangeTag::Insert) => Mark::Added,
            Self::Lines(lines) if all(lines, ChangeTag::Delete) => Mark::Removed,
            Self::Changed { .. } | Self::Lines(_) => Mark::Changed,
        }
    }
}

/// The fields that differ; for a create or delete, those that are set.
pub(super) fn fields(change: &Change) -> Vec<Field> {
    let (mut before, mut after) = match &change.action {
        Action::Create { after } => (Map::new(), set_fields(change.address.kind, after.fields())),
        Action::Update { before, after } => (before.fields(), after.fields()),
        Action::Delete { before } => (set_fields(change.address.kind, before.fields()), Map::new()),
    };
    let unreadable = change.before().and_then(Held::unreadable);
    let problems = unreadable.into_iter().flat_map(Unreadable::problems);
    let mut problems: BTreeMap<&str, &str> =
        problems.filter(|(name, _)| !name.is_empty()).collect();
    let names = before.keys().chain(after.keys()).map(String::as_str);
    let names: BTreeSet<String> = names
        .chain(problems.keys().copied())
        .map(str::to_owned)
        .collect();
    let fields = names.into_iter().map(|name| Field {
        before: before.remove(&name),
        after: after.remove(&name),
        unreadable: problems.remove(name.as_str()).map(str::to_owned),
        name,
    });
    let differs = |field: &Field| field.before != field.after || field.unreadable.is_some();
    fields.filter(differs).collect()
}

/// The differences, down to entries, items and lines.
pub(super) fn differences(change: &Change) -> Vec<Difference> {
    let mut comparison = FieldComparison::default();
    for field in fields(change) {
        match &field.unreadable {
            Some(why) => comparison.unreadable(&field.name, why, field.after.as_ref()),
            None => comparison.value(&field.name, field.before.as_ref(), field.after.as_ref()),
        }
    }
    comparison.differences
}

/// The width of the column of names, for differences that fit on a line.
pub(super) fn column(differences: &[Difference]) -> usize {
    let on_a_line = differences
        .iter()
        .filter(|difference| !matches!(difference.value, ValueChange::Lines(_)));
    let widths = on_a_line.map(|difference| difference.name.as_str().chars().count() + 1);
    widths.max().unwrap_or(0)
}

/// Of some fields, those that are not as they are when nobody sets them.
fn set_fields(kind: Kind, mut fields: Map<String, Value>) -> Map<String, Value> {
    static UNSET: LazyLock<HashMap<Kind, Map<String, Value>>> = LazyLock::new(|| {
        let kinds = Kind::ALL.iter().copied();
        kinds.map(|kind| (kind, kind.unset_fields())).collect()
    });
    let unset = UNSET.get(&kind);
    fields.retain(|name, value| unset.and_then(|unset| unset.get(name)) != Some(value));
    fields
}

/// The differences found so far.
#[derive(Debug, Default)]
struct FieldComparison {
    differences: Vec<Difference>,
}

impl FieldComparison {
    /// Compares values of the same type recursively, and records other differences as whole values.
    fn value(&mut self, name: &str, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        let recorded = self.differences.len();
        if let (Some(before), Some(after)) = (entries(before), entries(after)) {
            self.entries(name, &before, &after);
        } else if let (Some(before), Some(after)) = (items(before), items(after)) {
            self.items(name, before, after);
        } else if let (Some(before), Some(after)) = (text(before), text(after)) {
            self.lines(name, &before, &after);
        }
        if self.differences.len() == recorded {
            self.whole(name, before, after);
        }
    }

    fn entries(&mut self, name: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let name = format!("{name}.{key}");
            self.value(&name, before.get(key), after.get(key));
        }
    }

    /// Records nothing if an item only moved: then the whole lists are recorded.
    fn items(&mut self, name: &str, before: &[Value], after: &[Value]) {
        let mut edits = capture_diff_slices(Algorithm::Myers, before, after);
        edits.retain(|edit| edit.tag() != DiffTag::Equal);
        let removed = || edits.iter().flat_map(|edit| &before[edit.old_range()]);
        let added = || edits.iter().flat_map(|edit| &after[edit.new_range()]);
        let moved: HashSet<&Value> = removed().collect();
        if added().any(|item| moved.contains(item)) {
            return;
        }
        removed().for_each(|item| self.value(name, Some(item), None));
        added().for_each(|item| self.value(name, None, Some(item)));
    }

    fn lines(&mut self, name: &str, before: &str, after: &str) {
        if !before.contains('\n') && !after.contains('\n') {
            return;
        }
        let (before, after) = (split_lines(before), split_lines(after));
        let diff = TextDiff::configure().diff_slices(&before, &after);
        let mut lines = Vec::new();
        for group in diff.grouped_ops(CONTEXT) {
            if !lines.is_empty() {
                lines.push(Line::Gap);
            }
            let changes = group.iter().flat_map(|edit| diff.iter_changes(edit));
            lines.extend(changes.map(|line| Line::Text(line.tag(), Shown::line(line.value()))));
        }
        if !lines.is_empty() {
            self.record(name, ValueChange::Lines(lines));
        }
    }

    /// Records whole values. An empty string means the same as no value to Vault.
    fn whole(&mut self, name: &str, before: Option<&Value>, after: Option<&Value>) {
        let value = match (before, after) {
            (None, None) => return,
            (Some(before), None) => ValueChange::Removed(Shown::value(before)),
            (Some(before), Some(after)) if after == "" => {
                ValueChange::Removed(Shown::value(before))
            }
            (Some(before), Some(after)) if before != "" => ValueChange::Changed {
                before: Shown::value(before),
                after: Shown::value(after),
            },
            (_, Some(after)) => ValueChange::Added(Shown::value(after)),
        };
        self.record(name, value);
    }

    fn unreadable(&mut self, name: &str, why: &str, after: Option<&Value>) {
        let before = Shown::text(&format!("(can't be read: {why})"));
        let value = match after.map(Shown::value) {
            Some(after) => ValueChange::Changed { before, after },
            None => ValueChange::Removed(before),
        };
        self.record(name, value);
    }

    fn record(&mut self, name: &str, value: ValueChange) {
        let name = Shown::text(name);
        self.differences.push(Difference { name, value });
    }
}

fn entries(value: Option<&Value>) -> Option<Cow<'_, Map<String, Value>>> {
    match value {
        None => Some(Cow::Owned(Map::new())),
        Some(Value::Object(entries)) => Some(Cow::Borrowed(entries)),
        Some(_) => None,
    }
}

fn items(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None => Some(&[]),
        Some(Value::Array(items)) => Some(items),
        Some(_) => None,
    }
}

/// A string; a JSON object in it, such as a policy document, over several lines.
fn text(value: Option<&Value>) -> Option<Cow<'_, str>> {
    match value {
        None => Some("".into()),
        Some(Value::String(text)) => match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(object) => Some(format!("{:#}", Value::Object(object)).into()),
            Err(_) => Some(text.into()),
        },
        Some(_) => None,
    }
}

/// Lines without their line breaks. Unlike `str::lines`, it keeps carriage returns, so that they are shown.
fn split_lines(text: &str) -> Vec<&str> {
    match text.strip_suffix('\n').unwrap_or(text) {
        "" if text.is_empty() => Vec::new(),
        text => text.split('\n').collect(),
    }
}
