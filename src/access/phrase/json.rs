//! Sets of JWTs as JSON.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::values::pattern_words;
use crate::access::jwts::{ClaimSet, Jwts, Language, Scalars};
use crate::value::TextPattern;

/// A list of alternatives, each with the values that its claims must have.
impl Serialize for Jwts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alternatives = self.bounds().iter().map(|bounds| {
            let claims = bounds
                .iter()
                .map(|(claim, set)| (claim.to_owned(), set_json(set)));
            Value::Object(claims.collect())
        });
        serializer.collect_seq(alternatives)
    }
}

fn set_json(set: &ClaimSet) -> Value {
    let mut fields = Map::new();
    if set.absent {
        fields.insert("absent".into(), true.into());
    }
    fields.extend(scalars_json(&set.scalars));
    if !set.lists.is_empty() {
        let lists = set.lists.iter().map(|lists| {
            let (every, some) = lists.parts();
            let some: Vec<_> = some.iter().map(scalars_json).collect();
            json!({"every": scalars_json(every), "some": some})
        });
        fields.insert("lists".into(), lists.collect());
    }
    if set.objects {
        fields.insert("objects".into(), true.into());
    }
    Value::Object(fields)
}

fn scalars_json(scalars: &Scalars) -> Map<String, Value> {
    let sets = [
        ("texts", &scalars.texts),
        ("numbers_and_booleans", &scalars.others),
    ];
    sets.into_iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(name, set)| (name.to_owned(), language_json(set)))
        .collect()
}

/// Alternatives: some strings, or all strings that match all of some globs and none of some others. `*` matches any text,
/// and `\*` a literal `*`.
fn language_json(language: &Language) -> Value {
    let (texts, cells) = language.parts();
    let cells = cells.iter().map(|cell| {
        let globs = |patterns: &BTreeSet<TextPattern>| -> Vec<String> {
            patterns.iter().filter(|one| **one != TextPattern::Digits).map(pattern_words).collect()
        };
        let is_number = |patterns: &BTreeSet<TextPattern>| patterns.contains(&TextPattern::Digits);
        let mut fields = json!({"like": globs(&cell.like), "unlike": globs(&cell.unlike), "except": cell.except});
        if is_number(&cell.like) {
            fields["digits"] = true.into();
        } else if is_number(&cell.unlike) {
            fields["digits"] = false.into();
        }
        fields
    });
    let texts = (!texts.is_empty()).then(|| json!({ "is": texts }));
    texts.into_iter().chain(cells).collect()
}
