//! Sets of JWTs in words: who, in which environment, from which ref, and what else has to be true.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::configuration::Configuration;
use super::jwts::facts::SERVER;
use super::jwts::{
    Bounds, Cell, ClaimSet, GlobToken, Jwts, Language, Scalars, TextPattern, possible,
};
use crate::desired::Desired;

/// How many values are listed in a line; the JSON has all of them.
const LISTED: usize = 3;

/// Claims that are said in a fixed place of the sentence, or not at all.
const WHO: [&str; 4] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
];

/// What people call the projects.
#[derive(Debug, Default)]
pub(crate) struct ProjectNames {
    /// The path that the files have for an id.
    paths: BTreeMap<String, String>,
    /// Whether there are several issuers. Then an id says nothing without its issuer, and the files do not say which issuer
    /// their projects are of, so no id gets a path.
    several_issuers: bool,
}

impl ProjectNames {
    /// The names of the files, for the issuers of some configurations.
    pub(crate) fn new(desired: &Desired, configurations: &[&Configuration<'_>]) -> Self {
        let mut issuers: Vec<&str> = configurations
            .iter()
            .flat_map(|one| one.issuers())
            .collect();
        issuers.sort_unstable();
        issuers.dedup();
        let several_issuers = issuers.len() > 1;
        let paths = desired.mappings.values().map(|mapping| {
            let id = mapping.project_id.to_string();
            (id, mapping.project.to_string())
        });
        Self {
            paths: if several_issuers {
                BTreeMap::new()
            } else {
                paths.collect()
            },
            several_issuers,
        }
    }

    /// Who these JWTs are of.
    pub(crate) fn who(&self, jwts: &Jwts) -> String {
        let all = jwts.bounds();
        let shown = all.iter().take(LISTED).map(|bounds| self.who_of(bounds));
        let mut who: Vec<String> = shown.collect();
        if all.len() > LISTED {
            who.push(format!("{} more cases", all.len() - LISTED));
        }
        who.join("; or ")
    }

    fn who_of(&self, bounds: &Bounds) -> String {
        let mut words = vec![self.project(bounds), environment(bounds), git_ref(bounds)];
        let said = |claim: &str| {
            WHO.contains(&claim)
                || matches!(
                    claim,
                    "environment" | "ref" | "ref_protected" | "ref_type" | SERVER
                )
                || claim == "iss" && !self.several_issuers
        };
        for (claim, set) in bounds.iter().filter(|(claim, _)| !said(claim)) {
            if claim != "iss" {
                words.push(format!("{claim} {}", is(claim, set)));
            }
        }
        for claim in &WHO[1..] {
            let is_said = |claim: &str| match claim {
                "namespace_id" => bounds.named("project_id").is_none(),
                _ => false,
            };
            if let Some(set) = bounds.named(claim)
                && !is_said(claim)
            {
                words.push(format!("{claim} {}", is(claim, set)));
            }
        }
        if let Some(servers) = bounds.named(SERVER) {
            words.push(format!("on {} only", listed(&servers.scalars.texts)));
        }
        words.join(", ")
    }

    fn project(&self, bounds: &Bounds) -> String {
        let project = match (bounds.named("project_id"), bounds.named("namespace_id")) {
            (Some(ids), _) => self.ids(ids),
            (None, Some(groups)) => match groups.scalars.texts.texts() {
                Some(_) => format!(
                    "any project directly in group {}",
                    listed(&groups.scalars.texts)
                ),
                None => format!(
                    "any project whose namespace_id {}",
                    is("namespace_id", groups)
                ),
            },
            (None, None) => "any project".to_owned(),
        };
        match bounds.named("iss") {
            Some(issuer) if self.several_issuers => {
                format!("{project} of {}", listed(&issuer.scalars.texts))
            }
            None if self.several_issuers => format!("{project} of any issuer"),
            _ => project,
        }
    }

    fn ids(&self, ids: &ClaimSet) -> String {
        let named = |id: &String| match self.paths.get(id) {
            Some(path) => format!("{id} ({path})"),
            None => id.clone(),
        };
        let (texts, cells) = ids.scalars.texts.parts();
        if cells.is_empty() {
            let shown: Vec<String> = texts.iter().take(LISTED).map(named).collect();
            return match texts.len() {
                1 => format!("project {}", shown.join("")),
                few if few <= LISTED => format!("projects {}", or(&shown)),
                many => format!(
                    "{many} projects: {} and {} more",
                    shown.join(", "),
                    many - LISTED
                ),
            };
        }
        if let (true, [cell]) = (texts.is_empty(), &*cells.iter().collect::<Vec<_>>())
            && beyond_facts("project_id", cell).like.is_empty()
            && cell.unlike.is_empty()
        {
            return match cell.except.iter().collect::<Vec<_>>().as_slice() {
                few if few.len() <= LISTED => {
                    let few: Vec<String> = few.iter().map(|id| named(id)).collect();
                    format!("any project except {}", or(&few))
                }
                many => format!("any project except {} of the files", many.len()),
            };
        }
        format!("any project whose project_id {}", is("project_id", ids))
    }
}

fn environment(bounds: &Bounds) -> String {
    let Some(set) = bounds.named("environment") else {
        return "any environment or none".into();
    };
    if set.is_only_absent() {
        return "jobs without an environment".into();
    }
    let texts = &set.scalars.texts;
    let described = match texts.texts() {
        Some(_) => format!("environment {}", listed(texts)),
        None => match excepted("environment", texts) {
            Some(none) if none.is_empty() => "any environment".to_owned(),
            Some(except) => format!("every environment except {}", or(&except)),
            None => format!("an environment {}", language("environment", texts)),
        },
    };
    match set.absent {
        true => format!("{described}, and jobs without one"),
        false => described,
    }
}

fn git_ref(bounds: &Bounds) -> String {
    let kind = match bounds
        .named("ref_type")
        .and_then(|set| set.scalars.texts.texts())
    {
        Some(kinds) if kinds.contains("tag") => "tag",
        Some(_) => "branch",
        None => "branch or tag",
    };
    let protected = bounds
        .named("ref_protected")
        .map(|set| set.scalars.texts.contains("true"));
    let is_bound_otherwise = ["sub", "ref_path"]
        .iter()
        .any(|claim| bounds.named(claim).is_some());
    match (bounds.named("ref"), protected) {
        (None, Some(true)) if kind == "branch or tag" => "protected refs only".into(),
        (None, Some(true)) => format!("any protected {kind}"),
        (None, Some(false)) => format!("any {kind} that is not protected"),
        (None, None) if is_bound_otherwise => format!("any {kind} that is as follows"),
        (None, None) => format!("any {kind}"),
        (Some(set), protected) => {
            let named = match set.scalars.texts.texts() {
                Some(_) => format!("{kind} {}", listed(&set.scalars.texts)),
                None => format!("any {kind} {}", language("ref", &set.scalars.texts)),
            };
            let protection = match protected {
                Some(true) => "protected",
                Some(false) => "not protected",
                None => "which needs no protection",
            };
            format!("{named}, {protection}")
        }
    }
}

/// `is a or b`
fn is(claim: &str, set: &ClaimSet) -> String {
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
        (None, None) => kinds.push(format!("is {}", language(claim, texts))),
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

/// What a cell asks of a claim, besides what GitLab's values are anyway.
fn beyond_facts(claim: &str, cell: &Cell) -> Cell {
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

/// The texts that are left out of all, where nothing else is said of a claim.
fn excepted(claim: &str, texts: &Language) -> Option<Vec<String>> {
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
fn language(claim: &str, texts: &Language) -> String {
    let (literal, cells) = texts.parts();
    let cells = cells
        .iter()
        .map(|cell| cell_words(&beyond_facts(claim, cell)));
    let literal: Vec<String> = literal.iter().map(|text| quoted(text)).collect();
    let all: Vec<String> = cells.chain(literal).collect();
    or(&all)
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
    match words.is_empty() {
        true => "any text".into(),
        false => words.join(" and "),
    }
}

/// The text that a pattern asks a text to contain.
fn inner_text(pattern: &TextPattern) -> Option<String> {
    let TextPattern::Glob(tokens) = pattern else {
        return None;
    };
    let [GlobToken::Star, inner @ .., GlobToken::Star] = tokens.as_slice() else {
        return None;
    };
    let letters = inner.iter().map(|token| match token {
        GlobToken::Letter(letter) => Some(*letter),
        GlobToken::Star => None,
    });
    letters.collect()
}

/// A glob, in which `\*` stands for the letter itself.
fn pattern_words(pattern: &TextPattern) -> String {
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

fn listed(texts: &Language) -> String {
    let (texts, _) = texts.parts();
    let mut shown: Vec<String> = texts.iter().take(LISTED).map(|text| quoted(text)).collect();
    if texts.len() > LISTED {
        shown.push(format!("{} more", texts.len() - LISTED));
    }
    or(&shown)
}

/// The empty text would be no word.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        "the empty text".into()
    } else {
        text.into()
    }
}

fn or(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [several @ .., last] => format!("{} or {last}", several.join(", ")),
    }
}

/// For programs: a list of alternatives, each with what its claims have to be.
impl Serialize for Jwts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alternatives = self.bounds().iter().map(|bounds| {
            let claims = bounds
                .iter()
                .map(|(claim, set)| (claim.to_owned(), set_json(set)));
            Value::Object(claims.collect())
        });
        serializer.collect_seq(alternatives)
    }
}

fn set_json(set: &ClaimSet) -> Value {
    let mut fields = Map::new();
    if set.absent {
        fields.insert("absent".into(), true.into());
    }
    fields.extend(scalars_json(&set.scalars));
    if !set.lists.is_empty() {
        let lists = set.lists.iter().map(|lists| {
            let (every, some) = lists.parts();
            let some: Vec<_> = some.iter().map(scalars_json).collect();
            json!({"every": scalars_json(every), "some": some})
        });
        fields.insert("lists".into(), lists.collect());
    }
    if set.objects {
        fields.insert("objects".into(), true.into());
    }
    Value::Object(fields)
}

fn scalars_json(scalars: &Scalars) -> Map<String, Value> {
    let sets = [
        ("texts", &scalars.texts),
        ("numbers_and_booleans", &scalars.others),
    ];
    let sets = sets.into_iter().filter(|(_, set)| !set.is_empty());
    sets.map(|(name, set)| (name.to_owned(), language_json(set)))
        .collect()
}

/// Alternatives: some texts, or all that match each of some globs and none of others. `*` stands for any text, `\*` for
/// itself.
fn language_json(language: &Language) -> Value {
    let (texts, cells) = language.parts();
    let cells = cells.iter().map(|cell| {
        let globs = |patterns: &BTreeSet<TextPattern>| -> Vec<String> {
            let globs = patterns.iter().filter(|one| **one != TextPattern::Digits);
            globs.map(pattern_words).collect()
        };
        let is_number = |patterns: &BTreeSet<TextPattern>| patterns.contains(&TextPattern::Digits);
        let mut fields = json!({"like": globs(&cell.like), "unlike": globs(&cell.unlike), "except": cell.except});
        if is_number(&cell.like) {
            fields["digits"] = true.into();
        } else if is_number(&cell.unlike) {
            fields["digits"] = false.into();
        }
        fields
    });
    let texts = (!texts.is_empty()).then(|| json!({ "is": texts }));
    texts.into_iter().chain(cells).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> ClaimSet {
        ClaimSet::texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn who_reaches_something_is_said_with_what_is_free() {
        let names = ProjectNames {
            paths: BTreeMap::from([("412".into(), "somenamespace/website".into())]),
            several_issuers: false,
        };
        let said = |claims: &[(&str, ClaimSet)]| {
            let bounds = claims.iter().fold(Bounds::any(), |bounds, (claim, set)| {
                bounds.require(claim, set).unwrap()
            });
            names.who(&std::iter::once(bounds).collect())
        };
        for (claims, expected) in [
            (
                vec![],
                "any project, any environment or none, any branch or tag",
            ),
            (
                vec![("environment", texts(&["canary"]))],
                "any project, environment canary, any branch or tag",
            ),
            (
                vec![
                    ("project_id", texts(&["412"])),
                    ("environment", texts(&["prod"])),
                    ("ref_protected", texts(&["true"])),
                ],
                "project 412 (somenamespace/website), environment prod, protected refs only",
            ),
            (
                vec![("namespace_id", texts(&["72", "73"]))],
                "any project directly in group 72 or 73, any environment or none, any branch or tag",
            ),
            (
                vec![("project_id", texts(&["412"]).not())],
                "any project except 412 (somenamespace/website), any environment or none, any branch or tag",
            ),
            (
                vec![("ref", texts(&["rel"]))],
                "any project, any environment or none, branch or tag rel, which needs no protection",
            ),
            (
                vec![("environment", texts(&["prod"]).not())],
                "any project, every environment except prod, and jobs without one, any branch or tag",
            ),
            (
                vec![
                    ("environment", ClaimSet::absent()),
                    ("user_login", texts(&["root"])),
                ],
                "any project, jobs without an environment, any branch or tag, user_login is root",
            ),
            (
                vec![("environment", ClaimSet::texts(Language::glob("review/*")))],
                "any project, an environment like review/*, any branch or tag",
            ),
        ] {
            assert_eq!(said(&claims), expected);
        }
    }
}
