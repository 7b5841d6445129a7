//! Which of all JWTs that GitLab can sign reach an identity in AWS.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::configuration::Configuration;
use super::jwts::Jwts;
use super::login_role::LoginRole;
use super::phrase::ProjectNames;
use super::target::Target;
use super::ways::{Unknown, Way, Ways};

/// The ways to the identities of a question.
#[derive(Debug)]
pub(crate) struct Reachability<'c> {
    /// The ways, by identity.
    pub(crate) ways: Vec<Way<'c>>,
    /// What is unknown and may lead to them.
    pub(crate) unknown: Vec<Unknown<'c>>,
}

/// Whether a job reaches an AWS role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It does not.
    No,
    /// Something unknown may lead to it.
    Unknown,
    /// Only after another job with the same alias has logged in.
    AfterLogin,
    /// Only if claims that are not known have certain values.
    OnlyIf,
    /// Always.
    Yes,
}

/// Some JWTs, and all ways that they have.
#[derive(Debug)]
pub(crate) struct Row<'r, 'c> {
    /// The JWTs.
    pub(crate) jwts: &'r Jwts,
    /// The ways, by identity.
    pub(crate) ways: Vec<&'r Way<'c>>,
}

impl<'c> Reachability<'c> {
    /// Whether it is certain that nobody reaches them, within what was looked at.
    pub(crate) fn is_nobody(&self) -> bool {
        self.ways.is_empty() && self.unknown.is_empty()
    }

    /// Removes the logins with other roles.
    pub(crate) fn keep_logins_with(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.ways.retain(|way| is_kept(way.through.login_name()));
        self.unknown.retain_mut(|unknown| {
            let is_of_others = unknown.through.is_empty();
            unknown.through.retain(|role| is_kept(role.login_name()));
            is_of_others || !unknown.through.is_empty()
        });
    }

    /// The same for some JWTs.
    pub(crate) fn within(&self, jwts: &Jwts) -> Self {
        let ways = self.ways.iter().filter_map(|way| {
            let jwts = way.jwts.and(jwts);
            (!jwts.is_empty()).then(|| Way {
                jwts,
                ..way.clone()
            })
        });
        let unknown = self.unknown.iter().filter_map(|unknown| {
            let jwts = unknown.jwts.and(jwts);
            (!jwts.is_empty()).then(|| Unknown {
                jwts,
                ..unknown.clone()
            })
        });
        Self {
            ways: ways.collect(),
            unknown: unknown.collect(),
        }
    }

    /// Removes and returns the ways that every job has by its own login.
    pub(crate) fn split_everybodys(&mut self) -> Vec<Way<'c>> {
        let is_everybodys = |way: &mut Way<'c>| way.after.is_none() && way.jwts.is_everybody();
        self.ways.extract_if(.., is_everybodys).collect()
    }

    /// Whether the job with these ways reaches an AWS role.
    pub(crate) fn verdict(&self, target: Target<'_>, job: &Jwts) -> Verdict {
        let to_target = self.ways.iter().filter(|way| way.target == target);
        let (own, after): (Vec<_>, Vec<_>) = to_target.partition(|way| way.after.is_none());
        let all = own.iter().fold(Jwts::none(), |all, way| all.or(&way.jwts));
        let mut unknown = self.unknown.iter();
        if !own.is_empty() {
            return if all.covers(job) {
                Verdict::Yes
            } else {
                Verdict::OnlyIf
            };
        }
        if !after.is_empty() {
            return Verdict::AfterLogin;
        }
        let may_lead_there = |one: &Unknown<'_>| one.target.is_none_or(|other| other == target);
        if unknown.any(may_lead_there) {
            Verdict::Unknown
        } else {
            Verdict::No
        }
    }

    /// The ways, grouped by the JWTs that have them, each group with a description of its JWTs.
    pub(crate) fn rows(&self, names: &ProjectNames) -> Vec<(String, Row<'_, 'c>)> {
        // Texts are compared much faster than JWTs, and the descriptions of most JWTs differ.
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        let mut rows: Vec<Row<'_, 'c>> = Vec::new();
        for way in &self.ways {
            let places = places.entry(names.who(&way.jwts)).or_default();
            let is_same = |place: &&usize| *rows[**place].jwts == way.jwts;
            match places.iter().find(is_same) {
                Some(place) => rows[*place].ways.push(way),
                None => {
                    places.push(rows.len());
                    let ways = vec![way];
                    rows.push(Row {
                        jwts: &way.jwts,
                        ways,
                    });
                }
            }
        }
        let mut who: Vec<(usize, String)> = places
            .into_iter()
            .flat_map(|(who, places)| places.into_iter().map(move |place| (place, who.clone())))
            .collect();
        who.sort_unstable();
        let who = who.into_iter().map(|(_, who)| who);
        who.zip(rows).collect()
    }
}

/// Finds every way of some JWTs to the identities of a question.
pub(crate) fn reachability<'c>(
    ways: &Ways<'c>,
    is_asked: impl Fn(&str) -> bool,
    within: &Jwts,
) -> Reachability<'c> {
    let finder = ways.finder();
    let mut found = Reachability {
        ways: Vec::new(),
        unknown: ways.unknown_everywhere(),
    };
    for target in ways.configuration().targets() {
        if !target.has_identity(&is_asked) {
            continue;
        }
        let reached = finder.to(target);
        found.unknown.extend(reached.unknown);
        let asked = reached
            .ways
            .into_iter()
            .filter(|way| is_asked(&way.identity.name));
        found.ways.extend(asked);
    }
    if *within != Jwts::any() {
        found = found.within(within);
    }
    found
        .ways
        .sort_by_cached_key(|way| (way.identity.clone(), way.after.is_some(), way.target));
    found
}

/// What an answer is based on, such as `auth/gitlab (6 roles, 5 policies)`.
pub(crate) fn looked_at(configuration: &Configuration<'_>) -> String {
    let roles = &configuration.login_roles;
    let mounts = roles.chunk_by(|a, b| a.mount == b.mount).map(|roles| {
        let policies: BTreeSet<&str> = roles
            .iter()
            .flat_map(|role| configuration.known_policies_of(role.role))
            .collect();
        let names: BTreeSet<&str> = roles.iter().map(LoginRole::login_name).collect();
        format!(
            "auth/{} ({}, {})",
            roles[0].mount,
            counted(names.len(), "role", "roles"),
            counted(policies.len(), "policy", "policies")
        )
    });
    let mounts: Vec<String> = mounts.collect();
    match mounts.as_slice() {
        [] => "no JWT role".into(),
        mounts => mounts.join(", "),
    }
}

/// What no answer takes into account, for answers from Vault and from the files.
pub(crate) const fn not_looked_at(is_live: bool) -> &'static str {
    if is_live {
        "other namespaces, tokens that were issued by what is gone, entities with aliases of several methods, aliases whose \
         names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has \
         for a project id"
    } else {
        "other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own \
         policies let it write; AWS trust policies; which path GitLab has for a project id"
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
