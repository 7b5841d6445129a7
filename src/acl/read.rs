//! A parsed tree to rules: which keys a policy has and what they hold.

use std::collections::BTreeSet;

use super::attribute::{attribute, second, text};
use super::error::{ErrorKind, ParseError};
use super::parse::{self, Item, SyntaxKind, SyntaxTree};
use super::rule::{PathPattern, Rule, Rules};
use super::scan::Syntax;

/// Reads the text of a policy, HCL or JSON. Comments right above a rule become its description.
///
/// # Errors
/// [`ErrorKind::Invalid`] where Vault refuses the text,
/// [`ErrorKind::Inexpressible`] where it says more than rules hold.
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
    let tree = parse::syntax_tree(text)?;
    let syntax = tree.syntax;
    let items = rule_items(tree)?;
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
        match rule(item, syntax) {
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

/// Reads all of the text: what Vault refuses is told, also behind what rules can't hold.
fn read(policy: &str) -> Result<Read, ParseError> {
    let tree = parse::syntax_tree(policy)?;
    let syntax = tree.syntax;
    let mut complete = !tree.stray_comments;
    let mut rules = Rules::new();
    let mut beyond = Beyond::default();
    let mut is_named = false;
    for item in rule_items(tree)? {
        match item.name() {
            "path" => {
                complete &= keeps_everything(&item);
                rules.extend(beyond.note(rule(item, syntax))?);
            }
            "name" => {
                complete = false;
                if std::mem::replace(&mut is_named, true) {
                    beyond.note(Err::<(), _>(second(&item, syntax)))?;
                }
                beyond.note(text(item.value))?;
            }
            other => {
                let message = format!(
                    "unknown key `{other}`; a policy consists of `path \"…\" {{ … }}` blocks"
                );
                return Err(ParseError::invalid(item.at(), message));
            }
        }
    }
    beyond.end()?;
    Ok(Read { rules, complete })
}

/// The first thing that rules can't hold. What Vault refuses comes before it, wherever it stands.
#[derive(Default)]
struct Beyond(Option<ParseError>);

impl Beyond {
    /// What was read; none where rules can't hold it.
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

    fn end(self) -> Result<(), ParseError> {
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

/// Vault's JSON reader folds an object that holds nothing but objects into its parent.
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
    let mut beyond = Beyond::default();
    for member in members {
        if !seen.insert(member.name().to_owned()) {
            beyond.note(Err::<(), _>(second(&member, syntax)))?;
        }
        beyond.note(attribute(&mut rule, member, syntax))?;
    }
    if let (Some(min), Some(max)) = (rule.min_wrapping_ttl, rule.max_wrapping_ttl)
        && max < min
    {
        return Err(ParseError::invalid(
            at,
            "max_wrapping_ttl cannot be less than min_wrapping_ttl",
        ));
    }
    beyond.end()?;
    Ok(rule)
}
