//! What a job reaches once a role has admitted it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::admission::{self, Admitted, Refusal, user_claim};
use super::condition::Condition;
use super::configuration::{Configuration, LoginRole, Target, is_role_name};
use super::grant::{AfterOther, Grant, Reach, Shared, merged};
use super::index::Index;
use super::job::{self, Job};
use super::obstacle::Obstacle;
use super::pattern::Piece;
use super::projects::Projects;
use super::token::{Judged, Knowledge, Token, directives, templated};
use crate::acl::Rules;

/// Judges tokens by a configuration; remembers what many jobs have in common.
#[derive(Debug)]
pub(crate) struct Judge<'c> {
    configuration: &'c Configuration<'c>,
    projects: &'c Projects,
    rights: Vec<Rights<'c>>,
    index: Index<'c>,
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

/// All that an answer depends on: the role, the role of the latest login, and what is known of the claims in templates.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Question {
    role: usize,
    source: usize,
    knowledge: Knowledge,
    conditions: Vec<Condition>,
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
            index: Index::new(&configuration.login_roles),
            judged: RefCell::default(),
        }
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> &'c Configuration<'c> {
        self.configuration
    }

    /// Whether a role, by its place in the configuration, admits a job.
    ///
    /// # Errors
    /// The first thing that refuses the job.
    pub(crate) fn admit(&self, role: usize, job: &Job) -> Result<Admitted, Refusal> {
        let role = &self.configuration.login_roles[role];
        admission::admit(role.role, role.issuer, job)
    }

    /// The roles that admit a job, by their place in the configuration, and its logins.
    pub(crate) fn logins(&self, job: &Job) -> impl Iterator<Item = (usize, Admitted)> {
        let roles = self.index.candidates(job).into_iter();
        roles.filter_map(|role| Some((role, self.admit(role, job).ok()?)))
    }

    /// What an admitted job reaches.
    pub(crate) fn reach(&self, role: usize, admitted: &Admitted) -> Reach<'c> {
        let mut reach = self.reach_alone(role, admitted);
        reach.after_others = self.after_others(role, admitted, &reach);
        reach
    }

    /// The same while no other job of its alias logs in.
    pub(crate) fn reach_alone(&self, role: usize, admitted: &Admitted) -> Reach<'c> {
        let own = self.judged(role, role, admitted);
        let closed = own.closed.is_some();
        let shared = if closed {
            Rc::default()
        } else {
            self.shared(role)
        };
        Reach {
            shared,
            own: own.grants.clone(),
            hidden: own.hidden.clone(),
            after_others: Vec::new(),
            conditions: own.conditions.clone(),
            closed: own.closed.clone(),
            closed_on_openbao: own.closed_on_openbao.clone(),
        }
    }

    /// Why an admitted job does not reach an AWS role.
    pub(super) fn obstacle(
        &self,
        role: usize,
        admitted: &Admitted,
        target: Target<'c>,
    ) -> Obstacle {
        self.token(role, role, &admitted.job).obstacle(target)
    }

    /// Each other job that logs in under the same alias replaces the metadata that the rules are made of.
    fn after_others(
        &self,
        role: usize,
        admitted: &Admitted,
        reach: &Reach<'c>,
    ) -> Vec<AfterOther<'c>> {
        let mut easiest: BTreeMap<Target<'c>, AfterOther<'c>> = BTreeMap::new();
        let alias = user_claim(self.configuration.login_roles[role].role);
        let other_job = admitted.job.fixed_by(alias);
        for &other in self.others(role) {
            let Ok(admitted) = self.admit(other, &other_job) else {
                continue;
            };
            let other_role = self.configuration.login_roles[other].name;
            let judged = self.judged(role, other, &admitted);
            let conditions = merged(&admitted.conditions, &judged.conditions);
            let reopened = self.reopened(role, reach, &judged);
            for grant in judged.grants.iter().chain(&reopened) {
                if reach.reaches(grant.target) {
                    continue;
                }
                let mut grant = grant.clone();
                grant.conditions = merged(&conditions, &grant.conditions);
                let after = AfterOther {
                    other_role,
                    grant,
                    only_on_vault: judged.closed_on_openbao.is_some(),
                };
                let known = easiest.get(&after.grant.target);
                if known.is_none_or(|known| after.effort() < known.effort()) {
                    easiest.insert(after.grant.target, after);
                }
            }
        }
        easiest.into_values().collect()
    }

    /// What rules without templates give again, once other metadata has taken what hid it out of the way.
    fn reopened(&self, role: usize, reach: &Reach<'c>, judged: &Judged<'c>) -> Vec<Grant<'c>> {
        if judged.closed.is_some() || reach.is_open() && reach.hidden.is_empty() {
            return Vec::new();
        }
        let shared = self.shared(role);
        let reopened = shared.grants.iter().filter(|grant| {
            let was_closed = !reach.is_open() || reach.hidden.contains(&grant.target);
            was_closed && !judged.decides(grant.target)
        });
        reopened.cloned().collect()
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
            let roles = &self.configuration.login_roles;
            let is_named = directives.iter().any(|directive| is_role_name(directive));
            let mut others = Vec::new();
            for alike in &self.index.alike {
                let first = &roles[alike[0]];
                if first.mount != this.mount || user_claim(first.role) != alias {
                    continue;
                }
                if is_named {
                    let varying = alike.iter().filter(|other| varies(&roles[**other]));
                    others.extend(varying);
                } else if varies(first) {
                    others.extend(alike);
                }
            }
            others.sort_unstable();
            others
        })
    }

    fn shared(&self, role: usize) -> Rc<Shared<'c>> {
        let shared = self.rights[role].shared.get_or_init(|| {
            let grants = self.token(role, role, &Job::default()).shared();
            Rc::new(grants.into_iter().collect())
        });
        Rc::clone(shared)
    }

    /// What the policies of `role` give after a job has logged in with `source`.
    fn judged(&self, role: usize, source: usize, admitted: &Admitted) -> Rc<Judged<'c>> {
        let token = self.token(role, source, &admitted.job);
        let question = Question {
            role,
            source,
            knowledge: token.knowledge(),
            conditions: admitted.conditions.clone(),
        };
        let mut known = self.judged.borrow_mut();
        let judged = known
            .entry(question)
            .or_insert_with(|| Rc::new(token.judge(&admitted.conditions)));
        Rc::clone(judged)
    }

    fn token(&self, role: usize, source: usize, job: &Job) -> Token<'_, 'c> {
        Token {
            configuration: self.configuration,
            projects: self.projects,
            policies: &self.rights[role].policies,
            source: &self.configuration.login_roles[source],
            job: job.clone(),
        }
    }
}
