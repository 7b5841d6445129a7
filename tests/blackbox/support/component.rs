//! The CI/CD components of `templates/`, as far as a test needs GitLab for them.

use std::fs;

use serde_json::{Map, Value};

/// A component of this repository.
pub(crate) struct Component {
    /// The comment in front, without the signs of a comment.
    pub(crate) about: String,
    /// Its inputs, in their order: the name, and what `spec` says of it.
    pub(crate) inputs: Vec<(String, Value)>,
    jobs: String,
}

impl Component {
    /// The names of all.
    pub(crate) const ALL: [&str; 2] = ["pipeline", "credentials"];

    /// Reads `templates/NAME.yml`.
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/templates/{name}.yml", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        let (header, jobs) = text.split_once("\n---\n").unwrap();
        let parsed: serde_yaml::Mapping = serde_yaml::from_str(header).unwrap();
        let inputs = parsed["spec"]["inputs"].as_mapping().unwrap();
        let inputs = inputs.iter().map(|(name, spec)| {
            let spec = serde_json::to_value(spec).unwrap();
            (name.as_str().unwrap().to_owned(), spec)
        });
        let comment = header.lines().map_while(|line| line.strip_prefix('#'));
        let comment = comment.map(|line| line.strip_prefix(' ').unwrap_or(line));
        Self {
            about: comment.map(|line| format!("{line}\n")).collect(),
            inputs: inputs.collect(),
            jobs: jobs.to_owned(),
        }
    }

    /// The jobs with these inputs, and the defaults of the others.
    pub(crate) fn jobs(&self, given: &Value) -> Map<String, Value> {
        serde_yaml::from_str(&self.text(given)).unwrap()
    }

    /// Their text.
    pub(crate) fn text(&self, given: &Value) -> String {
        let names = given.as_object().into_iter().flatten();
        for (name, _) in names {
            assert!(
                self.inputs.iter().any(|(known, _)| known == name),
                "no input {name}"
            );
        }
        self.inputs
            .iter()
            .fold(self.jobs.clone(), |jobs, (name, spec)| {
                let value = given.get(name).or_else(|| spec.get("default"));
                let value = value
                    .and_then(Value::as_str)
                    .unwrap_or_else(|| panic!("{name} is mandatory"));
                jobs.replace(&format!("$[[ inputs.{name} ]]"), value)
            })
    }
}
