//! Rules that neither allow nor deny anything, as no request matches them or there is nothing behind them.

use std::collections::BTreeSet;

use super::subject::{Directive, Subject, directives};
use super::{Finding, Lint};
use crate::acl::{Capability, Rule};
use crate::diagnostic::Code;
use crate::resource::{Address, Kind};

pub(super) const DEAD_RULE: Lint = Lint {
    code: Code::DeadRule,
    check: dead_rule,
};

/// Why a rule is dead, and what to write instead.
type DeadReason = (String, String);

/// The metadata key that Vault sets at each JWT login.
const OWN_METADATA: &str = "role";

fn dead_rule(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = metadata_keys(subject);
    let mut found = Vec::new();
    for policy in subject.policies() {
        for (number, rule) in &policy.rules {
            let dead = of_text(rule)
                .or_else(|| of_template(rule, subject))
                .or_else(|| of_metadata(rule, &keys))
                .map(|(why, help)| (format!("no request matches this rule: {why}"), help));
            let useless = || {
                let (why, help) = of_role(rule, subject)?;
                Some((format!("this rule has no effect: {why}"), help))
            };
            if let Some((message, help)) = dead.or_else(useless) {
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

/// The metadata keys that the roles set, each with the mount.
fn metadata_keys<'a>(subject: &Subject<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let roles = subject.roles();
    roles
        .flat_map(|login| {
            login
                .role
                .claim_mappings
                .values()
                .map(move |key| (login.mount, key.as_str()))
        })
        .collect()
}

/// Checks the literal path. Vault compares it with the request's path character by character, except for `+` as a whole
/// segment and `*` at the end.
fn of_text(rule: &Rule) -> Option<DeadReason> {
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
            "`*` is a wildcard only at the end of a path, and a literal character elsewhere".into(),
            "write `+` for one whole segment, or end the path with the first `*`".into(),
        ));
    }
    if body.trim_start_matches('/') != body.strip_prefix('/').unwrap_or(body) || body.contains("//")
    {
        return Some((
            "the path of a request never contains `//`".into(),
            "write one `/`".into(),
        ));
    }
    if body
        .split('/')
        .any(|segment| segment.contains('+') && segment != "+")
    {
        return Some((
            "`+` is a wildcard only as a whole segment, and a literal character inside one".into(),
            "write `+` between two `/`, or `*` at the end".into(),
        ));
    }
    if path.trim() != path || path.contains(char::is_whitespace) {
        return Some((
            "it contains a space, which Vault compares like any other character".into(),
            "remove the space".into(),
        ));
    }
    if body.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some((
            "Vault resolves `.` and `..` in the path of a request".into(),
            "write the path without them".into(),
        ));
    }
    if body.contains('?') {
        return Some((
            "what follows `?` in an address is not part of the path of a request".into(),
            format!("write `{}`", whole.split('?').next().unwrap_or_default()),
        ));
    }
    if has_escape(body) {
        return Some((
            "Vault decodes the path of a request before it compares it".into(),
            "write the character itself in place of `%` and its number".into(),
        ));
    }
    let lists = [Capability::List, Capability::Scan, Capability::Deny];
    let is_list = lists.iter().any(|list| rule.capabilities.contains(list));
    (path.len() > 1 && path.ends_with('/') && !is_list).then(|| {
        (
            "only the path of a list ends with `/`".into(),
            format!("write `{}`", whole.trim_end_matches('/')),
        )
    })
}

/// Whether a path contains a character as addresses write it, such as `%2F`.
fn has_escape(path: &str) -> bool {
    path.split('%').skip(1).any(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit);
        digits.count() >= 2
    })
}

/// Checks the name of a role in an AWS engine whose roles are all in the files.
fn of_role(rule: &Rule, subject: &Subject<'_>) -> Option<DeadReason> {
    let path = rule.path.without_leading_slash();
    let mut engines = subject.platform().secrets.iter();
    let (engine, rest) = engines.find_map(|(mount, engine)| {
        let rest = path.strip_prefix(mount.as_str())?.strip_prefix('/')?;
        engine.is_aws().then_some((mount.as_str(), rest))
    })?;
    let (kind, name) = ["sts/", "creds/", "static-creds/"]
        .into_iter()
        .find_map(|place| Some((place, rest.strip_prefix(place)?)))?;
    let kind = match kind {
        "static-creds/" => Kind::AwsStaticRole,
        _ => Kind::AwsRole,
    };
    let address = Address::of_role(kind, engine, name);
    let desired = subject.desired();
    let is_literal = !name.is_empty() && !name.contains(['*', '+', '{', '$', '/']);
    if !is_literal || desired.resources.contains_key(&address) || !desired.owns(&address) {
        return None;
    }
    let here = desired
        .resources
        .keys()
        .filter(|known| known.kind == kind && known.mount == engine);
    let names = here.map(|known| known.name.as_str());
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    let near = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    Some((
        format!("the engine `{engine}` has no role `{name}`"),
        match near {
            Some(near) => format!("write the name of a role, such as `{near}`, or remove the rule"),
            None => "remove the rule".into(),
        },
    ))
}

/// The path with `x` in place of each template and each reference.
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

/// Checks the templates. Vault drops a rule with a template that has no value.
fn of_template(rule: &Rule, subject: &Subject<'_>) -> Option<DeadReason> {
    rule.path
        .as_str()
        .split("{{")
        .skip(1)
        .filter_map(|template| Some(template.split_once("}}")?.0.trim()))
        .find_map(|name| {
            let problem = problem(name, subject)?;
            Some((
                format!("`{{{{{name}}}}}` has no value: {}", problem.0),
                problem.1,
            ))
        })
}

/// <https://developer.hashicorp.com/vault/docs/concepts/policies#parameters>
fn problem(name: &str, subject: &Subject<'_>) -> Option<DeadReason> {
    let help = || {
        "write `identity.entity.aliases.${auth.PATH.accessor}.metadata.KEY`, with a key of `claim_mappings`".to_owned()
    };
    let unknown = || Some(("Vault does not know this template".to_owned(), help()));
    if let Some(rest) = name.strip_prefix("identity.entity.aliases.") {
        let (accessor, field) = split_accessor(rest);
        if !is_field(field) {
            return unknown();
        }
        let method = subject
            .platform()
            .auth
            .keys()
            .find(|path| path.as_str() == accessor)?;
        return Some((
            format!(
                "`{accessor}` is the path of an auth method, and a template names the accessor"
            ),
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

/// Splits after the accessor, which may be a reference that contains dots.
fn split_accessor(rest: &str) -> (&str, &str) {
    let end = rest.find('}').filter(|_| rest.starts_with("${"));
    let split = match end {
        Some(end) => rest.split_at(end + 1),
        None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
    };
    (split.0, split.1.trim_start_matches('.'))
}

/// Whether entities, aliases or groups have this field.
fn is_field(field: &str) -> bool {
    let is_key = |prefix: &str| {
        field
            .strip_prefix(prefix)
            .is_some_and(|key| !key.is_empty())
    };
    matches!(field, "id" | "name") || is_key("metadata.") || is_key("custom_metadata.")
}

/// Checks the metadata: a key that no role sets has no value.
fn of_metadata(rule: &Rule, keys: &BTreeSet<(&str, &str)>) -> Option<DeadReason> {
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
