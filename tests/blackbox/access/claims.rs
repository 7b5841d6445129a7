//! JWTs: random ones of values that rules and bounds are made of, and those that miss another one narrowly.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::configuration::ISSUERS;
use super::random::Random;
use crate::support::id_token;

/// The claims of a JWT that decide; null where it lacks one.
pub(super) type Claims = BTreeMap<String, Value>;

/// Values with which paths can be split in several ways. Project 900 is in no file.
fn values(claim: &str) -> Vec<Value> {
    let values = match claim {
        "project_id" => json!(["365", "365", "366", "900"]),
        "project_path" => json!(["some/project", "some/other", "365"]),
        "namespace_id" => json!(["72", "73"]),
        "environment" => json!([
            null, "dev", "dev", "prod", "prod", "review-1", "dev/x", "Prod", "a-b"
        ]),
        "ref" => json!([
            "main",
            "main",
            "dev",
            "feature/x",
            "+",
            "main-tools",
            "365",
            "1",
            "1-a"
        ]),
        "ref_protected" => json!(["true", "false"]),
        "ref_type" => json!(["branch", "tag"]),
        "user_login" => json!(["tools", "prod", "tools-1", "too*", "365"]),
        "groups_direct" => json!([null, [], ["dev"], ["tools", "365"]]),
        "iss" => json!([ISSUERS[0], ISSUERS[0], ISSUERS[1]]),
        // GitLab has no such claim: it may have any value.
        _ => json!([
            null, "", "dev", "dev", "tools", "365", "*", "+", "dev*", "a/b", 365, true, ["dev", "x"], ["tools", 365], [],
            {"dev": "dev"},
        ]),
    };
    values.as_array().unwrap().clone()
}

/// The claims that differ from JWT to JWT here. `sub` follows from them.
const CLAIMS: [&str; 12] = [
    "project_id",
    "project_path",
    "namespace_id",
    "environment",
    "ref",
    "ref_protected",
    "ref_type",
    "user_login",
    "groups_direct",
    "iss",
    "team",
    "tier",
];

/// The JWT of a random job.
pub(super) fn random(random: &mut Random) -> Claims {
    let claims = CLAIMS.map(|claim| (claim.to_owned(), random.pick(&values(claim))));
    with_sub(claims.into_iter().collect())
}

/// A JWT with these claims, and the usual ones where there are none.
pub(super) fn completed(example: &Value) -> Claims {
    let mut claims: Claims = example.as_object().unwrap().clone().into_iter().collect();
    for claim in CLAIMS {
        let usual = values(claim).swap_remove(0);
        claims.entry(claim.to_owned()).or_insert(match claim {
            "environment" | "groups_direct" | "team" | "tier" => Value::Null,
            _ => usual,
        });
    }
    if claims.contains_key("sub") {
        claims
    } else {
        with_sub(claims)
    }
}

fn with_sub(mut claims: Claims) -> Claims {
    let text = |claim: &str| claims[claim].as_str().unwrap_or_default();
    let (path, kind, name) = (text("project_path"), text("ref_type"), text("ref"));
    let sub = format!("project_path:{path}:ref_type:{kind}:ref:{name}");
    claims.insert("sub".into(), sub.into());
    claims
}

/// The same with one claim changed, in each way that GitLab could sign.
pub(super) fn near_misses(claims: &Claims) -> Vec<Claims> {
    let mut all = Vec::new();
    for (claim, value) in claims {
        let changed = variants(value)
            .into_iter()
            .chain(values(claim))
            .filter(|variant| variant != value && is_signable(claim, variant));
        all.extend(changed.map(|variant| {
            let mut claims = claims.clone();
            claims.insert(claim.clone(), variant);
            claims
        }));
    }
    all
}

/// Another case, one letter more or less, nothing, a list, a number, a special character.
fn variants(value: &Value) -> Vec<Value> {
    let mut variants = vec![Value::Null, json!(""), json!([value])];
    let Some(text) = value.as_str() else {
        variants.push(json!(value.to_string()));
        return variants;
    };
    let mut shorter = text.to_owned();
    shorter.pop();
    let others = [
        text.to_uppercase(),
        format!("{text}1"),
        format!("{text}*"),
        format!("{text}+"),
        format!("{text}/"),
        format!("/{text}"),
        format!("{text}\n"),
        shorter,
        "*".into(),
        "+".into(),
        "/".into(),
    ];
    variants.extend(others.into_iter().map(Value::from));
    variants.extend(text.parse::<u64>().ok().map(Value::from));
    variants.extend(text.parse::<bool>().ok().map(Value::from));
    variants
}

/// Whether GitLab can sign a value for a claim. Answers are about such JWTs only.
fn is_signable(claim: &str, value: &Value) -> bool {
    let text = value.as_str().filter(|text| !text.is_empty());
    let without = |letters: &[char]| text.is_some_and(|text| !text.contains(letters));
    match claim {
        "project_id" | "namespace_id" => {
            text.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "ref_protected" => matches!(text, Some("true" | "false")),
        "ref_type" => matches!(text, Some("branch" | "tag")),
        "ref" => without(&['*']),
        "environment" => value.is_null() || without(&['*', '+']),
        "project_path" | "user_login" | "iss" | "sub" => text.is_some(),
        "groups_direct" => {
            let texts = value
                .as_array()
                .map(|list| list.iter().all(Value::is_string));
            value.is_null() || texts == Some(true)
        }
        "team" | "tier" => true,
        // Examples have more claims; what else there is of them is not varied.
        _ => false,
    }
}

/// A signed JWT.
pub(super) fn signed(claims: &Claims) -> String {
    id_token(&json!(claims))
}
