//! Changes the fields of an entry that differ, and no other.

use serde_json::{Map, Value as Json};

use crate::yaml::{EditedText, Step, Value};

/// Changes the entries in which `live` differs from `wanted`, and no other.
pub(super) fn reconcile(
    document: &mut EditedText,
    at: &[Step<'_>],
    wanted: &Map<String, Json>,
    live: &Map<String, Json>,
) -> Option<()> {
    for (key, value) in live {
        let path = [at, &[Step::Key(key)]].concat();
        match wanted.get(key) {
            Some(wanted) if wanted == value => {}
            Some(wanted) => reconcile_value(document, &path, wanted, value)?,
            None => document.set(&path, value.clone().into())?,
        }
    }
    for key in wanted.keys().filter(|key| !live.contains_key(*key)) {
        document.remove(&[at, &[Step::Key(key)]].concat())?;
    }
    Some(())
}

fn reconcile_value(
    document: &mut EditedText,
    at: &[Step<'_>],
    wanted: &Json,
    live: &Json,
) -> Option<()> {
    let node = document.at(at).map(|node| &node.value);
    match (wanted, live, node) {
        (Json::Object(wanted), Json::Object(live), Some(Value::Mapping(_))) if !live.is_empty() => {
            reconcile(document, at, wanted, live)
        }
        (Json::Array(wanted), Json::Array(live), Some(Value::Sequence(_)))
            if wanted.iter().chain(live).all(Json::is_string) =>
        {
            for gone in wanted.iter().filter(|item| !live.contains(item)) {
                let items = document.at(at)?.items();
                let index = items.iter().position(|item| item.text() == gone.as_str())?;
                document.remove(&[at, &[Step::Item(index)]].concat())?;
            }
            for new in live.iter().filter(|item| !wanted.contains(item)) {
                document.add_item(at, &new.clone().into())?;
            }
            Some(())
        }
        _ => document.set(at, live.clone().into()),
    }
}
