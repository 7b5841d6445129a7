//! String patterns as deterministic automata, and the search for the shortest string that some match and others do not.
//!
//! A glob needs no subset construction: after a `*` is reached, everything before it is irrelevant. So a state is a few
//! positions in the glob, and the product of several automata is searched state by state. Compared with regex-automata,
//! this is smaller and faster for globs, and it finds the shortest member.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::ops::Bound;

/// A set of strings that an automaton recognizes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TextPattern {
    /// A glob.
    Glob(Vec<GlobToken>),
    /// One or more digits from 0 to 9, which is how GitLab writes ids.
    Digits,
}

/// A token of a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum GlobToken {
    /// This character; a `*` here is literal.
    Letter(char),
    /// Any string, including the empty one.
    Star,
}

/// A state of one automaton. An empty state means that no continuation matches.
type State = Vec<usize>;

impl TextPattern {
    /// A glob of `bound_claims`: `*` matches any string, including the empty one, and no other character is special.
    pub(crate) fn glob(text: &str) -> Self {
        let tokens = text.chars().map(|letter| match letter {
            '*' => GlobToken::Star,
            letter => GlobToken::Letter(letter),
        });
        Self::Glob(tokens.collect())
    }

    /// The strings that contain a text.
    pub(crate) fn containing(text: &str) -> Self {
        let star = || std::iter::once(GlobToken::Star);
        Self::Glob(star().chain(letters(text)).chain(star()).collect())
    }

    /// The strings that end with a text.
    pub(crate) fn ending_in(text: &str) -> Self {
        let star = std::iter::once(GlobToken::Star);
        Self::Glob(star.chain(letters(text)).collect())
    }

    /// The strings that begin with a text.
    pub(crate) fn beginning_with(text: &str) -> Self {
        let star = std::iter::once(GlobToken::Star);
        Self::Glob(letters(text).chain(star).collect())
    }

    /// Whether a string matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if *self == Self::Digits {
            return !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        }
        let mut state = self.start();
        for letter in text.chars() {
            state = self.step(&state, letter);
            if state.is_empty() {
                return false;
            }
        }
        self.accepts(&state)
    }

    /// Whether infinitely many strings match, which is true for every pattern that is not a literal.
    pub(crate) fn is_infinite(&self) -> bool {
        match self {
            Self::Glob(tokens) => tokens.contains(&GlobToken::Star),
            Self::Digits => true,
        }
    }

    fn letters(&self) -> BTreeSet<char> {
        match self {
            Self::Glob(tokens) => tokens
                .iter()
                .filter_map(|token| match token {
                    GlobToken::Letter(letter) => Some(*letter),
                    GlobToken::Star => None,
                })
                .collect(),
            Self::Digits => ('0'..='9').collect(),
        }
    }

    fn start(&self) -> State {
        match self {
            Self::Glob(tokens) => settled(tokens, vec![0]),
            Self::Digits => vec![0],
        }
    }

    fn step(&self, state: &State, letter: char) -> State {
        match self {
            Self::Glob(tokens) => {
                let moved = state.iter().filter_map(|&at| match tokens.get(at)? {
                    GlobToken::Star => Some(at),
                    GlobToken::Letter(wanted) => (*wanted == letter).then_some(at + 1),
                });
                settled(tokens, moved.collect())
            }
            Self::Digits if letter.is_ascii_digit() && !state.is_empty() => vec![1],
            Self::Digits => Vec::new(),
        }
    }

    fn accepts(&self, state: &State) -> bool {
        match self {
            Self::Glob(tokens) => state.contains(&tokens.len()),
            Self::Digits => state == &[1],
        }
    }
}

fn letters(text: &str) -> impl Iterator<Item = GlobToken> {
    text.chars().map(GlobToken::Letter)
}

/// Adds the positions after stars, and drops those before the last star, which matches everything that they match.
fn settled(tokens: &[GlobToken], mut positions: Vec<usize>) -> State {
    let mut index = 0;
    while let Some(&at) = positions.get(index) {
        if tokens.get(at) == Some(&GlobToken::Star) && !positions.contains(&(at + 1)) {
            positions.push(at + 1);
        }
        index += 1;
    }
    positions.sort_unstable();
    positions.dedup();
    let is_star = |at: &usize| tokens.get(*at) == Some(&GlobToken::Star);
    if let Some(last_star) = positions.iter().rposition(is_star) {
        positions.drain(..last_star);
    }
    positions
}

/// The shortest string that all of `like` and none of `unlike` match, and that is not in `except`.
pub(crate) fn shortest_match(
    like: &BTreeSet<TextPattern>,
    unlike: &BTreeSet<TextPattern>,
    except: &BTreeSet<String>,
) -> Option<String> {
    let patterns: Vec<&TextPattern> = like.iter().chain(unlike).collect();
    let alphabet = alphabet(&patterns, except);
    let start: Vec<State> = patterns.iter().map(|pattern| pattern.start()).collect();
    // Two strings that lead to the same states have the same continuations, unless one is a prefix of an exception.
    let trace = |text: &str| {
        let next = except
            .range::<str, _>((Bound::Included(text), Bound::Unbounded))
            .next();
        next.filter(|other| other.starts_with(text))
            .map(|_| text.to_owned())
    };
    let mut seen = HashSet::from([(start.clone(), trace(""))]);
    let mut queue = VecDeque::from([(start, String::new())]);
    while let Some((states, text)) = queue.pop_front() {
        let accepted = patterns
            .iter()
            .zip(&states)
            .enumerate()
            .all(|(index, (pattern, state))| pattern.accepts(state) == (index < like.len()));
        if accepted && !except.contains(&text) {
            return Some(text);
        }
        for &letter in &alphabet {
            let states: Vec<State> = patterns
                .iter()
                .zip(&states)
                .map(|(pattern, state)| pattern.step(state, letter))
                .collect();
            if states[..like.len()].iter().any(Vec::is_empty) {
                continue;
            }
            let mut text = text.clone();
            text.push(letter);
            if seen.insert((states.clone(), trace(&text))) {
                queue.push_back((states, text));
            }
        }
    }
    None
}

/// The characters that patterns and exceptions distinguish, and one that represents all others. Readable characters come
/// first, so that of two strings of the same length the more readable one is found.
fn alphabet(patterns: &[&TextPattern], except: &BTreeSet<String>) -> Vec<char> {
    let mut known: BTreeSet<char> = patterns.iter().flat_map(|one| one.letters()).collect();
    known.extend(except.iter().flat_map(|text| text.chars()));
    let other = ('x'..='z')
        .chain('a'..='w')
        .chain('\u{100}'..)
        .into_iter()
        .find(|letter| !known.contains(letter));
    let mut alphabet: Vec<char> = other.into_iter().chain(known).collect();
    alphabet.sort_by_key(|letter| !letter.is_alphanumeric());
    alphabet
}
