//! Both ways by which a job gets its credentials, `credentials` and the template, search in the same way: one table of
//! cases is for both.

use serde_json::{Value, json};

use crate::support::{
    Job, JobProgram, Mappings, Tool, Vault, id_token, role_of_session, script, shells, stderr,
    stdout,
};

/// What a job gets.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// A session of this IAM role.
    Session(String),
    /// This kind of refusal, after these requests.
    Refusal(Refusal, Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Refusal {
    NoMapping,
    Login,
    /// A variable has a value that is never sent.
    Value,
}

use Refusal::{Login, NoMapping, Value as BadValue};

/// The message that each client begins with.
const MESSAGES: [(Refusal, &str, &str); 3] = [
    (
        NoMapping,
        "error[no-mapping]: ",
        "Vault gives this job no AWS role",
    ),
    (Login, "error[login-refused]: ", "Vault refuses the login"),
    (BadValue, "error: invalid value", " "),
];

const TEMPLATE: &str = "p-{project_id}_{environment}";
const GROUP_TEMPLATE: &str = "g-{group_id}_{environment}";

/// A job by its claims and the variables that it sets, and the IAM role that it gets.
type Case = (
    Value,
    &'static [(&'static str, &'static str)],
    Result<&'static str, Refusal>,
);

const SEVERAL_ROLES: &str = "project: payments/api\nid: 500\nenvironments:\n  prod:\n    roles:\n      \
    deploy: arn:aws:iam::123456789013:role/api-deploy\n      \
    read: {role_arn: arn:aws:iam::123456789013:role/api-read, max_sts_ttl: 1h}\n";

/// Review apps, an environment with capitals, and a group, besides the shipped files.
fn mappings() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.replace(
        "vault.yaml",
        "prod: {protected: true}",
        "qa: {match: QA}\n    blue-green: {match: Blue Green}\n    prod: {match: [prod, Production], protected: true}",
    );
    mappings.replace(
        "contract.yaml",
        ", environment: prod}\n  - name",
        "}\n  - name",
    );
    mappings.append(
        "projects/somenamespace/website.yaml",
        "  review: arn:aws:iam::123456789012:role/website-review\n  QA: arn:aws:iam::123456789012:role/website-qa\n  \
         blue-green: arn:aws:iam::123456789012:role/website-blue\n",
    );
    mappings.write("projects/payments/api.yaml", SEVERAL_ROLES);
    mappings.write(
        "projects/payments/group.yaml",
        "group: payments\nid: 80\nenvironments:\n  dev: arn:aws:iam::123456789012:role/payments\n  \
         prod: {roles: {audit: arn:aws:iam::123456789013:role/payments-audit}}\n  \
         review/x: arn:aws:iam::123456789012:role/payments-review\n",
    );
    mappings
}

/// The same with other names of AWS roles.
fn mappings_with_other_names() -> Mappings {
    let mappings = mappings();
    let platform = mappings.read("vault.yaml");
    let platform = platform
        .replace(
            "role_name: \"{project_id}-{environment}\"",
            &format!("role_name: {TEMPLATE:?}\n  group_role_name: {GROUP_TEMPLATE:?}"),
        )
        .replace(
            "metadata.project_id}}-{environment}",
            "metadata.project_id}}_{environment}",
        )
        .replace("/sts/{{", "/sts/p-{{");
    mappings.write("vault.yaml", platform);
    mappings
}

fn in_environment(environment: &str, project: &str, namespace: &str) -> Value {
    json!({"environment": environment, "project_id": project, "namespace_id": namespace})
}

fn cases() -> Vec<Case> {
    const DEPLOY: &[(&str, &str)] = &[("VAULT_AWS_ROLE", "deploy")];
    const RENAMED: &[(&str, &str)] = &[("VAULT_AWS_ENVIRONMENT", "blue-green")];
    const NAMED: &[(&str, &str)] = &[("VAULT_AWS_ROLE", "gitlab-tools")];
    let job = in_environment;
    let mut without = json!({"project_id": "365"});
    let mut unprotected = job("prod", "365", "72");
    unprotected["ref_protected"] = "false".into();
    without["environment"] = Value::Null;
    vec![
        (job("dev", "365", "72"), &[], Ok("gitlab-service-role")),
        (job("prod", "412", "72"), &[], Ok("website")),
        (without.clone(), &[], Ok("gitlab-build")),
        (
            without.clone(),
            &[("CI_ENVIRONMENT_NAME", "")],
            Ok("gitlab-build"),
        ),
        (
            without.clone(),
            &[("VAULT_AWS_ROLE", "")],
            Ok("gitlab-build"),
        ),
        (unprotected, &[], Err(Login)),
        // The name of the folder stands for all of its environments.
        (job("review/x", "412", "72"), &[], Ok("website-review")),
        (job("review/a b/$c", "412", "72"), &[], Ok("website-review")),
        (job("review", "412", "72"), &[], Err(Login)),
        (job("QA", "412", "72"), &[], Ok("website-qa")),
        (job("staging", "365", "72"), &[], Ok("gitlab-build")),
        (job("canary", "365", "72"), &[], Ok("gitlab-build")),
        (job("QA EU", "365", "72"), &[], Ok("gitlab-build")),
        // Where the files have another name, the job says which.
        (job("Blue Green", "412", "72"), RENAMED, Ok("website-blue")),
        (job("Blue Green", "412", "72"), &[], Err(NoMapping)),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_ENVIRONMENT", "")],
            Ok("gitlab-service-role"),
        ),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_ENVIRONMENT", "prod")],
            Err(Login),
        ),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_TTL", ""), ("VAULT_AWS_PATH", "")],
            Ok("gitlab-service-role"),
        ),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_TTL", "20m"), ("VAULT_AWS_PATH", "aws")],
            Ok("gitlab-service-role"),
        ),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_PATH", "aws2")],
            Err(NoMapping),
        ),
        (job("../412-prod", "365", "72"), &[], Ok("gitlab-build")),
        (
            job("a/../../sys/mounts", "365", "72"),
            &[],
            Ok("gitlab-build"),
        ),
        // The group's role comes after the project's own, and before the default.
        (job("dev", "365", "80"), &[], Ok("gitlab-service-role")),
        (job("dev", "900", "80"), &[], Ok("payments")),
        (job("review/y", "900", "80"), &[], Ok("payments-review")),
        (job("dev", "900", "81"), &[], Err(NoMapping)),
        (
            job("dev", "900", "81"),
            &[("CI_PROJECT_NAMESPACE_ID", "80")],
            Err(Login),
        ),
        (
            job("dev", "900", "80"),
            &[("CI_PROJECT_NAMESPACE_ID", "")],
            Err(NoMapping),
        ),
        // What a job says of itself beside its JWT gives it nothing.
        (
            job("dev", "900", "81"),
            &[("CI_PROJECT_ID", "365")],
            Err(NoMapping),
        ),
        (
            job("dev", "365", "72"),
            &[("CI_ENVIRONMENT_NAME", "prod")],
            Err(Login),
        ),
        // Each role of an environment is found by its name.
        (job("prod", "500", "80"), DEPLOY, Ok("api-deploy")),
        (
            job("prod", "500", "80"),
            &[("VAULT_AWS_ROLE", "read")],
            Ok("api-read"),
        ),
        (
            job("prod", "500", "80"),
            &[("VAULT_AWS_ROLE", "audit")],
            Ok("payments-audit"),
        ),
        (job("prod", "500", "80"), &[], Err(NoMapping)),
        (job("dev", "500", "80"), DEPLOY, Err(NoMapping)),
        (job("prod", "412", "72"), DEPLOY, Err(NoMapping)),
        (job("dev", "365", "72"), NAMED, Ok("gitlab-tools")),
        (job("QA EU", "900", "81"), NAMED, Ok("gitlab-tools")),
        (without, NAMED, Ok("gitlab-tools")),
        (
            job("dev", "365", "72"),
            &[("VAULT_AWS_ROLE", "412-prod")],
            Err(NoMapping),
        ),
    ]
}

/// Values that act in a shell, in JSON, in a path, or in a glob.
const HOSTILE: [&str; 14] = [
    "$(touch acted)",
    "`touch acted`",
    "x; touch acted",
    "x\ntouch acted",
    "\"; touch acted; \"",
    "' || touch acted; '",
    "x\", \"role\": \"aws-prod",
    "x\\",
    "x\r\nX-Vault-Token: root",
    "../365-dev",
    "a/../../sys/mounts",
    "*",
    "365-dev?list=true",
    "x\u{1b}[2J",
];

/// The job's variables: those of GitLab by its claims, and those that it sets.
fn variables(claims: &Value, set: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let claimed = |variable, claim| Some((variable, claims[claim].as_str()?.to_owned()));
    let mut variables: Vec<(&str, String)> = [
        claimed("CI_PROJECT_ID", "project_id"),
        claimed("CI_PROJECT_NAMESPACE_ID", "namespace_id"),
        claimed("CI_ENVIRONMENT_NAME", "environment"),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (name, value) in set {
        variables.retain(|(known, _)| known != name);
        variables.push((name, (*value).to_owned()));
    }
    variables
}

fn of_credentials(
    vault: &Vault,
    claims: &Value,
    variables: &[(&str, String)],
) -> (Outcome, String) {
    let tool = Tool::offline(&Mappings::empty())
        .with_env("VAULT_ADDR", vault.address())
        .with_env("VAULT_ID_TOKEN", &id_token(claims));
    let tool = variables
        .iter()
        .fold(tool, |tool, (name, value)| tool.with_env(name, value));
    let run = tool.run(["credentials"]).assert();
    let printed = stderr(&run);
    let acted = tool.home().join("acted").exists();
    assert!(!acted, "{variables:?}");
    let outcome = match serde_json::from_str::<Value>(&stdout(&run)) {
        Ok(session) => Outcome::Session(role_of_session(session["AccessKeyId"].as_str().unwrap())),
        Err(_) => refusal(&printed, |(_, message, _)| message),
    };
    (outcome, printed)
}

fn of_template(job: &Job) -> (Outcome, String) {
    let run = job.run(&format!("{}\nprintf %s \"$AWS_ACCESS_KEY_ID\"", script()));
    let printed = stderr(&run);
    let told_by = printed
        .lines()
        .all(|line| line.starts_with("aws-credentials: "));
    assert!(told_by, "{printed}");
    let outcome = match run.get_output().status.code() {
        Some(0) => Outcome::Session(role_of_session(&stdout(&run))),
        _ => refusal(&printed, |(_, _, message)| message),
    };
    (outcome, printed)
}

fn refusal(
    printed: &str,
    message: impl Fn(&(Refusal, &'static str, &'static str)) -> &'static str,
) -> Outcome {
    let mut kinds = MESSAGES.iter();
    let kind = kinds.find(|kind| printed.contains(message(kind)));
    let (kind, ..) = kind.unwrap_or_else(|| panic!("{printed}"));
    let tried = printed.lines().filter_map(|line| {
        let (_, tried) = line.split_once("tried ")?;
        Some(tried.split(':').next()?.to_owned())
    });
    Outcome::Refusal(*kind, tried.collect())
}

fn claims_in(printed: &str) -> Option<&str> {
    let mut lines = printed.lines();
    lines.find_map(|line| Some(line.split_once("the JWT has the claims ")?.1))
}

#[test]
fn both_clients_find_the_same_roles_and_refuse_for_the_same_reasons() {
    const OTHER_NAMES: &[(&str, &str)] = &[
        ("VAULT_AWS_ROLE_NAME", TEMPLATE),
        ("VAULT_AWS_GROUP_ROLE_NAME", GROUP_TEMPLATE),
    ];
    for (mappings, set_for_all, step) in [
        (mappings(), &[][..], 1),
        (mappings_with_other_names(), OTHER_NAMES, 3),
    ] {
        let vault = Vault::start();
        Tool::new(&vault, &mappings).apply().assert().success();
        let tokens = vault.root.list("auth/token/accessors").len();
        for (at, (claims, set, expected)) in cases().into_iter().enumerate().step_by(step) {
            let set = [set_for_all, set].concat();
            let case = format!("{claims} {set:?}");
            let variables = variables(&claims, &set);
            let (outcome, printed) = of_credentials(&vault, &claims, &variables);
            match (&outcome, expected) {
                (Outcome::Session(role), Ok(expected)) => assert_eq!(role, expected, "{case}"),
                (Outcome::Refusal(kind, _), Err(expected)) => assert_eq!(*kind, expected, "{case}"),
                _ => panic!("{case}: {outcome:?}: {printed}"),
            }
            for program in JobProgram::ALL {
                // The shells take turns.
                let shells = shells();
                let job = Job::new(&vault, program, &claims)
                    .without("CI_ENVIRONMENT_NAME")
                    .in_shell(&shells[at % shells.len()]);
                let job = variables
                    .iter()
                    .fold(job, |job, (name, value)| job.with(name, value));
                let (of_template, told) = of_template(&job);
                assert_eq!(
                    of_template, outcome,
                    "{case} {program:?}: {told}\n{printed}"
                );
                assert_eq!(claims_in(&told), claims_in(&printed), "{case} {program:?}");
                assert!(!told.contains(job.variable("VAULT_ID_TOKEN")));
                let note = |printed: &str| {
                    printed.contains("has no AWS role without a name: these are credentials of")
                };
                assert_eq!(
                    note(&told),
                    note(&printed),
                    "{case} {program:?}: {told}\n{printed}"
                );
            }
        }
        assert_eq!(vault.root.list("auth/token/accessors").len(), tokens);
    }
}

#[test]
fn values_that_look_like_shell_or_json_never_act_in_either_client() {
    const VARIABLES: [&str; 10] = [
        "CI_PROJECT_ID",
        "CI_PROJECT_NAMESPACE_ID",
        "CI_ENVIRONMENT_NAME",
        "VAULT_AWS_ROLE",
        "VAULT_AWS_ROLE_NAME",
        "VAULT_AWS_GROUP_ROLE_NAME",
        "VAULT_AWS_TTL",
        "VAULT_AWS_ENVIRONMENT",
        "VAULT_AWS_PATH",
        "VAULT_NAMESPACE",
    ];
    let vault = Vault::start();
    Tool::new(&vault, &mappings()).apply().assert().success();
    let claims = in_environment("dev", "365", "72");
    let shells = shells();
    let all = VARIABLES
        .into_iter()
        .flat_map(|variable| HOSTILE.map(|value| (variable, value)))
        .filter(|(variable, value)| match *variable {
            "CI_ENVIRONMENT_NAME" | "VAULT_AWS_ENVIRONMENT" => !value.contains("../"),
            // Others are names of namespaces, which not every server has.
            "VAULT_NAMESPACE" => value.contains(|c: char| !c.is_ascii_graphic()),
            _ => true,
        });
    for (at, (variable, value)) in all.enumerate() {
        let variables = variables(&claims, &[(variable, value)]);
        let job =
            Job::new(&vault, JobProgram::ALL[at % 2], &claims).in_shell(&shells[at % shells.len()]);
        let job = variables
            .iter()
            .fold(job, |job, (name, value)| job.with(name, value));
        let told = job.refusal();
        assert!(
            !job.folder.path().join("acted").exists(),
            "{variable} {value:?}: {told}"
        );
        assert!(!told.contains('\u{1b}') && !told.contains('\r'), "{told:?}");
        assert!(
            told.lines()
                .all(|line| line.starts_with("aws-credentials: ")),
            "{told}"
        );
        // The tool refuses a namespace for other reasons too.
        if variable != "VAULT_NAMESPACE" {
            let (outcome, printed) = of_credentials(&vault, &claims, &variables);
            let is_refused = matches!(outcome, Outcome::Refusal(..));
            assert!(is_refused, "{variable} {value:?}: {printed}");
            assert!(!printed.contains('\u{1b}'), "{printed:?}");
        }
    }
}
