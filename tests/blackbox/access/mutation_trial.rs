//! What a plan says of a small change, and what the server does before and after it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::answer::is_one_of;
use super::claims::{self, Claims};
use super::configuration::Configuration;
use super::mutations::{self, Class, Mutation};
use super::random::Random;
use super::trial::{self, Login, Trial, alias};
use crate::support::{Client, Mappings, Tool, whole_stdout};

/// A run that has not seen everything after this many configurations has failed.
pub(super) const MOST_CONFIGURATIONS: u64 = 60;

/// The number of roles to log in with.
const ROLES: usize = 2;

/// How many changes come one after the other, before the next configuration.
const STEPS: usize = 8;

/// How many changes are planned, until one makes a difference.
const CANDIDATES: usize = 3;

/// How many of the plan's examples are asked about, and how many JWTs that miss one of them narrowly.
const WITNESSES: usize = 3;
const NEAR_MISSES: usize = 4;

/// How many JWTs are asked about where the plan reports no difference.
const JWTS_WITHOUT_DIFFERENCE: usize = 100;

/// How many logins with the alias of an example follow its own.
const OTHER_LOGINS: usize = 6;

/// The file of the plan.
const PLAN: &str = "plan.json";

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct MutationTally {
    pub(super) decisions: usize,
    classes: BTreeMap<Class, ClassTally>,
    /// Examples of changes that need another login, which got in after it on the one side only.
    after_other_logins: usize,
}

/// What was compared of one class of changes.
#[derive(Debug, Default)]
struct ClassTally {
    mutations: usize,
    /// Examples of the plan that got in after the change only.
    gained: usize,
    /// Examples that got in before the change only.
    lost: usize,
}

/// What the plan of a change says.
struct Planned {
    class: Class,
    mutation: Mutation,
    changes: Vec<Value>,
}

impl MutationTally {
    /// Whether changes of each class were tried, and the plan's examples got in on one side only.
    pub(super) fn is_complete(&self) -> bool {
        let all = || self.classes.values();
        let shown = [Class::BoundRemoved, Class::RuleRemoved, Class::DenyRemoved];
        Class::ALL
            .iter()
            .all(|class| self.classes.contains_key(class))
            && shown.into_iter().all(|class| self.has_shown(class))
            && all().map(|class| class.gained).sum::<usize>() > 4
            && all().map(|class| class.lost).sum::<usize>() > 4
            && self.after_other_logins > 0
    }

    fn has_shown(&self, class: Class) -> bool {
        let seen = self.classes.get(&class);
        seen.is_some_and(|seen| seen.gained + seen.lost > 0)
    }

    /// Applies a configuration, and changes it step by step.
    pub(super) fn mutate(&mut self, seed: u64, trial: &Trial<'_>) {
        let mut random = Random::new(seed ^ 0x5eed);
        let mut configuration = Configuration::random(&mut random, ROLES);
        let mappings = Mappings::of(&configuration.platform.to_string());
        let tool = Tool::new(trial.vault, &mappings);
        tool.run(["apply", "--auto-approve", "--allow-deletes", "100"])
            .assert()
            .success();
        for _ in 0..STEPS {
            if self.is_complete() {
                return;
            }
            let planned = self.planned(&configuration.platform, &mappings, &tool, &mut random);
            let after = Configuration {
                platform: planned.mutation.platform.clone(),
                ..configuration.clone()
            };
            configuration.has_parameters |= after.asks_for_parameters();
            let comparison = Comparison {
                seed,
                trial,
                after: Configuration {
                    has_parameters: configuration.has_parameters,
                    has_wrapping: false,
                    ..after
                },
                before: configuration,
                planned,
            };
            comparison.run(&tool, &mut random, self);
            configuration = comparison.after;
        }
    }

    /// Plans a change of a class that has not shown a difference yet, and leaves it in the files.
    fn planned(
        &self,
        platform: &Value,
        mappings: &Mappings,
        tool: &Tool,
        random: &mut Random,
    ) -> Planned {
        let mut all: Vec<(Class, Mutation)> = mutations::all(platform, random)
            .into_iter()
            .flat_map(|(class, of)| random.some(of, 1).into_iter().map(move |one| (class, one)))
            .collect();
        let tries = |class: &Class| self.classes.get(class).map_or(0, |seen| seen.mutations);
        all.sort_by_key(|(class, _)| (self.has_shown(*class), tries(class)));
        let candidates = all.into_iter().take(CANDIDATES);
        let mut last = None;
        for (class, mutation) in candidates {
            mappings.write("vault.yaml", mutation.platform.to_string());
            let mut plan = tool.run(["plan", "--format", "json", "--out", PLAN]);
            let plan = whole_stdout(&plan.assert().success());
            let plan: Value = serde_json::from_str(&plan).unwrap();
            let changes = plan["access"].as_array().cloned().unwrap_or_default();
            let is_difference = !changes.is_empty();
            last = Some(Planned {
                class,
                mutation,
                changes,
            });
            if is_difference {
                break;
            }
        }
        last.unwrap()
    }
}

/// A change, and the configuration before and after it.
struct Comparison<'t, 'v> {
    seed: u64,
    trial: &'t Trial<'v>,
    planned: Planned,
    before: Configuration,
    after: Configuration,
}

impl Comparison<'_, '_> {
    /// Asks the server before and after the change.
    fn run(&self, tool: &Tool, random: &mut Random, tally: &mut MutationTally) {
        let witnesses = self.examples(&["gain", "loss", "only_after_login"]);
        let witnesses = random.some(witnesses, WITNESSES);
        let mut jwts = witnesses.clone();
        for witness in &witnesses {
            jwts.extend(random.some(claims::near_misses(witness), NEAR_MISSES / 2));
        }
        let number = if witnesses.is_empty() {
            JWTS_WITHOUT_DIFFERENCE
        } else {
            jwts.len() + NEAR_MISSES
        };
        while jwts.len() < number {
            jwts.push(claims::random(random));
        }
        let others = self.after_other_logins(random);
        let all = |configuration: &Configuration| -> Vec<Option<BTreeSet<String>>> {
            let asked = jwts.iter();
            asked
                .map(|claims| everything(self.trial, configuration, claims))
                .collect()
        };
        let (before, others_before) = (all(&self.before), self.ask(&self.before, &others));
        tool.run(["apply", PLAN, "--allow-deletes", "100"])
            .assert()
            .success();
        let (after, others_after) = (all(&self.after), self.ask(&self.after, &others));
        let seen = tally.classes.entry(self.planned.class).or_default();
        seen.mutations += 1;
        for (index, claims) in jwts.iter().enumerate() {
            let (Some(before), Some(after)) = (&before[index], &after[index]) else {
                continue;
            };
            let gained = self.said(&["gain"], claims);
            let lost = self.said(&["loss", "only_after_login"], claims);
            assert_eq!(gained, after - before, "{}", self.say(claims));
            assert_eq!(lost, before - after, "{}", self.say(claims));
            tally.decisions += 2 * self.before.identities().count();
            if index < witnesses.len() {
                seen.gained += usize::from(!gained.is_empty());
                seen.lost += usize::from(!lost.is_empty());
            }
        }
        for (index, other) in others.iter().enumerate() {
            let (before, after) = (&others_before[index], &others_after[index]);
            let (without, with) = match other.kind {
                "gain_after_login" => (before, after),
                _ => (after, before),
            };
            let say = || format!("{} {:?}", self.say(&other.claims), other.logins);
            assert!(without.is_disjoint(&other.identities), "{}", say());
            tally.after_other_logins += usize::from(!with.is_disjoint(&other.identities));
            tally.decisions += 2 * other.identities.len();
        }
    }

    /// The plan's examples of some kinds of changes.
    fn examples(&self, kinds: &[&str]) -> Vec<Claims> {
        let changes = self.planned.changes.iter();
        let of = changes.filter(|change| kinds.iter().any(|kind| change["change"] == *kind));
        of.map(|change| claims::completed(&change["example"]))
            .collect()
    }

    /// The identities for which the plan says that this happens to a JWT.
    fn said(&self, kinds: &[&str], claims: &Claims) -> BTreeSet<String> {
        let server = trial::server(self.trial.vault);
        let changes = self.planned.changes.iter().filter(|change| {
            kinds.iter().any(|kind| change["change"] == *kind)
                && is_one_of(server, claims, &change["jwts"])
        });
        changes.flat_map(identities).collect()
    }

    /// Examples of changes that need another login, each with some logins of its alias.
    fn after_other_logins(&self, random: &mut Random) -> Vec<OtherLogins> {
        let kinds = ["gain_after_login", "loss_after_login"];
        let changes = self.planned.changes.iter();
        let found = changes.filter_map(|change| {
            let kind = kinds.into_iter().find(|kind| change["change"] == **kind)?;
            let claims = claims::completed(&change["example"]);
            let misses = claims::near_misses(&claims);
            Some(OtherLogins {
                kind,
                logins: random.some(misses, OTHER_LOGINS),
                claims,
                identities: identities(change).collect(),
            })
        });
        let found: Vec<OtherLogins> = found.collect();
        random.some(found, 1)
    }

    /// What the tokens of such examples get at any time.
    fn ask(&self, configuration: &Configuration, others: &[OtherLogins]) -> Vec<BTreeSet<String>> {
        let reached = others.iter().map(|other| {
            let tokens = logins(self.trial, configuration, &other.claims).unwrap_or_default();
            let mut reached = BTreeSet::new();
            for claims in &other.logins {
                for (mount, name, role) in configuration.login_roles() {
                    let is_same = |token: &Token| {
                        token.mount == mount && alias(role, claims) == Some(&token.alias)
                    };
                    let of_alias: Vec<&Token> =
                        tokens.iter().filter(|token| is_same(token)).collect();
                    if of_alias.is_empty() {
                        continue;
                    }
                    let jwt = claims::signed(claims);
                    self.trial.log_in(mount, name, role, claims, &jwt);
                    for token in of_alias {
                        reached.extend(self.trial.reached(&token.client, configuration, false));
                    }
                }
            }
            reached
        });
        reached.collect()
    }

    fn say(&self, claims: &Claims) -> String {
        let (seed, what) = (self.seed, &self.planned.mutation.what);
        let (platform, changes) = (&self.before.platform, &self.planned.changes);
        format!("seed {seed}, {what}: {claims:?}\n{platform:#}\n{changes:#?}")
    }
}

/// An example that gets something after another login only, and logins to try for that.
struct OtherLogins {
    kind: &'static str,
    claims: Claims,
    identities: BTreeSet<String>,
    logins: Vec<Claims>,
}

/// A token, and the alias of its login.
struct Token {
    mount: String,
    alias: String,
    client: Client,
}

fn identities(change: &Value) -> impl Iterator<Item = String> {
    let identities = change["identities"].as_array().unwrap().iter();
    identities.map(|identity| identity.as_str().unwrap().to_owned())
}

/// What a JWT gets by all roles; nothing where an alias whose name differs in case only is in the way.
fn everything(
    trial: &Trial<'_>,
    configuration: &Configuration,
    claims: &Claims,
) -> Option<BTreeSet<String>> {
    let jwt = claims::signed(claims);
    let mut all = BTreeSet::new();
    for (mount, name, role) in configuration.login_roles() {
        match trial.log_in(mount, name, role, claims, &jwt) {
            Login::LeftOut => return None,
            Login::Refused | Login::RefusedLate => {}
            Login::Token(client) => all.extend(trial.reached(&client, configuration, false)),
        }
    }
    Some(all)
}

/// The tokens that a JWT gets by all roles.
fn logins(trial: &Trial<'_>, configuration: &Configuration, claims: &Claims) -> Option<Vec<Token>> {
    let jwt = claims::signed(claims);
    let mut tokens = Vec::new();
    for (mount, name, role) in configuration.login_roles() {
        match trial.log_in(mount, name, role, claims, &jwt) {
            Login::LeftOut => return None,
            Login::Refused | Login::RefusedLate => {}
            Login::Token(client) => tokens.push(Token {
                mount: mount.to_owned(),
                alias: alias(role, claims).unwrap_or_default().to_owned(),
                client,
            }),
        }
    }
    Some(tokens)
}
