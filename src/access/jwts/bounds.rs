//! Restrictions of the claims of a JWT.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::claim_set::ClaimSet;
use super::facts::{self, possible};
use super::language::Language;

/// The JWTs in which each named claim has a value from its set. A claim that is not named may have any value.
///
/// Bounds are never empty, and each of their sets lacks a value that GitLab can sign for the claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bounds(BTreeMap<Rc<str>, Rc<ClaimSet>>);

impl Bounds {
    /// Every JWT.
    pub(crate) fn any() -> Self {
        Self::default()
    }

    /// The named claims, each with its set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &ClaimSet)> {
        self.0.iter().map(|(claim, set)| (&**claim, &**set))
    }

    /// How many claims are named.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The values that a claim may have.
    pub(crate) fn get(&self, claim: &str) -> &ClaimSet {
        self.named(claim).unwrap_or_else(|| possible(claim))
    }

    /// The set of a claim, if it is named.
    pub(crate) fn named(&self, claim: &str) -> Option<&ClaimSet> {
        self.0.get(claim).map(|set| &**set)
    }

    /// The JWTs whose claim also has a value from the set; `None` if there are none.
    pub(crate) fn require(mut self, claim: &str, set: &ClaimSet) -> Option<Self> {
        let both = self.get(claim).and(set);
        if both.is_empty() {
            return None;
        }
        self.put(claim, both);
        self.is_consistent().then_some(self)
    }

    /// The JWTs whose claim is also this string; `None` if there are none.
    pub(crate) fn with_text(self, claim: &str, text: &str) -> Option<Self> {
        if !self.get(claim).scalars.texts.contains(text) {
            return None;
        }
        let mut with = self;
        with.0
            .insert(claim.into(), Rc::new(ClaimSet::texts(Language::text(text))));
        with.is_consistent().then_some(with)
    }

    /// Replaces the set of a claim, which must contain a value that GitLab can sign.
    pub(super) fn put(&mut self, claim: &str, set: ClaimSet) {
        let is_finite = |set: &ClaimSet| {
            set.only_texts()
                .is_some_and(|texts| texts.texts().is_some())
        };
        let possible = possible(claim);
        // A finite set of strings never contains an infinite one.
        if is_finite(&set) == is_finite(possible) && set.covers(possible) {
            self.0.remove(claim);
        } else {
            self.0.insert(claim.into(), Rc::new(set));
        }
    }

    /// The same without the restriction of a claim.
    pub(super) fn without(&self, claim: &str) -> Self {
        let mut without = self.clone();
        without.0.remove(claim);
        without
    }

    /// The same with the restrictions of some claims only.
    pub(crate) fn only(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(claim, _)| is_kept(claim));
        Self(
            kept.map(|(claim, set)| (Rc::clone(claim), Rc::clone(set)))
                .collect(),
        )
    }

    /// How many claims both restrict to the same values, and how many both restrict.
    pub(crate) fn in_common(&self, other: &Self) -> (usize, usize) {
        let claims = self.0.iter();
        let both = claims.filter_map(|(claim, set)| Some((set, other.0.get(claim)?)));
        let same = both.clone().filter(|(set, other)| set == other);
        (same.count(), both.count())
    }

    /// The JWTs that are in both; `None` if there are none.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        let (mut both, fewer) = if self.len() < other.len() {
            (other.clone(), self)
        } else {
            (self.clone(), other)
        };
        for (claim, set) in &fewer.0 {
            let common = match both.0.get(claim) {
                Some(known) if known == set => continue,
                Some(known) => Rc::new(known.and(set)),
                None => Rc::clone(set),
            };
            if common.is_empty() {
                return None;
            }
            both.0.insert(Rc::clone(claim), common);
        }
        both.is_consistent().then_some(both)
    }

    /// The JWTs that are not in the other, as disjoint bounds.
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

    /// The restrictions that do not already follow from `known`.
    pub(super) fn beyond(&self, known: &Self) -> Self {
        self.only(|claim| !self.get(claim).covers(known.get(claim)))
    }

    /// Whether every JWT of the other is one of these.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        // A claim that the other does not name may have a value that none of these has.
        let is_named = |claim: &Rc<str>| other.0.contains_key(claim);
        self.0.keys().all(is_named)
            && self
                .0
                .iter()
                .all(|(claim, set)| set.covers(other.get(claim)))
    }

    /// Whether a job can have these claims: it has either all claims of an environment or none.
    fn is_consistent(&self) -> bool {
        let named = || {
            facts::OF_ENVIRONMENT
                .iter()
                .filter_map(|claim| self.named(claim))
        };
        !named().any(ClaimSet::is_only_absent) || named().all(|set| set.absent)
    }
}
