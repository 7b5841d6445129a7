//! Decides which rules of a token apply to a path, for which JWTs.
//!
//! See facts 1.2 and 1.3 of docs/access.md. The JWTs here are those of the login that set the metadata, which templates read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::piece::{Piece, TooComplex};
use super::request::{RequestNeeds, Restrictions, restricts};
use super::template::{Instance, Template};
use super::way::RuleRef;
use crate::access::jwts::{ClaimSet, Jwts, Language, ServerProfile};
use crate::acl::{self, Capability, Rule};
use crate::value::TextPattern;

/// The most rules of one path with restrictions. With more, the answer is unknown.
const MAX_RESTRICTING: usize = 4;

/// The most alternatives of a condition that is combined with others, because the time grows with the square.
const MAX_ALTERNATIVES: usize = 100;

/// A rule of a token's policies, with the claims in its path.
#[derive(Debug)]
pub(super) struct TokenRule<'c> {
    /// The policy.
    pub(super) policy: &'c str,
    /// The number of the rule in the policy, from 1.
    pub(super) number: usize,
    /// The path with claims for its directives.
    pub(super) template: Template,
    /// The rule; `None` if it can't be read.
    pub(super) body: Option<&'c Rule>,
    /// How reports name it.
    pub(super) reference: RuleRef,
}

impl TokenRule<'_> {
    fn has(&self, capability: Capability) -> bool {
        self.body
            .is_some_and(|body| body.capabilities.contains(&capability))
    }
}

/// The credentials that rules give at a path.
#[derive(Debug)]
pub(super) struct Decision<'t, 'c> {
    pub(super) given: Vec<Given<'t, 'c>>,
    /// Rules that can't be read, each with the JWTs for which it may decide.
    pub(super) unknown: Vec<(&'t TokenRule<'c>, Jwts)>,
}

/// Credentials that rules give.
#[derive(Debug)]
pub(super) struct Given<'t, 'c> {
    /// The rules.
    pub(super) rules: Vec<&'t TokenRule<'c>>,
    /// The index of the IAM role in the question.
    pub(super) arn: usize,
    /// What the request needs.
    pub(super) request: RequestNeeds,
    /// The JWTs for which they do.
    pub(super) jwts: Jwts,
}

/// Rules that match a path, with the values that make them match it. The first that matches a JWT decides.
pub(super) type Ranked<'t, 'c> = Vec<(Instance, &'t TokenRule<'c>)>;

/// A request for credentials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The path.
    pub(super) path: &'a str,
    /// The capability that it needs.
    pub(super) capability: Capability,
    /// The IAM roles, as the request must name them; `None` if there is only one.
    pub(super) arns: &'a [Option<&'a str>],
}

/// Decides a request. `source` are the logins that may have set the metadata.
pub(super) fn decide<'t, 'c>(
    rules: &'t [TokenRule<'c>],
    asked: Asked<'_>,
    server: ServerProfile,
    source: &Jwts,
) -> Result<Decision<'t, 'c>, TooComplex> {
    decide_among(&ranked(rules, asked.path, server, source)?, asked)
}

/// Decides a request, given the rules that match its path in their order.
pub(super) fn decide_among<'t, 'c>(
    instances: &[(Instance, &'t TokenRule<'c>)],
    asked: Asked<'_>,
) -> Result<Decision<'t, 'c>, TooComplex> {
    let mut decision = Decision {
        given: Vec::new(),
        unknown: Vec::new(),
    };
    // The JWTs for which a rule of higher priority matches. It overrides the rules below, even if it gives nothing.
    let mut above = Jwts::none();
    for group in instances.chunk_by(|(a, _), (b, _)| a.path == b.path) {
        let matching = decide_group(group, asked, &above, &mut decision)?;
        above = bounded(above.or(&matching))?;
    }
    Ok(decision)
}

/// The rules that match a path, each with the JWTs for which it does. The first that matches a JWT decides.
pub(super) fn ranked<'t, 'c>(
    rules: &'t [TokenRule<'c>],
    path: &str,
    server: ServerProfile,
    source: &Jwts,
) -> Result<Ranked<'t, 'c>, TooComplex> {
    let mut instances = Ranked::new();
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

/// Whether a request with one capability can give more than the same request with another one: not where every rule that
/// gives the one also gives the other, to any request.
pub(super) fn may_give_more(
    instances: &[(Instance, &TokenRule<'_>)],
    capability: Capability,
    than: Capability,
) -> bool {
    instances.iter().any(|(_, rule)| {
        rule.body.is_none_or(restricts)
            || rule.template.has_unknown()
            || rule.has(capability) && !rule.has(than)
    })
}

/// Decides among rules with the same path: `deny` wins, and otherwise capabilities add up. Returns the JWTs for which any of
/// them matches.
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
    let is_known = |rule: &TokenRule<'c>| rule.body.is_some() && !rule.template.has_unknown();
    for (instance, rule) in group.iter().filter(|(_, rule)| !is_known(rule)) {
        let jwts: Jwts = std::iter::once(instance.bounds.clone()).collect();
        let jwts = jwts.minus(above);
        if !jwts.is_empty() {
            decision.unknown.push((rule, jwts));
        }
    }
    let denied = jwts_of(&|rule| is_known(rule) && rule.has(Capability::Deny))?;
    let hidden = above.or(&denied);
    let giving = |rule: &TokenRule<'c>| is_known(rule) && rule.has(asked.capability);
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
    if jwts.bounds().len() > MAX_ALTERNATIVES {
        Err(TooComplex)
    } else {
        Ok(jwts)
    }
}

/// Splits JWTs by the rules with restrictions that apply to them.
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

/// Whether all servers treat the values of the templates alike, because no value can contain a special character.
pub(super) fn is_plain<'t>(templates: impl Iterator<Item = &'t Template>, source: &Jwts) -> bool {
    let special = ClaimSet::texts_with(ServerProfile::Refuse.blocked());
    templates
        .flat_map(Template::claims)
        .all(|claim| source.require(claim, &special).is_empty())
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

/// OpenBao reads directives from left to right: if one without a value comes before the first value with a blocked
/// character, it drops the rule.
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

/// An old server refuses a path with `+*` if all directives of the rule have values.
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
