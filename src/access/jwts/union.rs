//! Unions of bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::Bounds;
use super::claim_set::ClaimSet;
use super::facts::SERVER;
use super::language::Language;
use super::server::ServerProfile;

/// Up to this many bounds are compared with each other, to leave out what another one covers.
const COMPARED: usize = 64;

/// A set of JWTs: those of any of the bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Jwts(Vec<Bounds>);

impl Jwts {
    /// None.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Every JWT.
    pub(crate) fn any() -> Self {
        Self(vec![Bounds::any()])
    }

    /// Those that have these claims, each with its text or absent.
    pub(crate) fn with<'t>(claims: impl Iterator<Item = (&'t str, Option<&'t str>)>) -> Self {
        claims.fold(Self::any(), |jwts, (claim, text)| {
            let set = match text {
                Some(text) => ClaimSet::texts(Language::text(text)),
                None => ClaimSet::absent(),
            };
            jwts.require(claim, &set)
        })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bounds.
    pub(crate) fn bounds(&self) -> &[Bounds] {
        &self.0
    }

    /// Whether a claim may be a text.
    pub(crate) fn may_be(&self, claim: &str, text: &str) -> bool {
        let mut bounds = self.0.iter();
        bounds.any(|bounds| bounds.get(claim).scalars.texts.contains(text))
    }

    /// Whether a claim can only be one of some texts that are named one by one.
    pub(crate) fn names_each(&self, claim: &str) -> bool {
        self.texts_of(claim).is_some()
    }

    /// The texts that a claim may be, where these are named one by one.
    pub(crate) fn texts_of(&self, claim: &str) -> Option<BTreeSet<&str>> {
        let sets = self.0.iter().map(|bounds| bounds.get(claim).only_texts());
        let texts = sets.map(|texts| texts.and_then(Language::texts));
        let texts: Option<Vec<_>> = texts.collect();
        Some(texts?.into_iter().flatten().map(String::as_str).collect())
    }

    /// The JWTs of both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let pairs = self
            .0
            .iter()
            .flat_map(|bounds| other.0.iter().filter_map(|other| bounds.and(other)));
        pairs.collect()
    }

    /// The JWTs of either.
    pub(crate) fn or(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// The JWTs that are not in the other.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let rest = other.0.iter().fold(self.0.clone(), |rest, other| {
            rest.iter().flat_map(|bounds| bounds.minus(other)).collect()
        });
        rest.into_iter().collect()
    }

    /// Whether each JWT of the other is one of these.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let is_within_one = |bounds: &Bounds| self.0.iter().any(|ours| ours.covers(bounds));
        other.0.iter().all(is_within_one) || other.minus(self).is_empty()
    }

    /// The same with any value of a claim.
    pub(crate) fn free(&self, claim: &str) -> Self {
        self.0.iter().map(|bounds| bounds.without(claim)).collect()
    }

    /// Those that there are on one server, whatever others do.
    pub(crate) fn on(&self, server: ServerProfile) -> Self {
        let name = ClaimSet::texts(Language::text(server.name()));
        self.require(SERVER, &name).free(SERVER)
    }

    /// What has to be true of JWTs of which is known that they are of `known`, besides that.
    pub(crate) fn beyond(&self, known: &Self) -> Self {
        let [known] = known.0.as_slice() else {
            return self.clone();
        };
        self.0.iter().map(|bounds| bounds.beyond(known)).collect()
    }

    /// Whether they are all JWTs of some issuers.
    pub(crate) fn is_everybody(&self) -> bool {
        let is_free = |bounds: &Bounds| bounds.iter().all(|(claim, _)| claim == "iss");
        self.0.iter().any(is_free)
    }

    /// Those of these whose claim has a value of the set.
    pub(crate) fn require(&self, claim: &str, set: &ClaimSet) -> Self {
        let kept = self.0.iter().cloned();
        kept.filter_map(|bounds| bounds.require(claim, set))
            .collect()
    }
}

/// Joins bounds: those that differ in one claim are united, and those that another one covers are left out.
impl FromIterator<Bounds> for Jwts {
    fn from_iter<I: IntoIterator<Item = Bounds>>(bounds: I) -> Self {
        let mut all: BTreeSet<Bounds> = bounds.into_iter().collect();
        if all.len() < 2 {
            return Self(all.into_iter().collect());
        }
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
    let mut by_rest: BTreeMap<Bounds, ClaimSet> = BTreeMap::new();
    for bounds in all {
        let set = bounds.get(claim);
        by_rest
            .entry(bounds.without(claim))
            .and_modify(|known| *known = known.or(set))
            .or_insert_with(|| set.clone());
    }
    let united = by_rest.into_iter().map(|(mut bounds, set)| {
        bounds.put(claim, set);
        bounds
    });
    united.collect()
}
