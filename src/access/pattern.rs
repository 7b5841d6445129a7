//! Which paths a rule can match, while some claims that its path is made of are not known.
//!
//! This finds candidates and what their unknown claims would have to be; [`acl::evaluate`](crate::acl::evaluate())
//! has the last word on each. So it may find too much, and must not miss any.

use std::collections::BTreeMap;

use super::job::{Claim, Job};

/// How many ways to make one path of unknown claims are looked at; a path has more only where two of them touch.
const MAX_ASSIGNMENTS: usize = 32;

/// Values for claims that are not known.
pub(super) type Assignment = BTreeMap<String, String>;

/// A piece of a rule's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// The same for every job.
    Text(String),
    /// The value of a claim.
    Claim(String),
}

/// The path of a rule, as pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a rule's path. `None` where a directive never has a value, so that the rule does not count.
    pub(super) fn read(path: &str, resolve: impl Fn(&str) -> Option<Piece>) -> Option<Self> {
        let mut texts = path.split("{{");
        let mut pieces = vec![Piece::Text(texts.next().unwrap_or_default().into())];
        for text in texts {
            let (directive, literal) = text.split_once("}}").unwrap_or((text, ""));
            pieces.push(resolve(directive.trim())?);
            pieces.push(Piece::Text(literal.into()));
        }
        Some(Self(pieces))
    }

    /// The claims in it.
    pub(super) fn claims(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Claim(claim) => Some(claim.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Puts in what is known of a job. `None` where a claim is missing, so that the rule does not count.
    pub(super) fn fill(&self, job: &Job) -> Option<Pattern> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        for piece in &self.0 {
            let known = match piece {
                Piece::Text(known) => known,
                Piece::Claim(claim) => match job.claim(claim) {
                    Claim::Is(known) => known,
                    Claim::Absent => return None,
                    Claim::Unknown => {
                        push_text(&mut tokens, &std::mem::take(&mut text));
                        tokens.push(Token::Unknown(claim.clone()));
                        continue;
                    }
                },
            };
            text.push_str(known);
        }
        let open = text.ends_with('*');
        push_text(&mut tokens, text.strip_suffix('*').unwrap_or(&text));
        if open {
            tokens.push(Token::Rest);
        }
        Some(Pattern {
            tokens: tokens.into_iter().skip_while(Token::is_empty).collect(),
        })
    }
}

fn push_text(tokens: &mut Vec<Token>, text: &str) {
    let mut pieces = text.split('+');
    tokens.push(Token::Text(pieces.next().unwrap_or_default().into()));
    for piece in pieces {
        tokens.push(Token::Segment);
        tokens.push(Token::Text(piece.into()));
    }
}

/// A path with wildcards and claims that are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    /// The value of a claim.
    Unknown(String),
    /// One segment.
    Segment,
    /// Whatever follows.
    Rest,
}

impl Token {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl Pattern {
    /// The text with which every match begins, and whether that is all of it.
    pub(super) fn start(&self) -> (&str, bool) {
        let Some(Token::Text(text)) = self.tokens.first() else {
            return ("", false);
        };
        let text = text.strip_prefix('/').unwrap_or(text);
        (text, self.tokens[1..].iter().all(Token::is_empty))
    }

    /// The text with which every match ends.
    pub(super) fn end(&self) -> &str {
        match self.tokens.last() {
            Some(Token::Text(text)) => text,
            _ => "",
        }
    }

    /// What the unknown claims would have to be for a path to match; empty where it can't.
    pub(super) fn assignments(&self, path: &str) -> Vec<Assignment> {
        let mut found = Vec::new();
        let absolute =
            matches!(self.tokens.first(), Some(Token::Text(text)) if text.starts_with('/'));
        let path = match absolute {
            true => &format!("/{path}"),
            false => path,
        };
        assign(&self.tokens, path, &mut Assignment::new(), &mut found);
        found
    }
}

fn assign(tokens: &[Token], path: &str, so_far: &mut Assignment, found: &mut Vec<Assignment>) {
    if found.len() >= MAX_ASSIGNMENTS {
        return;
    }
    let Some((token, rest)) = tokens.split_first() else {
        if path.is_empty() && !found.contains(so_far) {
            found.push(so_far.clone());
        }
        return;
    };
    match token {
        Token::Text(text) => {
            if let Some(path) = path.strip_prefix(text.as_str()) {
                assign(rest, path, so_far, found);
            }
        }
        Token::Rest => assign(&[], "", so_far, found),
        Token::Segment => {
            for end in segment_ends(path) {
                assign(rest, &path[end..], so_far, found);
            }
        }
        Token::Unknown(claim) => {
            if let Some(value) = so_far.get(claim) {
                if let Some(path) = path.strip_prefix(value.clone().as_str()) {
                    assign(rest, path, so_far, found);
                }
                return;
            }
            for end in segment_ends(path).filter(|end| *end > 0) {
                so_far.insert(claim.clone(), path[..end].into());
                assign(rest, &path[end..], so_far, found);
            }
            so_far.remove(claim);
        }
    }
}

/// Where a text that begins at the start of `path` can end within its first segment.
fn segment_ends(path: &str) -> impl Iterator<Item = usize> {
    let segment = path.find('/').unwrap_or(path.len());
    (0..=segment).filter(|end| path.is_char_boundary(*end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(path: &str) -> Template {
        Template::read(path, |directive| match directive {
            "never" => None,
            claim => Some(Piece::Claim(claim.into())),
        })
        .unwrap()
    }

    fn shown(path: &str, job: &Job, asked: &str) -> Vec<String> {
        let pattern = template(path).fill(job).unwrap();
        let show = |assignment: Assignment| {
            let values = assignment.iter();
            values
                .map(|(claim, value)| format!("{claim}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        pattern.assignments(asked).into_iter().map(show).collect()
    }

    #[test]
    fn unknown_claims_are_what_the_path_needs() {
        let job = Job::default().with("id", "365");
        let none: &[&str] = &[];
        for (path, asked, expected) in [
            (
                "aws/sts/{{id}}-{{env}}",
                "aws/sts/365-prod",
                &["env=prod"][..],
            ),
            ("aws/sts/{{id}}-{{env}}", "aws/sts/366-prod", none),
            ("aws/sts/{{id}}-{{env}}", "aws/sts/365-", none),
            ("aws/sts/{{id}}", "aws/sts/365", &[""]),
            ("/aws/sts/{{id}}", "aws/sts/365", &[""]),
            ("aws/+/{{env}}", "aws/sts/a", &["env=a"]),
            (
                "aws/sts/{{a}}-{{b}}",
                "aws/sts/x-y-z",
                &["a=x b=y-z", "a=x-y b=z"],
            ),
            ("aws/sts/{{a}}-{{a}}", "aws/sts/x-x", &["a=x"]),
            ("aws/sts/{{a}}-{{a}}", "aws/sts/x-y", none),
            ("aws/sts/{{env}}*", "aws/sts/ab", &["env=a", "env=ab"]),
            ("{{a}}/sts/x", "aws/sts/x", &["a=aws"]),
            ("aws/*", "aws/sts/x", &[""]),
            ("aws/+/+", "aws/sts/x", &[""]),
        ] {
            assert_eq!(shown(path, &job, asked), expected, "{path} {asked}");
        }
    }

    #[test]
    fn a_missing_claim_drops_the_rule() {
        let job = Job::default().in_environment(None);
        assert_eq!(template("aws/sts/{{environment}}").fill(&job), None);
        assert_eq!(Template::read("aws/{{never}}", |_| None), None);
    }

    #[test]
    fn the_start_of_a_pattern_narrows_the_search() {
        let job = Job::default().with("id", "365");
        for (path, start) in [
            ("aws/sts/{{id}}-{{env}}", ("aws/sts/365-", false)),
            ("/aws/sts/{{id}}", ("aws/sts/365", true)),
            ("aws/sts/{{id}}*", ("aws/sts/365", false)),
            ("aws/+/x", ("aws/", false)),
            ("{{env}}", ("", false)),
            ("*", ("", false)),
        ] {
            assert_eq!(template(path).fill(&job).unwrap().start(), start, "{path}");
        }
    }
}
