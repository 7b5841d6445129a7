use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::desired::Desired;
use crate::resource::{Accessors, Address, Kind, Resource};

mod ways;

const ROLE: &str = "{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.";

/// Vault's resources, from the bodies by which they are written.
#[derive(Default)]
struct Vault(BTreeMap<Address, Resource>);

impl Vault {
    fn new() -> Self {
        Self::default().with(Address::of_auth_mount("gitlab"), json!({"type": "jwt"}))
    }

    fn with(mut self, address: Address, fields: Value) -> Self {
        let Value::Object(fields) = fields else {
            panic!("fields are an object")
        };
        let resource = match (address.kind, fields.get("policy")) {
            (Kind::Policy, Some(Value::String(text))) => {
                crate::resource::Policy::new(text.clone()).into()
            }
            (kind, _) => kind.parse(fields).unwrap().resource,
        };
        self.0.insert(address, resource);
        self
    }

    fn login_role(self, name: &str, fields: Value) -> Self {
        self.with(Address::of_role(Kind::JwtRole, "gitlab", name), fields)
    }

    /// Rules as `path: capabilities`, with `<claim>` for a template over metadata.
    fn policy(self, name: &str, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| {
            let (path, capabilities) = rule.split_once(": ").unwrap();
            let path = path.replace('<', ROLE).replace('>', "}}");
            let capabilities: Vec<&str> = capabilities.split(' ').collect();
            format!("path \"{path}\" {{ capabilities = {capabilities:?} }}\n")
        });
        let text: String = rules.collect();
        self.with(Address::of_policy(name), json!({"policy": text}))
    }

    fn aws_role(self, name: &str) -> Self {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        self.with(
            Address::of_role(Kind::AwsRole, "aws", name),
            json!({"role_arns": [arn]}),
        )
    }

    fn aws_roles(self, names: &[&str]) -> Self {
        names.iter().fold(self, |vault, name| vault.aws_role(name))
    }
}

/// What a job reaches through each role, in a few words.
fn told(vault: &Vault, job: &Job) -> Vec<String> {
    let configuration = Configuration::new(&vault.0, &Accessors::new());
    let projects = [("365", "some/project"), ("366", "some/other")]
        .into_iter()
        .collect();
    let judge = Judge::new(&configuration, &projects);
    let mut told = Vec::new();
    for answer in explain(&judge, job, None).answers {
        let role = answer.through.name;
        let admittance = match &answer.login {
            Ok(admittance) => admittance,
            Err(refusal) => {
                told.push(format!("{role}: {refusal}"));
                continue;
            }
        };
        for access in admittance.accesses() {
            let level = match access.level {
                Level::Yes => "",
                Level::OnlyIf => " only if ",
                Level::AfterOthers => " after one whose ",
            };
            let conditions: Vec<String> =
                access.conditions.iter().map(ToString::to_string).collect();
            told.push(format!(
                "{role}: {}{level}{}",
                access.target.name,
                conditions.join(" and ")
            ));
        }
    }
    told
}

fn job(environment: Option<&str>) -> Job {
    Job::of_project(Some("365"), Some("some/project")).in_environment(environment)
}

fn open_role() -> Value {
    json!({
        "user_claim": "project_path", "token_policies": ["p"],
        "claim_mappings": {"project_id": "project_id", "environment": "environment", "ref": "ref"},
    })
}

#[test]
fn a_login_is_admitted_refused_or_under_conditions() {
    let config = json!({"bound_issuer": "https://git.example.com"});
    let vault = |role: Value| {
        let mut role = role;
        if role["user_claim"].is_null() {
            role["user_claim"] = "project_id".into();
        }
        role["token_policies"] = json!(["p"]);
        Vault::new()
            .with(Address::of_mount(Kind::JwtConfig, "gitlab"), config.clone())
            .login_role("r", role)
            .policy("p", &["aws/sts/x: update"])
            .aws_role("x")
    };
    let dev = job(Some("dev"));
    for (role, job, expected) in [
        (json!({"bound_claims": {"project_id": "365"}}), &dev, "r: x"),
        (
            json!({"bound_claims": {"/project_id": ["364", "365"]}}),
            &dev,
            "r: x",
        ),
        (
            json!({"bound_claims": {"iss": "https://git.example.com"}}),
            &dev,
            "r: x",
        ),
        (
            json!({"bound_claims": {"project_id": "7012"}}),
            &dev,
            "r: project_id must be 7012, and the job's is 365",
        ),
        (
            json!({"bound_claims": {"environment": "prod"}}),
            &job(None),
            "r: environment must be prod, and the job's JWT has no such claim",
        ),
        (
            json!({"bound_claims": {"ref_protected": "true"}}),
            &dev,
            "r: x only if ref_protected is true",
        ),
        (
            json!({"bound_claims": {"ref_protected": true}}),
            &dev,
            "r: no text can match what it wants of ref_protected",
        ),
        (
            json!({"bound_claims": {"ref": ["main", "release/*"]}, "bound_claims_type": "glob"}),
            &dev,
            "r: x only if ref is like main or release/*",
        ),
        (
            json!({"bound_claims": {"environment": "d*"}, "bound_claims_type": "glob"}),
            &dev,
            "r: x",
        ),
        (
            json!({"bound_claims": {"environment": "d*"}}),
            &dev,
            "r: environment must be d*, and the job's is dev",
        ),
        (
            json!({"bound_subject": "project_path:some/project:ref_type:branch:ref:main"}),
            &dev.clone()
                .with("ref", "main")
                .with("ref_type", "branch")
                .completed(),
            "r: x",
        ),
        (
            json!({"role_type": "oidc"}),
            &dev,
            "r: it is for logins with a browser (role_type is oidc)",
        ),
        (
            json!({"user_claim": "environment"}),
            &job(None),
            "r: its user_claim is environment, which the job's JWT does not have",
        ),
        (
            json!({"claim_mappings": {"runner_id": "runner_id"}}),
            &dev,
            "r: it needs runner_id as text, and GitLab's is none",
        ),
        (
            json!({}),
            &dev.clone().with("iss", "https://evil.example.com"),
            "r: iss must be https://git.example.com, and the job's is https://evil.example.com",
        ),
    ] {
        assert_eq!(told(&vault(role.clone()), job), [expected], "{role}");
    }
}

#[test]
fn what_is_reached_is_what_the_best_rule_says() {
    let names = ["365", "365-dev", "365-prod", "366-dev", "tools"];
    for (rules, environment, expected) in [
        (
            &["aws/sts/<project_id>-<environment>: update"][..],
            Some("dev"),
            &["365-dev"][..],
        ),
        (&["aws/sts/<project_id>-<environment>: update"], None, &[]),
        (&["aws/creds/<project_id>: read"], None, &["365"]),
        (&["aws/sts/tools: create"], None, &[]),
        (
            &["aws/sts/<project_id>*: update", "aws/sts/365-prod: deny"],
            None,
            &["365", "365-dev"],
        ),
        (
            &[
                "aws/sts/*: update",
                "aws/sts/<project_id>-<environment>: deny",
            ],
            Some("dev"),
            &["365", "365-prod", "366-dev", "tools"],
        ),
        (&["aws/+/tools: update"], None, &["tools"]),
        (&["aws/sts/*: update", "aws/sts/+: list"], None, &[]),
        (
            &["aws/sts/<absent>: update", "aws/sts/tools: update"],
            None,
            &["tools"],
        ),
    ] {
        let vault = Vault::new()
            .login_role(
                "r",
                json!({"user_claim": "job_id", "token_policies": ["p"],
                "claim_mappings": {"project_id": "project_id", "environment": "environment"}}),
            )
            .policy("p", rules)
            .aws_roles(&names);
        let expected: BTreeSet<String> = expected.iter().map(|name| format!("r: {name}")).collect();
        let told: BTreeSet<String> = told(&vault, &job(environment))
            .into_iter()
            .filter(|line| !line.contains("after"))
            .collect();
        assert_eq!(told, expected, "{rules:?} {environment:?}");
    }
}

#[test]
fn claims_that_nobody_gave_become_conditions() {
    let vault = |rules: &[&str]| {
        Vault::new()
            .login_role(
                "r",
                json!({"user_claim": "sub", "token_policies": ["p"],
                "claim_mappings": {"ref": "ref", "project_id": "project_id"}}),
            )
            .policy("p", rules)
            .aws_roles(&["main", "365-main", "365"])
    };
    let dev = job(Some("dev"));
    assert_eq!(
        told(&vault(&["aws/sts/<project_id>-<ref>: update"]), &dev),
        ["r: 365-main only if ref is main"]
    );
    assert_eq!(
        told(
            &vault(&["aws/sts/main: update", "aws/sts/<ref>: deny"]),
            &dev
        ),
        ["r: main only if ref is without `/`, `*` and `+` and ref is other than main"]
    );
    assert_eq!(
        told(
            &vault(&["aws/sts/<project_id>-<ref>: update"]),
            &Job::default().with("ref", "main")
        ),
        ["r: 365-main only if project_id is 365"]
    );
    assert_eq!(
        told(
            &vault(&["aws/sts/<ref>: update", "aws/sts/365: update"]),
            &dev.with("ref", "a/b")
        ),
        ["r: 365 only if "]
    );
}

/// The article's configuration, and the one in which policies are made of nothing but what the alias fixes.
#[test]
fn another_jobs_login_changes_what_a_token_reaches_where_the_alias_does_not_fix_it() {
    let names = ["365", "365-dev", "365-prod", "366-prod", "365-x"];
    let article = Vault::new()
        .login_role("aws", open_role())
        .policy(
            "p",
            &[
                "aws/sts/<project_id>-<environment>: update",
                "aws/sts/<project_id>: update",
            ],
        )
        .aws_roles(&names);
    assert_eq!(
        told(&article, &job(Some("dev"))),
        [
            "aws: 365",
            "aws: 365-dev",
            "aws: 365-prod after one whose environment is prod",
            "aws: 365-x after one whose environment is x",
        ]
    );
    let safe = ["dev", "prod"].iter().fold(Vault::new().aws_roles(&names), |vault, environment| {
        let role = json!({
            "user_claim": "project_id", "token_policies": [environment],
            "bound_claims": {"environment": environment}, "claim_mappings": {"project_id": "project_id"},
        });
        vault
            .login_role(environment, role)
            .policy(environment, &[&format!("aws/sts/<project_id>-{environment}: update")])
    });
    assert_eq!(
        told(&safe, &job(Some("dev"))),
        [
            "dev: 365-dev",
            "prod: environment must be prod, and the job's is dev"
        ]
    );
}

#[test]
fn another_roles_login_counts_where_it_shares_the_alias() {
    let vault = Vault::new()
        .login_role("careful", json!({"user_claim": "project_id", "token_policies": ["p"],
            "bound_claims": {"environment": "dev"}, "claim_mappings": {"project_id": "project"}}))
        .login_role("careless", json!({"user_claim": "project_id",
            "bound_claims": {"ref_protected": "true"}, "claim_mappings": {"user_login": "project"}}))
        .policy("p", &["aws/sts/<project>: update"])
        .aws_roles(&["365", "tools"]);
    let told = told(&vault, &job(Some("dev")));
    assert_eq!(
        told,
        [
            "careful: 365",
            "careful: tools after one whose ref_protected is true and user_login is tools",
        ]
    );
}

#[test]
fn policies_that_the_files_do_not_have_are_named() {
    let vault = Vault::new().login_role(
        "r",
        json!({"user_claim": "sub", "token_policies": ["elsewhere"]}),
    );
    let configuration = Configuration::new(&vault.0, &Accessors::new());
    let role = configuration.login_roles[0].role;
    assert_eq!(configuration.unknown_policies_of(role), ["elsewhere"]);
}

#[test]
fn everybody_is_who_the_files_and_the_aws_roles_name() {
    let loaded = crate::mappings::load(std::path::Path::new("tests/fixtures/article"));
    let desired: Desired = loaded.desired.unwrap();
    let gone = Address::of_role(Kind::AwsRole, "aws", "99-dev");
    let tools = Address::of_role(Kind::AwsRole, "aws", "gitlab-tools");
    let everybody = Everybody::new(&desired, [&gone, &tools].into_iter());
    let jobs: Vec<String> = everybody.jobs.iter().map(ToString::to_string).collect();
    assert_eq!(
        jobs,
        [
            "any other project",
            "project 99, dev",
            "somenamespace/someproject, default",
            "somenamespace/someproject, dev",
        ]
    );
}
