//! What AWS takes as the tags, the external id and the managed policies of a session.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html>.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::placeholder;
use crate::resource::AwsRole;

/// The most tags and managed policies of a session, and the longest texts, in characters.
const MOST_TAGS: usize = 50;
const MOST_POLICIES: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
const EXTERNAL_ID: std::ops::RangeInclusive<usize> = 2..=1224;

const TAGS: &str = "session_tags";

/// What AWS would refuse, and what to write instead.
struct SessionProblem<'r> {
    problem: String,
    help: String,
    /// Where it is among the role's settings.
    keys: Vec<&'r str>,
}

/// Reports what AWS would refuse of a mapping's role, in which the placeholders with these names are filled in.
pub(super) fn check(
    role: &AwsRole,
    placeholders: &[&str],
    place: impl Fn(&[&str]) -> Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    diagnostics.extend(problems(role, placeholders).into_iter().map(|found| {
        Diagnostic::error(Code::InvalidValue, found.problem, place(&found.keys))
            .with_help(found.help)
    }));
}

/// Whether AWS takes the session settings of a role, so that a mapping may have them.
pub(crate) fn is_taken_by_aws(role: &AwsRole) -> bool {
    problems(role, &[]).is_empty()
}

fn problems<'r>(role: &'r AwsRole, placeholders: &[&str]) -> Vec<SessionProblem<'r>> {
    let tags = tag_problems(&role.session_tags, placeholders).into_iter();
    let mut problems: Vec<_> = tags
        .map(|(problem, help, key)| SessionProblem {
            problem,
            help,
            keys: std::iter::once(TAGS).chain(key).collect(),
        })
        .collect();
    let mut report = |problem: String, help: &str, key| {
        problems.push(SessionProblem {
            problem,
            help: help.to_owned(),
            keys: vec![key],
        });
    };
    let id = &role.external_id;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if !id.is_empty() && (!EXTERNAL_ID.contains(&id.len()) || !id.chars().all(is_allowed)) {
        report(
            format!("AWS takes no external id `{id}`"),
            "write 2 to 1224 letters, digits and `_+=,.@:/-`",
            "external_id",
        );
    }
    let arns = role.policy_arns.iter();
    for arn in arns.filter(|arn| !is_policy(arn)) {
        report(
            format!("`{arn}` is not the ARN of a managed policy"),
            "write it as AWS shows it, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`",
            "policy_arns",
        );
    }
    if role.policy_arns.iter().count() > MOST_POLICIES {
        report(
            format!("AWS takes at most {MOST_POLICIES} managed policies for a session"),
            "join some of them into one policy",
            "policy_arns",
        );
    }
    problems
}

type TagProblem<'t> = (String, String, Option<&'t str>);

fn tag_problems<'t>(
    tags: &'t BTreeMap<String, String>,
    placeholders: &[&str],
) -> Vec<TagProblem<'t>> {
    const CHARACTERS: &str = "write letters, digits, spaces and `_.:/=+-@`";
    let mut problems: Vec<TagProblem<'t>> = Vec::new();
    if tags.len() > MOST_TAGS {
        let problem = format!("AWS takes at most {MOST_TAGS} tags for a session");
        problems.push((problem, "remove some of them".into(), None));
    }
    let mut lower: BTreeMap<String, &str> = BTreeMap::new();
    for (key, value) in tags {
        let mut report = |problem: String, help: &str| {
            problems.push((problem, help.to_owned(), Some(key.as_str())));
        };
        if let Some(other) = lower.insert(key.to_lowercase(), key) {
            let problem = format!("AWS treats the tags `{other}` and `{key}` as one");
            report(problem, "remove one of the two");
        }
        if key.chars().count() > LONGEST_KEY {
            let problem =
                format!("the name of the tag `{key}` has more than {LONGEST_KEY} characters");
            report(problem, "write a shorter name");
        } else if key.is_empty() {
            report("a tag has no name".to_owned(), CHARACTERS);
        } else if !key.chars().all(is_of_tag) {
            report(format!("AWS takes no tag `{key}`"), CHARACTERS);
        } else if key.to_lowercase().starts_with("aws:") {
            report(
                format!("the tag `{key}` belongs to AWS"),
                "write another name",
            );
        }
        let unknown = placeholder::find(value).map(|range| &value[range]);
        if let Some(unknown) = unknown.into_iter().next() {
            let known = placeholders.iter().map(|name| format!("`{{{name}}}`"));
            let known: Vec<String> = known.collect();
            let help = match known.as_slice() {
                [] => "write the value itself".to_owned(),
                known => format!("known here: {}", known.join(", ")),
            };
            report(format!("there is no placeholder `{unknown}`"), &help);
        } else if !value.chars().all(is_of_tag) {
            report(format!("AWS takes no value `{value}` of a tag"), CHARACTERS);
        } else if value.chars().count() > LONGEST_VALUE {
            let problem =
                format!("the value of the tag `{key}` has more than {LONGEST_VALUE} characters");
            report(
                problem,
                "write a shorter one, such as `{project_id}` in place of the path",
            );
        }
    }
    problems
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn is_of_tag(c: char) -> bool {
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

/// `arn:PARTITION:iam::ACCOUNT:policy/NAME`, where AWS's own have the account `aws`.
fn is_policy(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_account = |text: &str| {
        text == "aws" || (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, policy] => {
            let name = policy.strip_prefix("policy/");
            partition.starts_with("aws")
                && is_account(account)
                && name.is_some_and(|name| {
                    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@/-".contains(c);
                    !name.is_empty() && name.chars().all(is_plain)
                })
        }
        _ => false,
    }
}
