//! What some claims of a JWT may be.

use std::collections::BTreeMap;

use super::claim_set::ClaimSet;
use super::facts::{self, possible};
use super::language::Language;

/// The JWTs of which each named claim has one of the values of its set. A claim that is not named is free.
///
/// Bounds are never empty, and none of their sets has all that GitLab can sign for the claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bounds(BTreeMap<String, ClaimSet>);

impl Bounds {
    /// Every JWT.
    pub(crate) fn any() -> Self {
        Self::default()
    }

    /// The named claims, each with its set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &ClaimSet)> {
        self.0.iter().map(|(claim, set)| (claim.as_str(), set))
    }

    /// How many claims are named.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The values that a claim may have.
    pub(crate) fn get(&self, claim: &str) -> &ClaimSet {
        self.0.get(claim).unwrap_or_else(|| possible(claim))
    }

    /// The set of a claim, if it is named.
    pub(crate) fn named(&self, claim: &str) -> Option<&ClaimSet> {
        self.0.get(claim)
    }

    /// Those of these whose claim has a value of the set.
    pub(crate) fn require(mut self, claim: &str, set: &ClaimSet) -> Option<Self> {
        let both = self.get(claim).and(set);
        if both.is_empty() {
            return None;
        }
        self.put(claim, both);
        self.is_consistent().then_some(self)
    }

    /// Those of these whose claim is this text.
    pub(crate) fn with_text(self, claim: &str, text: &str) -> Option<Self> {
        if !self.get(claim).scalars.texts.contains(text) {
            return None;
        }
        let mut with = self;
        with.0
            .insert(claim.into(), ClaimSet::texts(Language::text(text)));
        with.is_consistent().then_some(with)
    }

    /// The same with another set for a claim, which has to have a value that GitLab can sign.
    pub(super) fn put(&mut self, claim: &str, set: ClaimSet) {
        let is_finite = |set: &ClaimSet| {
            set.only_texts()
                .is_some_and(|texts| texts.texts().is_some())
        };
        let possible = possible(claim);
        // A few texts are not all that an infinite set has.
        if is_finite(&set) == is_finite(possible) && set.covers(possible) {
            self.0.remove(claim);
        } else {
            self.0.insert(claim.to_owned(), set);
        }
    }

    /// The same without a word about a claim.
    pub(super) fn without(&self, claim: &str) -> Self {
        let mut without = self.clone();
        without.0.remove(claim);
        without
    }

    /// The JWTs of both.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        let (mut both, fewer) = match self.len() < other.len() {
            true => (other.clone(), self),
            false => (self.clone(), other),
        };
        for (claim, set) in &fewer.0 {
            let common = match both.0.get(claim) {
                Some(known) if known == set => continue,
                Some(known) => known.and(set),
                None => set.clone(),
            };
            if common.is_empty() {
                return None;
            }
            both.0.insert(claim.clone(), common);
        }
        both.is_consistent().then_some(both)
    }

    /// The JWTs of these that are not in the other, as bounds that have no JWT in common.
    pub(crate) fn minus(&self, other: &Self) -> Vec<Self> {
        if self.and(other).is_none() {
            return vec![self.clone()];
        }
        let mut rest = Vec::new();
        let mut common = self.clone();
        for (claim, set) in &other.0 {
            let outside = common.get(claim).minus(set);
            if !outside.is_empty() {
                let mut piece = common.clone();
                piece.put(claim, outside);
                rest.extend(piece.is_consistent().then_some(piece));
            }
            let inside = common.get(claim).and(set);
            common.put(claim, inside);
            if !common.is_consistent() {
                break;
            }
        }
        rest
    }

    /// What has to be true of JWTs of which is known that they are of `known`.
    pub(super) fn beyond(&self, known: &Self) -> Self {
        let claims = self.0.iter();
        let left = claims.filter(|(claim, set)| !set.covers(known.get(claim)));
        Self(
            left.map(|(claim, set)| (claim.clone(), set.clone()))
                .collect(),
        )
    }

    /// Whether each JWT of the other is one of these.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.0
            .iter()
            .all(|(claim, set)| set.covers(other.get(claim)))
    }

    /// A job has either all claims of an environment or none.
    fn is_consistent(&self) -> bool {
        let named = || {
            facts::OF_ENVIRONMENT
                .iter()
                .filter_map(|claim| self.0.get(*claim))
        };
        !named().any(ClaimSet::is_only_absent) || named().all(|set| set.absent)
    }
}
