//! Generated configurations: who reaches what by `explain --arn`, held against logins and requests on the server.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::explain_json;
use super::generated::{PROJECTS, Random, platform, reached};
use crate::support::{Client, Mappings, Tool, Vault, id_token};

/// Values with which paths can be split in several ways, and near misses of the values that rules and bounds have. No two
/// differ in case only: as the names of aliases they would be one entity, which no answer looks at.
const ENVIRONMENTS: [Option<&str>; 6] = [
    None,
    Some("dev"),
    Some("prod"),
    Some("review-1"),
    Some("deV-1"),
    Some("dev/x"),
];
const REFS: [&str; 6] = ["main", "dev", "feature/x", "+", "main-tools", "365"];
const USERS: [&str; 4] = ["tools", "prod", "tools-1", "too*"];
const TEAMS: [Option<&str>; 6] = [
    None,
    Some(""),
    Some("dev"),
    Some("tools"),
    Some("*"),
    Some("365"),
];

#[test]
fn every_way_is_told_and_no_other() {
    let mut tally = Tally::default();
    // Enough configurations that each server has logins which change what others reach.
    for seed in 11..=18 {
        agree(seed, &mut tally);
    }
    assert!(
        tally.decisions > 1_000
            && tally.reached > 10
            && tally.after_other_logins > 0
            && tally.examples > 10,
        "{tally:?}"
    );
}

/// What was compared; a generator that only makes configurations which refuse everything would prove nothing.
#[derive(Debug, Default)]
struct Tally {
    decisions: usize,
    reached: usize,
    after_other_logins: usize,
    examples: usize,
}

type Claims = Map<String, Value>;

fn job(random: &mut Random) -> Claims {
    let (id, path) = random.pick(&[PROJECTS[0], PROJECTS[0], PROJECTS[1], PROJECTS[2]]);
    let branch = random.pick(&REFS);
    let claims = json!({
        "project_id": id, "project_path": path, "environment": random.pick(&ENVIRONMENTS), "ref": branch,
        "ref_protected": random.pick(&["true", "false"]), "user_login": random.pick(&USERS),
        "team": random.pick(&TEAMS), "ref_type": "branch", "iss": "https://git.example.com",
        "sub": format!("project_path:{path}:ref_type:branch:ref:{branch}"),
    });
    claims.as_object().unwrap().clone()
}

fn agree(seed: u64, tally: &mut Tally) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let platform = platform(&mut random);
    let mappings = Mappings::of(&platform.to_string());
    let arn = "arn:aws:iam::123456789012:role/365-dev";
    let project = json!({"project": PROJECTS[0].1, "id": 365, "environments": {"dev": arn}});
    mappings.write("projects/365.yaml", project.to_string());
    let vault = Vault::start();
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let answer = explain_json(&tool, &["--arn", "*"]);
    assert_eq!(answer["unknown"], json!([]), "seed {seed}");
    let ways: Vec<&Value> = answer["ways"].as_array().unwrap().iter().collect();
    let server = match vault.is_openbao() {
        true => "OpenBao",
        false => "Vault up to 2.0.0",
    };
    let context = Context {
        vault: &vault,
        ways,
        server,
        told: format!("seed {seed}, {platform:#}"),
    };
    let jobs: Vec<Claims> = (0..14).map(|_| job(&mut random)).collect();
    let mut tokens = Vec::new();
    for job in &jobs {
        for role in ["r0", "r1", "r2"] {
            let Some(token) = context.log_in(job, role) else {
                assert_eq!(
                    context.told_of(role, job, None),
                    BTreeSet::new(),
                    "{job:?} {role}"
                );
                continue;
            };
            let reached = reached(&token);
            let told = context.told_of(role, job, None);
            assert_eq!(told, reached, "{job:?} as {role}: {}", context.told);
            tally.decisions += 8;
            tally.reached += reached.len();
            tokens.push((job, role, token));
        }
    }
    for other in &jobs[..5] {
        for other_role in ["r0", "r1", "r2"] {
            if context.log_in(other, other_role).is_none() {
                continue;
            }
            let alias = |job: &Claims, role: &str| {
                let claim = platform["auth"]["gitlab"]["roles"][role]["user_claim"].clone();
                job[claim.as_str().unwrap()].clone()
            };
            for (job, role, token) in &tokens {
                if alias(job, role) != alias(other, other_role) {
                    continue;
                }
                context.check_after((job, role, token), (other, other_role), tally);
            }
        }
    }
    context.try_examples(tally);
}

struct Context<'a> {
    vault: &'a Vault,
    ways: Vec<&'a Value>,
    server: &'static str,
    told: String,
}

impl Context<'_> {
    fn log_in(&self, job: &Claims, role: &str) -> Option<Client> {
        let jwt = id_token(&Value::Object(job.clone()));
        self.vault.log_in("gitlab", Some(role), &jwt).ok()
    }

    /// The AWS roles that a job is said to reach by a role, by its own login or after another one.
    fn told_of(
        &self,
        role: &str,
        job: &Claims,
        other: Option<(&Claims, &str)>,
    ) -> BTreeSet<String> {
        let ways = self.ways.iter().filter(|way| {
            let after = &way["after_login"];
            let is_asked = match other {
                None => after.is_null(),
                Some((other, role)) => {
                    let mut roles = after["roles"].as_array().into_iter().flatten();
                    roles.any(|one| one == role) && self.is_one_of(other, &after["jwts"])
                }
            };
            way["role"] == role && is_asked && self.is_one_of(job, &way["jwts"])
        });
        ways.map(|way| way["aws_role"].as_str().unwrap().to_owned())
            .collect()
    }

    /// After another login with the same alias, a token reaches what is said of it then, and else only what it may reach
    /// by its own login too.
    fn check_after(
        &self,
        (job, role, token): (&Claims, &str, &Client),
        (other, other_role): (&Claims, &str),
        tally: &mut Tally,
    ) {
        let reached = reached(token);
        let own = self.told_of(role, job, None);
        let after = self.told_of(role, job, Some((other, other_role)));
        let told = || {
            format!(
                "{job:?} as {role} after {other:?} as {other_role}: {reached:?} {after:?} {}",
                self.told
            )
        };
        assert!(after.is_subset(&reached), "{}", told());
        assert!(reached.is_subset(&(&own | &after)), "{}", told());
        tally.after_other_logins += after.len();
        tally.decisions += 8;
    }

    /// Each example gets what it is an example for.
    fn try_examples(&self, tally: &mut Tally) {
        for way in self.ways.iter().filter(|way| way["after_login"].is_null()) {
            let mut claims = way["example"].as_object().unwrap().clone();
            if !self.is_one_of(&claims, &way["jwts"]) {
                // It is an example for another server.
                continue;
            }
            for absent in ["environment", "team", "user_login", "sub"] {
                claims.entry(absent).or_insert(Value::Null);
            }
            if claims["sub"].is_null() {
                claims.remove("sub");
            }
            let role = way["role"].as_str().unwrap();
            let token = self.log_in(&claims, role);
            let token =
                token.unwrap_or_else(|| panic!("{claims:?} as {role}: {way:#} {}", self.told));
            let target = way["aws_role"].as_str().unwrap();
            assert!(
                reached(&token).contains(target),
                "{claims:?} {way:#} {}",
                self.told
            );
            tally.examples += 1;
        }
    }

    fn is_one_of(&self, job: &Claims, jwts: &Value) -> bool {
        jwts.as_array().unwrap().iter().any(|alternative| {
            let mut claims = alternative.as_object().unwrap().iter();
            claims.all(|(claim, set)| match claim.as_str() {
                "server" => is_in(&self.server.into(), set),
                claim => is_in(job.get(claim).unwrap_or(&Value::Null), set),
            })
        })
    }
}

/// Whether a value is in a set of values of a claim, as the JSON has it.
fn is_in(value: &Value, set: &Value) -> bool {
    match value {
        Value::Null => set["absent"] == true,
        Value::String(text) => {
            let mut alternatives = set["texts"].as_array().into_iter().flatten();
            alternatives.any(|alternative| is_text_in(text, alternative))
        }
        other => panic!("{other}"),
    }
}

fn is_text_in(text: &str, alternative: &Value) -> bool {
    let texts = |key: &str| alternative[key].as_array().cloned().unwrap_or_default();
    if alternative.get("is").is_some() {
        return texts("is").iter().any(|one| one == text);
    }
    let is_like = |glob: &Value| is_like(&glob.as_str().unwrap().chars().collect::<Vec<_>>(), text);
    let digits = || !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    alternative["digits"]
        .as_bool()
        .is_none_or(|wanted| wanted == digits())
        && texts("like").iter().all(is_like)
        && !texts("unlike").iter().any(is_like)
        && !texts("except").iter().any(|one| one == text)
}

/// `*` stands for any text, and `\*` for itself.
fn is_like(glob: &[char], text: &str) -> bool {
    match glob {
        [] => text.is_empty(),
        ['\\', '*', rest @ ..] => text
            .strip_prefix('*')
            .is_some_and(|text| is_like(rest, text)),
        ['*', rest @ ..] => {
            let ends = (0..=text.len()).filter(|end| text.is_char_boundary(*end));
            ends.into_iter().any(|end| is_like(rest, &text[end..]))
        }
        [letter, rest @ ..] => text
            .strip_prefix(*letter)
            .is_some_and(|text| is_like(rest, text)),
    }
}
