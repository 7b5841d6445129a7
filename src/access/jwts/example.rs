//! The smallest example of a JWT, with values that readers recognize as examples.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bounds::Bounds;
use super::claim_set::{ClaimSet, Scalars};
use super::facts::{OF_ENVIRONMENT, SERVER};
use super::union::Jwts;

/// An example has no longer list than this.
const LONGEST_LIST: usize = 100;

impl Jwts {
    /// The claims of one of these JWTs: every claim that decides, and the claims that all jobs have.
    pub(crate) fn example(&self) -> Option<BTreeMap<String, Value>> {
        let fewest = self.bounds().iter().min_by_key(|bounds| bounds.len())?;
        Some(fewest.example())
    }
}

impl Bounds {
    /// The claims of a JWT within these bounds.
    pub(crate) fn example(&self) -> BTreeMap<String, Value> {
        let mut claims = BTreeMap::new();
        let preferred = [
            ("project_id", "1"),
            ("project_path", "example/project"),
            ("namespace_id", "1"),
            ("namespace_path", "example"),
            ("ref", "main"),
            ("ref_type", "branch"),
            ("ref_protected", "false"),
            ("user_login", "user"),
        ];
        for (claim, value) in preferred {
            let set = self.get(claim);
            let value = if set.scalars.texts.contains(value) {
                Some(json!(value))
            } else {
                set.example()
            };
            claims.extend(value.map(|value| (claim.to_owned(), value)));
        }
        for (claim, set) in self.iter() {
            if claim != SERVER && !claims.contains_key(claim) {
                claims.extend(set.example().map(|value| (claim.to_owned(), value)));
            }
        }
        if OF_ENVIRONMENT
            .iter()
            .any(|claim| claims.contains_key(*claim))
        {
            let usual = ["dev", "false", "development", "start"];
            for (claim, value) in OF_ENVIRONMENT.iter().zip(usual) {
                let set = self.get(claim);
                let value = if set.scalars.texts.contains(value) {
                    Some(json!(value))
                } else {
                    set.present()
                };
                if let (false, Some(value)) = (claims.contains_key(*claim), value) {
                    claims.insert((*claim).to_owned(), value);
                }
            }
        }
        with_nested(claims)
    }
}

/// The same with the values at JSON pointers at their places inside of claims.
fn with_nested(mut claims: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let pointers = claims.keys().filter(|claim| claim.starts_with('/'));
    for pointer in pointers.cloned().collect::<Vec<_>>() {
        let Some(value) = claims.remove(&pointer) else {
            continue;
        };
        let mut segments = pointer[1..]
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"));
        let claim = segments.next().unwrap_or_default();
        let mut place = claims.entry(claim).or_insert(Value::Null);
        for segment in segments {
            place = inner(place, segment);
        }
        *place = value;
    }
    claims
}

/// The place inside a value that a segment of a JSON pointer names: a number names an element of a list.
fn inner(value: &mut Value, segment: String) -> &mut Value {
    match segment.parse::<usize>() {
        Ok(index) if index < LONGEST_LIST => {
            if !value.is_array() {
                *value = json!([]);
            }
            match value {
                Value::Array(elements) => {
                    while elements.len() <= index {
                        elements.push(json!("x"));
                    }
                    &mut elements[index]
                }
                other => other,
            }
        }
        _ => {
            if !value.is_object() {
                *value = json!({});
            }
            &mut value[segment]
        }
    }
}

impl ClaimSet {
    /// A value, or `None` if the claim may be absent.
    fn example(&self) -> Option<Value> {
        if self.absent { None } else { self.present() }
    }

    /// A value.
    fn present(&self) -> Option<Value> {
        let scalar = || self.scalars.example();
        let list = || {
            let (_, some) = self.lists.first()?.parts();
            let elements: Vec<Value> = some.iter().filter_map(Scalars::example).collect();
            Some(Value::Array(elements))
        };
        scalar()
            .or_else(list)
            .or_else(|| self.objects.then(|| json!({})))
    }
}

impl Scalars {
    fn example(&self) -> Option<Value> {
        if let Some(text) = self.texts.shortest() {
            return Some(Value::String(text));
        }
        match self.others.texts() {
            Some(others) => serde_json::from_str(others.first()?).ok(),
            None => Some(json!(1)),
        }
    }
}
