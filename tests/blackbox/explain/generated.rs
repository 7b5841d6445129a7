//! Generated configurations and jobs: each answer of `explain` is held against the server.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::explain_json;
use crate::support::{Client, Mappings, Shared, Tool, Vault, id_token};

/// Values that claims have here, and that rules, bounds and AWS roles are made of.
const PROJECTS: [(&str, &str); 3] = [
    ("365", "some/project"),
    ("366", "some/other"),
    ("900", "elsewhere/unknown"),
];
const ENVIRONMENTS: [Option<&str>; 4] = [None, Some("dev"), Some("prod"), Some("review-1")];
const REFS: [&str; 3] = ["main", "dev", "feature/x"];
const USERS: [&str; 2] = ["tools", "prod"];
const AWS_ROLES: [&str; 8] = [
    "365", "365-dev", "365-prod", "366-dev", "tools", "dev", "main-tools", "prod",
];
/// Claims that are mapped and bound; all but environment are in every JWT.
const CLAIMS: [&str; 7] = [
    "project_id",
    "project_path",
    "environment",
    "ref",
    "ref_protected",
    "user_login",
    "team",
];

#[test]
fn explain_agrees_with_the_server_on_configurations_1() {
    (1..=3).for_each(agree);
}

#[test]
fn explain_agrees_with_the_server_on_configurations_2() {
    (4..=6).for_each(agree);
}

/// Xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// One job, with a value or nothing for each claim.
#[derive(Debug, Clone, PartialEq)]
struct Job {
    project: (&'static str, &'static str),
    environment: Option<&'static str>,
    branch: &'static str,
    protected: bool,
    user: &'static str,
    team: Option<&'static str>,
}

impl Job {
    fn random(random: &mut Random) -> Self {
        Self {
            project: random.pick(&PROJECTS),
            environment: random.pick(&ENVIRONMENTS),
            branch: random.pick(&REFS),
            protected: random.one_in(2),
            user: random.pick(&USERS),
            team: random.pick(&[Some(""), Some("dev"), Some("tools")]),
        }
    }

    fn jwt(&self) -> String {
        id_token(&json!({
            "project_id": self.project.0, "project_path": self.project.1, "environment": self.environment,
            "ref": self.branch, "ref_protected": self.protected.to_string(), "user_login": self.user, "team": self.team,
        }))
    }

    fn claim(&self, name: &str) -> Option<String> {
        let value = match name {
            "project_id" => self.project.0,
            "project_path" => self.project.1,
            "environment" => self.environment?,
            "ref" => self.branch,
            "ref_protected" if self.protected => "true",
            "ref_protected" => "false",
            "user_login" => self.user,
            "team" => self.team?,
            other => panic!("{other}"),
        };
        Some(value.to_owned())
    }

    fn explained(&self, tool: &Tool) -> Value {
        let protected = format!("--ref-protected={}", self.protected);
        let (user, team) = (
            format!("user_login={}", self.user),
            format!("team={}", self.team.unwrap_or_default()),
        );
        let mut arguments = vec![
            "--project", self.project.0, "--ref", self.branch, &protected, "--claim", &user, "--claim", &team,
            "--claim", "ref_type=branch",
        ];
        let path = format!("project_path={}", self.project.1);
        arguments.extend(["--claim", &path]);
        if let Some(environment) = self.environment {
            arguments.extend(["--environment", environment]);
        }
        explain_json(tool, &arguments)
    }
}

/// Configures a server from a seed, and compares what is said and what is done.
fn agree(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let platform = platform(&mut random);
    let mappings = Mappings::of(&platform.to_string());
    for (id, path) in &PROJECTS[..2] {
        let arn = |environment: &str| format!("arn:aws:iam::123456789012:role/{id}-{environment}");
        let text = json!({"project": path, "id": id.parse::<u64>().unwrap(), "environments": {"dev": arn("dev")}});
        mappings.write(&format!("projects/{id}.yaml"), text.to_string());
    }
    let vault = Vault::start();
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let jobs: Vec<Job> = (0..8).map(|_| Job::random(&mut random)).collect();
    let mut tokens = Vec::new();
    for job in &jobs {
        let explained = job.explained(&tool);
        for role in explained["roles"].as_array().unwrap() {
            let told = format!("seed {seed}: {job:?} as {}: {role:#}\n{platform:#}", role["name"]);
            let name = role["name"].as_str().unwrap();
            let login = vault.log_in("gitlab", Some(name), &job.jwt());
            assert_eq!(role["admits"] == "yes", login.is_ok(), "{:?} {told}", login.err());
            let Ok(token) = login else {
                continue;
            };
            let said = said(role, &vault, |answer| answer == "yes");
            assert_eq!(said, reached(&token), "{told}");
            tokens.push((job, role.clone(), token));
        }
    }
    for other in &jobs[..4] {
        for name in ["r0", "r1", "r2"] {
            let Ok(_) = vault.log_in("gitlab", Some(name), &other.jwt()) else {
                continue;
            };
            check_after(&vault, &platform, (other, name), &tokens);
        }
    }
}

/// After another job's login, tokens of its alias reach what `explain` says that they then could, and no more.
fn check_after(
    vault: &Vault,
    platform: &Value,
    (other, other_role): (&Job, &str),
    tokens: &[(&Job, Value, Client)],
) {
    let alias = |job: &Job, role: &str| {
        let claim = platform["auth"]["gitlab"]["roles"][role]["user_claim"].as_str().unwrap();
        (claim.to_owned(), job.claim(claim))
    };
    for (job, role, token) in tokens {
        let name = role["name"].as_str().unwrap();
        if alias(job, name) != alias(other, other_role) {
            continue;
        }
        let told = format!(
            "{job:?} as {name} after {other:?} as {other_role}: {role:#}\n{platform:#}"
        );
        let reached = reached(token);
        let ever = said(role, vault, |_| true);
        assert!(reached.is_subset(&ever), "{reached:?} {told}");
        for after in role["reaches"].as_array().unwrap() {
            let conditions = after["conditions"].as_array().unwrap();
            let holds = |condition: &Value| {
                let value = other.claim(condition["claim"].as_str().unwrap());
                let values = condition["must"]["be"].as_array().into_iter().flatten();
                value.is_some_and(|value| values.into_iter().any(|wanted| *wanted == value))
            };
            if after["other_role"] == other_role && conditions.iter().all(holds) {
                let target = after["aws_role"].as_str().unwrap();
                assert!(reached.contains(target), "{target} {told}");
            }
        }
    }
}

/// The AWS roles that `explain` says are reached.
fn said(role: &Value, vault: &Vault, counts: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    if vault.is_openbao() && role["closed_on_openbao"] == true {
        return BTreeSet::new();
    }
    let reaches = role["reaches"].as_array().unwrap().iter();
    reaches
        .filter(|reached| counts(&reached["answer"]))
        .map(|reached| reached["aws_role"].as_str().unwrap().to_owned())
        .collect()
}

/// The AWS roles whose credentials a token really gets.
fn reached(token: &Client) -> BTreeSet<String> {
    let gets = |role: &&str| {
        let mut requests = [("POST", "sts"), ("GET", "sts"), ("POST", "creds"), ("GET", "creds")].into_iter();
        requests.any(|(method, door)| {
            let body = if method == "POST" { json!({}) } else { Value::Null };
            token.request(method, &format!("aws/{door}/{role}"), &body).status == 200
        })
    };
    AWS_ROLES
        .iter()
        .filter(gets)
        .map(|role| format!("aws/roles/{role}"))
        .collect()
}

fn platform(random: &mut Random) -> Value {
    let roles: Map<String, Value> = (0..3).map(|n| (format!("r{n}"), login_role(random))).collect();
    let policies: Map<String, Value> = (0..3).map(|n| (format!("p{n}"), policy(random))).collect();
    let named_by_mappings = ["365-dev", "366-dev"];
    let others = AWS_ROLES.iter().filter(|name| !named_by_mappings.contains(name));
    let aws_roles: Map<String, Value> = others
        .map(|name| {
            let arn = format!("arn:aws:iam::123456789012:role/{name}");
            ((*name).to_owned(), json!({"role_arns": [arn]}))
        })
        .collect();
    json!({
        "version": 1,
        "auth": {"gitlab": {
            "type": "jwt",
            "config": {"jwks_url": Shared::jwks_url(), "bound_issuer": "https://git.example.com"},
            "roles": roles,
        }},
        "secrets": {"aws": {"type": "aws", "roles": aws_roles}},
        "policies": policies,
        "mappings": {"secrets": "aws", "role_name": "{project_id}-{environment}"},
    })
}

fn login_role(random: &mut Random) -> Value {
    let mut mappings = Map::new();
    for claim in CLAIMS {
        if !random.one_in(3) {
            // Two claims can't be mapped to one key; a crossed pair makes a template say something unexpected.
            mappings.insert(claim.into(), claim.into());
        }
    }
    if random.one_in(4) {
        mappings.insert("user_login".into(), "environment".into());
        mappings.remove("environment");
    }
    let policies: BTreeSet<&str> = (0..2).map(|_| random.pick(&["p0", "p1", "p2"])).collect();
    let mut role = json!({
        "user_claim": random.pick(&["project_id", "project_id", "project_path", "ref", "environment", "user_login", "team"]),
        "bound_audiences": ["https://vault.example.com"],
        "claim_mappings": mappings,
        "token_policies": policies,
        "token_no_default_policy": random.one_in(2),
    });
    if random.one_in(2) {
        role["bound_claims"] = json!({"project_id": random.pick(&[["365", "366"], ["365", "900"]])});
    }
    match random.below(6) {
        0 => role["bound_claims"] = json!({"environment": ["dev", "prod"]}),
        1 => role["bound_claims"] = json!({"ref_protected": "true"}),
        2 => {
            role["bound_claims"] = json!({"environment": random.pick(&["*", "review-*", "*d*"]), "ref": random.pick(&["main", "*"])});
            role["bound_claims_type"] = "glob".into();
        }
        3 => role["bound_claims"] = json!({"team": "", "ref": "main"}),
        4 => role["bound_subject"] = "project_path:some/project:ref_type:branch:ref:main".into(),
        _ => {}
    }
    role
}

fn policy(random: &mut Random) -> Value {
    let mut paths = BTreeSet::new();
    let rules: Vec<Value> = (0..2 + random.below(4))
        .map(|_| path(random))
        .filter(|path| paths.insert(path.clone()))
        .map(|path| {
            let capabilities = random.pick(&[
                &["update"][..], &["update"], &["create", "update"], &["read"], &["deny"], &["list"], &["create"], &[],
            ]);
            json!({"path": path, "capabilities": capabilities})
        })
        .collect();
    json!({ "rules": rules })
}

fn path(random: &mut Random) -> String {
    let folder = random.pick(&["aws/sts/", "aws/sts/", "aws/sts/", "aws/creds/", "aws/+/", "+/sts/", "/aws/sts/"]);
    let mut path = folder.to_owned();
    for piece in 0..1 + random.below(2) {
        if piece > 0 {
            path.push('-');
        }
        path.push_str(&match random.below(10) {
            0 => "365".to_owned(),
            1 => random.pick(&["dev", "prod", "tools", "main"]).to_owned(),
            2 => value("name"),
            3..=5 => value("metadata.project_id"),
            6 | 7 => value("metadata.environment"),
            8 => value(random.pick(&["metadata.ref", "metadata.user_login", "metadata.role"])),
            _ => value("metadata.team"),
        });
    }
    match random.below(8) {
        0 => path + "*",
        1 => random.pick(&["aws/sts/+", "aws/sts/*", "aws/*", "aws/+/365-dev", "aws/sts/36*"]).to_owned(),
        _ => path,
    }
}

fn value(field: &str) -> String {
    format!("{{{{identity.entity.aliases.${{auth.gitlab.accessor}}.{field}}}}}")
}
