//! A parsed tree to rules: which keys a policy has and what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::error::ParseError;
use super::parse::{self, Document, Item, Kind, Value};
use super::rule::{Capability, ParameterValue, PathPattern, Rule, Rules};
use super::scan::Syntax;

/// What the servers know and rules do not hold (Vault Enterprise and OpenBao).
const UNMODELLED_KEYS: [&str; 6] = [
    "control_group",
    "expiration",
    "list_scan_response_keys_filter_path",
    "mfa_methods",
    "pagination_limit",
    "subscribe_event_types",
];

/// Reads the text of a policy, HCL or JSON. Comments right above a rule become its description.
///
/// # Errors
/// [`ErrorKind::Invalid`](super::ErrorKind::Invalid) where Vault refuses the text,
/// [`ErrorKind::Inexpressible`](super::ErrorKind::Inexpressible) where it says more than rules hold.
pub(crate) fn parse(text: &str) -> Result<Rules, ParseError> {
    Ok(read(text)?.rules)
}

/// Reads the text of a policy if the rules hold all that it says, each comment included.
pub(crate) fn parse_lossless(text: &str) -> Option<Rules> {
    read(text)
        .ok()
        .filter(|read| read.complete)
        .map(|read| read.rules)
}

/// A rule of a policy, or what is known of one that can't be read whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReadRule {
    /// All that the rule says.
    Whole(Rule),
    /// A rule with something that this program does not know: it may allow or deny anything at its path.
    Unknown {
        /// The path, if that at least can be read.
        path: Option<PathPattern>,
        /// What is not known.
        error: ParseError,
    },
}

/// Reads the text of a policy rule by rule, so that one that can't be read does not take the others with it.
///
/// # Errors
/// Where the text has no structure in which rules can be told apart.
pub(crate) fn parse_each(text: &str) -> Result<Vec<ReadRule>, ParseError> {
    let items = rule_items(parse::document(text)?)?;
    let rules = items.into_iter().filter(|item| item.name() != "name");
    let rules = rules.map(|item| {
        if item.name() != "path" {
            let message = format!("unknown key `{}`", item.name());
            let error = ParseError::inexpressible(item.at(), message);
            return ReadRule::Unknown { path: None, error };
        }
        let path = match item.keys.as_slice() {
            [_, path] => PathPattern::try_from(path.name.clone()).ok(),
            _ => None,
        };
        match rule(item) {
            Ok(rule) => ReadRule::Whole(rule),
            Err(error) => ReadRule::Unknown { path, error },
        }
    });
    Ok(rules.collect())
}

struct Read {
    rules: Rules,
    /// Whether nothing but layout was left behind.
    complete: bool,
}

fn read(policy: &str) -> Result<Read, ParseError> {
    let document = parse::document(policy)?;
    let mut complete = !document.stray_comments;
    let mut rules = Rules::new();
    for item in rule_items(document)? {
        match item.name() {
            "path" => {
                complete &= keeps_everything(&item);
                rules.push(rule(item)?);
            }
            "name" => {
                complete = false;
                text(item.value)?;
            }
            other => {
                let message = format!(
                    "unknown key `{other}`; a policy consists of `path \"…\" {{ … }}` blocks"
                );
                return Err(ParseError::invalid(item.at(), message));
            }
        }
    }
    Ok(Read { rules, complete })
}

/// The items of the text with JSON's `{"path": {"a": {…}}}` written as HCL's `path "a" {…}`.
fn rule_items(document: Document) -> Result<Vec<Item>, ParseError> {
    if document.syntax == Syntax::Hcl {
        return Ok(document.items);
    }
    let mut items = Vec::new();
    for item in document.items {
        if item.name() != "path" {
            items.push(item);
            continue;
        }
        let Kind::Object(members) = item.value.kind else {
            return Err(ParseError::inexpressible(item.value.at, "a list of paths"));
        };
        if members.is_empty() {
            return Err(ParseError::inexpressible(item.value.at, "an empty `path`"));
        }
        for mut member in members {
            require_a_scalar_or_list(&member)?;
            member.keys.splice(0..0, item.keys.first().cloned());
            items.push(member);
        }
    }
    Ok(items)
}

/// Vault's JSON reader folds an object that holds nothing but objects into its parent.
fn require_a_scalar_or_list(rule: &Item) -> Result<(), ParseError> {
    match &rule.value.kind {
        Kind::Object(members)
            if members
                .iter()
                .all(|member| matches!(member.value.kind, Kind::Object(_))) =>
        {
            Err(ParseError::inexpressible(
                rule.value.at,
                "a path without capabilities in JSON",
            ))
        }
        _ => Ok(()),
    }
}

/// Comments inside of a rule and the ignored key `comment` have no place in rules.
fn keeps_everything(item: &Item) -> bool {
    match &item.value.kind {
        Kind::Object(members) => members.iter().all(|member| {
            member.comment.is_none() && member.name() != "comment" && keeps_everything(member)
        }),
        _ => true,
    }
}

fn rule(item: Item) -> Result<Rule, ParseError> {
    let (path, at) = match item.keys.as_slice() {
        [_, path] => (path.name.clone(), path.at),
        _ => {
            return Err(ParseError::inexpressible(
                item.at(),
                "`path` without exactly one path",
            ));
        }
    };
    let Kind::Object(members) = item.value.kind else {
        return Err(ParseError::invalid(item.value.at, "expected `{`"));
    };
    let path =
        PathPattern::try_from(path).map_err(|error| ParseError::invalid(at, error.to_string()))?;
    let mut rule = Rule::new(path, []);
    rule.description = item.comment;
    let mut seen = BTreeSet::new();
    for member in members {
        if member.keys.len() > 1 {
            return Err(ParseError::inexpressible(
                member.at(),
                "a labelled block in a rule",
            ));
        }
        if !seen.insert(member.name().to_owned()) {
            let what = format!("`{}` a second time in one rule", member.name());
            return Err(ParseError::inexpressible(member.at(), what));
        }
        attribute(&mut rule, member)?;
    }
    if let (Some(min), Some(max)) = (rule.min_wrapping_ttl, rule.max_wrapping_ttl)
        && max < min
    {
        return Err(ParseError::invalid(
            at,
            "max_wrapping_ttl cannot be less than min_wrapping_ttl",
        ));
    }
    Ok(rule)
}

fn attribute(rule: &mut Rule, item: Item) -> Result<(), ParseError> {
    let at = item.at();
    let name = item.name().to_owned();
    let value = item.value;
    match name.as_str() {
        "capabilities" => rule.capabilities.extend(capabilities(value)?),
        "policy" => rule.capabilities.extend(old_policy(&value)?),
        "required_parameters" => {
            for parameter in list(value)? {
                rule.required_parameters.insert(text(parameter)?);
            }
        }
        "allowed_parameters" => rule.allowed_parameters = parameters(value)?,
        "denied_parameters" => rule.denied_parameters = parameters(value)?,
        "min_wrapping_ttl" => rule.min_wrapping_ttl = seconds(&value)?,
        "max_wrapping_ttl" => rule.max_wrapping_ttl = seconds(&value)?,
        "comment" => {}
        other if UNMODELLED_KEYS.contains(&other) => {
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

fn capabilities(value: Value) -> Result<Vec<Capability>, ParseError> {
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

/// The shorthand of Vault 0.4 and before, which servers still take.
fn old_policy(value: &Value) -> Result<Vec<Capability>, ParseError> {
    use Capability::{Create, Delete, Deny, List, Read, Sudo, Update};
    let Kind::Text(name) = &value.kind else {
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

fn parameters(value: Value) -> Result<BTreeMap<String, Vec<ParameterValue>>, ParseError> {
    let Kind::Object(items) = value.kind else {
        return Err(ParseError::invalid(
            value.at,
            "expected `{ \"name\" = [values] }`",
        ));
    };
    let mut parameters = BTreeMap::new();
    for item in items {
        let (at, name) = (item.at(), item.name().to_owned());
        if item.keys.len() > 1 {
            return Err(ParseError::inexpressible(
                at,
                "a labelled block in parameters",
            ));
        }
        let values = list(item.value)?
            .into_iter()
            .map(parameter_value)
            .collect::<Result<_, _>>()?;
        if parameters.insert(name.clone(), values).is_some() {
            return Err(ParseError::inexpressible(
                at,
                format!("`{name}` a second time in one rule"),
            ));
        }
    }
    Ok(parameters)
}

fn parameter_value(value: Value) -> Result<ParameterValue, ParseError> {
    match value.kind {
        Kind::Text(text) => Ok(ParameterValue::Text(text)),
        Kind::Integer(number) => Ok(ParameterValue::Integer(number)),
        Kind::Bool(value) => Ok(ParameterValue::Bool(value)),
        Kind::List(values) => {
            let values = values.into_iter().map(parameter_value);
            Ok(ParameterValue::List(values.collect::<Result<_, _>>()?))
        }
        Kind::Null | Kind::Object(_) => Err(ParseError::inexpressible(
            value.at,
            "a nested parameter value",
        )),
    }
}

fn list(value: Value) -> Result<Vec<Value>, ParseError> {
    match value.kind {
        Kind::List(values) => Ok(values),
        _ => Err(ParseError::invalid(value.at, "expected a list: `[…]`")),
    }
}

fn text(value: Value) -> Result<String, ParseError> {
    match value.kind {
        Kind::Text(text) => Ok(text),
        _ => Err(ParseError::invalid(value.at, "expected a string")),
    }
}

/// A number of seconds or a duration like `1h30m`; 0 is none, as on the server.
fn seconds(value: &Value) -> Result<Option<NonZeroU32>, ParseError> {
    let seconds = match &value.kind {
        Kind::Integer(number) => u32::try_from(*number).ok(),
        Kind::Text(text) => duration(text),
        _ => {
            return Err(ParseError::invalid(
                value.at,
                "expected a duration like \"10m\"",
            ));
        }
    };
    match seconds {
        Some(seconds) => Ok(NonZeroU32::new(seconds)),
        None => Err(ParseError::inexpressible(
            value.at,
            "a duration that is not in whole seconds",
        )),
    }
}

fn duration(text: &str) -> Option<u32> {
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
            // Servers take days alone only: "2d", not "2d1h".
            'd' if number.len() + 1 == text.len() => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(unit)?)?;
        rest = &tail[1..];
    }
    Some(total)
}
