//! Rules that no request can match: what they allow is not given, and what they deny is.

use std::collections::BTreeSet;

use super::subject::{Directive, Subject, directives};
use super::{Finding, Lint};
use crate::acl::{Capability, Rule};
use crate::diagnostic::Code;

pub(super) const DEAD_RULE: Lint = Lint {
    code: Code::DeadRule,
    check: dead_rule,
};

/// What is wrong with a path, and what to write instead.
type Dead = (String, String);

/// The metadata that Vault itself sets at each login with a JWT.
const OWN_METADATA: &str = "role";

fn dead_rule(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = metadata_keys(subject);
    let mut found = Vec::new();
    for policy in subject.policies() {
        for (number, rule) in &policy.rules {
            let dead = of_text(rule)
                .or_else(|| of_template(rule, subject))
                .or_else(|| of_metadata(rule, &keys));
            if let Some((why, help)) = dead {
                let message = format!("no request matches this rule: {why}");
                found.push(Finding::new(
                    subject.at_rule(policy.name, *number),
                    message,
                    help,
                ));
            }
        }
    }
    found
}

/// The keys of metadata that some role of a method sets.
fn metadata_keys<'a>(subject: &Subject<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let roles = subject.roles();
    let keys = roles.flat_map(|login| {
        let keys = login.role.claim_mappings.values();
        keys.map(move |key| (login.mount, key.as_str()))
    });
    keys.collect()
}

/// By the text of the path alone. Vault compares it with the path of a request letter by letter, except for `+` as a whole
/// segment and `*` at the end.
fn of_text(rule: &Rule) -> Option<Dead> {
    let whole = rule.path.as_str();
    let path = without_expressions(whole);
    let body = path.strip_suffix('*').unwrap_or(&path);
    if let Some(rest) = whole
        .strip_prefix("/v1/")
        .or_else(|| whole.strip_prefix("v1/"))
    {
        return Some((
            "a rule's path has no `v1/`".into(),
            format!("write `{rest}`"),
        ));
    }
    if body.contains('*') {
        return Some((
            "`*` stands for any text at the end of a path only, and elsewhere for itself".into(),
            "write `+` for one whole segment, or end the path with the first `*`".into(),
        ));
    }
    if body.trim_start_matches('/') != body.strip_prefix('/').unwrap_or(body) || body.contains("//")
    {
        return Some((
            "no path of a request has `//`".into(),
            "write one `/`".into(),
        ));
    }
    if body
        .split('/')
        .any(|segment| segment.contains('+') && segment != "+")
    {
        return Some((
            "`+` stands for a whole segment only, and as a part of one for itself".into(),
            "write `+` between two `/`, or `*` at the end".into(),
        ));
    }
    if path.trim() != path || path.contains(char::is_whitespace) {
        return Some((
            "it has a blank, which is a letter like others".into(),
            "remove the blank".into(),
        ));
    }
    let lists = [Capability::List, Capability::Scan, Capability::Deny];
    let is_list = lists.iter().any(|list| rule.capabilities.contains(list));
    (path.len() > 1 && path.ends_with('/') && !is_list).then(|| {
        (
            "a path that ends with `/` is one of lists".into(),
            format!("write `{}`", whole.trim_end_matches('/')),
        )
    })
}

/// The path with a letter for each template and each reference.
fn without_expressions(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((start, close)) = [("{{", "}}"), ("${", "}")]
        .into_iter()
        .filter_map(|(open, close)| Some((rest.find(open)?, close)))
        .min()
    {
        plain.push_str(&rest[..start]);
        plain.push('x');
        let end = rest[start..].find(close);
        rest = end.map_or("", |end| &rest[start + end + close.len()..]);
    }
    plain + rest
}

/// By a template that no token has a value for: Vault then drops the rule.
fn of_template(rule: &Rule, subject: &Subject<'_>) -> Option<Dead> {
    let templates = rule.path.as_str().split("{{").skip(1);
    let mut names = templates.filter_map(|template| Some(template.split_once("}}")?.0.trim()));
    names.find_map(|name| {
        let problem = problem(name, subject)?;
        Some((
            format!("`{{{{{name}}}}}` has no value: {}", problem.0),
            problem.1,
        ))
    })
}

/// <https://developer.hashicorp.com/vault/docs/concepts/policies#parameters>
fn problem(name: &str, subject: &Subject<'_>) -> Option<Dead> {
    let help = || {
        "write `identity.entity.aliases.${auth.PATH.accessor}.metadata.KEY`, with a key of `claim_mappings`".to_owned()
    };
    let unknown = || Some(("Vault has no such template".to_owned(), help()));
    if let Some(rest) = name.strip_prefix("identity.entity.aliases.") {
        let (accessor, field) = split_accessor(rest);
        if !is_field(field) {
            return unknown();
        }
        let mut methods = subject.platform().auth.keys();
        let method = methods.find(|path| path.as_str() == accessor)?;
        return Some((
            format!("`{accessor}` is the path of an auth method, and a template has its accessor"),
            format!("write `${{auth.{method}.accessor}}` in place of `{accessor}`"),
        ));
    }
    let is_known = match name.split_once('.') {
        Some(("identity", rest)) => match rest.split_once('.') {
            Some(("entity", field)) => is_field(field) && !field.starts_with("custom_metadata."),
            Some(("groups", group)) => {
                let group = group
                    .strip_prefix("ids.")
                    .or_else(|| group.strip_prefix("names."));
                let field = group.and_then(|group| group.split_once('.'));
                field.is_some_and(|(_, field)| is_field(field))
            }
            _ => false,
        },
        Some(("time", rest)) => rest == "now" || rest.starts_with("now."),
        _ => false,
    };
    if is_known { None } else { unknown() }
}

/// The accessor, which may be a reference with dots in it, and what follows.
fn split_accessor(rest: &str) -> (&str, &str) {
    let end = rest.find('}').filter(|_| rest.starts_with("${"));
    let split = match end {
        Some(end) => rest.split_at(end + 1),
        None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
    };
    (split.0, split.1.trim_start_matches('.'))
}

/// Whether an entity, alias or group has such a field.
fn is_field(field: &str) -> bool {
    let is_key = |prefix: &str| {
        field
            .strip_prefix(prefix)
            .is_some_and(|key| !key.is_empty())
    };
    matches!(field, "id" | "name") || is_key("metadata.") || is_key("custom_metadata.")
}

/// By metadata that no role sets.
fn of_metadata(rule: &Rule, keys: &BTreeSet<(&str, &str)>) -> Option<Dead> {
    let mut unset = directives(rule).filter_map(|Directive { mount, key }| Some((mount, key?)));
    let (mount, key) =
        unset.find(|(mount, key)| *key != OWN_METADATA && !keys.contains(&(*mount, *key)))?;
    let mut likely = keys
        .iter()
        .filter(|(of, _)| *of == mount)
        .map(|(_, key)| *key);
    Some((
        format!("no role of `auth/{mount}` sets the metadata `{key}`"),
        match likely.next() {
            Some(likely) => format!(
                "write a key of `claim_mappings`, such as `{likely}`, or add `{key}` to them"
            ),
            None => format!("add `claim_mappings: {{{key}: {key}}}` to the roles"),
        },
    ))
}
