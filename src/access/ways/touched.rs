//! What differs between two configurations: most of a plan's configuration stays as it is, and so does who reaches what by it.

use std::collections::{BTreeSet, HashMap};

use super::collect::{Token, Ways};
use super::index::RuleIndex;
use super::way::Identity;
use crate::access::user_claim;

impl<'c> Ways<'c> {
    /// The identities that may be reached by others in the other configuration: those of AWS roles that differ, and of those to
    /// which tokens may lead that the other configuration lacks. `None` for all.
    pub(crate) fn touched_by(&self, other: &Ways<'_>) -> Option<BTreeSet<Identity>> {
        let mut touched = BTreeSet::new();
        for (ways, other) in [(self, other), (other, self)] {
            let differs = ways.differing_tokens(other);
            if !differs.is_empty() && differs.iter().all(|differs| *differs) {
                return None;
            }
            let rules = ways.tokens.iter().zip(&differs);
            let rules = rules.map(|(token, differs)| {
                let rules = token.rules.as_slice();
                if *differs { rules } else { &[] }
            });
            let index = RuleIndex::new(rules);
            for target in ways.configuration.targets() {
                let identities = Identity::of(target);
                let others = other.configuration.target(target.mount, target.name);
                let is_same = others.is_some_and(|others| Identity::of(others) == identities);
                let mut paths = target.credential_paths().map(|path| target.path(path));
                if !is_same || paths.any(|path| !index.candidates(&path).is_empty()) {
                    touched.extend(identities);
                }
            }
        }
        Some(touched)
    }

    /// Of each token, whether the other configuration lacks it.
    fn differing_tokens(&self, other: &Ways<'_>) -> Vec<bool> {
        let mut others: HashMap<(&str, &str), Vec<&Token<'_>>> = HashMap::new();
        for token in &other.tokens {
            let role = &other.configuration.login_roles[token.role];
            others
                .entry((role.mount, role.name))
                .or_default()
                .push(token);
        }
        let differs = self.tokens.iter().map(|token| {
            let role = &self.configuration.login_roles[token.role];
            let others = others.get(&(role.mount, role.name));
            let mut others = others.into_iter().flatten();
            !others.any(|one| self.is_same_token(token, other, one))
        });
        differs.collect()
    }

    /// Whether two tokens have the same holders and lead to the same.
    fn is_same_token(&self, token: &Token<'_>, other: &Ways<'_>, of_other: &Token<'_>) -> bool {
        let names = |ways: &Ways<'_>, token: &Token<'_>| {
            let claim =
                |place: usize| user_claim(ways.configuration.login_roles[place].role).to_owned();
            let latest = token.latest.as_ref();
            (
                claim(token.role),
                latest.map(|latest| claim(latest.members[0])),
            )
        };
        let logins =
            |token: &Token<'_>| token.latest.as_ref().map(|latest| latest.admitted.clone());
        let opaque = |token: &Token<'_>| {
            let opaque = token.opaque.as_ref();
            opaque.map(|opaque| (opaque.why.clone(), opaque.jwts.clone()))
        };
        let rules = token.rules.iter().zip(&of_other.rules);
        token.rules.len() == of_other.rules.len()
            && self.admitted[token.role] == other.admitted[of_other.role]
            && token.source == of_other.source
            && token.servers == of_other.servers
            && token.is_plain == of_other.is_plain
            && names(self, token) == names(other, of_other)
            && logins(token) == logins(of_other)
            && opaque(token) == opaque(of_other)
            && rules.into_iter().all(|(one, of_other)| {
                (&one.template, one.body, &one.reference)
                    == (&of_other.template, of_other.body, &of_other.reference)
            })
    }
}
