//! The texts of the policies, from rules or from files in Vault's policy language.

use super::checks::Bounded;
use super::declared::Declared;
use super::loaded::PlatformFile;
use super::reference;
use super::role_rules::RuleKeys;
use crate::acl;
use crate::desired::Desired;
use crate::diagnostic::{Code, Diagnostic, FileId, Span};
use crate::files::MappingFiles;
use crate::privilege::{self, Extent};
use crate::resource::{self, Address};
use crate::value::{Expiration, PolicyName, Ttl};
use crate::yaml::{Entry, Node, value_span};

/// The text of every policy, with the paths of mounts filled in. Mistakes in a policy are reported.
pub(super) fn texts(
    file: &PlatformFile,
    files: &mut MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(PolicyName, resource::Policy)> {
    let mut texts = Vec::with_capacity(file.platform.policies.len());
    for (name, policy) in &file.platform.policies {
        let Some(entry) = file.root.entry_at(["policies", name.as_str()]) else {
            continue;
        };
        let text = match (&policy.rules, &policy.file, policy.generated) {
            (Some(rules), None, None) => rules_text(rules, entry, &file.root, diagnostics),
            (None, Some(path), None) => file_text(path, entry, &file.root, files, diagnostics),
            // Its text follows from all others.
            (None, None, Some(_)) => String::new(),
            _ => {
                diagnostics.extend(not_one_of_three(entry));
                continue;
            }
        };
        check_expiration(policy.expiration.as_ref(), entry, diagnostics);
        texts.push((name.clone(), policy.with_text(reference::fill_paths(&text))));
    }
    texts
}

/// Puts the texts of the generated policies in place: each follows from everything else that the files say.
pub(super) fn generate(
    file: &PlatformFile,
    desired: &mut Desired,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let policies = file.platform.policies.iter();
    let generated = policies.filter_map(|(name, policy)| Some((name, policy.generated?.0)));
    let (plan, apply): (Vec<_>, Vec<_>) =
        generated.partition(|(_, extent)| *extent == Extent::Plan);
    desired.apply_policies = apply
        .iter()
        .map(|(name, _)| Address::of_policy(name))
        .collect();
    // A bounded policy holds the texts of those for planning.
    for (name, extent) in plan.into_iter().chain(apply) {
        let address = Address::of_policy(name);
        let own = privilege::own_of_policy(desired, &address);
        match privilege::least(desired, &own, extent) {
            Ok(rules) => {
                let entry = file.platform.policies.get(name);
                let text = acl::render(&rules);
                let policy = entry.map(|entry| entry.with_text(text));
                desired.insert(address, policy.unwrap_or_default());
            }
            Err(error) => {
                let entry = file.root.entry_at(["policies", name.as_str()]);
                diagnostics.extend(entry.map(|entry| {
                    Diagnostic::error(Code::Policy, error.to_string(), entry.key_span)
                        .with_help("give the mount or role another name")
                }));
            }
        }
    }
}

fn check_expiration(
    expiration: Option<&Expiration>,
    entry: &Entry,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if expiration.is_some_and(|end| *end != Expiration::Never && !end.is_time()) {
        diagnostics.push(
            Diagnostic::error(
                Code::InvalidValue,
                "this is not a time in UTC",
                value_span(&entry.value, ["expiration"]),
            )
            .with_help("write a time such as `2030-12-31T00:00:00Z`, or `never`"),
        );
    }
}

const TEXTS: [&str; 3] = ["rules", "file", "generated"];

fn not_one_of_three(entry: &Entry) -> Option<Diagnostic> {
    let name = &entry.key;
    let mut given: Vec<(&str, Span)> = TEXTS
        .iter()
        .filter_map(|key| Some((*key, entry.value.entry(key)?.key_span)))
        .collect();
    given.sort_by_key(|(_, span)| *span);
    if let [first, second, ..] = given.as_slice() {
        return Some(
            Diagnostic::error(
                Code::Policy,
                format!(
                    "the policy `{name}` has both `{}` and `{}`",
                    first.0, second.0
                ),
                second.1,
            )
            .with_secondary(first.1, "the other one")
            .with_help("remove one of the two: a policy has one text"),
        );
    }
    if TEXTS.iter().any(|key| entry.value.was_reported(key)) {
        return None;
    }
    Some(
        Diagnostic::error(
            Code::Policy,
            format!("the policy `{name}` has neither rules nor a file"),
            entry.key_span,
        )
        .with_help("add `rules:` with a list of paths and capabilities, `file:` with the path of a file in Vault's policy language, or `generated: plan` or `apply`"),
    )
}

fn rules_text(
    rules: &[Declared<acl::Rule, RuleKeys>],
    entry: &Entry,
    root: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let Some(node) = entry.value.at(["rules"]) else {
        return String::new();
    };
    node.visit_texts(&mut |text, span| reference::check(text, root, |_| span, diagnostics));
    if node.items().is_empty() {
        diagnostics.push(no_rule(&entry.key, node.span));
    }
    for (rule, item) in rules.iter().zip(node.decoded_items()) {
        let ttl = |seconds: Option<std::num::NonZeroU32>| {
            Ttl::seconds(seconds.map_or(0, |seconds| seconds.get().into()))
        };
        Bounded {
            ttl: ("min_wrapping_ttl", ttl(rule.min_wrapping_ttl)),
            max: ("max_wrapping_ttl", ttl(rule.max_wrapping_ttl)),
        }
        .check(|key| value_span(item, [key]), diagnostics);
    }
    let rules: Vec<_> = rules.iter().map(|rule| rule.resource.clone()).collect();
    acl::render(&rules)
}

/// A file that cannot be read is an empty policy, and reported.
fn file_text(
    path: &str,
    entry: &Entry,
    root: &Node,
    files: &mut MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let at = entry.value.at(["file"]);
    let at = at.map_or(entry.key_span, |node| node.span);
    let Some(file) = files.read_referenced(path, at, diagnostics) else {
        return String::new();
    };
    let text = files.sources.text(file);
    if text.trim().is_empty() {
        diagnostics.push(no_rule(&entry.key, at).with_help(
            "write a rule, or remove the policy; a shell empties the file behind `>` before the command runs, \
             so write a computed policy with `vault-provisioner policy --out FILE`",
        ));
    }
    let span_of = |range: std::ops::Range<usize>| Span::new(file, range.start, range.end);
    reference::check(text, root, span_of, diagnostics);
    if let Err(error) = acl::parse(text)
        && error.kind == acl::ErrorKind::Invalid
    {
        diagnostics.push(unreadable(&error, text, file).with_secondary(at, "named here"));
    }
    text.to_owned()
}

/// Vault refuses to write an empty text.
fn no_rule(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::Policy,
        format!("the policy `{name}` is empty, and Vault refuses that"),
        span,
    )
    .with_help("write a rule, or remove the policy")
}

fn unreadable(error: &acl::ParseError, text: &str, file: FileId) -> Diagnostic {
    let start = offset(text, error.line, error.column);
    let rest = text.get(start..).unwrap_or_default();
    let word = match rest.strip_prefix('"') {
        Some(quoted) => quoted.find(['"', '\n']).map_or(rest.len(), |end| end + 2),
        None => {
            let is_word = |c: char| c.is_alphanumeric() || "_-".contains(c);
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        }
    };
    let (message, help) = match error.message.rsplit_once("; ") {
        Some((message, help)) => (message, help),
        None if error.message.ends_with("found the end") => (
            error.message.as_str(),
            "close each `{` with `}` and each `[` with `]`",
        ),
        None => (
            error.message.as_str(),
            "a rule reads `path \"aws/sts/x\" { capabilities = [\"update\"] }`",
        ),
    };
    Diagnostic::error(Code::Policy, message, Span::new(file, start, start + word)).with_help(help)
}

/// The byte at a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(line - 1).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let characters = rest.chars().take(column - 1);
    before + characters.map(char::len_utf8).sum::<usize>()
}
