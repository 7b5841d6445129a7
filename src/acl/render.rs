//! Renders rules as Terraform's `vault_policy_document` does, so that both tools agree on a policy.
//!
//! Source: terraform-provider-vault, `vault/data_source_policy_document.go`.

use std::fmt::Write;

use super::rule::Rule;
use super::scan::{Scanner, Syntax, SyntaxToken};
use super::value::{ParameterValue, Parameters};

/// The rules as HCL: `# description` above each rule, two spaces of indentation, an empty line between rules, a final newline.
pub(crate) fn render(rules: &[Rule]) -> String {
    rules.iter().map(rule).collect::<Vec<_>>().join("\n")
}

fn rule(rule: &Rule) -> String {
    let mut attributes = vec![(
        "capabilities",
        list(
            rule.capabilities
                .iter()
                .map(|capability| quote(capability.name())),
        ),
    )];
    if !rule.required_parameters.is_empty() {
        let names = rule.required_parameters.iter().map(|name| quote(name));
        attributes.push(("required_parameters", list(names)));
    }
    if !rule.allowed_parameters.is_empty() {
        attributes.push(("allowed_parameters", parameters(&rule.allowed_parameters)));
    }
    if !rule.denied_parameters.is_empty() {
        attributes.push(("denied_parameters", parameters(&rule.denied_parameters)));
    }
    if let Some(seconds) = rule.min_wrapping_ttl {
        attributes.push(("min_wrapping_ttl", format!("\"{seconds}\"")));
    }
    if let Some(seconds) = rule.max_wrapping_ttl {
        attributes.push(("max_wrapping_ttl", format!("\"{seconds}\"")));
    }
    let body: String = attributes
        .into_iter()
        .map(|(name, value)| format!("  {name} = {value}\n"))
        .collect();
    let description = rule.description.as_deref().map(comment).unwrap_or_default();
    format!(
        "{description}path {} {{\n{body}}}\n",
        quote(rule.path.as_str())
    )
}

/// Every line is commented, so that a description cannot add a rule.
fn comment(description: &str) -> String {
    description
        .replace("\r\n", "\n")
        .split(['\n', '\r'])
        .map(|line| match line {
            "" => "#\n".to_owned(),
            line => format!("# {}\n", line.replace(is_unprintable, "\u{FFFD}")),
        })
        .collect()
}

/// Control characters, and the code point that HCL 1 reserves.
fn is_unprintable(c: char) -> bool {
    c.is_control() && c != '\t' || c == '\u{E123}'
}

fn parameters(parameters: &Parameters) -> String {
    let mut text = "{\n".to_owned();
    for (name, values) in parameters {
        let values = list(values.iter().map(parameter_value));
        let _ = writeln!(text, "    {} = {values}", quote(name));
    }
    text + "  }"
}

fn parameter_value(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Text(text) => quote(text),
        ParameterValue::Integer(number) => number.to_string(),
        ParameterValue::Fraction(number) => number.to_string(),
        ParameterValue::Bool(value) => value.to_string(),
        ParameterValue::List(values) => list(values.iter().map(parameter_value)),
        ParameterValue::Map(values) => {
            let named = |(name, value): (&String, _)| {
                format!("{} = {}", quote(name), parameter_value(value))
            };
            let values: Vec<String> = values.iter().map(named).collect();
            format!("{{{}}}", values.join(", "))
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// Writes a string as Terraform does, unescaped, wherever HCL 1 reads it back as the same string.
fn quote(text: &str) -> String {
    let plain = format!("\"{text}\"");
    if text.contains(is_unprintable) || !reads_as(&plain, text) {
        return escape(text);
    }
    plain
}

fn reads_as(literal: &str, text: &str) -> bool {
    let mut scanner = Scanner::new(literal, Syntax::Hcl);
    let mut next_is =
        |expected: SyntaxToken| scanner.next().is_ok_and(|lexeme| lexeme.token == expected);
    next_is(SyntaxToken::Text(text.to_owned())) && next_is(SyntaxToken::End)
}

/// Whether `${` would begin what HCL 1 reads as code. A reference to an accessor stays: `apply` replaces it.
fn is_open(text: &str) -> bool {
    let inner = text.strip_prefix("${");
    let closed = inner.and_then(|inner| inner.split_once('}'));
    let reference = closed.and_then(|(inner, _)| inner.strip_prefix("auth."));
    let path = reference.and_then(|reference| reference.strip_suffix(".accessor"));
    let is_plain = |path: &str| !path.contains(['"', '\\', '{', '\n']);
    inner.is_some() && !path.is_some_and(is_plain)
}

fn escape(text: &str) -> String {
    let mut literal = "\"".to_owned();
    for (index, c) in text.char_indices() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '$' if is_open(&text[index..]) => literal.push_str("\\u0024"),
            c if is_unprintable(c) || c == '\t' => {
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}
