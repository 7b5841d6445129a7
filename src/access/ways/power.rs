//! Rules that let the holders of a token give themselves everything: they write what decides.

use std::collections::BTreeMap;

use super::collect::{Token, Ways};
use super::token::{Asked, TokenRule, decide};
use super::unknown::{Cause, Unknown};
use crate::access::jwts::{Bounds, Jwts};
use crate::acl::{self, Capability};

/// Paths at which servers give a token more policies than its parent has only if the parent may `sudo` there.
const WITH_SUDO: [&str; 2] = ["auth/token/create", "auth/token/create-orphan"];

/// What writes something.
const WRITES: [Capability; 3] = [Capability::Create, Capability::Update, Capability::Patch];

impl<'c> Ways<'c> {
    /// The policies that let their holders give themselves everything, one entry each, with those who have them.
    pub(super) fn powers(&self) -> Vec<Unknown<'c>> {
        let roles = &self.configuration.login_roles;
        let mounts = roles
            .chunk_by(|a, b| a.mount == b.mount)
            .map(|of| of[0].mount);
        let of_mounts = mounts.flat_map(|mount| {
            ["cel/role/+", "config", "role/+"].map(|end| format!("auth/{mount}/{end}"))
        });
        let of_engines = self
            .configuration
            .engines()
            .map(|mount| format!("{mount}/roles/+"));
        let powers: Vec<String> = acl::powers()
            .map(|(path, _)| path.to_owned())
            .chain(of_mounts)
            .chain(of_engines)
            .collect();
        let mut found: BTreeMap<(&str, usize, String), Unknown<'c>> = BTreeMap::new();
        let own = |token: &&Token<'c>| token.latest.is_none() && token.opaque.is_none();
        for token in self.tokens.iter().filter(own) {
            for rule in token.rules.iter().filter(|rule| writes(rule)) {
                let Some((place, path, jwts)) = self.power(token, rule, &powers) else {
                    continue;
                };
                let through = &roles[token.role];
                let known = found.entry((rule.policy, place, path)).or_insert_with_key(
                    |(policy, _, path)| Unknown {
                        what: format!("policy {policy}"),
                        why: format!("it lets its holders write {path}"),
                        cause: Cause::Power,
                        jwts: Jwts::none(),
                        through: Vec::new(),
                        target: None,
                    },
                );
                known.jwts = known.jwts.or(&jwts);
                if !known
                    .through
                    .iter()
                    .any(|role| std::ptr::eq(*role, through))
                {
                    known.through.push(through);
                }
            }
        }
        // The first path of each policy says enough.
        let mut found: Vec<Unknown<'c>> = found.into_values().collect();
        found.dedup_by(|next, first| next.what == first.what && next.jwts == first.jwts);
        found
    }

    /// The first of such paths that a rule lets be written, its place among them, and by whom.
    fn power(
        &self,
        token: &Token<'c>,
        rule: &TokenRule<'c>,
        powers: &[String],
    ) -> Option<(usize, String, Jwts)> {
        let pattern = rule.template.example();
        let powers = powers.iter().enumerate();
        let paths =
            powers.filter_map(|(place, power)| Some((place, acl::common_path(&pattern, power)?)));
        let mut given = paths.filter_map(|(place, path)| {
            let writing = WRITES.map(|write| self.given_by(token, Some(rule), &path, write));
            let mut jwts = writing.iter().fold(Jwts::none(), |all, jwts| all.or(jwts));
            if WITH_SUDO.contains(&path.as_str()) {
                jwts = jwts.and(&self.given_by(token, None, &path, Capability::Sudo));
            }
            if self.configuration.trusts(rule.policy) {
                jwts = outside_pipelines(&jwts);
            }
            (!jwts.is_empty()).then_some((place, path, jwts))
        });
        given.next()
    }

    /// The JWTs whose tokens have a capability at a path, by any rule or by one.
    fn given_by(
        &self,
        token: &Token<'c>,
        rule: Option<&TokenRule<'c>>,
        path: &str,
        capability: Capability,
    ) -> Jwts {
        let asked = Asked {
            path,
            capability,
            arns: &[None],
        };
        let Some((server, refused)) = token.servers.first() else {
            return Jwts::none();
        };
        let Ok(decision) = decide(&token.rules, asked, *server, &token.source) else {
            return Jwts::none();
        };
        let is_wanted = |one: &TokenRule<'_>| rule.is_none_or(|wanted| std::ptr::eq(one, wanted));
        let given = decision.given.iter();
        let given = given.filter(|given| given.rules.iter().any(|one| is_wanted(one)));
        // A rule whose path has a value that no claim decides, such as the id of the entity, gives it to each.
        let of_entity = decision.unknown.iter().filter(|(one, _)| {
            let body = one.body;
            is_wanted(one) && body.is_some_and(|body| body.capabilities.contains(&capability))
        });
        let jwts = given.map(|given| &given.jwts);
        let jwts = jwts.chain(of_entity.map(|(_, jwts)| jwts));
        let latest = jwts.fold(Jwts::none(), |all, jwts| all.or(jwts));
        self.admitted[token.role].and(&latest.minus(refused))
    }
}

/// The JWTs that are not those of a pipeline which applies the files: of a protected branch or tag of a project that is
/// named. A policy that is computed for such a pipeline lets everyone else do what it lets the pipeline do.
fn outside_pipelines(jwts: &Jwts) -> Jwts {
    let is_of_pipeline = |bounds: &Bounds| {
        let names = |claim| {
            let texts = bounds.get(claim).only_texts();
            texts.is_some_and(|texts| texts.texts().is_some())
        };
        let protected = &bounds.get("ref_protected").scalars.texts;
        (names("project_id") || names("sub")) && !protected.contains("false")
    };
    let others = jwts.bounds().iter();
    others
        .filter(|bounds| !is_of_pipeline(bounds))
        .cloned()
        .collect()
}

fn writes(rule: &TokenRule<'_>) -> bool {
    let body = rule.body;
    body.is_some_and(|body| WRITES.iter().any(|write| body.capabilities.contains(write)))
}
