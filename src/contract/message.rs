//! What does not hold, as messages about `contract.yaml` and the files that break it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::proof::Judgement;
use crate::access::{Cause, Jwts, ProjectNames, Target, Unknown, Way, user_claim};
use crate::desired::Desired;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::Places;
use crate::mappings::contract::{Demand, Expectation, Only};
use crate::resource::{Address, Kind};
use crate::value::RoleArn;
use crate::yaml::{Node, item_span, key_span};

/// Claims that a project's number stands for.
const OF_PROJECT: [&str; 2] = ["project_path", "namespace_path"];

/// What messages are made of besides the judgements.
pub(crate) struct ContractView<'a> {
    /// What all files say.
    pub(crate) desired: &'a Desired,
    /// Where they say it.
    pub(crate) places: Places<'a>,
    /// What people call the projects.
    pub(crate) names: ProjectNames,
    /// The issuers of the auth methods.
    pub(crate) issuers: Vec<&'a str>,
}

/// An expectation, and who has it.
pub(crate) struct Expected<'a> {
    /// The expectation.
    pub(crate) expectation: &'a Expectation,
    /// Where it stands.
    pub(crate) place: ExpectationPlace<'a>,
}

/// Where an expectation stands.
pub(crate) enum ExpectationPlace<'a> {
    /// In `contract.yaml`.
    Contract(&'a Node),
    /// It is that of an account under `mappings.protected_accounts`.
    Account(Span),
}

/// The messages about an expectation: none where it holds and proves something.
pub(crate) fn diagnostics(
    view: &ContractView<'_>,
    expected: &Expected<'_>,
    judgement: &Judgement<'_>,
) -> Vec<Diagnostic> {
    let messages = ExpectationMessages {
        view,
        expectation: expected.expectation,
        place: &expected.place,
    };
    let own = messages.of(judgement).into_iter();
    own.chain(messages.missing_issuer()).collect()
}

/// One expectation, with what its messages need.
struct ExpectationMessages<'d, 'a> {
    view: &'d ContractView<'a>,
    expectation: &'d Expectation,
    place: &'d ExpectationPlace<'d>,
}

impl ExpectationMessages<'_, '_> {
    fn of(&self, judgement: &Judgement<'_>) -> Option<Diagnostic> {
        match judgement {
            Judgement::Holds => None,
            Judgement::Idle => self.idle(),
            Judgement::Reached { way, others } => Some(self.reached(way, *others)),
            Judgement::Unknown { unknown, identity } => {
                Some(self.unknown(unknown, identity.as_deref()))
            }
            Judgement::Missed {
                arn,
                jwts,
                targets,
                unknown,
            } => Some(self.missed(arn, jwts, targets, unknown.as_ref())),
        }
    }

    fn is_for_nobody(&self) -> bool {
        let Demand::Only { only, .. } = &self.expectation.demand else {
            return false;
        };
        matches!(only, Only::Nobody)
    }

    fn allowed(&self) -> &'static str {
        match (self.place, self.is_for_nobody()) {
            (ExpectationPlace::Account(_), _) => "only protected refs may",
            (_, true) => "nobody may",
            (_, false) => "only these may",
        }
    }

    /// That nobody reaches a role is true as long as there is none.
    fn idle(&self) -> Option<Diagnostic> {
        let is_in_contract = matches!(self.place, ExpectationPlace::Contract(_));
        (is_in_contract && !self.is_for_nobody()).then(|| {
            let name = &self.expectation.name;
            Diagnostic::warning(
                Code::IdleExpectation,
                format!("`{name}` proves nothing: no AWS role gives an IAM role like these"),
                self.at("roles"),
            )
            .with_help("correct the ARNs, or remove the expectation")
        })
    }

    fn reached(&self, way: &Way<'_>, others: usize) -> Diagnostic {
        let who = self.view.names.who(&way.jwts);
        let message = format!("{who} can reach {}", way.identity);
        let mut message = self.error(&message, self.at("only"), self.allowed());
        message = self.with_way(message, way);
        let example = way.jwts.example().unwrap_or_default();
        message = message.with_note(format!(
            "the smallest such JWT has the claims {}",
            json(&example)
        ));
        message = message.with_note(format!("it logs in with {}", way.through));
        if let Some(after) = &way.after {
            let (claim, other) = (user_claim(way.through.role), after.roles.first());
            let name = example.get(claim).and_then(Value::as_str);
            let same = other.map(|other| (user_claim(other.role), name));
            let other_jwt = after.jwts.and(&Jwts::with(same.into_iter()));
            let roles = after.roles.iter().map(ToString::to_string);
            let roles: Vec<String> = roles.collect();
            message = message.with_note(format!(
                "then a JWT with the claims {} logs in with {}, which replaces the metadata of the first one's alias",
                json(&other_jwt.example().unwrap_or_default()),
                roles.join(" or "),
            ));
        }
        message = message.with_note(path_of(way));
        if others > 0 {
            let more = match others {
                1 => "one more way breaks".to_owned(),
                others => format!("{others} more ways break"),
            };
            let what = match self.place {
                ExpectationPlace::Contract(_) => "expectation",
                ExpectationPlace::Account(_) => "bound",
            };
            message = message.with_note(format!("{more} this {what}"));
        }
        message.with_help(match self.place {
            ExpectationPlace::Contract(_) => {
                "bind the JWT role or narrow the rule, or change the expectation if such jobs are meant to get the role"
            }
            ExpectationPlace::Account(_) => {
                "map it in a protected environment alone, bind the JWT role or narrow the rule"
            }
        })
    }

    fn unknown(&self, unknown: &Unknown<'_>, identity: Option<&str>) -> Diagnostic {
        let who = self.view.names.who(&unknown.jwts);
        let identity = identity.unwrap_or("these IAM roles");
        let what = &unknown.what;
        let message = match unknown.cause {
            Cause::Power => format!("{who} may give themselves {identity} by {what}"),
            Cause::Unread => format!(
                "it is unknown whether {who} can reach {identity}, as it is unknown what {what} allows"
            ),
            Cause::Login | Cause::Credentials => {
                format!("it is unknown whether {who} can reach {identity} by {what}")
            }
        };
        let mut message = self.error(&message, self.at("only"), self.allowed());
        for role in unknown.through.iter().take(1) {
            let place = self.view.places.jwt_role(role.mount, role.name);
            message = with_place(message, place, "it logs in with this role");
        }
        let example = unknown.jwts.example().unwrap_or_default();
        message = message
            .with_note(format!("{}: {}", unknown.what, unknown.why))
            .with_note(format!(
                "the smallest such JWT has the claims {}",
                json(&example)
            ));
        if let [role, ..] = unknown.through.as_slice() {
            message = message.with_note(format!("it logs in with {role}"));
        }
        message.with_help(match unknown.cause {
            Cause::Power => {
                "take the rule from the policy or the policy from the JWT role; what `apply` needs is for a policy with \
                 `generated: apply`, and for protected branches or tags of a project that is named"
            }
            Cause::Unread => {
                "add the policy to the files in a form that can be read, or take it from the JWT roles that give it"
            }
            Cause::Login | Cause::Credentials => "remove it, or leave these IAM roles out of what it may give",
        })
    }

    fn missed(
        &self,
        arn: &RoleArn,
        jwts: &Jwts,
        targets: &[Target<'_>],
        unknown: Option<&Unknown<'_>>,
    ) -> Diagnostic {
        let place = match self.place {
            ExpectationPlace::Contract(node) => item_span(node, ["reaches"], arn.as_str()),
            ExpectationPlace::Account(place) => *place,
        };
        let Some(example) = jwts.example() else {
            let message = "GitLab signs no JWT with the claims of this job";
            return self
                .error(message, self.at("job"), "")
                .with_help("correct the claims");
        };
        // The paths are those of the project that is named.
        let told_of = OF_PROJECT
            .iter()
            .fold(jwts.clone(), |jwts, claim| jwts.free(claim));
        let message = format!("{} can't reach {arn}", self.view.names.who(&told_of));
        let mut message = self.error(&message, place, "every such job has to reach it");
        for target in targets.iter().take(1) {
            message = with_place(message, self.place_of(*target), "this AWS role gives it");
        }
        if targets.is_empty() {
            message = message.with_note("no AWS role gives this IAM role");
        }
        if let Some(unknown) = unknown {
            let Unknown { what, why, .. } = unknown;
            message = message.with_note(format!("unknown: {what} may deny it: {why}"));
        }
        message.with_note(format!("the smallest such JWT has the claims {}", json(&example)))
            .with_help(
                "map the IAM role or admit such jobs, or say under `claims` what else the JWTs of this job have",
            )
    }

    /// An id is one of each GitLab instance.
    fn missing_issuer(&self) -> Option<Diagnostic> {
        let Demand::Only {
            only: Only::Claims(claims),
            ..
        } = &self.expectation.demand
        else {
            return None;
        };
        let is_in_contract = matches!(self.place, ExpectationPlace::Contract(_));
        let is_missing =
            is_in_contract && self.view.issuers.len() > 1 && !claims.contains_key("iss");
        is_missing.then(|| {
            let name = &self.expectation.name;
            Diagnostic::warning(
                Code::MissingIssuer,
                format!("`{name}` does not say of which GitLab the JWTs are, and jobs of more than one may log in"),
                self.at("only"),
            )
            .with_help("add the claim `iss`: ids and paths of one GitLab mean something else in another")
        })
    }

    fn error(&self, message: &str, place: Span, label: &str) -> Diagnostic {
        let name = &self.expectation.name;
        let (code, message) = match self.place {
            ExpectationPlace::Contract(_) => (
                Code::BrokenExpectation,
                format!("`{name}` is broken: {message}"),
            ),
            ExpectationPlace::Account(_) => {
                (Code::ProtectedAccount, format!("{name}, and {message}"))
            }
        };
        Diagnostic::error(code, message, place).with_label(label)
    }

    /// The place of one of its keys.
    fn at(&self, key: &str) -> Span {
        match self.place {
            ExpectationPlace::Contract(node) => key_span(node, [key]),
            ExpectationPlace::Account(place) => *place,
        }
    }

    /// Underlines what in the files makes a way possible.
    fn with_way(&self, mut message: Diagnostic, way: &Way<'_>) -> Diagnostic {
        let places = &self.view.places;
        let role = places.jwt_role(way.through.mount, way.through.name);
        message = with_place(message, role, "it logs in with this role");
        for rule in &way.rules {
            let rule = places.rule(&rule.policy, rule.number - 1);
            message = with_place(message, rule, "this rule allows it");
        }
        with_place(message, self.place_of(way.target), "this AWS role gives it")
    }

    fn place_of(&self, target: Target<'_>) -> Option<Span> {
        let address = Address::of_role(Kind::AwsRole, target.mount, target.name);
        let ContractView {
            desired, places, ..
        } = self.view;
        match desired.mappings.get(&address) {
            Some(_) => places.mapping(target.name),
            None => places.aws_role(target.mount, target.name),
        }
    }
}

fn with_place(message: Diagnostic, place: Option<Span>, words: &str) -> Diagnostic {
    match place {
        Some(place) => message.with_secondary(place, words),
        None => message,
    }
}

/// `it gets aws/sts/365-prod by rule 1 of aws-prod`
fn path_of(way: &Way<'_>) -> String {
    let rules = way.rules.iter();
    let rules: Vec<String> = rules
        .map(|rule| format!("rule {} of the policy {}", rule.number, rule.policy))
        .collect();
    format!(
        "it gets {} by {}",
        way.target.path(way.credential_path),
        rules.join(" and ")
    )
}

fn json(claims: &BTreeMap<String, Value>) -> String {
    serde_json::to_string(claims).unwrap_or_default()
}
