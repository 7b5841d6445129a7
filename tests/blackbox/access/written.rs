//! Policies and roles as people write them, beyond what random configurations have: each is decided as the server decides it,
//! or reported as unknown.

mod policies;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::answer::Told;
use super::claims::{self, Claims};
use super::configuration::Configuration;
use super::configuration::ISSUERS;
use super::explained;
use super::random::Random;
use super::trial::{self, Login, Trial};
use crate::support::{Mappings, Shared, Tool, Vault};

/// How many JWTs are tried with each role, besides the examples: near misses of these, and random ones.
const NEAR_MISSES: usize = 5;
const RANDOM_JWTS: usize = 5;

/// The AWS roles, and what they are called in paths.
const AWS_ROLES: [&str; 6] = [
    "365-dev", "365-prod", "366-dev", "900-prod", "Prod", "tools",
];

/// The servers that take a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Both,
    OpenBao,
    Vault,
}

/// What a role is, and what its policies say.
struct Written {
    what: &'static str,
    /// Fields besides those of every role here.
    role: Value,
    policies: &'static [&'static str],
    on: On,
    /// Whether the program says that it does not know what is allowed.
    is_unknown: bool,
}

/// A path that every JWT gets, so that a table without any is noticed.
const DEV: &str = r#"path "aws/sts/365-dev" { capabilities = ["update"] }"#;

fn policies(what: &'static str, policies: &'static [&'static str]) -> Written {
    Written {
        what,
        role: json!({}),
        policies,
        on: On::Both,
        is_unknown: false,
    }
}

fn role(what: &'static str, role: Value) -> Written {
    Written {
        role,
        ..policies(what, &[DEV])
    }
}

fn unknown(what: &'static str, texts: &'static [&'static str]) -> Written {
    Written {
        is_unknown: true,
        ..policies(what, texts)
    }
}

/// The roles of one method, each with policies of its own.
fn configuration(written: &[Written], mappings: &Mappings) -> Configuration {
    let keys = format!("{}?", Shared::jwks_url());
    let mut policies = Map::new();
    let upper = json!({"rules": [{"path": "aws/sts/tools", "capabilities": ["update"]}]});
    policies.insert("w-upper".into(), upper);
    let mut roles = Map::new();
    for (number, one) in written.iter().enumerate() {
        let mut names = Vec::new();
        for (at, text) in one.policies.iter().enumerate() {
            let name = format!("w{number}-{at}");
            let file = format!("policies/{name}.hcl");
            mappings.write(&file, text);
            policies.insert(name.clone(), json!({ "file": file }));
            names.push(name);
        }
        let mut role = json!({
            "user_claim": "project_id",
            "bound_audiences": ["https://vault.example.com"],
            "claim_mappings": {"project_id": "project_id", "environment": "environment", "ref": "ref"},
            "token_policies": names,
        });
        let fields = one.role.as_object().unwrap().clone();
        role.as_object_mut().unwrap().extend(fields);
        roles.insert(format!("w{number}"), role);
    }
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let arns: BTreeMap<String, Vec<String>> = AWS_ROLES
        .map(|name| (name.to_owned(), vec![arn(name)]))
        .into();
    let aws_roles: Map<String, Value> = arns
        .iter()
        .map(|(name, arns)| (name.clone(), json!({ "role_arns": arns })))
        .collect();
    let method = |roles: Map<String, Value>| json!({"type": "jwt", "config": {"jwks_url": keys, "bound_issuer": ISSUERS[0]}, "roles": roles});
    let platform = json!({
        "version": 1,
        "auth": {"gitlab": method(roles), "second": method(Map::new())},
        "secrets": {"aws": {"type": "aws", "roles": aws_roles}},
        "policies": policies,
    });
    Configuration {
        platform,
        arns,
        has_parameters: true,
        has_wrapping: true,
        by_hand: BTreeMap::new(),
    }
}

#[test]
fn what_people_write_is_decided_as_the_server_decides_or_is_unknown() {
    let vault = Vault::start();
    let other = if vault.is_openbao() {
        On::Vault
    } else {
        On::OpenBao
    };
    let mut written = policies::table();
    written.extend(roles::table());
    written.retain(|one| one.on != other);
    let mappings = Mappings::empty();
    let configuration = configuration(&written, &mappings);
    mappings.write("vault.yaml", configuration.platform.to_string());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let trial = Trial::new(&vault);
    let told = Told {
        json: explained(&tool, true),
        server: trial::server(&vault),
    };
    let mut random = Random::new(11);
    let mut reached_any = BTreeSet::new();
    for (number, (mount, name, role)) in numbered(&configuration) {
        let one = &written[number];
        let asked = Configuration {
            has_parameters: one.policies.iter().any(|text| text.contains("_parameters")),
            has_wrapping: one
                .policies
                .iter()
                .any(|text| text.contains("_wrapping_ttl")),
            ..configuration.clone()
        };
        let unknown = told.json["unknown"].as_array().unwrap().iter();
        let is_of_role = |unknown: &&Value| {
            let through = unknown["through"].to_string();
            through.contains(&format!("/{name}\""))
        };
        let is_unknown = unknown.filter(is_of_role).count() > 0;
        assert_eq!(
            is_unknown, one.is_unknown,
            "{}\n{:#}",
            one.what, told.json["unknown"]
        );
        // Servers find a role by its name in lower case.
        let written_name = if number % 2 == 0 {
            name.to_owned()
        } else {
            name.to_uppercase()
        };
        for claims in jwts(&told, (mount, name), &mut random) {
            let said = told.reached(mount, name, &claims);
            let jwt = claims::signed(&claims);
            let reached = match trial.log_in(mount, &written_name, role, &claims, &jwt) {
                Login::LeftOut => continue,
                Login::Refused | Login::RefusedLate => BTreeSet::new(),
                Login::Token(client) => trial.reached(&client, &asked, false),
            };
            let is_right = if one.is_unknown {
                said.is_subset(&reached)
            } else {
                said == reached
            };
            assert!(
                is_right,
                "{}: {claims:?}\nsaid {said:?}\nreached {reached:?}",
                one.what
            );
            if !reached.is_empty() {
                reached_any.insert(one.what);
            }
        }
    }
    assert!(reached_any.len() > written.len() / 2, "{reached_any:?}");
}

/// The roles in the order of the table.
fn numbered(configuration: &Configuration) -> impl Iterator<Item = (usize, (&str, &str, &Value))> {
    let roles = configuration.login_roles().into_iter();
    roles.map(|role| (role.1.trim_start_matches('w').parse().unwrap(), role))
}

/// The examples of a role's ways, near misses of them, and random JWTs.
fn jwts(told: &Told, role: (&str, &str), random: &mut Random) -> Vec<Claims> {
    let examples = told.examples();
    let of_role = examples
        .filter(|(way, _)| (&way["mount"], &way["role"]) == (&json!(role.0), &json!(role.1)));
    let mut jwts: Vec<Claims> = of_role.map(|(_, claims)| claims).collect();
    let misses = jwts.iter().flat_map(claims::near_misses).collect();
    jwts.extend(random.some(misses, NEAR_MISSES));
    jwts.extend((0..RANDOM_JWTS).map(|_| claims::random(random)));
    jwts
}
