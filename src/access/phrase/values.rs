//! Descriptions of the values of one claim.

use crate::access::jwts::{Cell, ClaimSet, Language, possible};
use crate::value::{GlobToken, TextPattern};

/// How many values are listed in a line; the JSON has all of them.
pub(super) const LISTED: usize = 3;

/// `is a or b`
pub(in crate::access) fn is(claim: &str, set: &ClaimSet) -> String {
    if set.is_only_absent() {
        return "is absent".into();
    }
    let mut kinds = Vec::new();
    let texts = &set.scalars.texts;
    match (texts.texts(), excepted(claim, texts)) {
        (Some(none), _) if none.is_empty() => {}
        (Some(_), _) => kinds.push(format!("is {}", listed(texts))),
        (None, Some(except)) if except.is_empty() => kinds.push("is a text".into()),
        (None, Some(except)) => kinds.push(format!("is a text other than {}", or(&except))),
        (None, None) => {
            let words = language(claim, texts);
            let is_exception = ["without ", "not like ", "other than "]
                .iter()
                .any(|begin| words.starts_with(begin));
            kinds.push(if is_exception {
                format!("is a text {words}")
            } else {
                format!("is {words}")
            });
        }
    }
    let others = &set.scalars.others;
    if !others.is_empty() {
        kinds.push(match others.texts() {
            Some(_) => format!("is {} and no text", listed(others)),
            None => "is a number or boolean".into(),
        });
    }
    if !set.lists.is_empty() {
        let element = set.lists.iter().find_map(|lists| lists.parts().1.first());
        kinds.push(match element {
            Some(element) if element.texts.texts().is_some() => {
                format!("is a list with {}", listed(&element.texts))
            }
            Some(element) => format!("is a list with a text {}", language("", &element.texts)),
            None => "is a list".into(),
        });
    }
    if set.objects {
        kinds.push("is an object".into());
    }
    if set.absent {
        kinds.push("is absent".into());
    }
    or(&kinds)
}

/// The conditions of a cell that do not already hold for all values that GitLab signs.
pub(super) fn beyond_facts(claim: &str, cell: &Cell) -> Cell {
    let (_, facts) = possible(claim).scalars.texts.parts();
    match facts.first() {
        Some(fact) => Cell {
            like: &cell.like - &fact.like,
            unlike: &cell.unlike - &fact.unlike,
            except: &cell.except - &fact.except,
        },
        None => cell.clone(),
    }
}

/// The excluded strings, if the set contains all others.
pub(super) fn excepted(claim: &str, texts: &Language) -> Option<Vec<String>> {
    let (literal, cells) = texts.parts();
    let mut cells = cells.iter();
    let (Some(cell), None, true) = (cells.next(), cells.next(), literal.is_empty()) else {
        return None;
    };
    let cell = beyond_facts(claim, cell);
    let is_all = cell.like.is_empty() && cell.unlike.is_empty();
    is_all.then(|| cell.except.iter().map(|text| quoted(text)).collect())
}

/// `like review/* or dev`
pub(super) fn language(claim: &str, texts: &Language) -> String {
    let (literal, cells) = texts.parts();
    let cells = cells.iter().map(|cell| beyond_facts(claim, cell));
    let (globs, cells): (Vec<Cell>, Vec<Cell>) = cells.partition(is_one_glob);
    let globs = globs.iter().flat_map(|cell| &cell.like);
    let globs: Vec<String> = globs.map(pattern_words).collect();
    let globs = (!globs.is_empty()).then(|| format!("like {}", or(&globs)));
    let cells = cells.iter().map(cell_words);
    let literal = literal.iter().map(|text| quoted(text));
    let all: Vec<String> = globs.into_iter().chain(cells).chain(literal).collect();
    or(&all)
}

fn is_one_glob(cell: &Cell) -> bool {
    cell.like.len() == 1 && cell.unlike.is_empty() && cell.except.is_empty()
}

fn cell_words(cell: &Cell) -> String {
    let mut words = Vec::new();
    let like: Vec<String> = cell.like.iter().map(pattern_words).collect();
    if !like.is_empty() {
        words.push(format!("like {}", like.join(" and ")));
    }
    let mut unlike = Vec::new();
    let mut without = Vec::new();
    for pattern in &cell.unlike {
        match inner_text(pattern) {
            Some(text) => without.push(format!("`{text}`")),
            None => unlike.push(pattern_words(pattern)),
        }
    }
    if !without.is_empty() {
        words.push(format!("without {}", or(&without)));
    }
    if !unlike.is_empty() {
        words.push(format!("not like {}", or(&unlike)));
    }
    let except: Vec<String> = cell.except.iter().map(|text| quoted(text)).collect();
    if !except.is_empty() {
        words.push(format!("other than {}", or(&except)));
    }
    if words.is_empty() {
        "any text".into()
    } else {
        words.join(" and ")
    }
}

/// The text that a pattern requires strings to contain.
fn inner_text(pattern: &TextPattern) -> Option<String> {
    let TextPattern::Glob(tokens) = pattern else {
        return None;
    };
    let [GlobToken::Star, inner @ .., GlobToken::Star] = tokens.as_slice() else {
        return None;
    };
    inner
        .iter()
        .map(|token| match token {
            GlobToken::Letter(letter) => Some(*letter),
            GlobToken::Star => None,
        })
        .collect()
}

/// A glob, in which `\*` is a literal `*`.
pub(super) fn pattern_words(pattern: &TextPattern) -> String {
    let TextPattern::Glob(tokens) = pattern else {
        return "a number".into();
    };
    let mut text = String::new();
    for token in tokens {
        match token {
            GlobToken::Letter('*') => text.push_str(r"\*"),
            GlobToken::Letter(letter) => text.push(*letter),
            GlobToken::Star => text.push('*'),
        }
    }
    text
}

/// Literal strings: `a, b, c or 4 more`.
pub(super) fn listed(texts: &Language) -> String {
    let (texts, _) = texts.parts();
    let mut shown: Vec<String> = texts.iter().take(LISTED).map(|text| quoted(text)).collect();
    if texts.len() > LISTED {
        shown.push(format!("{} more", texts.len() - LISTED));
    }
    or(&shown)
}

/// Describes the empty string, which would be invisible.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        "the empty text".into()
    } else {
        text.into()
    }
}

/// `a, b or c`
pub(super) fn or(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [several @ .., last] => format!("{} or {last}", several.join(", ")),
    }
}
