//! Unions of bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::Bounds;
use super::claim_set::ClaimSet;
use super::facts::SERVER;
use super::language::Language;
use super::server::ServerProfile;

/// The largest number of bounds that are compared with each other, to remove those that another one covers.
const COMPARED: usize = 64;

/// A set of JWTs: the union of some bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Jwts(Vec<Bounds>);

impl Jwts {
    /// The empty set.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Every JWT.
    pub(crate) fn any() -> Self {
        Self(vec![Bounds::any()])
    }

    /// The JWTs with these claims, each with its string, or absent.
    pub(crate) fn with<'t>(claims: impl Iterator<Item = (&'t str, Option<&'t str>)>) -> Self {
        claims.fold(Self::any(), |jwts, (claim, text)| {
            let set = match text {
                Some(text) => ClaimSet::texts(Language::text(text)),
                None => ClaimSet::absent(),
            };
            jwts.require(claim, &set)
        })
    }

    /// Whether the set is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bounds.
    pub(crate) fn bounds(&self) -> &[Bounds] {
        &self.0
    }

    /// Whether the values of a claim are a finite list of strings.
    pub(crate) fn names_each(&self, claim: &str) -> bool {
        self.texts_of(claim).is_some()
    }

    /// The values of a claim, if they are a finite list of strings.
    pub(crate) fn texts_of(&self, claim: &str) -> Option<BTreeSet<&str>> {
        let sets = self.0.iter().map(|bounds| bounds.get(claim).only_texts());
        let texts = sets.map(|texts| texts.and_then(Language::texts));
        let texts: Option<Vec<_>> = texts.collect();
        Some(texts?.into_iter().flatten().map(String::as_str).collect())
    }

    /// The JWTs that are in both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        let pairs = self
            .0
            .iter()
            .flat_map(|bounds| other.0.iter().filter_map(|other| bounds.and(other)));
        pairs.collect()
    }

    /// The JWTs that are in either set.
    pub(crate) fn or(&self, other: &Self) -> Self {
        if other.is_empty() || self == other {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// The JWTs that are not in the other set.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        if self.is_empty() || self == other {
            return Self::none();
        }
        if other.is_empty() {
            return self.clone();
        }
        let rest = other.0.iter().fold(self.0.clone(), |rest, other| {
            rest.iter().flat_map(|bounds| bounds.minus(other)).collect()
        });
        rest.into_iter().collect()
    }

    /// Whether it contains every JWT of the other set.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let is_within_one = |bounds: &Bounds| self.0.iter().any(|ours| ours.covers(bounds));
        other.0.iter().all(is_within_one) || other.minus(self).is_empty()
    }

    /// The same without the restriction of a claim.
    pub(crate) fn free(&self, claim: &str) -> Self {
        self.0.iter().map(|bounds| bounds.without(claim)).collect()
    }

    /// The JWTs for which it holds on one server.
    pub(crate) fn on(&self, server: ServerProfile) -> Self {
        if self.0.iter().all(|bounds| bounds.named(SERVER).is_none()) {
            return self.clone();
        }
        let name = ClaimSet::texts(Language::text(server.name()));
        self.require(SERVER, &name).free(SERVER)
    }

    /// The restrictions that do not already follow from `known`.
    pub(crate) fn beyond(&self, known: &Self) -> Self {
        let [known] = known.0.as_slice() else {
            return self.clone();
        };
        self.0.iter().map(|bounds| bounds.beyond(known)).collect()
    }

    /// Whether it contains all JWTs of some issuers.
    pub(crate) fn is_everybody(&self) -> bool {
        let is_free = |bounds: &Bounds| bounds.iter().all(|(claim, _)| claim == "iss");
        self.0.iter().any(is_free)
    }

    /// The JWTs whose claim also has a value from the set.
    pub(crate) fn require(&self, claim: &str, set: &ClaimSet) -> Self {
        let kept = self.0.iter().cloned();
        kept.filter_map(|bounds| bounds.require(claim, set))
            .collect()
    }
}

/// Joins bounds: it unites those that differ in one claim, and removes those that another one covers.
impl FromIterator<Bounds> for Jwts {
    fn from_iter<I: IntoIterator<Item = Bounds>>(bounds: I) -> Self {
        let all: Vec<Bounds> = bounds.into_iter().collect();
        if all.len() < 2 {
            return Self(all);
        }
        let mut all: BTreeSet<Bounds> = all.into_iter().collect();
        loop {
            let before = all.len();
            let claims: BTreeSet<String> = all
                .iter()
                .flat_map(|bounds| bounds.iter().map(|(claim, _)| claim.to_owned()))
                .collect();
            for claim in claims {
                all = united(&all, &claim);
            }
            if all.len() == before {
                break;
            }
        }
        let mut all: Vec<Bounds> = all.into_iter().collect();
        if all.len() <= COMPARED {
            let mut index = 0;
            while index < all.len() {
                let others = all.iter().enumerate().filter(|(other, _)| *other != index);
                if others
                    .into_iter()
                    .any(|(_, other)| other.covers(&all[index]))
                {
                    all.remove(index);
                } else {
                    index += 1;
                }
            }
        }
        Self(all)
    }
}

/// Unites the bounds that differ in one claim.
fn united(all: &BTreeSet<Bounds>, claim: &str) -> BTreeSet<Bounds> {
    let mut by_rest: BTreeMap<Bounds, Vec<&ClaimSet>> = BTreeMap::new();
    for bounds in all {
        let sets = by_rest.entry(bounds.without(claim)).or_default();
        sets.push(bounds.get(claim));
    }
    let united = by_rest.into_iter().map(|(mut bounds, sets)| {
        bounds.put(claim, union(&sets));
        bounds
    });
    united.collect()
}

/// The values that are in any of some sets. Halves are united, because adding one set after the other to a union would
/// copy it each time.
fn union(sets: &[&ClaimSet]) -> ClaimSet {
    match sets {
        [] => ClaimSet::none(),
        [set] => (*set).clone(),
        sets => {
            let (left, right) = sets.split_at(sets.len() / 2);
            union(left).or(&union(right))
        }
    }
}
