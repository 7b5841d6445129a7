//! The jobs of a `.gitlab-ci.yml`, as far as the documentation's need a runner.

use std::fs;

use serde_json::{Map, Value, json};

use super::session::Session;
use crate::support::{Component, id_token};

/// What a job is to GitLab and not to its script.
const KEYWORDS: [&str; 4] = ["include", "stages", "variables", "workflow"];

/// Runs each job, as one of the project 365 in a pipeline of its default branch.
pub(super) fn run_all(session: &mut Session, place: &str, yaml: &str) {
    let mut pipeline: Map<String, Value> =
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{place}: {error}"));
    let includes = pipeline.get("include").and_then(Value::as_array);
    let template = includes.into_iter().flatten().map(included);
    let template: Map<String, Value> = template.flatten().collect();
    pipeline.retain(|name, _| !KEYWORDS.contains(&name.as_str()));
    for (name, job) in &pipeline {
        let extended = job["extends"]
            .as_str()
            .map_or(&Value::Null, |name| &template[name]);
        let script = script(&template, extended, job);
        let (printed, status) = session.run(&script);
        assert_eq!(status, 0, "{place}: {name}\n{printed}");
    }
}

/// The file or component of this repository that a pipeline includes.
fn included(include: &Value) -> Map<String, Value> {
    if let Some(address) = include["component"].as_str() {
        let (path, _version) = address.split_once('@').expect("a version");
        let (_project, name) = path.rsplit_once('/').expect("a name");
        return Component::read(name).jobs(&include["inputs"]);
    }
    let file = include["file"].as_str().expect("a file");
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What the runner's shell gets.
fn script(template: &Map<String, Value>, extended: &Value, job: &Value) -> String {
    let mut claims = json!({"project_id": "365", "project_path": "somenamespace/someproject"});
    let mut variables = vec![
        ("CI_PROJECT_ID", "365".to_owned()),
        ("CI_PROJECT_PATH", "somenamespace/someproject".into()),
        ("CI_PROJECT_DIR", "$HOME/project".into()),
        ("CI_JOB_ID", "1213".into()),
    ];
    if let Some(environment) = job["environment"].as_str() {
        claims["environment"] = environment.into();
        variables.push(("CI_ENVIRONMENT_NAME", environment.into()));
    }
    let template = template.get("variables").unwrap_or(&Value::Null);
    let of_jobs = [template, &extended["variables"], &job["variables"]];
    for (name, value) in of_jobs.into_iter().flat_map(entries) {
        // The session's Vault takes the place of the documentation's.
        if name != "VAULT_ADDR" {
            variables.push((name, value.as_str().expect("a text").into()));
        }
    }
    for (name, token) in [extended, job]
        .into_iter()
        .flat_map(|job| entries(&job["id_tokens"]))
    {
        let audience = token["aud"].as_str().expect("an audience");
        claims["aud"] = match audience.strip_prefix('$') {
            Some(name) => {
                let mut known = variables.iter();
                known
                    .find(|(known, _)| *known == name)
                    .expect("a variable")
                    .1
                    .clone()
                    .into()
            }
            None => audience.into(),
        };
        variables.push((name, id_token(&claims)));
    }
    let exports = variables
        .iter()
        .map(|(name, value)| format!("export {name}=\"{value}\"\n"));
    let lines = ["before_script", "script"].into_iter().flat_map(|part| {
        let lines = job.get(part).or_else(|| extended.get(part));
        lines
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|line| format!("{}\n", line.as_str().expect("a text")))
    });
    format!(
        "(\nunset VAULT_TOKEN\n{}set -eu\n{})",
        exports.collect::<String>(),
        lines.collect::<String>()
    )
}

fn entries(mapping: &Value) -> impl Iterator<Item = (&str, &Value)> {
    mapping
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}
