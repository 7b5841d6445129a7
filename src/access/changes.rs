//! Computes who gains and who loses access, for every JWT.
//!
//! It compares the sets of JWTs that reach each identity in AWS. The names of policies, JWT roles and AWS roles are not
//! part of the comparison, so renaming one changes nothing, and replacing a bound shows both a gain and a loss.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::configuration::Configuration;
use super::jwts::{Bounds, Jwts};
use super::phrase::{Description, ProjectNames, serialize_line};
use super::target::Target;
use super::ways::{Identity, Unknown, Ways};

/// What happens to the access of some JWTs, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// They may gain any identity, because something new can't be read.
    Unknown,
    /// They gain it.
    Gain,
    /// They gain it after another login has replaced their alias's metadata.
    GainAfterLogin,
    /// They keep it, but only after another login has replaced their alias's metadata.
    OnlyAfterLogin,
    /// They lose it.
    Loss,
    /// They lose what they had after another login had replaced their alias's metadata.
    LossAfterLogin,
    /// Something that could not be read no longer exists.
    UnknownGone,
}

/// What changes for some JWTs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AccessChange {
    /// What happens.
    pub(crate) change: ChangeKind,
    /// A description of the JWTs, by what the jobs have in common.
    #[serde(serialize_with = "serialize_line")]
    pub(crate) who: Vec<Description>,
    /// The JWTs.
    pub(crate) jwts: Jwts,
    /// The claims of one such JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) example: Option<BTreeMap<String, Value>>,
    /// The identities in AWS; empty if it may be any.
    pub(crate) identities: Vec<String>,
    /// What is unknown, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown: Option<String>,
    /// A description of the other job that must log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after_login: Option<String>,
}

impl AccessChange {
    /// Whether the JWTs reach more than before.
    pub(crate) fn is_gain(&self) -> bool {
        matches!(self.change, ChangeKind::Gain | ChangeKind::GainAfterLogin)
    }
}

/// Who reaches one identity.
#[derive(Debug, Default)]
struct Holders {
    /// JWTs that reach it by their own login.
    own: Jwts,
    /// JWTs that reach it after another login, by the JWTs of that login.
    after: Vec<(Jwts, Jwts)>,
    /// JWTs that may reach it through rules that can't be read, by what is unknown.
    unknown: BTreeMap<String, Jwts>,
}

impl Holders {
    fn after_any(&self) -> Jwts {
        self.after
            .iter()
            .fold(Jwts::none(), |all, (jwts, _)| all.or(jwts))
    }
}

/// Compares two configurations, of which most may be the same: only identities that differ, or that tokens which differ may
/// lead to, are looked at.
pub(super) fn between(
    before: &Configuration<'_>,
    after: &Configuration<'_>,
    names: &ProjectNames,
) -> Vec<AccessChange> {
    let (before, after) = (Ways::new(before), Ways::new(after));
    let touched = before.touched_by(&after);
    let touched = touched.as_ref();
    let mut comparison = Comparison {
        names,
        found: BTreeMap::new(),
    };
    let policies = |ways: &Ways<'_>| -> BTreeMap<String, Jwts> {
        let unknown = ways.unknown_everywhere().into_iter();
        unknown
            .map(|unknown| (described(&unknown), unknown.jwts))
            .collect()
    };
    let mut unknown_after = policies(&after);
    unknown_after.extend(other_keys(&before, &after));
    unknown_after.extend(other_networks(&before, &after));
    comparison.compare_unknown(&policies(&before), &unknown_after, None);
    let none = Holders::default();
    let (before, after) = (holders(&before, touched), holders(&after, touched));
    let identities: BTreeSet<&Identity> = before.keys().chain(after.keys()).collect();
    for identity in identities {
        let before = before.get(identity).unwrap_or(&none);
        let after = after.get(identity).unwrap_or(&none);
        comparison.compare(identity, before, after);
    }
    comparison.finish()
}

/// Methods whose JWTs other keys sign than before. All claims are as their owner likes, so that other jobs may have what the
/// roles give, and those of before may have lost it.
fn other_keys(before: &Ways<'_>, after: &Ways<'_>) -> Vec<(String, Jwts)> {
    let keys = after.configuration().keys.iter();
    let differs = keys.filter(|(mount, keys)| {
        let before = before.configuration().keys.get(*mount);
        before.is_some_and(|before| before != *keys)
    });
    let changed = differs.map(|(mount, _)| {
        let what = format!("auth/{mount}/config: other keys than before sign the JWTs");
        (what, after.admitted_by(mount))
    });
    changed.collect()
}

/// Roles whose tokens may be used from networks from which they could not be used before. Networks are not part of JWTs.
fn other_networks(before: &Ways<'_>, after: &Ways<'_>) -> Vec<(String, Jwts)> {
    let mut known = BTreeMap::new();
    for role in &before.configuration().login_roles {
        known.insert((role.mount, role.name), &role.role.token_bound_cidrs);
    }
    let roles = after.with_admitted().filter(|(role, _)| {
        let networks = &role.role.token_bound_cidrs;
        let before = known.get(&(role.mount, role.name));
        before.is_some_and(|before| {
            let is_new = |network: &str| !before.contains(network);
            !before.is_empty() && (networks.is_empty() || networks.iter().any(is_new))
        })
    });
    let changed = roles.map(|(role, jwts)| {
        let what = format!("{role}: its tokens may be used from other networks than before");
        (what, jwts.clone())
    });
    changed.collect()
}

fn described(unknown: &Unknown<'_>) -> String {
    format!("{}: {}", unknown.what, unknown.why)
}

fn holders<'c>(
    ways: &Ways<'c>,
    touched: Option<&BTreeSet<Identity>>,
) -> BTreeMap<Identity, Holders> {
    let mut holders: BTreeMap<Identity, Holders> = BTreeMap::new();
    let finder = ways.finder();
    let is_touched = |target: Target<'c>| {
        touched.is_none_or(|touched| {
            let mut identities = Identity::of(target).into_iter();
            identities.any(|identity| touched.contains(&identity))
        })
    };
    for target in ways
        .configuration()
        .targets()
        .filter(|target| is_touched(*target))
    {
        let reached = finder.to(target);
        for way in reached.ways {
            let holder = holders.entry(way.identity).or_default();
            match way.after {
                None => holder.own = holder.own.or(&way.jwts),
                Some(after) => holder.after.push((way.jwts, after.jwts)),
            }
        }
        for unknown in reached.unknown {
            for identity in Identity::of(target) {
                let holder = holders.entry(identity).or_default();
                holder
                    .unknown
                    .insert(described(&unknown), unknown.jwts.clone());
            }
        }
    }
    if let Some(touched) = touched {
        holders.retain(|identity, _| touched.contains(identity));
    }
    holders
}

/// Changes with the same key are reported in one line.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ChangeKey {
    kind: ChangeKind,
    jwts: Jwts,
    /// The JWTs that are described: the same, or others of the same ways as well.
    described: Jwts,
    other: Option<Jwts>,
    unknown: Option<String>,
}

struct Comparison<'n> {
    names: &'n ProjectNames,
    found: BTreeMap<ChangeKey, BTreeSet<String>>,
}

impl Comparison<'_> {
    fn compare(&mut self, identity: &Identity, before: &Holders, after: &Holders) {
        self.compare_unknown(&before.unknown, &after.unknown, Some(identity));
        let (after_login_before, after_login_after) = (before.after_any(), after.after_any());
        let mut add = |kind, jwts: Jwts, described: Jwts, other: Option<&Jwts>| {
            if !jwts.is_empty() {
                let key = ChangeKey {
                    kind,
                    jwts,
                    described,
                    other: other.cloned(),
                    unknown: None,
                };
                let identities = self.found.entry(key).or_default();
                identities.insert(identity.to_string());
            }
        };
        let gained = after.own.minus(&before.own);
        let described = simplest(&gained, &after.own, &before.own);
        add(ChangeKind::Gain, gained, described, None);
        let lost = before.own.minus(&after.own);
        let only_lost = lost.minus(&after_login_after);
        let described = if only_lost == lost {
            simplest(&lost, &before.own, &after.own)
        } else {
            only_lost.clone()
        };
        add(ChangeKind::Loss, only_lost, described, None);
        for (jwts, other) in &after.after {
            let gained = jwts.minus(&before.own).minus(&after_login_before);
            add(
                ChangeKind::GainAfterLogin,
                gained.clone(),
                gained,
                Some(other),
            );
            let kept = lost.and(jwts);
            add(ChangeKind::OnlyAfterLogin, kept.clone(), kept, Some(other));
        }
        for (jwts, other) in &before.after {
            let lost = jwts.minus(&after.own).minus(&after_login_after);
            add(ChangeKind::LossAfterLogin, lost.clone(), lost, Some(other));
        }
    }

    /// What is unknown on both sides for the same reason is not a change.
    fn compare_unknown(
        &mut self,
        before: &BTreeMap<String, Jwts>,
        after: &BTreeMap<String, Jwts>,
        identity: Option<&Identity>,
    ) {
        let none = Jwts::none();
        let mut add = |kind, what: &str, jwts: Jwts| {
            if !jwts.is_empty() {
                let key = ChangeKey {
                    kind,
                    described: jwts.clone(),
                    jwts,
                    other: None,
                    unknown: Some(what.to_owned()),
                };
                let identities = self.found.entry(key).or_default();
                identities.extend(identity.map(Identity::to_string));
            }
        };
        for (what, jwts) in after {
            let known = before.get(what).unwrap_or(&none);
            add(ChangeKind::Unknown, what, jwts.minus(known));
        }
        for (what, jwts) in before {
            let known = after.get(what).unwrap_or(&none);
            add(ChangeKind::UnknownGone, what, jwts.minus(known));
        }
    }

    fn finish(self) -> Vec<AccessChange> {
        let Self { names, found } = self;
        let changes = found.into_iter().map(|(key, identities)| AccessChange {
            change: key.kind,
            who: names.described(&key.described),
            example: key.jwts.example(),
            jwts: key.jwts,
            identities: identities.into_iter().collect(),
            unknown: key.unknown,
            after_login: key.other.map(|other| names.who(&other)),
        });
        changes.collect()
    }
}

/// JWTs to describe in place of `rest`, which are in `all` and not in `others`, if that takes fewer cases or claims.
///
/// Each way of `all` is compared only with the way of `others` that is most like it, which is usually what it was before. Other
/// ways, by which some of these JWTs have the identity on both sides, then do not split the description.
fn simplest(rest: &Jwts, all: &Jwts, others: &Jwts) -> Jwts {
    let pieces = all.bounds().iter().flat_map(|way| {
        let alike = |other: &&Bounds| way.only(|claim| claim != "iss").in_common(other);
        let similar = others.bounds().iter();
        let similar = similar.filter(|other| alike(other).1 > 0);
        match similar.max_by_key(alike) {
            Some(similar) => way.minus(similar),
            None => jwts_of(way).minus(others).bounds().to_vec(),
        }
    });
    let is_new = |piece: &Bounds| !others.covers(&jwts_of(piece));
    let simple: Jwts = pieces.filter(is_new).collect();
    let size = |jwts: &Jwts| {
        let claims = jwts.bounds().iter().map(Bounds::len);
        (jwts.bounds().len(), claims.sum::<usize>())
    };
    if size(&simple) < size(rest) {
        simple
    } else {
        rest.clone()
    }
}

fn jwts_of(bounds: &Bounds) -> Jwts {
    std::iter::once(bounds.clone()).collect()
}
