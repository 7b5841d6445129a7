//! What the program says: sets of JWTs as its JSON has them, and whether one JWT is in them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::claims::Claims;

/// An answer of `explain --arn '*' --format json`, read on one kind of server.
pub(super) struct Told {
    /// All of it.
    pub(super) json: Value,
    /// The server that decides, as the claim `server` names it.
    pub(super) server: &'static str,
}

/// The login that comes after a job's own: its claims, and the role.
pub(super) type OtherLogin<'a> = (&'a Claims, &'a str);

impl Told {
    /// The ways by a role.
    fn ways<'s>(&'s self, mount: &'s str, role: &'s str) -> impl Iterator<Item = &'s Value> {
        self.json["ways"]
            .as_array()
            .unwrap()
            .iter()
            .filter(move |way| way["mount"] == mount && way["role"] == role)
    }

    /// The identities that a JWT reaches by a role.
    pub(super) fn reached(&self, mount: &str, role: &str, claims: &Claims) -> BTreeSet<String> {
        self.ways(mount, role)
            .filter(|way| way["after_login"].is_null())
            .filter(|way| self.is_one_of(claims, &way["jwts"]))
            .map(identity)
            .collect()
    }

    /// The identities that it reaches besides, once another login with the same alias has come.
    pub(super) fn reached_after(
        &self,
        mount: &str,
        role: &str,
        claims: &Claims,
        (other, other_role): OtherLogin<'_>,
    ) -> BTreeSet<String> {
        self.ways(mount, role)
            .filter(|way| {
                let after = &way["after_login"];
                after["roles"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|role| role == other_role)
                    && self.is_one_of(other, &after["jwts"])
            })
            .filter(|way| self.is_one_of(claims, &way["jwts"]))
            .map(identity)
            .collect()
    }

    /// The ways by a job's own login that exist on this server, each with the claims of its example.
    pub(super) fn examples(&self) -> impl Iterator<Item = (&Value, Claims)> {
        self.json["ways"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|way| way["after_login"].is_null())
            .filter_map(|way| {
                let claims = super::claims::completed(&way["example"]);
                self.is_one_of(&claims, &way["jwts"])
                    .then_some((way, claims))
            })
    }

    /// Whether a JWT is in a set.
    fn is_one_of(&self, claims: &Claims, jwts: &Value) -> bool {
        is_one_of(self.server, claims, jwts)
    }
}

/// Whether a JWT is in a set, on a server by its name in the claim `server`.
pub(super) fn is_one_of(server: &str, claims: &Claims, jwts: &Value) -> bool {
    let server = Value::from(server);
    jwts.as_array().unwrap().iter().any(|alternative| {
        alternative
            .as_object()
            .unwrap()
            .iter()
            .all(|(claim, set)| match claim.as_str() {
                "server" => is_in(&server, set),
                pointer if pointer.starts_with('/') => {
                    let claims = json!(claims);
                    is_in(claims.pointer(pointer).unwrap_or(&Value::Null), set)
                }
                claim => is_in(claims.get(claim).unwrap_or(&Value::Null), set),
            })
    })
}

/// What a way leads to.
pub(super) fn identity(way: &Value) -> String {
    way["identity"].as_str().unwrap().to_owned()
}

/// Whether a value is in a set of values of a claim.
fn is_in(value: &Value, set: &Value) -> bool {
    match value {
        Value::Null => set["absent"] == true,
        Value::Object(_) => set["objects"] == true,
        Value::Array(elements) => set["lists"].as_array().into_iter().flatten().any(|list| {
            let some = list["some"].as_array().unwrap();
            elements
                .iter()
                .all(|element| is_scalar_in(element, &list["every"]))
                && some
                    .iter()
                    .all(|some| elements.iter().any(|element| is_scalar_in(element, some)))
        }),
        scalar => is_scalar_in(scalar, set),
    }
}

/// Whether a text, number or boolean is in a set.
fn is_scalar_in(value: &Value, set: &Value) -> bool {
    let (text, set) = match value {
        Value::String(text) => (text.clone(), &set["texts"]),
        other => (other.to_string(), &set["numbers_and_booleans"]),
    };
    set.as_array()
        .into_iter()
        .flatten()
        .any(|alternative| is_text_in(&text, alternative))
}

fn is_text_in(text: &str, alternative: &Value) -> bool {
    let texts = |key: &str| alternative[key].as_array().cloned().unwrap_or_default();
    if alternative.get("is").is_some() {
        return texts("is").iter().any(|one| one == text);
    }
    let is_like = |glob: &Value| is_like(&glob.as_str().unwrap().chars().collect::<Vec<_>>(), text);
    let is_number = || !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    alternative["digits"]
        .as_bool()
        .is_none_or(|wanted| wanted == is_number())
        && texts("like").iter().all(is_like)
        && !texts("unlike").iter().any(is_like)
        && !texts("except").iter().any(|one| one == text)
}

/// `*` stands for any text, and `\*` for itself.
fn is_like(glob: &[char], text: &str) -> bool {
    match glob {
        [] => text.is_empty(),
        ['\\', '*', rest @ ..] => text
            .strip_prefix('*')
            .is_some_and(|text| is_like(rest, text)),
        ['*', rest @ ..] => (0..=text.len())
            .filter(|end| text.is_char_boundary(*end))
            .into_iter()
            .any(|end| is_like(rest, &text[end..])),
        [letter, rest @ ..] => text
            .strip_prefix(*letter)
            .is_some_and(|text| is_like(rest, text)),
    }
}
