//! Answers about access are exact: generated configurations and JWTs, tried on the server.
//!
//! `VAULT_PROVISIONER_PROOF_SEED` and `VAULT_PROVISIONER_PROOF_DECISIONS` make a run another or a longer one.

mod answer;
mod case;
mod claims;
mod configuration;
mod elsewhere;
mod mutation_trial;
mod mutations;
mod outranked;
mod random;
mod trial;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::answer::Told;
use self::claims::Claims;
use self::configuration::Configuration;
use self::mutation_trial::{MOST_CONFIGURATIONS, MutationTally};
use self::random::Random;
use self::trial::{Login, Trial, alias};
use super::support::{Client, Mappings, Tool, Vault, stdout};

/// The number of JWTs that are tried on each configuration.
const JWTS: usize = 100;

/// The number of roles to log in with.
const ROLES: usize = 4;

/// What was compared; a generator that only makes configurations which refuse everything would prove nothing.
#[derive(Debug, Default)]
struct Tally {
    configurations: usize,
    decisions: usize,
    reached: usize,
    /// Decisions about who is not among those of whom the answer says that they alone get in.
    outsiders: usize,
    examples: usize,
    after_other_logins: usize,
    left_out: usize,
}

#[test]
fn every_answer_is_the_servers() {
    let vault = Vault::start();
    let (first, decisions) = (random::seed(), random::decisions(6_000));
    let default = vault.root.read("sys/policies/acl/default").unwrap();
    let trial = Trial::new(&vault);
    let mut tally = Tally::default();
    for seed in first.. {
        reset(&vault, &default);
        compare(seed, &trial, &mut tally);
        if tally.decisions >= decisions {
            break;
        }
    }
    println!("{}, seed {first}: {tally:?}", trial::server(&vault));
    assert!(
        tally.reached > 50
            && tally.outsiders > 1_000
            && tally.examples > 10
            && tally.after_other_logins > 0,
        "{tally:?}"
    );
}

/// Takes away what the next configuration may not have.
fn reset(vault: &Vault, default: &Value) {
    let default = json!({"policy": default["policy"]});
    vault.root.write("sys/policies/acl/default", &default);
    vault.root.delete("sys/auth/second");
}

/// A change of one bound, rule, deny, parameter, policy, role or mapping changes the plan's section on access wherever it
/// changes what the server gives, and nowhere else. A run tries each class of changes, with gains and losses.
#[test]
fn a_plan_reports_for_each_mutation_what_the_server_then_does() {
    let vault = Vault::start();
    let (first, decisions) = (random::seed(), random::decisions(2_000));
    let default = vault.root.read("sys/policies/acl/default").unwrap();
    let trial = Trial::new(&vault);
    let mut tally = MutationTally::default();
    for seed in first..first + MOST_CONFIGURATIONS {
        reset(&vault, &default);
        tally.mutate(seed, &trial);
        if tally.decisions >= decisions && tally.is_complete() {
            break;
        }
    }
    println!("{}, seed {first}: {tally:#?}", trial::server(&vault));
    assert!(tally.is_complete(), "{tally:#?}");
}

/// Configures a server from a seed, and compares what is said and what is done.
fn compare(seed: u64, trial: &Trial<'_>, tally: &mut Tally) {
    let vault = trial.vault;
    let mut random = Random::new(seed);
    let configuration = Configuration::random(&mut random, ROLES);
    let mappings = Mappings::of(&configuration.platform.to_string());
    let tool = Tool::new(vault, &mappings);
    tool.run(["apply", "--auto-approve", "--allow-deletes", "100"])
        .assert()
        .success();
    for (path, fields) in &configuration.by_hand {
        let mut role = vault.root.read(path).unwrap();
        role.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        vault.root.write(path, &role);
    }
    // Offline, the answer is for each kind of server at once.
    let is_live = !configuration.by_hand.is_empty() || seed % 4 != 1;
    let told = Told {
        json: explained(&tool, is_live),
        server: trial::server(vault),
    };
    // Some rules let their holders write policies; nothing is too much to look at.
    let unknown = told.json["unknown"].to_string();
    assert!(!unknown.contains("too many ways"), "seed {seed}: {unknown}");
    let proof = Proof {
        seed,
        configuration: &configuration,
        trial,
        told: &told,
    };
    tally.configurations += 1;
    proof.try_examples(tally);
    let tokens = proof.try_each(&proof.jwts(&mut random), tally);
    proof.log_in_again(&tokens, &mut random, tally);
}

/// Who reaches what, by the files or by what Vault holds.
fn explained(tool: &Tool, live: bool) -> Value {
    let arguments = ["explain", "--arn", "*", "--format", "json", "--live"];
    let arguments = &arguments[..arguments.len() - usize::from(!live)];
    let run = tool.run(arguments).assert().success();
    serde_json::from_str(&stdout(&run)).unwrap()
}

struct Proof<'a> {
    seed: u64,
    configuration: &'a Configuration,
    trial: &'a Trial<'a>,
    told: &'a Told,
}

/// A token that was given to a JWT by a role.
struct Token {
    claims: Claims,
    mount: String,
    role: String,
    alias: String,
    client: Client,
}

impl Proof<'_> {
    /// Random JWTs, and near misses of those that are reported as examples.
    fn jwts(&self, random: &mut Random) -> Vec<Claims> {
        let misses = self
            .told
            .examples()
            .flat_map(|(_, claims)| claims::near_misses(&claims));
        let mut jwts = random.some(misses.collect(), JWTS / 2);
        while jwts.len() < JWTS {
            jwts.push(claims::random(random));
        }
        jwts
    }

    /// Compares what each JWT gets by each role.
    fn try_each(&self, jwts: &[Claims], tally: &mut Tally) -> Vec<Token> {
        let identities: Vec<&str> = self.configuration.identities().collect();
        let mut tokens = Vec::new();
        for claims in jwts {
            let jwt = claims::signed(claims);
            for (mount, name, role) in self.configuration.login_roles() {
                let told = self.told.reached(mount, name, claims);
                let reached = match self.trial.log_in(mount, name, role, claims, &jwt) {
                    Login::LeftOut => {
                        tally.left_out += 1;
                        continue;
                    }
                    Login::Refused | Login::RefusedLate => BTreeSet::new(),
                    Login::Token(client) => {
                        let reached =
                            self.trial
                                .reached(&client, self.configuration, tokens.len() % 64 == 0);
                        let alias = alias(role, claims).unwrap_or_default().to_owned();
                        let (mount, role) = (mount.to_owned(), name.to_owned());
                        tokens.push(Token {
                            claims: claims.clone(),
                            mount,
                            role,
                            alias,
                            client,
                        });
                        reached
                    }
                };
                assert_eq!(told, reached, "{}", self.say(claims, name));
                tally.decisions += identities.len();
                tally.reached += reached.len();
                tally.outsiders += identities.len() - told.len();
            }
        }
        tokens
    }

    /// Each example gets what it is an example for.
    fn try_examples(&self, tally: &mut Tally) {
        for (way, claims) in self.told.examples() {
            let (mount, name) = (
                way["mount"].as_str().unwrap(),
                way["role"].as_str().unwrap(),
            );
            let roles = self.configuration.login_roles();
            let (.., role) = roles
                .iter()
                .find(|role| (role.0, role.1) == (mount, name))
                .unwrap();
            let jwt = claims::signed(&claims);
            match self.trial.log_in(mount, name, role, &claims, &jwt) {
                Login::LeftOut => tally.left_out += 1,
                Login::Refused | Login::RefusedLate => {
                    panic!("refused: {way:#} {}", self.say(&claims, name))
                }
                Login::Token(client) => {
                    let reached = self.trial.reached(&client, self.configuration, false);
                    assert!(
                        reached.contains(&answer::identity(way)),
                        "{way:#} {}",
                        self.say(&claims, name)
                    );
                    tally.examples += 1;
                }
            }
        }
    }

    /// After another login with the same alias, a token reaches exactly what the answer gives for that login, or what its
    /// own login gives.
    fn log_in_again(&self, tokens: &[Token], random: &mut Random, tally: &mut Tally) {
        let mut by_alias: BTreeMap<(&str, &str), Vec<&Token>> = BTreeMap::new();
        for token in tokens {
            by_alias
                .entry((&token.mount, &token.alias))
                .or_default()
                .push(token);
        }
        for token in random.some(tokens.iter().collect(), 16) {
            let misses = random.some(claims::near_misses(&token.claims), 3);
            let roles = self.configuration.login_roles().into_iter();
            let roles: Vec<_> = roles.filter(|role| role.0 == token.mount).collect();
            for other in misses {
                let (mount, name, role) = random.pick(&roles);
                if alias(role, &other) == Some(&token.alias) {
                    self.log_in_as(&other, (mount, name, role), &by_alias, random, tally);
                }
            }
        }
    }

    fn log_in_as(
        &self,
        other: &Claims,
        (mount, name, role): (&str, &str, &Value),
        by_alias: &BTreeMap<(&str, &str), Vec<&Token>>,
        random: &mut Random,
        tally: &mut Tally,
    ) {
        match self
            .trial
            .log_in(mount, name, role, other, &claims::signed(other))
        {
            Login::Token(_) | Login::RefusedLate => {}
            Login::Refused | Login::LeftOut => return,
        }
        let alias = alias(role, other).unwrap_or_default();
        let known = by_alias.get(&(mount, alias)).cloned().unwrap_or_default();
        for token in random.some(known, 3) {
            self.compare_after(token, (other, name), tally);
        }
    }

    fn compare_after(&self, token: &Token, other: (&Claims, &str), tally: &mut Tally) {
        let reached = self.trial.reached(&token.client, self.configuration, false);
        // A JWT that needs no other login is not reported again.
        let roles = self.configuration.login_roles().into_iter();
        let own: BTreeSet<String> = roles
            .flat_map(|(mount, name, _)| self.told.reached(mount, name, &token.claims))
            .collect();
        let after = self
            .told
            .reached_after(&token.mount, &token.role, &token.claims, other);
        let say = || {
            format!(
                "after {other:?}: {reached:?} {after:?}\n{}",
                self.say(&token.claims, &token.role)
            )
        };
        assert!(after.is_subset(&reached), "{}", say());
        assert!(reached.is_subset(&(&own | &after)), "{}", say());
        tally.after_other_logins += after.len();
        tally.decisions += self.configuration.identities().count();
    }

    fn say(&self, claims: &Claims, role: &str) -> String {
        let (seed, platform) = (self.seed, &self.configuration.platform);
        format!("seed {seed}: {claims:?} as {role}\n{platform:#}")
    }
}
