//! Converts a syntax tree into rules.

use std::collections::BTreeSet;

use super::attribute::{FILTER, attribute, second, text};
use super::error::{ErrorKind, ParseError};
use super::parse::{self, Item, SyntaxKind, SyntaxTree};
use super::rule::{Capability, PathPattern, Rule, Rules};
use super::scan::Syntax;

/// Reads the text of a policy, HCL or JSON. Comments right above a rule become its description.
///
/// # Errors
/// [`ErrorKind::Invalid`] where Vault refuses the text,
/// [`ErrorKind::Inexpressible`] where rules can't express it.
pub(crate) fn parse(text: &str) -> Result<Rules, ParseError> {
    Ok(read(text)?.rules)
}

/// Reads the text of a policy if rules can express all of it, comments included.
pub(crate) fn parse_lossless(text: &str) -> Option<Rules> {
    read(text)
        .ok()
        .filter(|read| read.complete)
        .map(|read| read.rules)
}

/// A rule of a policy, or what is known about one that can't be read completely.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReadRule {
    /// The whole rule.
    Whole(Rule),
    /// A rule with something that this program does not know. It may allow or deny anything at its path.
    Unknown {
        /// The path, if that at least can be read.
        path: Option<PathPattern>,
        /// What is not known.
        error: ParseError,
    },
}

/// Reads the text of a policy rule by rule, so that an unreadable rule does not affect the others.
///
/// # Errors
/// When the text does not parse, so that its rules can't be separated.
pub(crate) fn parse_each(text: &str) -> Result<Vec<ReadRule>, ParseError> {
    let tree = parse::syntax_tree(text)?;
    let syntax = tree.syntax;
    let items = rule_items(tree)?;
    let rules = items
        .into_iter()
        .filter(|item| item.name() != "name")
        .map(|item| {
            if item.name() != "path" {
                let message = format!("unknown key `{}`", item.name());
                let error = ParseError::inexpressible(item.at(), message);
                return ReadRule::Unknown { path: None, error };
            }
            let path = match item.keys.as_slice() {
                [_, path] => PathPattern::try_from(path.name.clone()).ok(),
                _ => None,
            };
            match rule(item, syntax) {
                Ok(rule) => ReadRule::Whole(rule),
                Err(error) => ReadRule::Unknown { path, error },
            }
        });
    Ok(rules.collect())
}

struct Read {
    rules: Rules,
    /// Whether the rules hold everything except layout.
    complete: bool,
}

/// Reads all of the text, so that what Vault refuses is reported even after something that rules can't hold.
fn read(policy: &str) -> Result<Read, ParseError> {
    let tree = parse::syntax_tree(policy)?;
    let syntax = tree.syntax;
    let mut complete = !tree.stray_comments;
    let mut rules = Rules::new();
    let mut inexpressible = FirstInexpressible::default();
    let mut is_named = false;
    for item in rule_items(tree)? {
        match item.name() {
            "path" => {
                complete &= keeps_everything(&item);
                rules.extend(inexpressible.note(rule(item, syntax))?);
            }
            "name" => {
                complete = false;
                if std::mem::replace(&mut is_named, true) {
                    inexpressible.note(Err::<(), _>(second(&item, syntax)))?;
                }
                inexpressible.note(text(item.value))?;
            }
            other => {
                let message = format!(
                    "unknown key `{other}`; a policy consists of `path \"…\" {{ … }}` blocks"
                );
                return Err(ParseError::invalid(item.at(), message));
            }
        }
    }
    inexpressible.into_result()?;
    Ok(Read { rules, complete })
}

/// The first error about something that rules can't hold. What Vault refuses takes precedence, wherever it is.
#[derive(Default)]
struct FirstInexpressible(Option<ParseError>);

impl FirstInexpressible {
    /// What was read, or `None` if rules can't hold it.
    fn note<T>(&mut self, read: Result<T, ParseError>) -> Result<Option<T>, ParseError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind == ErrorKind::Inexpressible => {
                self.0.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn into_result(self) -> Result<(), ParseError> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The items of the text with JSON's `{"path": {"a": {…}}}` written as HCL's `path "a" {…}`.
fn rule_items(tree: SyntaxTree) -> Result<Vec<Item>, ParseError> {
    if tree.syntax == Syntax::Hcl {
        return Ok(tree.items);
    }
    let mut items = Vec::new();
    for item in tree.items {
        if item.name() != "path" {
            items.push(item);
            continue;
        }
        let SyntaxKind::Object(members) = item.value.kind else {
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

/// Vault's JSON reader merges an object that holds only objects into its parent.
fn require_a_scalar_or_list(rule: &Item) -> Result<(), ParseError> {
    match &rule.value.kind {
        SyntaxKind::Object(members)
            if members
                .iter()
                .all(|member| matches!(member.value.kind, SyntaxKind::Object(_))) =>
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
        SyntaxKind::Object(members) => members.iter().all(|member| {
            member.comment.is_none() && member.name() != "comment" && keeps_everything(member)
        }),
        _ => true,
    }
}

fn rule(item: Item, syntax: Syntax) -> Result<Rule, ParseError> {
    let (path, at) = match item.keys.as_slice() {
        [_, path] => (path.name.clone(), path.at),
        _ if !matches!(item.value.kind, SyntaxKind::Object(_)) => {
            return Err(ParseError::invalid(item.value.at, "expected `{`"));
        }
        _ => {
            return Err(ParseError::inexpressible(
                item.at(),
                "`path` without exactly one path",
            ));
        }
    };
    let SyntaxKind::Object(members) = item.value.kind else {
        return Err(ParseError::invalid(item.value.at, "expected `{`"));
    };
    let path =
        PathPattern::try_from(path).map_err(|error| ParseError::invalid(at, error.to_string()))?;
    let mut rule = Rule::new(path, []);
    rule.description = item.comment;
    let mut seen = BTreeSet::new();
    let mut inexpressible = FirstInexpressible::default();
    for member in members {
        if !seen.insert(member.name().to_owned()) {
            inexpressible.note(Err::<(), _>(second(&member, syntax)))?;
        }
        inexpressible.note(attribute(&mut rule, member, syntax))?;
    }
    if let (Some(min), Some(max)) = (rule.min_wrapping_ttl, rule.max_wrapping_ttl)
        && max < min
    {
        return Err(ParseError::invalid(
            at,
            "max_wrapping_ttl cannot be less than min_wrapping_ttl",
        ));
    }
    if seen.contains(FILTER) && !rule.capabilities.contains(&Capability::List) {
        return Err(ParseError::invalid(
            at,
            format!("`{FILTER}` needs the capability `list`"),
        ));
    }
    inexpressible.into_result()?;
    Ok(rule)
}
