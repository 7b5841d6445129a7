//! Finds the ways to AWS roles.

use std::collections::BTreeMap;

use super::collect::{Opaque, Token, Ways};
use super::index::RuleIndex;
use super::piece::TooComplex;
use super::request::RequestNeeds;
use super::token::{Asked, Ranked, decide_among, may_give_more, ranked};
use super::unknown::{Cause, Unknown};
use super::way::{AfterLogin, Identity, RuleRef, Way};
use crate::access::jwts::facts::SERVER;
use crate::access::jwts::{ClaimSet, Jwts, Language, ServerProfile};
use crate::access::target::{CredentialPath, Target};
use crate::access::user_claim;
use crate::acl::Capability;

/// The ways to one AWS role.
#[derive(Debug, Default)]
pub(crate) struct Reached<'c> {
    /// The ways.
    pub(crate) ways: Vec<Way<'c>>,
    /// What is unknown and may lead to it.
    pub(crate) unknown: Vec<Unknown<'c>>,
}

/// Finds the ways to one AWS role after the other, with an index.
#[derive(Debug)]
pub(crate) struct Finder<'w, 'c> {
    ways: &'w Ways<'c>,
    index: RuleIndex<'w>,
}

impl<'c> Ways<'c> {
    /// Builds the index.
    pub(crate) fn finder(&self) -> Finder<'_, 'c> {
        let tokens = self.tokens.iter().map(|token| token.rules.as_slice());
        Finder {
            index: RuleIndex::new(tokens),
            ways: self,
        }
    }
}

impl Reached<'_> {
    /// Removes what holds only on other servers.
    fn keep_on(&mut self, server: ServerProfile) {
        for way in &mut self.ways {
            way.jwts = way.jwts.on(server);
            if let Some(after) = &mut way.after {
                after.jwts = after.jwts.on(server);
            }
        }
        for unknown in &mut self.unknown {
            unknown.jwts = unknown.jwts.on(server);
        }
        self.ways.retain(|way| !way.jwts.is_empty());
        self.unknown.retain(|unknown| !unknown.jwts.is_empty());
    }
}

impl<'c> Finder<'_, 'c> {
    /// The ways to an AWS role, without policies that are completely unknown.
    pub(crate) fn to(&self, target: Target<'c>) -> Reached<'c> {
        let mut candidates: BTreeMap<usize, Vec<CredentialPath>> = BTreeMap::new();
        for credential_path in target.credential_paths() {
            for token in self.index.candidates(&target.path(credential_path)) {
                candidates.entry(token).or_default().push(credential_path);
            }
        }
        let mut reached = Reached::default();
        for (token, paths) in candidates {
            self.of_token(&self.ways.tokens[token], target, &paths, &mut reached);
        }
        if let Some(server) = self.ways.configuration.server {
            reached.keep_on(server);
        }
        self.remove_needless_logins(&mut reached);
        reached
    }

    /// Removes JWTs from ways after another login if they reach the same identity by their own login.
    fn remove_needless_logins(&self, reached: &mut Reached<'c>) {
        if reached.ways.iter().all(|way| way.after.is_none()) {
            return;
        }
        let mut own: BTreeMap<Identity, Jwts> = BTreeMap::new();
        for way in reached.ways.iter().filter(|way| way.after.is_none()) {
            let known = own.entry(way.identity.clone()).or_default();
            *known = known.or(&way.jwts);
        }
        for way in reached.ways.iter_mut().filter(|way| way.after.is_some()) {
            if let Some(own) = own.get(&way.identity) {
                way.jwts = way.jwts.minus(own);
            }
        }
        reached.ways.retain(|way| !way.jwts.is_empty());
    }

    /// What a token gets at some of the paths of an AWS role.
    fn of_token(
        &self,
        token: &Token<'c>,
        target: Target<'c>,
        paths: &[CredentialPath],
        reached: &mut Reached<'c>,
    ) {
        let identities = Identity::of(target);
        let arns: Vec<Option<&str>> = match identities.as_slice() {
            [_] => vec![None],
            several => several.iter().map(|one| Some(one.name.as_str())).collect(),
        };
        if let Some(opaque) = &token.opaque {
            self.of_opaque(token, opaque, target, &arns, reached);
            return;
        }
        let is_asked = |(path, capability): &_| paths.contains(path) && token.may_give(*capability);
        let requests: Vec<(CredentialPath, Capability)> =
            target.requests().filter(is_asked).collect();
        // The latest logins after which another request gives the same. That other logins have the same alias is not enough.
        let mut covered: BTreeMap<usize, Jwts> = BTreeMap::new();
        for requests in requests.chunk_by(|(a, _), (b, _)| a == b) {
            let credential_path = requests[0].0;
            let path = target.path(credential_path);
            let matching = Matching::new(token, &path);
            let mut before: Option<Capability> = None;
            for (_, capability) in requests {
                let is_less = |before| !matching.may_give_more(*capability, before);
                if before.replace(*capability).is_some_and(is_less) {
                    continue;
                }
                let asked = Asked {
                    path: &path,
                    capability: *capability,
                    arns: &arns,
                };
                let Ok(found) = matching.found(asked) else {
                    let what = format!(
                        "the policies of {}",
                        self.ways.configuration.login_roles[token.role]
                    );
                    let why = format!("they can match {path} in too many ways to check");
                    let unknown = self.unknown(token, what, why, target, &token.source);
                    reached.unknown.push(unknown);
                    return;
                };
                self.add_unknown(token, target, found.unknown, reached);
                let mut now = covered.clone();
                for (key, jwts) in found.given {
                    let (own, after) = self.conditions(token, &jwts);
                    let known = covered.get(&key.arn);
                    if own.is_empty() || known.is_some_and(|known| known.covers(&jwts)) {
                        continue;
                    }
                    let all = now.entry(key.arn).or_default();
                    *all = all.or(&jwts);
                    reached.ways.push(Way {
                        through: &self.ways.configuration.login_roles[token.role],
                        target,
                        identity: identities[key.arn].clone(),
                        credential_path,
                        capability: *capability,
                        rules: key.rules,
                        request: key.request,
                        jwts: own,
                        after,
                    });
                }
                covered = now;
            }
        }
    }

    /// Reports the rules of which it is not known what they do, each once.
    fn add_unknown(
        &self,
        token: &Token<'c>,
        target: Target<'c>,
        rules: BTreeMap<RuleRef, (&'static str, Jwts)>,
        reached: &mut Reached<'c>,
    ) {
        for (rule, (why, jwts)) in rules {
            let unknown = self.unknown(token, rule.to_string(), why.to_owned(), target, &jwts);
            let is_new = |known: &Unknown<'_>| known.what != unknown.what;
            if !unknown.jwts.is_empty() && reached.unknown.iter().all(is_new) {
                reached.unknown.push(unknown);
            }
        }
    }

    /// Reports as unknown what such a token may get.
    fn of_opaque(
        &self,
        token: &Token<'c>,
        opaque: &Opaque,
        target: Target<'c>,
        arns: &[Option<&str>],
        reached: &mut Reached<'c>,
    ) {
        let through = &self.ways.configuration.login_roles[token.role];
        for (credential_path, capability) in target.requests() {
            let path = &target.path(credential_path);
            let asked = Asked {
                path,
                capability,
                arns,
            };
            let rules = match Matching::new(token, path).found(asked) {
                Ok(found) => {
                    let given = found.given.into_keys().flat_map(|key| key.rules);
                    given.chain(found.unknown.into_keys()).next()
                }
                Err(TooComplex) => None,
            };
            let Some(rule) = rules else {
                continue;
            };
            let what = format!("rule {} of {} by {through}", rule.number, rule.policy);
            if reached
                .unknown
                .iter()
                .all(|known| known.what != what || known.why != opaque.why)
            {
                reached.unknown.push(Unknown {
                    what,
                    why: opaque.why.clone(),
                    cause: Cause::Login,
                    jwts: (*opaque.jwts).clone(),
                    through: vec![through],
                    target: Some(target),
                });
            }
            return;
        }
    }

    /// The JWTs that have a token after such logins: the latest login is their own, or one of another job with the same alias.
    fn conditions(&self, token: &Token<'c>, latest: &Jwts) -> (Jwts, Option<AfterLogin<'c>>) {
        let roles = &self.ways.configuration.login_roles;
        let admitted = &self.ways.admitted[token.role];
        let Some(group) = &token.latest else {
            return (admitted.and(latest), None);
        };
        let other = group.admitted.and(latest);
        let (own_name, other_name) = (
            user_claim(roles[token.role].role),
            user_claim(roles[group.members[0]].role),
        );
        let own = other.bounds().iter().flat_map(|other| {
            let names = ClaimSet::texts(other.get(other_name).scalars.texts.clone());
            let own = admitted
                .require(own_name, &names)
                .require(SERVER, other.get(SERVER));
            own.bounds().to_vec()
        });
        let after = AfterLogin {
            roles: group
                .members
                .iter()
                .filter(|member| !self.ways.replacing(**member).and(&other).is_empty())
                .map(|member| &roles[*member])
                .collect(),
            jwts: other.clone(),
        };
        (own.collect(), Some(after))
    }

    fn unknown(
        &self,
        token: &Token<'c>,
        what: String,
        why: String,
        target: Target<'c>,
        latest: &Jwts,
    ) -> Unknown<'c> {
        Unknown {
            what,
            why,
            cause: Cause::Unread,
            jwts: self.conditions(token, latest).0,
            through: vec![&self.ways.configuration.login_roles[token.role]],
            target: Some(target),
        }
    }
}

/// The rules of a token that match a path.
struct Matching<'t, 'c> {
    token: &'t Token<'c>,
    /// For each server that has to be looked at, in the order in which they decide.
    by_server: Result<Vec<Ranked<'t, 'c>>, TooComplex>,
}

impl<'t, 'c> Matching<'t, 'c> {
    fn new(token: &'t Token<'c>, path: &str) -> Self {
        let servers = token.servers.iter();
        let by_server =
            servers.map(|(server, _)| ranked(&token.rules, path, *server, &token.source));
        Self {
            token,
            by_server: by_server.collect(),
        }
    }

    /// Whether a request with one capability may get more than one with another.
    fn may_give_more(&self, capability: Capability, than: Capability) -> bool {
        let by_server = self.by_server.iter().flatten();
        by_server
            .into_iter()
            .any(|rules| may_give_more(rules, capability, than))
    }

    /// What the token gets, by the JWTs of the latest login.
    fn found(&self, asked: Asked<'_>) -> Result<Found, TooComplex> {
        let mut found = Found::default();
        let by_server = self.by_server.as_ref().map_err(|error| *error)?;
        for ((server, refused), rules) in self.token.servers.iter().zip(by_server) {
            let decision = decide_among(rules, asked)?;
            let of_server = |jwts: &Jwts| {
                let jwts = jwts.minus(refused);
                if self.token.is_plain {
                    jwts
                } else {
                    jwts.require(SERVER, &ClaimSet::texts(Language::text(server.name())))
                }
            };
            for given in decision.given {
                let rules = given.rules.iter().map(|rule| rule.reference.clone());
                let key = WayKey {
                    rules: rules.collect(),
                    arn: given.arn,
                    request: given.request,
                };
                let jwts = of_server(&given.jwts);
                let known = found.given.entry(key).or_default();
                *known = known.or(&jwts);
            }
            for (rule, jwts) in decision.unknown {
                let jwts = of_server(&jwts);
                let why = if rule.template.has_unknown() {
                    "a value in its path is one that no claim decides"
                } else {
                    "it has something that this program does not understand"
                };
                let known = found.unknown.entry(rule.reference.clone());
                let (_, known) = known.or_insert((why, Jwts::none()));
                *known = known.or(&jwts);
            }
        }
        Ok(found)
    }
}

/// What a token gets at a path.
#[derive(Debug, Default)]
struct Found {
    given: BTreeMap<WayKey, Jwts>,
    /// With the reason.
    unknown: BTreeMap<RuleRef, (&'static str, Jwts)>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct WayKey {
    rules: Vec<RuleRef>,
    arn: usize,
    request: RequestNeeds,
}
