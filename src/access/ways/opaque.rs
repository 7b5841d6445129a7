//! Tokens whose holders, or whose metadata, are unknown.
//!
//! People who log in with a browser are not jobs, and their claims are unknown. Like every login, theirs replace the metadata
//! of an alias, which may be that of a job with the same name.

use std::rc::Rc;

use super::collect::{Opaque, Token, Ways};
use super::piece::{DirectiveValue, Piece};
use crate::access::jwts::{Jwts, ServerProfile};
use crate::access::login_role::LoginRole;
use crate::access::user_claim;
use crate::resource::RoleType;

impl<'c> Ways<'c> {
    /// Adds the tokens of people, and the tokens of jobs after people have logged in.
    pub(super) fn add_opaque_tokens(&mut self) {
        let roles = &self.configuration.login_roles;
        let is_for_people =
            |(_, role): &(usize, &LoginRole<'_>)| role.role.role_type == RoleType::Oidc;
        let of_people: Vec<(usize, &LoginRole<'_>)> =
            roles.iter().enumerate().filter(is_for_people).collect();
        for (place, people) in of_people {
            let why = "people log in with it in a browser, with claims that are not those of a job";
            let opaque = Opaque {
                why: why.into(),
                jwts: Rc::new(Jwts::any()),
            };
            let token = self.opaque_token(place, opaque, |directive| {
                unknown(people.directive_value(directive))
            });
            self.tokens.extend(token);
            for (other, job) in roles.iter().enumerate() {
                let directives = self.directives(other);
                let mut metadata = directives.iter().filter(|one| one.contains(".metadata."));
                if job.mount != people.mount
                    || self.admitted[other].is_empty()
                    || !metadata.any(|one| job.directive_value(one) != DirectiveValue::Nothing)
                {
                    continue;
                }
                let opaque = Opaque {
                    why: format!(
                        "people who log in with {people} may replace the metadata of a job's alias that it reads"
                    ),
                    jwts: Rc::clone(&self.admitted[other]),
                };
                let name = Piece::Claim(user_claim(job.role).to_owned());
                let token = self.opaque_token(other, opaque, |directive| {
                    match job.directive_value(directive) {
                        // Only a login with the same name replaces anything.
                        DirectiveValue::Piece(piece)
                            if directive.ends_with(".name") && piece == name =>
                        {
                            DirectiveValue::Piece(piece)
                        }
                        _ => unknown(people.directive_value(directive)),
                    }
                });
                self.tokens.extend(token);
            }
        }
    }

    fn opaque_token(
        &self,
        role: usize,
        opaque: Opaque,
        value: impl Fn(&str) -> DirectiveValue,
    ) -> Option<Token<'c>> {
        let (rules, _) = self.rules(role, value);
        (!rules.is_empty()).then(|| Token {
            role,
            latest: None,
            source: Rc::new(Jwts::any()),
            rules,
            servers: vec![(ServerProfile::Wild, Jwts::none())],
            is_plain: true,
            opaque: Some(opaque),
        })
    }
}

/// The claims of people are unknown.
fn unknown(value: DirectiveValue) -> DirectiveValue {
    match value {
        DirectiveValue::Piece(Piece::Claim(_)) => DirectiveValue::Piece(Piece::Unknown),
        known => known,
    }
}
