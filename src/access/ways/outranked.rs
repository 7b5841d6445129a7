//! Rules with `deny` and a wildcard that do not decide, because a more specific rule matches the same path.
//!
//! See fact 1.2 of docs/access.md: `deny` wins only among rules of one path.

use std::collections::BTreeSet;

use super::collect::{Token, Ways};
use super::token::{Asked, TokenRule, decide_among, ranked};
use super::way::RuleRef;
use crate::access::jwts::{Jwts, ServerProfile};
use crate::acl::{self, Capability};

/// A rule with `deny`, and one that allows a path which the first matches too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OutrankedDeny {
    /// The rule with `deny`.
    pub(crate) deny: RuleRef,
    /// The rule that decides.
    pub(crate) decider: RuleRef,
    /// The path.
    pub(crate) path: String,
}

impl<'c> Ways<'c> {
    /// One example for each rule with `deny` and a wildcard that some token of a job has beside a more specific rule.
    pub(crate) fn outranked_denies(&self) -> Vec<OutrankedDeny> {
        let mut found: BTreeSet<OutrankedDeny> = BTreeSet::new();
        let own = |token: &&Token<'c>| token.latest.is_none() && token.opaque.is_none();
        for token in self.tokens.iter().filter(own) {
            for deny in token.rules.iter().filter(|rule| denies_with_wildcard(rule)) {
                if found.iter().any(|known| known.deny == deny.reference) {
                    continue;
                }
                let mut paths = self.common_paths(token, deny);
                found.extend(paths.find_map(|path| self.outranked(token, deny, path)));
            }
        }
        found.into_iter().collect()
    }

    /// Paths that may be matched by the rule and by a more specific one of the token: those of AWS roles first.
    fn common_paths<'t>(
        &'t self,
        token: &'t Token<'c>,
        deny: &'t TokenRule<'c>,
    ) -> impl Iterator<Item = String> + use<'t, 'c> {
        let targets = self.configuration.targets();
        let of_targets = targets.flat_map(|target| {
            let paths = target.credential_paths();
            paths.map(move |path| target.path(path))
        });
        let template = &deny.template;
        let of_targets = of_targets
            .filter(|path| path.starts_with(template.start()) && path.ends_with(template.end()));
        let others = token.rules.iter().filter(|rule| gives(rule));
        let of_rules = others.flat_map(move |rule| {
            let (deny, other) = (deny.template.example(), rule.template.example());
            let paths = [
                acl::common_path(&deny, &other),
                acl::common_path(&other, &deny),
            ];
            let paths = paths.into_iter().flatten();
            paths.map(|path| path.trim_end_matches('*').to_owned())
        });
        of_targets.chain(of_rules)
    }

    /// The more specific rule, if one allows the path to jobs for whom the rule with `deny` matches it.
    fn outranked(
        &self,
        token: &Token<'c>,
        deny: &TokenRule<'c>,
        path: String,
    ) -> Option<OutrankedDeny> {
        // No special character of a value plays a part: these are for the lint `closing-value`.
        let server = ServerProfile::Drop;
        let rules = ranked(&token.rules, &path, server, &token.source).ok()?;
        let matching = rules.iter().filter(|(_, rule)| std::ptr::eq(*rule, deny));
        let matching: Jwts = matching
            .map(|(instance, _)| instance.bounds.clone())
            .collect();
        let matching = matching.and(&self.admitted[token.role]);
        if matching.is_empty() {
            return None;
        }
        let capabilities: BTreeSet<Capability> = rules
            .iter()
            .filter_map(|(_, rule)| rule.body)
            .flat_map(|body| body.capabilities.iter().copied())
            .collect();
        let decider = capabilities.into_iter().find_map(|capability| {
            let asked = Asked {
                path: &path,
                capability,
                arns: &[None],
            };
            let given = decide_among(&rules, asked).ok()?.given;
            let mut given = given.iter();
            let given = given.find(|given| {
                let is_deny = |rule: &&TokenRule<'c>| std::ptr::eq(*rule, deny);
                !given.rules.iter().any(is_deny) && !given.jwts.and(&matching).is_empty()
            })?;
            Some(given.rules.first()?.reference.clone())
        })?;
        Some(OutrankedDeny {
            deny: deny.reference.clone(),
            decider,
            path,
        })
    }
}

fn denies_with_wildcard(rule: &TokenRule<'_>) -> bool {
    rule.body.is_some_and(denies) && acl::has_wildcard(&rule.template.example())
}

fn gives(rule: &TokenRule<'_>) -> bool {
    rule.body.is_some_and(|body| !denies(body))
}

fn denies(body: &acl::Rule) -> bool {
    body.capabilities.contains(&Capability::Deny)
}
