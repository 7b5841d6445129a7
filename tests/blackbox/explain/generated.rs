//! Generated configurations and jobs: each answer of `explain` is held against the server.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::explain_json;
use crate::support::{Client, Feature, Mappings, Shared, Tool, Vault, id_token};

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
    "365",
    "365-dev",
    "365-prod",
    "366-dev",
    "tools",
    "dev",
    "main-tools",
    "prod",
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
fn explain_agrees_with_the_server() {
    agree_on(1..=4);
}

/// A second test only for a second core.
#[test]
fn explain_agrees_with_the_server_on_more() {
    agree_on(5..=8);
}

/// What was compared; a generator that only makes configurations which refuse everything would prove nothing.
#[derive(Debug, Default)]
struct Tally {
    logins: usize,
    reached: usize,
    reached_after_others: usize,
}

fn agree_on(seeds: impl Iterator<Item = u64>) {
    let mut tally = Tally::default();
    seeds.for_each(|seed| agree(seed, &mut tally));
    let Tally {
        logins,
        reached,
        reached_after_others,
    } = tally;
    assert!(
        logins > 20 && reached > 20 && reached_after_others > 0,
        "{tally:?}"
    );
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
            project: random.pick(&[PROJECTS[0], PROJECTS[0], PROJECTS[1], PROJECTS[2]]),
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
            "sub" => {
                let (path, branch) = (self.project.1, self.branch);
                return Some(format!("project_path:{path}:ref_type:branch:ref:{branch}"));
            }
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

    /// Asks `explain`, with all claims or with those alone that go with a project and an environment.
    fn explained(&self, tool: &Tool, all: bool) -> Value {
        let mut arguments = vec!["--project".to_owned(), self.project.0.to_owned()];
        match self.environment {
            Some(environment) => {
                arguments.extend(["--environment", environment].map(str::to_owned));
            }
            None => arguments.push("--no-environment".to_owned()),
        }
        let mut say = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
        say("--claim", format!("project_path={}", self.project.1));
        if all {
            say("--ref", self.branch.to_owned());
            for claim in ["ref_protected", "user_login", "team"] {
                say("--claim", format!("{claim}={}", self.claim(claim).unwrap()));
            }
            say("--claim", "ref_type=branch".to_owned());
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        explain_json(tool, &arguments)
    }

    /// Whether its claims are what they have to be.
    fn meets(&self, conditions: &Value) -> bool {
        conditions.as_array().unwrap().iter().all(|condition| {
            let value = self.claim(condition["claim"].as_str().unwrap());
            value.is_some_and(|value| is_met(&condition["must"], &value))
        })
    }
}

/// Configures a server from a seed, and compares what is said and what is done.
fn agree(seed: u64, tally: &mut Tally) {
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
        let (all, few) = (job.explained(&tool, true), job.explained(&tool, false));
        let roles = all["roles"].as_array().unwrap().iter();
        for (all, few) in roles.zip(few["roles"].as_array().unwrap()) {
            let name = all["name"].as_str().unwrap();
            let told = format!("seed {seed}: {job:?} as {name}: {all:#}\n{few:#}\n{platform:#}");
            let login = vault.log_in("gitlab", Some(name), &job.jwt());
            assert_eq!(
                all["admits"] == "yes",
                login.is_ok(),
                "{:?} {told}",
                login.err()
            );
            let could = few["admits"] != "no" && job.meets(&few["conditions"]);
            assert_eq!(could, login.is_ok(), "{told}");
            let Ok(token) = login else {
                continue;
            };
            let reached = reached(&token);
            let own = |reached: &Value| reached["answer"] != "after_others";
            assert_eq!(said(all, &vault, own), reached, "{told}");
            let met = |reached: &Value| own(reached) && job.meets(&reached["conditions"]);
            assert!(said(few, &vault, met).is_subset(&reached), "{told}");
            assert!(reached.is_subset(&said(few, &vault, |_| true)), "{told}");
            tally.logins += 1;
            tally.reached += reached.len();
            tokens.push((job, all.clone(), token));
        }
    }
    for other in &jobs[..6] {
        for name in ["r0", "r1", "r2"] {
            let Ok(_) = vault.log_in("gitlab", Some(name), &other.jwt()) else {
                continue;
            };
            check_after(&vault, &platform, (other, name), &tokens, tally);
        }
    }
}

/// After another job's login, tokens of its alias reach what `explain` says that they then could, and no more.
fn check_after(
    vault: &Vault,
    platform: &Value,
    (other, other_role): (&Job, &str),
    tokens: &[(&Job, Value, Client)],
    tally: &mut Tally,
) {
    let alias = |job: &Job, role: &str| {
        let claim = platform["auth"]["gitlab"]["roles"][role]["user_claim"]
            .as_str()
            .unwrap();
        (claim.to_owned(), job.claim(claim))
    };
    for (job, role, token) in tokens {
        let name = role["name"].as_str().unwrap();
        if alias(job, name) != alias(other, other_role) {
            continue;
        }
        let told =
            format!("{job:?} as {name} after {other:?} as {other_role}: {role:#}\n{platform:#}");
        let reached = reached(token);
        let ever = said(role, vault, |_| true);
        assert!(reached.is_subset(&ever), "{reached:?} {told}");
        for after in role["reaches"].as_array().unwrap() {
            if vault.has(Feature::RefusedTemplateValues) && after["only_on_vault"] == true {
                continue;
            }
            if after["other_role"] == other_role && other.meets(&after["conditions"]) {
                let target = after["aws_role"].as_str().unwrap();
                assert!(reached.contains(target), "{target} {told}");
                tally.reached_after_others += 1;
            }
        }
    }
}

/// Whether a claim is what it has to be.
fn is_met(must: &Value, value: &str) -> bool {
    let listed = |values: &Value| values.as_array().unwrap().iter().any(|one| one == value);
    match must {
        Value::String(word) if word == "be_there" => !value.is_empty(),
        Value::String(word) if word == "be_plain" => !value.contains(['/', '*', '+']),
        must if must["not_be"].is_array() => !listed(&must["not_be"]),
        must if must["be"].is_array() => listed(&must["be"]),
        must => {
            let mut globs = must["be_like"].as_array().unwrap().iter();
            globs.any(|glob| is_like(glob.as_str().unwrap(), value))
        }
    }
}

/// Globs of the forms `a*`, `*a*` and `*` only.
fn is_like(glob: &str, value: &str) -> bool {
    match glob.strip_prefix('*') {
        Some(rest) => value.contains(rest.trim_end_matches('*')),
        None => value.starts_with(glob.trim_end_matches('*')),
    }
}

/// The AWS roles that `explain` says are reached.
fn said(role: &Value, vault: &Vault, counts: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let reaches = role["reaches"].as_array().unwrap().iter();
    reaches
        .filter(|reached| {
            !vault.has(Feature::RefusedTemplateValues) || reached["only_on_vault"] == false
        })
        .filter(|reached| counts(reached))
        .map(|reached| reached["aws_role"].as_str().unwrap().to_owned())
        .collect()
}

/// The AWS roles whose credentials a token really gets.
fn reached(token: &Client) -> BTreeSet<String> {
    let gets = |role: &&str| {
        let mut requests = [
            ("POST", "sts"),
            ("GET", "sts"),
            ("POST", "creds"),
            ("GET", "creds"),
        ]
        .into_iter();
        requests.any(|(method, door)| {
            let body = if method == "POST" {
                json!({})
            } else {
                Value::Null
            };
            token
                .request(method, &format!("aws/{door}/{role}"), &body)
                .status
                == 200
        })
    };
    AWS_ROLES
        .into_iter()
        .filter(gets)
        .map(|role| format!("aws/roles/{role}"))
        .collect()
}

fn platform(random: &mut Random) -> Value {
    let roles: Map<String, Value> = (0..3)
        .map(|n| (format!("r{n}"), login_role(random)))
        .collect();
    let policies: Map<String, Value> = (0..3).map(|n| (format!("p{n}"), policy(random))).collect();
    let named_by_mappings = ["365-dev", "366-dev"];
    let others = AWS_ROLES
        .iter()
        .filter(|name| !named_by_mappings.contains(name));
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
        role["bound_claims"] =
            json!({"project_id": random.pick(&[["365", "366"], ["365", "900"]])});
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
    let paths: BTreeSet<String> = (0..2 + random.below(4)).map(|_| path(random)).collect();
    let rules: Vec<Value> = paths
        .into_iter()
        .map(|path| {
            let capabilities = random.pick(&[
                &["update"][..],
                &["update"],
                &["create", "update"],
                &["read"],
                &["deny"],
                &["list"],
                &["create"],
                &[],
            ]);
            json!({"path": path, "capabilities": capabilities})
        })
        .collect();
    json!({ "rules": rules })
}

fn path(random: &mut Random) -> String {
    let folder = random.pick(&[
        "aws/sts/",
        "aws/sts/",
        "aws/sts/",
        "aws/creds/",
        "aws/+/",
        "+/sts/",
        "/aws/sts/",
    ]);
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
        1 => random
            .pick(&[
                "aws/sts/+",
                "aws/sts/*",
                "aws/*",
                "aws/+/365-dev",
                "aws/sts/36*",
            ])
            .to_owned(),
        _ => path,
    }
}

fn value(field: &str) -> String {
    format!("{{{{identity.entity.aliases.${{auth.gitlab.accessor}}.{field}}}}}")
}
