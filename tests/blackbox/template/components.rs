//! The components beside the template: their page, and their script.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::docs::compare;
use crate::support::{Component, script};

const PAGE: &str = "docs/templates.md";

const START: &str = "\
# Templates

CI/CD components for the pipelines of a company: `pipeline` for the project that holds the files, `credentials` for those whose
jobs need AWS. GitLab takes components from projects of its own instance, so mirror this repository to yours, and include
them by a tag or a commit: a [range](https://docs.gitlab.com/ci/components/#semantic-version-ranges) such as `~latest` needs a
release in GitLab's catalog. Each include has its own inputs. Where a pipeline includes one several times, for several
folders or Vaults, `prefix` keeps the names of their jobs apart, because GitLab merges jobs of the same name.

An older way works still: `include: project` with `templates/aws-credentials.yml`, which takes variables in place of inputs.

This page is made from the descriptions in `templates/`.

<!-- console
$ vault-provisioner apply
-->
";

#[test]
fn the_page_describes_every_input() {
    let mut page = START.to_owned();
    for name in Component::ALL {
        let component = Component::read(name);
        write!(page, "\n## `{name}`\n\n{}", about(&component.about)).unwrap();
        page.push_str("\n| input | default | meaning |\n|---|---|---|\n");
        for (name, spec) in &component.inputs {
            let default = match spec.get("default").and_then(Value::as_str) {
                None => "mandatory".to_owned(),
                Some("") => "empty".to_owned(),
                Some(default) => format!("`{default}`"),
            };
            let meaning = spec["description"].as_str().unwrap();
            writeln!(page, "| `{name}` | {default} | {meaning} |").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    compare(PAGE, &fs::read_to_string(path).unwrap_or_default(), &page);
}

/// The comment of a component as Markdown: what is indented is an example of a pipeline, or a list of variables.
fn about(comment: &str) -> String {
    let mut text = String::new();
    let mut in_block = false;
    for line in comment.lines() {
        let is_indented = line.starts_with("  ");
        if is_indented && !in_block {
            let is_variable = line.trim_start().starts_with(|c: char| c.is_uppercase());
            let info = if is_variable {
                "text"
            } else {
                "yaml .gitlab-ci.yml"
            };
            writeln!(text, "\n```{info}").unwrap();
            in_block = true;
        }
        if in_block && !is_indented && !line.is_empty() {
            text = format!("{}\n```\n\n", text.trim_end());
            in_block = false;
        }
        writeln!(text, "{}", line.strip_prefix("  ").unwrap_or(line)).unwrap();
    }
    text.replace("\n\n\n", "\n\n")
}

#[test]
fn every_input_is_bounded_and_described_and_used() {
    for name in Component::ALL {
        let path = format!("{}/templates/{name}.yml", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        for (input, spec) in Component::read(name).inputs {
            let description = spec["description"].as_str().unwrap_or_default();
            assert!(
                description.ends_with('.') && description.len() <= 1024,
                "{name}: {input}"
            );
            let is_bounded = spec["regex"].is_string() || input.ends_with("_stage");
            assert!(is_bounded, "{name}: {input} has no regex");
            assert!(
                text.contains(&format!("$[[ inputs.{input} ]]")),
                "{name}: {input} is not used"
            );
        }
    }
}

/// GitLab merges jobs of one name, and takes `default`, `variables` and others from a component for the whole pipeline.
#[test]
fn a_component_brings_only_jobs_with_its_prefix() {
    for name in Component::ALL {
        let inputs = json!({
            "address": "https://vault.example.com", "audience": "https://vault.example.com", "prefix": "eu-",
        });
        for job in Component::read(name).jobs(&inputs).keys() {
            let bare = job.strip_prefix('.').unwrap_or(job);
            assert!(bare.starts_with("eu-"), "{name}: {job}");
        }
    }
}

#[test]
fn the_component_and_the_template_run_one_script() {
    let inputs =
        json!({"address": "https://vault.example.com", "audience": "https://vault.example.com"});
    let jobs = Component::read("credentials").jobs(&inputs);
    let lines = jobs[".aws-credentials"]["before_script"]
        .as_array()
        .unwrap();
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(lines.join("\n"), script());
}
