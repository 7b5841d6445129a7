//! The path of a rule with claims in it, and the claims with which it matches a path.
//!
//! The path of an AWS role is one fixed text, so the equation "the template equals this path" has finitely many solutions.
//! Each is an assignment of strings to claims, and they are all ways to split the text at the template's literal pieces.

use super::piece::{DirectiveValue, Piece, TooComplex};
use super::solutions::solutions;
use crate::access::jwts::{Bounds, ClaimSet, Jwts, ServerProfile, possible};
use crate::acl;

/// The most segments of a path for which wildcards in values are tried.
const MAX_SEGMENTS: usize = 8;

/// The path of a rule as pieces, without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// Whether GitLab can sign a value with `*` or `+` for one of its claims.
    may_have_wildcards: bool,
}

/// A rule's path with values that make it match a path, and the JWTs that have these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    /// The rule's path with the values.
    pub(super) path: String,
    /// The JWTs.
    pub(super) bounds: Bounds,
}

impl Template {
    /// Reads a rule's path. A rule with a directive that never has a value has no effect: then `Err` holds what comes before
    /// that directive.
    pub(super) fn read(path: &str, value: impl Fn(&str) -> DirectiveValue) -> Result<Self, Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut texts = path.split("{{");
        let mut pieces = Vec::new();
        push_text(&mut pieces, texts.next().unwrap_or_default());
        for text in texts {
            let (directive, literal) = text.split_once("}}").unwrap_or((text, ""));
            match value(directive.trim()) {
                DirectiveValue::Piece(Piece::Text(text)) => push_text(&mut pieces, &text),
                DirectiveValue::Piece(piece) => pieces.push(piece),
                DirectiveValue::Nothing => return Err(Self::of(pieces)),
            }
            push_text(&mut pieces, literal);
        }
        Ok(Self::of(pieces))
    }

    fn of(pieces: Vec<Piece>) -> Self {
        let has_wildcards = |piece: &Piece| match piece {
            Piece::Claim(claim) => !is_free_of(claim, &['*', '+']),
            Piece::Text(_) | Piece::Unknown => false,
        };
        Self {
            may_have_wildcards: pieces.iter().any(has_wildcards),
            pieces,
        }
    }

    /// Whether an old server may match other paths with it than others do.
    pub(super) const fn may_have_wildcards(&self) -> bool {
        self.may_have_wildcards
    }

    /// The pieces.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The claims in it, from left to right.
    pub(super) fn claims(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Claim(claim) => Some(claim.as_str()),
            Piece::Text(_) | Piece::Unknown => None,
        })
    }

    /// The path with an example of each value.
    pub(super) fn example(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Claim(claim) => {
                let texts = &possible(claim).scalars.texts;
                texts.shortest().unwrap_or_default()
            }
            Piece::Unknown => "x".to_owned(),
        });
        pieces.collect()
    }

    /// Whether a part of it is unknown.
    pub(super) fn has_unknown(&self) -> bool {
        self.pieces.contains(&Piece::Unknown)
    }

    /// The literal text at the end of every path that it matches.
    pub(super) fn end(&self) -> &str {
        match self.pieces.last() {
            Some(Piece::Text(text)) if !text.ends_with('*') => {
                text.rsplit('+').next().unwrap_or_default()
            }
            _ => "",
        }
    }

    /// The literal text at the beginning of every path that it matches.
    pub(super) fn start(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => {
                let text = text.split('+').next().unwrap_or_default();
                let is_last = self.pieces.len() == 1;
                if is_last {
                    text.trim_end_matches('*')
                } else {
                    text
                }
            }
            _ => "",
        }
    }

    /// All instances that match a path, for JWTs of `source` on a server.
    pub(super) fn instances(
        &self,
        path: &str,
        server: ServerProfile,
        source: &Jwts,
    ) -> Result<Vec<Instance>, TooComplex> {
        let mut instances = Vec::new();
        if let [Piece::Text(text)] = self.pieces.as_slice() {
            if text == path || acl::has_wildcard(text) && acl::path_matches(text, path) {
                instances.push(Instance {
                    path: text.clone(),
                    bounds: Bounds::any(),
                });
            }
            return Ok(instances);
        }
        // Most rules of a token are about other paths, and the search below takes long.
        if !path.starts_with(self.start()) || !path.ends_with(self.end()) {
            return Ok(instances);
        }
        for matching in self.matching(path, server)? {
            let path = matching.strip_prefix('/').unwrap_or(&matching);
            let solutions = solutions(&self.pieces, &matching, server, source)?;
            instances.extend(solutions.into_iter().map(|bounds| Instance {
                path: path.to_owned(),
                bounds,
            }));
        }
        Ok(instances)
    }

    /// The rule paths that match a path and that the template may produce.
    fn matching(&self, path: &str, server: ServerProfile) -> Result<Vec<String>, TooComplex> {
        let brings_wildcards =
            server == ServerProfile::Wild && self.may_have_wildcards || self.has_unknown();
        let literals = || {
            self.pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                _ => None,
            })
        };
        let has_plus = brings_wildcards || literals().any(|text| text.contains('+'));
        let ends_in_star =
            matches!(self.pieces.last(), Some(Piece::Text(text)) if text.ends_with('*'));
        let ends_in_value = !matches!(self.pieces.last(), Some(Piece::Text(_)));
        let mut all = if has_plus {
            with_plus(path)?
        } else {
            vec![path.to_owned()]
        };
        if !ends_in_value && ends_in_star {
            all.clear();
        }
        if ends_in_star || brings_wildcards && ends_in_value {
            let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
            for end in ends {
                let start = &path[..end];
                let (folders, rest) = match start.rfind('/') {
                    Some(slash) if has_plus => start.split_at(slash + 1),
                    _ => ("", start),
                };
                let folders = match folders.strip_suffix('/') {
                    Some(folders) => with_plus(folders)?
                        .into_iter()
                        .map(|one| one + "/")
                        .collect(),
                    None => vec![String::new()],
                };
                all.extend(folders.iter().map(|folders| format!("{folders}{rest}*")));
            }
        }
        // A value may begin with the slash that servers strip.
        if !matches!(self.pieces.first(), Some(Piece::Text(_))) && server != ServerProfile::Refuse {
            let absolute: Vec<String> = all.iter().map(|path| format!("/{path}")).collect();
            all.extend(absolute);
        }
        Ok(all)
    }
}

/// Appends a text to the last piece.
fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.into())),
    }
}

/// A path with each subset of its segments replaced by `+`.
fn with_plus(path: &str) -> Result<Vec<String>, TooComplex> {
    let segments: Vec<&str> = path.split('/').collect();
    if segments.len() > MAX_SEGMENTS {
        return Err(TooComplex);
    }
    let choices = (0..1_usize << segments.len()).map(|choice| {
        let segments = segments.iter().enumerate().map(|(index, segment)| {
            let is_plus = choice >> index & 1 == 1;
            if is_plus { "+" } else { segment }
        });
        segments.collect::<Vec<_>>().join("/")
    });
    Ok(choices.collect())
}

/// Whether no value that GitLab can sign for a claim contains one of the characters.
fn is_free_of(claim: &str, letters: &[char]) -> bool {
    ClaimSet::texts_with(letters)
        .and(possible(claim))
        .is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::jwts::Jwts;

    fn template(path: &str) -> Template {
        let value = |directive: &str| match directive {
            "never" => DirectiveValue::Nothing,
            "?" => DirectiveValue::Piece(Piece::Unknown),
            claim => DirectiveValue::Piece(Piece::Claim(claim.into())),
        };
        Template::read(path, value).unwrap()
    }

    fn shown(path: &str, asked: &str, server: ServerProfile) -> Vec<String> {
        let found = template(path)
            .instances(asked, server, &Jwts::any())
            .unwrap();
        let mut shown: Vec<String> = found
            .into_iter()
            .map(|instance| {
                let values = instance.bounds.iter().map(|(claim, set)| {
                    let texts = set.only_texts().unwrap().texts().unwrap();
                    format!("{claim}={}", texts.first().unwrap())
                });
                let values: Vec<String> = values.collect();
                if instance.path == asked {
                    values.join(" ")
                } else {
                    format!("{} with {}", instance.path, values.join(" "))
                }
            })
            .collect();
        shown.sort();
        shown
    }

    #[test]
    fn every_split_is_a_solution() {
        use ServerProfile::{Drop, Refuse};
        let none: &[&str] = &[];
        for (path, asked, server, expected) in [
            (
                "aws/sts/{{project_id}}-{{e}}",
                "aws/sts/365-prod",
                Drop,
                &["e=prod project_id=365"][..],
            ),
            (
                "aws/sts/{{a}}-{{b}}",
                "aws/sts/x-y-z",
                Drop,
                &["a=x b=y-z", "a=x-y b=z"],
            ),
            (
                "aws/sts/{{a}}{{b}}",
                "aws/sts/xy",
                Drop,
                &["a= b=xy", "a=x b=y", "a=xy b="],
            ),
            ("aws/sts/{{a}}-{{a}}", "aws/sts/x-x", Drop, &["a=x"]),
            ("aws/sts/{{a}}-{{a}}", "aws/sts/x-y", Drop, none),
            ("aws/{{a}}", "aws/sts/x", Drop, &["a=sts/x"]),
            ("aws/{{a}}", "aws/sts/x", Refuse, none),
            ("/aws/sts/{{a}}", "aws/sts/x", Refuse, &["a=x"]),
            ("aws/+/{{a}}", "aws/sts/x", Refuse, &["aws/+/x with a=x"]),
            (
                "aws/sts/{{a}}*",
                "aws/sts/x",
                Refuse,
                &["aws/sts/* with a=", "aws/sts/x* with a=x"],
            ),
            ("{{a}}/sts/x", "aws/sts/x", Refuse, &["a=aws"]),
        ] {
            assert_eq!(shown(path, asked, server), expected, "{path} {asked}");
        }
    }

    #[test]
    fn an_old_server_takes_wildcards_from_values() {
        let wild = shown("aws/sts/{{a}}", "aws/sts/x", ServerProfile::Wild);
        for expected in [
            "a=x",
            "aws/sts/+ with a=+",
            "aws/sts/* with a=*",
            "aws/sts/x* with a=x*",
        ] {
            assert!(wild.contains(&expected.to_owned()), "{expected} {wild:?}");
        }
        let plain = shown("aws/sts/{{project_id}}", "aws/sts/7", ServerProfile::Wild);
        assert_eq!(plain, ["project_id=7"]);
    }

    #[test]
    fn the_ends_of_a_template_narrow_the_search() {
        for (path, start, end) in [
            ("aws/sts/{{a}}-prod", "aws/sts/", "-prod"),
            ("aws/sts/365-prod", "aws/sts/365-prod", "aws/sts/365-prod"),
            ("aws/*", "aws/", ""),
            ("aws/+/x", "aws/", "/x"),
            ("{{a}}*", "", ""),
        ] {
            let template = template(path);
            assert_eq!((template.start(), template.end()), (start, end), "{path}");
        }
        assert_eq!(
            Template::read("aws/{{never}}-x", |_| DirectiveValue::Nothing),
            Err(template("aws/"))
        );
    }
}
