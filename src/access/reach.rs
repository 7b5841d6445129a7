//! What a job reaches once a role has admitted it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::admission::{self, Admission, Admitted, user_claim};
use super::condition::{Condition, Must};
use super::configuration::{Configuration, Door, LoginRole, ROLE, Target};
use super::job::{self, Claim, Job};
use super::pattern::{Assignment, Pattern, Piece};
use super::projects::Projects;
use crate::acl::{
    self, Alias, AllowedInValues, Capability, Entity, Policy, Rule, Rules, TemplateError,
    Templated, Verdict,
};

/// Stands for the value of a claim that is not known: no AWS role is named so.
const OTHER: &str = "?";

/// An AWS role that a token reaches, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grant<'c> {
    /// The AWS role.
    pub(crate) target: Target<'c>,
    /// The path that gives the credentials.
    pub(crate) door: Door,
    /// `update` for a POST, `read` for a GET.
    pub(crate) capability: Capability,
    /// The rules that allow it.
    pub(crate) rules: Vec<RuleRef>,
    /// Whether the rules ask for certain parameters or a wrapped response.
    pub(crate) restricted: bool,
    /// What claims that are not known have to be, besides what the admission asks.
    pub(crate) conditions: Vec<Condition>,
}

/// A rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleRef {
    /// The policy.
    pub(crate) policy: String,
    /// The place of the rule in it, from 1.
    pub(crate) number: usize,
    /// The rule's path as the policy has it.
    pub(crate) path: String,
}

/// What a token reaches.
#[derive(Debug)]
pub(crate) struct Reach<'c> {
    /// What rules without templates give: the same for every job that the role admits.
    pub(crate) shared: Rc<Shared<'c>>,
    /// What rules with templates give this job, and what they change of the shared.
    pub(crate) own: Vec<Grant<'c>>,
    /// What rules with templates take away from the shared.
    hidden: BTreeSet<Target<'c>>,
    /// What the token reaches besides, after another job has logged in that shares its alias.
    pub(crate) after_others: Vec<AfterOther<'c>>,
    /// What claims that are not known have to be, or OpenBao refuses every request of the token.
    pub(crate) conditions: Vec<Condition>,
    /// Why servers refuse every request of the token.
    pub(crate) closed: Option<TemplateError>,
    /// Why OpenBao refuses every request of the token, while HashiCorp Vault does not.
    pub(crate) closed_on_openbao: Option<TemplateError>,
}

/// Grants that many jobs have in common, in the order of their targets.
#[derive(Debug, Default)]
pub(crate) struct Shared<'c> {
    pub(super) grants: Vec<Grant<'c>>,
    by_identity: HashMap<String, Vec<usize>>,
}

impl<'c> Shared<'c> {
    /// The grants that lead to an identity in AWS.
    pub(super) fn leading_to(&self, identity: &str) -> impl Iterator<Item = &Grant<'c>> {
        let places = self.by_identity.get(identity).into_iter().flatten();
        places.map(|place| &self.grants[*place])
    }
}

impl<'c> FromIterator<Grant<'c>> for Shared<'c> {
    fn from_iter<I: IntoIterator<Item = Grant<'c>>>(grants: I) -> Self {
        let mut shared = Self::default();
        for grant in grants {
            for identity in grant.target.identities() {
                let places = shared.by_identity.entry(identity).or_default();
                places.push(shared.grants.len());
            }
            shared.grants.push(grant);
        }
        shared
    }
}

/// What a token reaches after another job has logged in and replaced the metadata of their common alias.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AfterOther<'c> {
    /// The name of the role that the other job logs in with.
    pub(crate) other_role: &'c str,
    /// What is reached then; its conditions are those on the other job.
    pub(crate) grant: Grant<'c>,
}

impl<'c> Reach<'c> {
    /// What the token reaches by the job's own claims.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant<'c>> {
        let shown = |grant: &&Grant<'c>| !self.overrides(grant.target);
        self.own
            .iter()
            .chain(self.shared.grants.iter().filter(shown))
    }

    /// Whether the shared says nothing of a target.
    pub(super) fn overrides(&self, target: Target<'c>) -> bool {
        self.hidden.contains(&target) || self.own.iter().any(|own| own.target == target)
    }

    /// The targets of which the shared says nothing.
    pub(super) fn overridden(&self) -> impl Iterator<Item = Target<'c>> {
        let own = self.own.iter().map(|grant| grant.target);
        own.chain(self.hidden.iter().copied())
    }
}

/// Judges tokens by a configuration; remembers what many jobs have in common.
#[derive(Debug)]
pub(crate) struct Judge<'c> {
    configuration: &'c Configuration<'c>,
    projects: &'c Projects,
    rights: Vec<Rights<'c>>,
    judged: RefCell<HashMap<Question, Rc<Judged<'c>>>>,
}

/// What the policies of one role hold.
#[derive(Debug)]
struct Rights<'c> {
    policies: Vec<(&'c str, &'c Rules)>,
    shared: OnceCell<Rc<Shared<'c>>>,
    /// The roles whose logins may put other metadata in place.
    others: OnceCell<Vec<usize>>,
}

/// What rules with templates say for one set of metadata.
#[derive(Debug, Default)]
struct Judged<'c> {
    grants: Vec<Grant<'c>>,
    hidden: BTreeSet<Target<'c>>,
    conditions: Vec<Condition>,
    closed: Option<TemplateError>,
    closed_on_openbao: Option<TemplateError>,
}

/// All that an answer depends on: the role, the role of the latest login, and what is known of the claims in templates.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Question {
    role: usize,
    source: usize,
    claims: Vec<(String, Option<Option<String>>)>,
    conditions: Vec<String>,
}

impl<'c> Judge<'c> {
    /// Prepares to judge.
    pub(crate) fn new(configuration: &'c Configuration<'c>, projects: &'c Projects) -> Self {
        let rights = configuration.login_roles.iter().map(|role| Rights {
            policies: configuration.policies_of(role.role),
            shared: OnceCell::new(),
            others: OnceCell::new(),
        });
        Self {
            configuration,
            projects,
            rights: rights.collect(),
            judged: RefCell::default(),
        }
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> &'c Configuration<'c> {
        self.configuration
    }

    /// Whether a role, by its place in the configuration, admits a job.
    pub(crate) fn admit(&self, role: usize, job: &Job) -> Admission {
        let role = &self.configuration.login_roles[role];
        admission::admit(role.role, role.issuer, job)
    }

    /// What an admitted job reaches.
    pub(crate) fn reach(&self, role: usize, admitted: &Admitted) -> Reach<'c> {
        let own = self.judged(role, role, admitted);
        let closed = own.closed.is_some();
        let shared = if closed {
            Rc::default()
        } else {
            self.shared(role)
        };
        let mut reach = Reach {
            shared,
            own: own.grants.clone(),
            hidden: own.hidden.clone(),
            after_others: Vec::new(),
            conditions: own.conditions.clone(),
            closed: own.closed.clone(),
            closed_on_openbao: own.closed_on_openbao.clone(),
        };
        reach.after_others = self.after_others(role, admitted, &reach);
        reach
    }

    /// Each other job that logs in under the same alias replaces the metadata that the rules are made of.
    fn after_others(
        &self,
        role: usize,
        admitted: &Admitted,
        reach: &Reach<'c>,
    ) -> Vec<AfterOther<'c>> {
        let mut found: Vec<AfterOther<'c>> = Vec::new();
        let others = self.others(role);
        if others.is_empty() {
            return found;
        }
        let alias = user_claim(self.configuration.login_roles[role].role);
        let other_job = admitted.job.fixed_by(alias);
        let certain: BTreeSet<Target<'c>> = reach.grants().map(|grant| grant.target).collect();
        for &other in others {
            let Admission::Admitted(admitted) = self.admit(other, &other_job) else {
                continue;
            };
            let other_role = self.configuration.login_roles[other].name;
            for grant in &self.judged(role, other, &admitted).grants {
                let known = certain.contains(&grant.target)
                    || found.iter().any(|other| other.grant.target == grant.target);
                if !known {
                    let mut grant = grant.clone();
                    grant.conditions = merged(&admitted.conditions, &grant.conditions);
                    found.push(AfterOther { other_role, grant });
                }
            }
        }
        found
    }

    /// The roles whose logins can change what a role's templates stand for, for jobs of one alias.
    fn others(&self, role: usize) -> &[usize] {
        let rights = &self.rights[role];
        rights.others.get_or_init(|| {
            let this = &self.configuration.login_roles[role];
            let alias = user_claim(this.role);
            let directives: BTreeSet<&str> = templated(&rights.policies)
                .flat_map(|rule| directives(rule.path.as_str()))
                .collect();
            let varies = |other: &LoginRole<'_>| {
                directives.iter().any(|directive| {
                    let value = other.value_of(directive);
                    let varies = matches!(&value, Some(Piece::Claim(claim)) if !job::is_fixed_by(claim, alias));
                    varies || value != this.value_of(directive)
                })
            };
            let roles = self.configuration.login_roles.iter().enumerate();
            roles
                .filter(|(_, other)| other.mount == this.mount && user_claim(other.role) == alias)
                .filter(|(_, other)| varies(other))
                .map(|(index, _)| index)
                .collect()
        })
    }

    fn shared(&self, role: usize) -> Rc<Shared<'c>> {
        let shared = self.rights[role].shared.get_or_init(|| {
            let context = Context::new(self, role, role, Job::default());
            let patterns = self.rights[role]
                .policies
                .iter()
                .flat_map(|(_, rules)| rules.iter())
                .filter(|rule| !is_templated(rule))
                .filter_map(|rule| context.pattern(rule));
            let targets: BTreeSet<Target<'c>> = patterns
                .flat_map(|pattern| self.configuration.candidates(&pattern))
                .map(|(target, _)| target)
                .collect();
            let rules = context.rules_without_templates();
            let grants = targets
                .into_iter()
                .filter_map(|target| context.verdict(&rules, target));
            Rc::new(grants.collect())
        });
        Rc::clone(shared)
    }

    /// What the policies of `role` give after a job has logged in with `source`.
    fn judged(&self, role: usize, source: usize, admitted: &Admitted) -> Rc<Judged<'c>> {
        let context = Context::new(self, role, source, admitted.job.clone());
        let question = context.question(&admitted.conditions);
        if let Some(judged) = self.judged.borrow().get(&question) {
            return Rc::clone(judged);
        }
        let judged = Rc::new(context.judge(&admitted.conditions));
        self.judged
            .borrow_mut()
            .insert(question, Rc::clone(&judged));
        judged
    }
}

/// The policies of one role and the metadata of one login.
struct Context<'j, 'c> {
    judge: &'j Judge<'c>,
    role: usize,
    source: usize,
    job: Job,
}

impl<'j, 'c> Context<'j, 'c> {
    fn new(judge: &'j Judge<'c>, role: usize, source: usize, job: Job) -> Self {
        Self {
            judge,
            role,
            source,
            job,
        }
    }

    fn policies(&self) -> &'j [(&'c str, &'c Rules)] {
        &self.judge.rights[self.role].policies
    }

    fn source(&self) -> &'c LoginRole<'c> {
        &self.judge.configuration.login_roles[self.source]
    }

    fn pattern(&self, rule: &Rule) -> Option<Pattern> {
        self.source().template(rule.path.as_str())?.fill(&self.job)
    }

    /// The claims that the templates are made of.
    fn claims(&self) -> BTreeSet<String> {
        let templates = templated(self.policies())
            .filter_map(|rule| self.source().template(rule.path.as_str()));
        templates
            .flat_map(|template| template.claims().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    fn question(&self, conditions: &[Condition]) -> Question {
        let known = |claim: String| {
            let value = match self.job.claim(&claim) {
                Claim::Is(value) => Some(Some(value.to_owned())),
                Claim::Absent => Some(None),
                Claim::Unknown => None,
            };
            (claim, value)
        };
        // Whether a project fits depends on what is known of it.
        let of_project = ["project_id", "project_path", "namespace_path"].map(str::to_owned);
        let mut claims = self.claims();
        if claims
            .iter()
            .any(|claim| self.job.claim(claim) == Claim::Unknown)
        {
            claims.extend(of_project);
        }
        Question {
            role: self.role,
            source: self.source,
            claims: claims.into_iter().map(known).collect(),
            conditions: conditions.iter().map(Condition::to_string).collect(),
        }
    }

    fn judge(&self, conditions: &[Condition]) -> Judged<'c> {
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
        let patterns = templated(self.policies()).filter_map(|rule| self.pattern(rule));
        for pattern in patterns {
            for (target, door) in self.judge.configuration.candidates(&pattern) {
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
        conditions.iter().all(allowed) && self.judge.projects.agree(&self.job, assignment)
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
        self.policies()
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
        let policies = self.policies().iter();
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
        } = self.source();
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
            .filter_map(|(claim, key)| Some((key.clone(), value(admission::claim_name(claim))?)));
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
        let policies: Vec<Policy<'_>> = self
            .policies()
            .iter()
            .zip(rules)
            .map(|((name, _), rules)| Policy { name, rules })
            .collect();
        let mut restricted = None;
        for capability in [Capability::Update, Capability::Read] {
            for door in Door::ALL {
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

    fn rule_ref(&self, policy: &str, index: usize) -> RuleRef {
        let rules = self.policies().iter().find(|(name, _)| *name == policy);
        let rule = rules.and_then(|(_, rules)| rules.get(index));
        RuleRef {
            policy: policy.to_owned(),
            number: index + 1,
            path: rule.map_or_else(String::new, |rule| rule.path.to_string()),
        }
    }
}

fn is_templated(rule: &Rule) -> bool {
    rule.path.as_str().contains("{{")
}

fn templated<'p>(policies: &'p [(&str, &Rules)]) -> impl Iterator<Item = &'p Rule> {
    let rules = policies.iter().flat_map(|(_, rules)| rules.iter());
    rules.filter(|rule| is_templated(rule))
}

fn directives(path: &str) -> impl Iterator<Item = &str> {
    let texts = path.split("{{").skip(1);
    texts.map(|text| text.split("}}").next().unwrap_or_default().trim())
}

/// The conditions of both, without those that the second make sure of.
pub(super) fn merged(first: &[Condition], second: &[Condition]) -> Vec<Condition> {
    let assured = |condition: &&Condition| {
        second
            .iter()
            .any(|other| other.claim == condition.claim && matches!(other.must, Must::Be(_)))
    };
    let mut all: Vec<Condition> = first
        .iter()
        .filter(|condition| !assured(condition))
        .chain(second)
        .cloned()
        .collect();
    all.dedup();
    all
}
