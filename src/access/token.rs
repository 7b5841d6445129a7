//! One token before its policies: the policies of one role, and the metadata that one login left behind.

use std::collections::{BTreeMap, BTreeSet};

use super::admission::{claim_name, user_claim};
use super::condition::{Condition, Must};
use super::configuration::{Configuration, Door, LoginRole, ROLE, Target};
use super::grant::{Grant, RuleRef};
use super::job::{self, Claim, Job};
use super::obstacle::Obstacle;
use super::pattern::{Assignment, Pattern};
use super::projects::Projects;
use crate::acl::{
    self, Alias, AllowedInValues, Capability, Decider, Entity, Policy, Rule, Rules, TemplateError,
    Templated, Verdict,
};

/// Stands for the value of a claim that is not known: no AWS role is named so.
const OTHER: &str = "?";

/// What rules with templates say for one set of metadata.
#[derive(Debug, Default)]
pub(super) struct Judged<'c> {
    pub(super) grants: Vec<Grant<'c>>,
    pub(super) hidden: BTreeSet<Target<'c>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) closed: Option<TemplateError>,
    pub(super) closed_on_openbao: Option<TemplateError>,
}

impl Judged<'_> {
    /// Whether rules with templates have a say in a target.
    pub(super) fn decides(&self, target: Target<'_>) -> bool {
        self.hidden.contains(&target) || self.grants.iter().any(|grant| grant.target == target)
    }
}

/// The policies of one role and the metadata of one login.
#[derive(Debug)]
pub(super) struct Token<'j, 'c> {
    pub(super) configuration: &'c Configuration<'c>,
    pub(super) projects: &'c Projects,
    /// The policies of the role that it was issued by.
    pub(super) policies: &'j [(&'c str, &'c Rules)],
    /// The role of the latest login, whose claim_mappings made the metadata.
    pub(super) source: &'c LoginRole<'c>,
    /// The job of the latest login.
    pub(super) job: Job,
}

/// What is known of the claims that an answer depends on: nothing, that they are absent, or their values.
pub(super) type Knowledge = Vec<(String, Option<Option<String>>)>;

impl<'c> Token<'_, 'c> {
    fn pattern(&self, rule: &Rule) -> Option<Pattern> {
        self.source.template(rule.path.as_str())?.fill(&self.job)
    }

    /// The claims that the templates are made of.
    fn claims(&self) -> BTreeSet<String> {
        let templates =
            templated(self.policies).filter_map(|rule| self.source.template(rule.path.as_str()));
        templates
            .flat_map(|template| template.claims().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    /// What is known of the claims that the answer depends on.
    pub(super) fn knowledge(&self) -> Knowledge {
        let mut claims = self.claims();
        let is_unknown = |claim: &String| self.job.claim(claim) == Claim::Unknown;
        if claims.iter().any(is_unknown) {
            // Whether a project fits depends on what else is known of it.
            let of_project = ["project_id", "project_path", "namespace_path"];
            claims.extend(of_project.map(str::to_owned));
        }
        let known = |claim: String| {
            let value = match self.job.claim(&claim) {
                Claim::Is(value) => Some(Some(value.to_owned())),
                Claim::Absent => Some(None),
                Claim::Unknown => None,
            };
            (claim, value)
        };
        claims.into_iter().map(known).collect()
    }

    /// What rules without templates give, to this token and all others with its policies.
    pub(super) fn shared(&self) -> Vec<Grant<'c>> {
        let rules = self.policies.iter().flat_map(|(_, rules)| rules.iter());
        let patterns = rules
            .filter(|rule| !is_templated(rule))
            .filter_map(|rule| self.pattern(rule));
        let targets: BTreeSet<Target<'c>> = patterns
            .flat_map(|pattern| self.configuration.candidates(&pattern))
            .map(|(target, _)| target)
            .collect();
        let rules = self.rules_without_templates();
        let targets = targets.into_iter();
        targets
            .filter_map(|target| self.verdict(&rules, target))
            .collect()
    }

    /// What rules with templates give, while conditions of the login hold.
    pub(super) fn judge(&self, conditions: &[Condition]) -> Judged<'c> {
        let mut judged = Judged::default();
        let rules = match self.rules(&Assignment::new(), AllowedInValues::VAULT) {
            Ok(rules) => rules,
            Err(closed) => {
                judged.closed = Some(closed);
                return judged;
            }
        };
        let openbao = self.rules(&Assignment::new(), AllowedInValues::OPENBAO);
        judged.closed_on_openbao = openbao.err();
        judged.conditions = self.plain_conditions();
        for (target, assignments) in self.candidates() {
            let assignments = assignments
                .iter()
                .filter(|assignment| self.is_possible(assignment, conditions));
            match self.decide(&rules, target, assignments) {
                Some(grant) => judged.grants.push(grant),
                None => {
                    judged.hidden.insert(target);
                }
            }
        }
        judged
    }

    /// What rules with templates could match, and what unknown claims would have to be for it.
    fn candidates(&self) -> BTreeMap<Target<'c>, BTreeSet<Assignment>> {
        let mut found: BTreeMap<Target<'c>, BTreeSet<Assignment>> = BTreeMap::new();
        let patterns = templated(self.policies).filter_map(|rule| self.pattern(rule));
        for pattern in patterns {
            for (target, door) in self.configuration.candidates(&pattern) {
                let assignments = pattern.assignments(&target.path(door));
                if !assignments.is_empty() {
                    found.entry(target).or_default().extend(assignments);
                }
            }
        }
        found
    }

    fn is_possible(&self, assignment: &Assignment, conditions: &[Condition]) -> bool {
        let allowed = |condition: &Condition| {
            let value = assignment.get(&condition.claim);
            value.is_none_or(|value| condition.holds(value))
        };
        let mut values = assignment.iter();
        conditions.iter().all(allowed)
            && values.all(|(claim, value)| job::can_be(claim, value))
            && self.projects.agree(&self.job, assignment)
    }

    /// Whether a target is reached, and under which conditions.
    fn decide<'a>(
        &self,
        rules: &[Vec<Templated>],
        target: Target<'c>,
        assignments: impl Iterator<Item = &'a Assignment>,
    ) -> Option<Grant<'c>> {
        let usual = self.verdict(rules, target);
        let mut special = assignments
            .filter(|assignment| !assignment.is_empty())
            .filter_map(|assignment| {
                let rules = self.rules(assignment, AllowedInValues::VAULT).ok()?;
                Some((assignment, self.verdict(&rules, target)))
            });
        let Some(mut grant) = usual else {
            return special.find_map(|(assignment, grant)| {
                let mut grant = grant?;
                grant.conditions = assignment
                    .iter()
                    .map(|(claim, value)| Condition::new(claim, Must::Be(vec![value.clone()])))
                    .collect();
                Some(grant)
            });
        };
        for (assignment, _) in special.filter(|(_, grant)| grant.is_none()) {
            let unwanted = assignment.iter().next();
            grant.conditions.extend(
                unwanted
                    .map(|(claim, value)| Condition::new(claim, Must::NotBe(vec![value.clone()]))),
            );
        }
        Some(grant)
    }

    /// Values that are not known may hold what OpenBao does not let in.
    fn plain_conditions(&self) -> Vec<Condition> {
        let unknown = self
            .claims()
            .into_iter()
            .filter(|claim| self.job.claim(claim) == Claim::Unknown && !job::is_plain(claim));
        unknown
            .map(|claim| Condition::new(claim, Must::BePlain))
            .collect()
    }

    /// The rules with the values that a login leaves behind.
    fn rules(
        &self,
        assignment: &Assignment,
        allowed: AllowedInValues,
    ) -> Result<Vec<Vec<Templated>>, TemplateError> {
        let entity = self.entity(assignment);
        self.policies
            .iter()
            .map(|(_, rules)| acl::template(rules, Some(&entity), allowed))
            .collect()
    }

    fn rules_without_templates(&self) -> Vec<Vec<Templated>> {
        let keep = |rule: &Rule| match is_templated(rule) {
            true => Templated::Dropped {
                directive: String::new(),
            },
            false => Templated::Rule(rule.clone()),
        };
        let policies = self.policies.iter();
        policies
            .map(|(_, rules)| rules.iter().map(keep).collect())
            .collect()
    }

    fn entity(&self, assignment: &Assignment) -> Entity {
        let LoginRole {
            role,
            name,
            accessor,
            ..
        } = self.source;
        let value = |claim: &str| match self.job.claim(claim) {
            Claim::Is(value) => Some(value.to_owned()),
            Claim::Absent => None,
            Claim::Unknown => {
                let assigned = assignment.get(claim);
                Some(assigned.map_or(OTHER, String::as_str).to_owned())
            }
        };
        let mapped = role
            .claim_mappings
            .iter()
            .filter_map(|(claim, key)| Some((key.clone(), value(claim_name(claim))?)));
        let mut metadata = role.alias_metadata.clone();
        metadata.insert(ROLE.into(), (*name).to_owned());
        metadata.extend(mapped);
        let alias = Alias {
            mount_accessor: accessor.clone(),
            name: value(user_claim(role)).unwrap_or_default(),
            metadata,
            ..Alias::default()
        };
        Entity {
            aliases: vec![alias],
            ..Entity::default()
        }
    }

    /// Whether some request for credentials passes. An existing name needs `update` for a POST and `read` for a GET,
    /// as both servers hold it; `create` alone allows nothing.
    fn verdict(&self, rules: &[Vec<Templated>], target: Target<'c>) -> Option<Grant<'c>> {
        let policies = self.with_names(rules);
        let mut restricted = None;
        for capability in [Capability::Update, Capability::Read] {
            for door in Door::all() {
                let verdict = acl::evaluate(&policies, &target.path(door), capability);
                let (deciders, is_restricted) = match verdict {
                    Verdict::Allowed(deciders) => (deciders, false),
                    Verdict::Restricted(deciders) if restricted.is_none() => (deciders, true),
                    _ => continue,
                };
                let rules = deciders
                    .iter()
                    .map(|decider| self.rule_ref(decider.policy, decider.index));
                let grant = Grant {
                    target,
                    door,
                    capability,
                    rules: rules.collect(),
                    restricted: is_restricted,
                    conditions: Vec::new(),
                };
                if !is_restricted {
                    return Some(grant);
                }
                restricted = Some(grant);
            }
        }
        restricted
    }

    /// Why it does not reach an AWS role.
    pub(super) fn obstacle(&self, target: Target<'c>) -> Obstacle {
        let path = target.path(Door::STS);
        let rules = match self.rules(&Assignment::new(), AllowedInValues::VAULT) {
            Ok(rules) => rules,
            Err(closed) => return Obstacle::Closed(closed),
        };
        let policies = self.with_names(&rules);
        let refs = |deciders: Vec<Decider<'_>>| {
            let refs = deciders.iter();
            refs.map(|decider| self.rule_ref(decider.policy, decider.index))
                .collect()
        };
        match acl::evaluate(&policies, &path, Capability::Update) {
            Verdict::Denied(deciders) => Obstacle::Denied {
                path,
                rules: refs(deciders),
            },
            Verdict::NotGranted(deciders) => Obstacle::NotGranted {
                path,
                rules: refs(deciders),
            },
            _ => Obstacle::NoRule {
                path,
                dropped: self.dropped(&policies),
            },
        }
    }

    /// The rules that do not count, with what has no value.
    fn dropped(&self, policies: &[Policy<'_>]) -> Vec<(RuleRef, String)> {
        let rules = policies.iter().flat_map(|policy| {
            let rules = policy.rules.iter().enumerate();
            rules.map(|(index, rule)| (policy.name, index, rule))
        });
        let dropped = rules.filter_map(|(policy, index, rule)| match rule {
            Templated::Dropped { directive } => {
                Some((self.rule_ref(policy, index), self.named(directive)))
            }
            Templated::Rule(_) => None,
        });
        dropped.collect()
    }

    fn with_names<'p>(&'p self, rules: &'p [Vec<Templated>]) -> Vec<Policy<'p>> {
        let policies = self.policies.iter().zip(rules);
        policies
            .map(|((name, _), rules)| Policy { name, rules })
            .collect()
    }

    fn rule_ref(&self, policy: &str, index: usize) -> RuleRef {
        let rules = self.policies.iter().find(|(name, _)| *name == policy);
        let rule = rules.and_then(|(_, rules)| rules.get(index));
        RuleRef {
            policy: policy.to_owned(),
            number: index + 1,
            path: rule.map_or_else(String::new, |rule| self.named(rule.path.as_str())),
        }
    }

    /// A text with the name of the method in place of its accessor, as files have it.
    fn named(&self, text: &str) -> String {
        let LoginRole {
            mount, accessor, ..
        } = self.source;
        text.replace(accessor.as_str(), &format!("${{auth.{mount}.accessor}}"))
    }
}

fn is_templated(rule: &Rule) -> bool {
    rule.path.as_str().contains("{{")
}

/// The rules with templates.
pub(super) fn templated<'p>(policies: &'p [(&str, &Rules)]) -> impl Iterator<Item = &'p Rule> {
    let rules = policies.iter().flat_map(|(_, rules)| rules.iter());
    rules.filter(|rule| is_templated(rule))
}

/// What stands between double braces.
pub(super) fn directives(path: &str) -> impl Iterator<Item = &str> {
    let texts = path.split("{{").skip(1);
    texts.map(|text| text.split("}}").next().unwrap_or_default().trim())
}
