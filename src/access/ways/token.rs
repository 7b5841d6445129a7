//! Which rule of a token decides about a path, for which JWTs.
//!
//! Facts 1.2 and 1.3 of docs/access.md. The JWTs here are those of the login that made the metadata, which templates read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::piece::{Piece, TooComplex};
use super::request::{RequestNeeds, Restrictions, restricts};
use super::template::{Instance, Template};
use crate::access::jwts::{ClaimSet, Jwts, Language, ServerProfile, TextPattern};
use crate::acl::{self, Capability, Rule};

/// More rules of one path that restrict requests are not looked at.
const MAX_RESTRICTING: usize = 4;

/// Conditions with more alternatives than this are not combined with others, as the time for that grows with the square.
const MAX_ALTERNATIVES: usize = 100;

/// A rule of a token's policies, with the claims that its path is made of.
#[derive(Debug)]
pub(super) struct TokenRule<'c> {
    /// The policy.
    pub(super) policy: &'c str,
    /// The place of the rule in it, from 1.
    pub(super) number: usize,
    /// The path as the policy has it.
    pub(super) path: &'c str,
    /// The path with claims for its directives.
    pub(super) template: Template,
    /// What the rule says; `None` where it can't be read.
    pub(super) body: Option<&'c Rule>,
}

/// What rules give at a path.
#[derive(Debug)]
pub(super) struct Decision<'t, 'c> {
    pub(super) given: Vec<Given<'t, 'c>>,
    /// Rules of which it is not known what they say, and for which JWTs they may decide.
    pub(super) unknown: Vec<(&'t TokenRule<'c>, Jwts)>,
}

/// Credentials that rules give.
#[derive(Debug)]
pub(super) struct Given<'t, 'c> {
    /// The rules.
    pub(super) rules: Vec<&'t TokenRule<'c>>,
    /// The place of the IAM role among those that were asked about.
    pub(super) arn: usize,
    /// What the request needs.
    pub(super) request: RequestNeeds,
    /// For which JWTs.
    pub(super) jwts: Jwts,
}

/// A request for credentials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The path.
    pub(super) path: &'a str,
    /// What it needs.
    pub(super) capability: Capability,
    /// The IAM roles, each as the request has to name it; `None` for the only one.
    pub(super) arns: &'a [Option<&'a str>],
}

/// Decides a request. `source` are the logins that may have made the metadata.
pub(super) fn decide<'t, 'c>(
    rules: &'t [TokenRule<'c>],
    asked: Asked<'_>,
    server: ServerProfile,
    source: &Jwts,
) -> Result<Decision<'t, 'c>, TooComplex> {
    let mut decision = Decision {
        given: Vec::new(),
        unknown: Vec::new(),
    };
    let instances = ranked(rules, asked.path, server, source)?;
    // The JWTs for which a rule of a higher rank matches, which hides those below, whatever it gives.
    let mut above = Jwts::none();
    for group in instances.chunk_by(|(a, _), (b, _)| a.path == b.path) {
        let matching = decide_group(group, asked, &above, &mut decision)?;
        above = bounded(above.or(&matching))?;
    }
    Ok(decision)
}

/// The rules that match a path, with the JWTs for which each does; of those that match a JWT, the first decides.
pub(super) fn ranked<'t, 'c>(
    rules: &'t [TokenRule<'c>],
    path: &str,
    server: ServerProfile,
    source: &Jwts,
) -> Result<Vec<(Instance, &'t TokenRule<'c>)>, TooComplex> {
    let mut instances: Vec<(Instance, &TokenRule<'c>)> = Vec::new();
    for rule in rules {
        let found = rule.template.instances(path, server, source)?;
        instances.extend(found.into_iter().map(|instance| (instance, rule)));
    }
    let rank = |rule: &str| {
        let is_exact = rule == path && !acl::has_wildcard(rule);
        let (position, closed, plus, length, _) = acl::specificity(rule);
        Reverse((is_exact, position, closed, plus, length))
    };
    instances.sort_by(|(a, _), (b, _)| {
        let by_rank = rank(&a.path).cmp(&rank(&b.path));
        by_rank.then_with(|| b.path.cmp(&a.path))
    });
    Ok(instances)
}

/// Decides among the rules that have the same path: one `deny` makes it deny, and else what they say adds up. Returns for
/// whom any of them matches.
fn decide_group<'t, 'c>(
    group: &[(Instance, &'t TokenRule<'c>)],
    asked: Asked<'_>,
    above: &Jwts,
    decision: &mut Decision<'t, 'c>,
) -> Result<Jwts, TooComplex> {
    let jwts_of = |holds: &dyn Fn(&TokenRule<'c>) -> bool| -> Result<Jwts, TooComplex> {
        let of = group.iter().filter(|(_, rule)| holds(rule));
        bounded(of.map(|(instance, _)| instance.bounds.clone()).collect())
    };
    let has = |rule: &TokenRule<'c>, capability: Capability| {
        rule.body
            .is_some_and(|body| body.capabilities.contains(&capability))
    };
    let is_known = |rule: &TokenRule<'c>| rule.body.is_some() && !rule.template.has_unknown();
    for (instance, rule) in group.iter().filter(|(_, rule)| !is_known(rule)) {
        let jwts: Jwts = std::iter::once(instance.bounds.clone()).collect();
        let jwts = jwts.minus(above);
        if !jwts.is_empty() {
            decision.unknown.push((rule, jwts));
        }
    }
    let denied = jwts_of(&|rule| is_known(rule) && has(rule, Capability::Deny))?;
    let hidden = above.or(&denied);
    let giving = |rule: &TokenRule<'c>| is_known(rule) && has(rule, asked.capability);
    let given = bounded(jwts_of(&giving)?.minus(&hidden))?;
    if !given.is_empty() {
        let mut rules: BTreeMap<(&str, usize), &'t TokenRule<'c>> = BTreeMap::new();
        for (_, rule) in group.iter().filter(|(_, rule)| giving(rule)) {
            rules.insert((rule.policy, rule.number), rule);
        }
        let rules: Vec<&'t TokenRule<'c>> = rules.into_values().collect();
        for (jwts, restrictions) in restricted(group, given)? {
            for (arn, named) in asked.arns.iter().enumerate() {
                let Some(request) = restrictions.request(*named) else {
                    continue;
                };
                decision.given.push(Given {
                    rules: rules.clone(),
                    arn,
                    request,
                    jwts: jwts.clone(),
                });
            }
        }
    }
    jwts_of(&is_known)
}

fn bounded(jwts: Jwts) -> Result<Jwts, TooComplex> {
    match jwts.bounds().len() > MAX_ALTERNATIVES {
        true => Err(TooComplex),
        false => Ok(jwts),
    }
}

/// Splits JWTs by the rules with restrictions that hold for them.
fn restricted(
    group: &[(Instance, &TokenRule<'_>)],
    given: Jwts,
) -> Result<Vec<(Jwts, Restrictions)>, TooComplex> {
    let mut restricting: BTreeMap<(&str, usize), (&Rule, Jwts)> = BTreeMap::new();
    for (instance, rule) in group {
        let Some(body) = rule.body.filter(|body| restricts(body)) else {
            continue;
        };
        let jwts: Jwts = std::iter::once(instance.bounds.clone()).collect();
        restricting
            .entry((rule.policy, rule.number))
            .and_modify(|(_, known)| *known = known.or(&jwts))
            .or_insert((body, jwts));
    }
    if restricting.len() > MAX_RESTRICTING {
        return Err(TooComplex);
    }
    let mut cases: Vec<(Jwts, Vec<&Rule>)> = vec![(given, Vec::new())];
    for (rule, jwts) in restricting.values() {
        cases = cases
            .into_iter()
            .flat_map(|(case, rules)| {
                let with = (case.and(jwts), [rules.as_slice(), &[*rule]].concat());
                [with, (case.minus(jwts), rules)]
            })
            .filter(|(case, _)| !case.is_empty())
            .collect();
    }
    let merged = cases.into_iter().map(|(jwts, rules)| {
        let restrictions = Restrictions::merged(rules.into_iter());
        (jwts, restrictions)
    });
    Ok(merged.collect())
}

/// Whether servers treat the values of all templates alike, as none of them can have a letter with a meaning.
pub(super) fn is_plain<'t>(templates: impl Iterator<Item = &'t Template>, source: &Jwts) -> bool {
    let special = ClaimSet::texts_with(ServerProfile::Refuse.blocked());
    let mut claims = templates.flat_map(Template::claims);
    claims.all(|claim| source.require(claim, &special).is_empty())
}

/// The logins after which OpenBao refuses every request of the token.
pub(super) fn with_blocked<'t>(
    templates: impl Iterator<Item = &'t Template>,
    source: &Jwts,
) -> Jwts {
    let blocked = templates.map(|template| blocked(template, source));
    blocked.fold(Jwts::none(), |all, blocked| all.or(&blocked))
}

/// The logins after which an old server refuses every request of the token.
pub(super) fn with_mixed_wildcards<'t>(
    templates: impl Iterator<Item = &'t Template>,
    source: &Jwts,
) -> Jwts {
    let mixed = templates.map(|template| mixed_wildcards(template, source));
    mixed.fold(Jwts::none(), |all, mixed| all.or(&mixed))
}

/// OpenBao reads directives from left to right: a missing one before the first value with a blocked letter drops the rule.
fn blocked(template: &Template, source: &Jwts) -> Jwts {
    let special = ClaimSet::texts_with(ServerProfile::Refuse.blocked());
    let mut refused = Jwts::none();
    let mut reached = source.clone();
    for claim in template.claims() {
        refused = refused.or(&reached.require(claim, &special));
        reached = reached.require(claim, &ClaimSet::texts(Language::all()));
    }
    refused
}

/// An old server refuses a path with `+*`, when all values of the rule are there.
fn mixed_wildcards(template: &Template, source: &Jwts) -> Jwts {
    let texts = |pattern| ClaimSet::texts(Language::like(pattern));
    let text = ClaimSet::texts(Language::all());
    let complete = template
        .claims()
        .fold(source.clone(), |jwts, claim| jwts.require(claim, &text));
    let mut refused = Jwts::none();
    for claim in template.claims() {
        let inside = texts(TextPattern::containing("+*"));
        refused = refused.or(&complete.require(claim, &inside));
    }
    for pair in template.pieces().windows(2) {
        let ends = texts(TextPattern::ending_in("+"));
        let begins = texts(TextPattern::beginning_with("*"));
        let across = match pair {
            [Piece::Claim(claim), Piece::Text(text)] if text.starts_with('*') => {
                complete.require(claim, &ends)
            }
            [Piece::Text(text), Piece::Claim(claim)] if text.ends_with('+') => {
                complete.require(claim, &begins)
            }
            [Piece::Claim(left), Piece::Claim(right)] => {
                complete.require(left, &ends).require(right, &begins)
            }
            _ => Jwts::none(),
        };
        refused = refused.or(&across);
    }
    refused
}
