//! Reads the keys of a rule.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::error::ParseError;
use super::parse::{Item, SyntaxKind, SyntaxValue};
use super::rule::{Capability, Rule};
use super::scan::{Literal, Syntax};
use super::value::{ParameterValue, Parameters};

/// By which OpenBao filters the names in the answers to LIST and SCAN.
pub(super) const FILTER: &str = "list_scan_response_keys_filter_path";

/// Keys that some servers accept and [`Rule`] does not model (Vault Enterprise and OpenBao).
const UNMODELLED_KEYS: [&str; 6] = [
    "control_group",
    "expiration",
    FILTER,
    "mfa_methods",
    "pagination_limit",
    "subscribe_event_types",
];

/// Reads one key into the rule.
///
/// # Errors
/// The same as those of [`parse`](super::parse()).
pub(super) fn attribute(rule: &mut Rule, item: Item, syntax: Syntax) -> Result<(), ParseError> {
    let at = item.at();
    if item.keys.len() > 1 {
        return Err(ParseError::inexpressible(at, "a labelled block in a rule"));
    }
    let name = item.name().to_owned();
    let value = item.value;
    if let Some((at, literal)) = value.literal() {
        return Err(if takes_literal(&name, literal) {
            ParseError::inexpressible(at, &literal.what)
        } else {
            ParseError::invalid(at, format!("no server takes {} here", literal.what))
        });
    }
    match name.as_str() {
        "capabilities" => rule.capabilities.extend(capabilities(value)?),
        "policy" => rule.capabilities.extend(old_policy(&value)?),
        "required_parameters" => {
            for parameter in list(value)? {
                rule.required_parameters.insert(text(parameter)?);
            }
        }
        "allowed_parameters" => rule.allowed_parameters = parameters(value, syntax)?,
        "denied_parameters" => rule.denied_parameters = parameters(value, syntax)?,
        "min_wrapping_ttl" => rule.min_wrapping_ttl = seconds(&value)?,
        "max_wrapping_ttl" => rule.max_wrapping_ttl = seconds(&value)?,
        "comment" => {}
        other if UNMODELLED_KEYS.contains(&other) => {
            check_unmodelled(other, value)?;
            return Err(ParseError::inexpressible(at, format!("`{other}`")));
        }
        other => {
            return Err(ParseError::invalid(
                at,
                format!("unknown key `{other}` in a rule"),
            ));
        }
    }
    Ok(())
}

/// Whether servers take a value that rules can't hold. A text in the form of a heredoc ends in a line break, and so is no
/// capability and no duration.
fn takes_literal(name: &str, literal: &Literal) -> bool {
    match name {
        "capabilities" | "policy" | "pagination_limit" | "expiration" => false,
        "min_wrapping_ttl" | "max_wrapping_ttl" => !literal.text.starts_with("<<"),
        _ => true,
    }
}

/// The error for a repeated key. Vault 1.21 refuses it in HCL; OpenBao merges the two, as both servers do in JSON.
pub(super) fn second(item: &Item, syntax: Syntax) -> ParseError {
    let name = item.name();
    match syntax {
        Syntax::Hcl => {
            let message =
                format!("`{name}` is repeated, which HashiCorp Vault refuses; write it once");
            ParseError::invalid(item.at(), message)
        }
        Syntax::Json => ParseError::inexpressible(item.at(), format!("a repeated `{name}`")),
    }
}

/// Checks an unmodelled key for what every server refuses.
fn check_unmodelled(name: &str, value: SyntaxValue) -> Result<(), ParseError> {
    let at = value.at;
    let wanted = match (name, &value.kind) {
        ("mfa_methods" | "subscribe_event_types", _) => {
            return list(value)?
                .into_iter()
                .try_for_each(|name| text(name).map(drop));
        }
        ("control_group", SyntaxKind::Object(members)) if members.iter().any(is_factor) => {
            return Ok(());
        }
        ("control_group", _) => "`{ factor \"name\" { … } }`",
        ("expiration", SyntaxKind::Text(time))
            if !time.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            "a time such as \"2030-12-31T00:00:00Z\""
        }
        (FILTER, SyntaxKind::Text(template))
            if !template.is_empty() && !template.contains("{{") =>
        {
            "a template such as \"{{ .path }}{{ .key }}\""
        }
        ("pagination_limit", SyntaxKind::Text(limit)) if limit.parse::<i64>().is_err() => {
            "a number"
        }
        _ => return Ok(()),
    };
    Err(ParseError::invalid(at, format!("expected {wanted}")))
}

/// Whether this is a factor of a control group.
fn is_factor(item: &Item) -> bool {
    let has_content =
        matches!(&item.value.kind, SyntaxKind::Object(members) if !members.is_empty());
    item.name() == "factor" && has_content
}

fn capabilities(value: SyntaxValue) -> Result<Vec<Capability>, ParseError> {
    list(value)?
        .into_iter()
        .map(|value| {
            let at = value.at;
            let name = text(value)?;
            Capability::from_name(&name).ok_or_else(|| {
                let known = Capability::ALL.map(Capability::name).join(", ");
                ParseError::invalid(
                    at,
                    format!("unknown capability `{name}`; known are {known}"),
                )
            })
        })
        .collect()
}

/// The shorthand of Vault 0.4 and earlier, which servers still accept.
fn old_policy(value: &SyntaxValue) -> Result<Vec<Capability>, ParseError> {
    use Capability::{Create, Delete, Deny, List, Read, Sudo, Update};
    let SyntaxKind::Text(name) = &value.kind else {
        return Err(ParseError::invalid(value.at, "expected a string"));
    };
    Ok(match name.as_str() {
        "deny" => vec![Deny],
        "read" => vec![Read, List],
        "write" => vec![Create, Read, Update, Delete, List],
        "sudo" => vec![Create, Read, Update, Delete, List, Sudo],
        "" => vec![],
        _ => {
            let message = format!("unknown policy `{name}`; write `capabilities = […]`");
            return Err(ParseError::invalid(value.at, message));
        }
    })
}

fn parameters(value: SyntaxValue, syntax: Syntax) -> Result<Parameters, ParseError> {
    let SyntaxKind::Object(items) = value.kind else {
        return Err(ParseError::invalid(
            value.at,
            "expected `{ \"name\" = [values] }`",
        ));
    };
    by_name(items, syntax, |value| match value.kind {
        // Servers read it as a list with one item.
        SyntaxKind::Object(_) => Err(ParseError::inexpressible(
            value.at,
            "a parameter without a list of values",
        )),
        _ => list(value)?
            .into_iter()
            .map(|value| parameter_value(value, syntax))
            .collect(),
    })
}

fn by_name<T>(
    items: Vec<Item>,
    syntax: Syntax,
    read: impl Fn(SyntaxValue) -> Result<T, ParseError>,
) -> Result<BTreeMap<String, T>, ParseError> {
    let mut named = BTreeMap::new();
    for item in items {
        if item.keys.len() > 1 {
            return Err(ParseError::inexpressible(
                item.at(),
                "a labelled block in parameters",
            ));
        }
        if named.contains_key(item.name()) {
            return Err(second(&item, syntax));
        }
        named.insert(item.name().to_owned(), read(item.value)?);
    }
    Ok(named)
}

fn parameter_value(value: SyntaxValue, syntax: Syntax) -> Result<ParameterValue, ParseError> {
    let again = |value| parameter_value(value, syntax);
    match value.kind {
        SyntaxKind::Text(text) => Ok(ParameterValue::Text(text)),
        SyntaxKind::Integer(number) => Ok(ParameterValue::Integer(number)),
        SyntaxKind::Fraction(number) => Ok(ParameterValue::Fraction(number)),
        SyntaxKind::Bool(value) => Ok(ParameterValue::Bool(value)),
        SyntaxKind::List(values) => {
            let values = values.into_iter().map(again);
            Ok(ParameterValue::List(values.collect::<Result<_, _>>()?))
        }
        SyntaxKind::Object(items) if syntax == Syntax::Hcl => {
            Ok(ParameterValue::Map(by_name(items, syntax, again)?))
        }
        SyntaxKind::Object(_) | SyntaxKind::Null | SyntaxKind::Literal(_) => Err(
            ParseError::inexpressible(value.at, "a nested parameter value"),
        ),
    }
}

fn list(value: SyntaxValue) -> Result<Vec<SyntaxValue>, ParseError> {
    match value.kind {
        SyntaxKind::List(values) => Ok(values),
        _ => Err(ParseError::invalid(value.at, "expected a list: `[…]`")),
    }
}

pub(super) fn text(value: SyntaxValue) -> Result<String, ParseError> {
    match value.kind {
        SyntaxKind::Text(text) => Ok(text),
        // Servers read its digits as a string.
        SyntaxKind::Integer(number) => Ok(number.to_string()),
        _ => Err(ParseError::invalid(value.at, "expected a string")),
    }
}

/// A number of seconds, or a duration such as `1h30m`; 0 means that there is none, as on the server.
fn seconds(value: &SyntaxValue) -> Result<Option<NonZeroU32>, ParseError> {
    let seconds = match &value.kind {
        SyntaxKind::Fraction(_) => None,
        SyntaxKind::Integer(number) => u32::try_from(*number).ok(),
        SyntaxKind::Text(text) => duration(text),
        _ => {
            return Err(ParseError::invalid(
                value.at,
                "expected a duration like \"10m\"",
            ));
        }
    };
    match seconds {
        Some(seconds) => Ok(NonZeroU32::new(seconds)),
        None if matches!(&value.kind, SyntaxKind::Text(text) if !is_duration(text)) => Err(
            ParseError::invalid(value.at, "expected a duration like \"10m\""),
        ),
        None => Err(ParseError::inexpressible(
            value.at,
            "a duration that is not in whole seconds",
        )),
    }
}

/// Whether servers read the text as a duration, as Go's `time.ParseDuration` does: `-1.5h30m`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 7] = ["ns", "us", "µs", "ms", "s", "m", "h"];
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit = UNITS.iter().find(|unit| number.starts_with(**unit));
        let (true, Some(unit)) = (number.len() < rest.len(), unit) else {
            return false;
        };
        rest = &number[unit.len()..];
    }
    true
}

fn duration(text: &str) -> Option<u32> {
    if text.is_empty() {
        return Some(0);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut total = 0_u32;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit = match tail.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            // Servers accept days only alone: "2d", not "2d1h".
            'd' if number.len() + 1 == text.len() => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(unit)?)?;
        rest = &tail[1..];
    }
    Some(total)
}
