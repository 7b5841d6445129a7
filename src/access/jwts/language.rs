//! Sets of strings that can be combined, negated and compared, and that can give a member.

use std::collections::BTreeSet;

use crate::value::{TextPattern, shortest_match};

/// A set of strings: some literal strings, and all strings of some cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Language {
    texts: BTreeSet<String>,
    cells: BTreeSet<Cell>,
}

/// The strings that match all of some patterns and none of some others.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    /// All of these patterns match.
    pub(crate) like: BTreeSet<TextPattern>,
    /// None of these patterns match.
    pub(crate) unlike: BTreeSet<TextPattern>,
    /// These strings are excluded.
    pub(crate) except: BTreeSet<String>,
}

impl Cell {
    fn contains(&self, text: &str) -> bool {
        !self.except.contains(text)
            && self.like.iter().all(|pattern| pattern.matches(text))
            && !self.unlike.iter().any(|pattern| pattern.matches(text))
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let mut both = Self {
            like: &self.like | &other.like,
            unlike: &self.unlike | &other.unlike,
            except: BTreeSet::new(),
        };
        let except = self.except.union(&other.except);
        let except = except.filter(|text| both.contains(text)).cloned().collect();
        both.except = except;
        (!both.is_empty()).then_some(both)
    }

    fn is_empty(&self) -> bool {
        let is_surely_infinite = self.unlike.is_empty()
            && self.like.len() <= 1
            && self.like.iter().all(TextPattern::is_infinite);
        !is_surely_infinite && self.shortest().is_none()
    }

    fn shortest(&self) -> Option<String> {
        shortest_match(&self.like, &self.unlike, &self.except)
    }

    fn not(&self) -> Language {
        let like = self.like.iter().map(|pattern| Self {
            unlike: BTreeSet::from([pattern.clone()]),
            ..Self::default()
        });
        let unlike = self.unlike.iter().map(|pattern| Self {
            like: BTreeSet::from([pattern.clone()]),
            ..Self::default()
        });
        Language {
            texts: self.except.clone(),
            cells: like.chain(unlike).filter(|cell| !cell.is_empty()).collect(),
        }
    }
}

impl Language {
    /// The empty set.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Every string.
    pub(crate) fn all() -> Self {
        Self::of(Cell::default())
    }

    /// Every string except the empty one.
    pub(crate) fn not_empty() -> Self {
        Self::except([""])
    }

    /// One string.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        [text.into()].into_iter().collect()
    }

    /// Every string except these.
    pub(crate) fn except<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::of(Cell {
            except: texts.into_iter().map(str::to_owned).collect(),
            ..Cell::default()
        })
    }

    /// The strings that match a pattern.
    pub(crate) fn like(pattern: TextPattern) -> Self {
        Self::of(Cell {
            like: BTreeSet::from([pattern]),
            ..Cell::default()
        })
    }

    /// The strings that match a glob of `bound_claims`.
    pub(crate) fn glob(text: &str) -> Self {
        if text.bytes().all(|byte| byte == b'*') && !text.is_empty() {
            return Self::all();
        }
        if text.contains('*') {
            Self::like(TextPattern::glob(text))
        } else {
            Self::text(text)
        }
    }

    fn of(cell: Cell) -> Self {
        Self {
            texts: BTreeSet::new(),
            cells: BTreeSet::from([cell]),
        }
    }

    /// Whether it contains no string.
    pub(crate) fn is_empty(&self) -> bool {
        // Empty cells are never stored.
        self.texts.is_empty() && self.cells.is_empty()
    }

    /// Whether it contains a string.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.texts.contains(text) || self.cells.iter().any(|cell| cell.contains(text))
    }

    /// Its strings, if all of them are literal.
    pub(crate) fn texts(&self) -> Option<&BTreeSet<String>> {
        self.cells.is_empty().then_some(&self.texts)
    }

    /// Its literal strings and its cells.
    pub(crate) fn parts(&self) -> (&BTreeSet<String>, &BTreeSet<Cell>) {
        (&self.texts, &self.cells)
    }

    /// The strings that are in both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let ours = self.texts.iter().filter(|text| other.contains(text));
        let theirs = other.texts.iter().filter(|text| self.contains(text));
        let cells = self
            .cells
            .iter()
            .flat_map(|cell| other.cells.iter().filter_map(|other| cell.and(other)));
        Self::joined(ours.chain(theirs).cloned().collect(), cells.collect())
    }

    /// The strings that are in either set.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self::joined(&self.texts | &other.texts, &self.cells | &other.cells)
    }

    /// All other strings.
    pub(crate) fn not(&self) -> Self {
        let without_texts = if self.texts.is_empty() {
            Self::all()
        } else {
            Self::except(self.texts.iter().map(String::as_str))
        };
        self.cells
            .iter()
            .fold(without_texts, |rest, cell| rest.and(&cell.not()))
    }

    /// The strings that are not in the other set.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        if let Some(texts) = self.texts() {
            let rest = texts.iter().filter(|text| !other.contains(text));
            return rest.cloned().collect();
        }
        self.and(&other.not())
    }

    /// The shortest string; if there are several, the most readable one.
    pub(crate) fn shortest(&self) -> Option<String> {
        let cells = self.cells.iter().filter_map(Cell::shortest);
        self.texts
            .iter()
            .cloned()
            .chain(cells)
            .min_by_key(|text| text.chars().count())
    }

    /// Joins the parts. A literal string that a cell contains, or excludes without need, becomes part of the cell.
    fn joined(mut texts: BTreeSet<String>, cells: BTreeSet<Cell>) -> Self {
        if texts.is_empty() && cells.len() <= 1 {
            return Self { texts, cells };
        }
        let mut kept: BTreeSet<Cell> = BTreeSet::new();
        for mut cell in cells {
            cell.except.retain(|text| !texts.contains(text));
            kept.insert(cell);
        }
        texts.retain(|text| !kept.iter().any(|cell| cell.contains(text)));
        if kept.contains(&Cell::default()) {
            kept = BTreeSet::from([Cell::default()]);
        }
        Self { texts, cells: kept }
    }
}

impl FromIterator<String> for Language {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self {
            texts: texts.into_iter().collect(),
            cells: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use proptest::prelude::*;
    use proptest::sample::select;
    use regex_automata::meta::Regex;

    use super::*;

    /// An expression over languages, which is compared with its meaning string by string.
    #[derive(Debug, Clone)]
    enum Expression {
        Text(String),
        Glob(String),
        Containing(String),
        Not(Box<Expression>),
        And(Box<Expression>, Box<Expression>),
        Or(Box<Expression>, Box<Expression>),
        Minus(Box<Expression>, Box<Expression>),
    }

    impl Expression {
        fn language(&self) -> Language {
            match self {
                Self::Text(text) => Language::text(text.as_str()),
                Self::Glob(glob) => Language::glob(glob),
                Self::Containing(text) => Language::like(TextPattern::containing(text)),
                Self::Not(one) => one.language().not(),
                Self::And(a, b) => a.language().and(&b.language()),
                Self::Or(a, b) => a.language().or(&b.language()),
                Self::Minus(a, b) => a.language().minus(&b.language()),
            }
        }

        fn means(&self, text: &str) -> bool {
            match self {
                Self::Text(wanted) => wanted == text,
                Self::Glob(glob) => is_match(glob, text),
                Self::Containing(part) => text.contains(part.as_str()),
                Self::Not(one) => !one.means(text),
                Self::And(a, b) => a.means(text) && b.means(text),
                Self::Or(a, b) => a.means(text) || b.means(text),
                Self::Minus(a, b) => a.means(text) && !b.means(text),
            }
        }
    }

    /// An independent implementation of glob matching.
    fn is_match(glob: &str, text: &str) -> bool {
        thread_local! {
            static KNOWN: RefCell<HashMap<String, Regex>> = RefCell::default();
        }
        KNOWN.with_borrow_mut(|known| {
            let regex = known.entry(glob.to_owned()).or_insert_with(|| {
                let escaped = glob.replace('-', r"\-").replace('*', r"(?s:.*)");
                Regex::new(&format!(r"\A{escaped}\z")).unwrap()
            });
            regex.is_match(text)
        })
    }

    fn expression() -> impl Strategy<Value = Expression> {
        let texts = select(vec!["", "a", "b", "ab", "a-b", "*"]);
        let globs = select(vec![
            "a*", "*a", "*a*", "a*b", "*-*", "*", "**", "a**b", "*a*b*", "ab",
        ]);
        let leaf = prop_oneof![
            texts.prop_map(|text| Expression::Text(text.into())),
            globs.prop_map(|glob| Expression::Glob(glob.into())),
            select(vec!["*", "-", "ab"]).prop_map(|text| Expression::Containing(text.into())),
        ];
        leaf.prop_recursive(3, 8, 2, |inner| {
            let two = || (inner.clone(), inner.clone());
            let boxed = |(a, b)| (Box::new(a), Box::new(b));
            prop_oneof![
                inner.clone().prop_map(|one| Expression::Not(Box::new(one))),
                two().prop_map(move |two| {
                    let (a, b) = boxed(two);
                    Expression::And(a, b)
                }),
                two().prop_map(move |two| {
                    let (a, b) = boxed(two);
                    Expression::Or(a, b)
                }),
                two().prop_map(move |two| {
                    let (a, b) = boxed(two);
                    Expression::Minus(a, b)
                }),
            ]
        })
    }

    /// All strings of up to three characters, shortest first.
    fn short_texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..3 {
            let to = all.len();
            for index in from..to {
                for letter in ['a', 'b', '-', '*', 'x'] {
                    all.push(format!("{}{letter}", all[index]));
                }
            }
            from = to;
        }
        all
    }

    proptest! {
        #[test]
        fn an_expression_means_what_it_means_for_each_text(expression in expression()) {
            let language = expression.language();
            let mut shortest = None;
            for text in short_texts() {
                let is_member = expression.means(&text);
                prop_assert_eq!(language.contains(&text), is_member, "{:?} {:?}", text, language);
                if is_member && shortest.is_none() {
                    shortest = Some(text.len());
                }
            }
            match language.shortest() {
                Some(text) => {
                    prop_assert!(expression.means(&text), "{text:?}");
                    prop_assert!(shortest.is_none_or(|length| text.len() <= length), "{text:?}");
                }
                None => prop_assert_eq!(shortest, None),
            }
            prop_assert_eq!(language.is_empty(), language.shortest().is_none());
            prop_assert!(language.or(&language.not()).not().is_empty());
            prop_assert!(language.and(&language.not()).is_empty());
        }
    }

    #[test]
    fn globs_of_different_letters_meet_where_they_can() {
        let both = Language::glob("release/*").and(&Language::glob("*-eu"));
        assert_eq!(both.shortest().as_deref(), Some("release/-eu"));
        assert!(Language::glob("a*").and(&Language::glob("b*")).is_empty());
        let (wide, narrow) = (Language::glob("a*"), Language::glob("a*b"));
        assert!(narrow.minus(&wide).is_empty());
        assert!(narrow.minus(&Language::glob("*")).is_empty());
        assert!(!wide.minus(&narrow).is_empty());
    }

    #[test]
    fn an_id_that_is_not_named_is_a_number() {
        let ids: Vec<String> = (0..2000).map(|id| id.to_string()).collect();
        let digits = Language::like(TextPattern::Digits);
        let others = digits.minus(&ids.into_iter().collect());
        let example = others.shortest().unwrap();
        assert!(
            example.bytes().all(|byte| byte.is_ascii_digit()),
            "{example}"
        );
        assert!(others.contains(&example) && !others.contains("1999"));
    }
}
