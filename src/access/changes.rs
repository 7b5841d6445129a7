//! Who gains and who loses what by a change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::matrix::{Admittance, Level, Who, admittances};
use super::projects::Projects;
use super::reach::Judge;

/// From how many differences on, those that all jobs of a role share are told once, for all of them together.
const MANY: usize = 1000;

/// What changes for some jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessChange {
    /// The jobs.
    pub(crate) who: Vec<Who>,
    /// What changes for each of them.
    pub(crate) differences: Vec<Difference>,
}

/// How surely an identity in AWS is reached, before and after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// The ARN of an IAM role, or what else the credentials are of.
    pub(crate) identity: String,
    /// Before; not at all where there is none.
    pub(crate) before: Option<Level>,
    /// After; not at all where there is none.
    pub(crate) after: Option<Level>,
    /// What has to be true for it, after, or before for what is lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) conditions: Vec<Condition>,
}

impl Difference {
    /// Whether more is reached than before.
    pub(crate) fn is_gain(&self) -> bool {
        self.after > self.before
    }
}

/// Compares two configurations for jobs. Takes time by what is reached, not by jobs times AWS roles.
pub(super) fn between<'w>(
    before: &Judge<'_>,
    after: &Judge<'_>,
    projects: &Projects,
    everybody: impl Iterator<Item = &'w Who>,
) -> Vec<AccessChange> {
    let mut comparison = Comparison::default();
    let mut grouped: BTreeMap<Rc<Vec<Difference>>, Vec<Who>> = BTreeMap::new();
    for who in everybody {
        let before = Side::new(admittances(before, projects, who));
        let after = Side::new(admittances(after, projects, who));
        for differences in comparison.compare(&before, &after) {
            grouped.entry(differences).or_default().push(who.clone());
        }
    }
    let mut changes: Vec<AccessChange> = grouped
        .into_iter()
        .filter(|(differences, _)| !differences.is_empty())
        .map(|(differences, who)| AccessChange {
            who,
            differences: Rc::unwrap_or_clone(differences),
        })
        .collect();
    changes.sort_by(|a, b| a.who.cmp(&b.who));
    changes
}

type Levels = BTreeMap<String, (Level, Vec<Condition>)>;

/// Which shared grants a job has, by where they are in memory, and under which conditions.
type SharedKey = Vec<(usize, Level, Vec<Condition>)>;

/// What a job reaches on one side.
struct Side<'c> {
    admittances: Vec<Admittance<'c>>,
    /// Identities of which the shared grants do not say all.
    own: BTreeSet<String>,
}

#[derive(Default)]
struct Comparison {
    levels: HashMap<SharedKey, Rc<Levels>>,
    differences: HashMap<(SharedKey, SharedKey), Rc<Vec<Difference>>>,
}

impl Comparison {
    /// One or two lists of differences, the second one long and the same for many jobs.
    fn compare(&mut self, before: &Side<'_>, after: &Side<'_>) -> Vec<Rc<Vec<Difference>>> {
        let shared = self.shared_differences(before, after);
        let own: BTreeSet<&String> = before.own.union(&after.own).collect();
        let (before, after) = (before.own_levels(&own), after.own_levels(&own));
        let mut differences = differences(own.iter().copied(), &before, &after);
        // Of long lists a job's own part is not taken out again: that would be one list for each job.
        if shared.len() > MANY {
            return vec![Rc::new(differences), shared];
        }
        let others = shared
            .iter()
            .filter(|difference| !own.contains(&difference.identity));
        differences.extend(others.cloned());
        differences.sort();
        vec![Rc::new(differences)]
    }

    fn shared_differences(&mut self, before: &Side<'_>, after: &Side<'_>) -> Rc<Vec<Difference>> {
        let key = (before.shared_key(), after.shared_key());
        if let Some(known) = self.differences.get(&key) {
            return Rc::clone(known);
        }
        let (before, after) = (self.shared_levels(before), self.shared_levels(after));
        let identities: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let found = Rc::new(differences(identities.into_iter(), &before, &after));
        self.differences.insert(key, Rc::clone(&found));
        found
    }

    fn shared_levels(&mut self, side: &Side<'_>) -> Rc<Levels> {
        let levels = self.levels.entry(side.shared_key()).or_insert_with(|| {
            let mut levels = Levels::new();
            for admittance in &side.admittances {
                for grant in &admittance.reach.shared.grants {
                    let (level, conditions) =
                        (admittance.level(grant), admittance.conditions(grant));
                    for identity in grant.target.identities() {
                        raise(&mut levels, identity, level, &conditions);
                    }
                }
            }
            Rc::new(levels)
        });
        Rc::clone(levels)
    }
}

impl<'c> Side<'c> {
    fn new(admittances: Vec<Admittance<'c>>) -> Self {
        let targets = admittances.iter().flat_map(|admittance| {
            let after_others = admittance.reach.after_others.iter();
            let after_others = after_others.map(|after| after.grant.target);
            after_others.chain(admittance.reach.overridden())
        });
        let own = targets.flat_map(|target| target.identities()).collect();
        Self { admittances, own }
    }

    fn shared_key(&self) -> SharedKey {
        let shared = self.admittances.iter().filter_map(|admittance| {
            let shared = &admittance.reach.shared;
            let first = shared.grants.first()?;
            let place = Rc::as_ptr(shared).addr();
            Some((place, admittance.level(first), admittance.conditions(first)))
        });
        shared.collect()
    }

    /// How surely each of these identities is reached.
    fn own_levels(&self, identities: &BTreeSet<&String>) -> Levels {
        let mut levels = Levels::new();
        if identities.is_empty() {
            return levels;
        }
        for admittance in &self.admittances {
            for (identity, level, conditions) in admittance.levels_of(identities) {
                raise(&mut levels, identity, level, &conditions);
            }
        }
        levels
    }
}

/// Keeps the surest way, and of two that are as sure the one with fewer conditions.
fn raise(levels: &mut Levels, identity: String, level: Level, conditions: &[Condition]) {
    let rank = |level: Level, conditions: &[Condition]| (level, Reverse(conditions.len()));
    let known = levels.get(&identity);
    if known.is_none_or(|(known, kept)| rank(*known, kept) < rank(level, conditions)) {
        levels.insert(identity, (level, conditions.to_vec()));
    }
}

fn differences<'i>(
    identities: impl Iterator<Item = &'i String>,
    before: &Levels,
    after: &Levels,
) -> Vec<Difference> {
    let difference = |identity: &String| {
        let (before, after) = (before.get(identity), after.get(identity));
        let level = |way: Option<&(Level, Vec<Condition>)>| way.map(|(level, _)| *level);
        let way = after.or(before);
        Difference {
            identity: identity.clone(),
            before: level(before),
            after: level(after),
            conditions: way.map_or_else(Vec::new, |(_, conditions)| conditions.clone()),
        }
    };
    identities
        .map(difference)
        .filter(|difference| difference.before != difference.after)
        .collect()
}
