//! `contract.yaml`: what is empty, doubled or about nothing would look as if it protected something.

use std::collections::BTreeMap;

use super::claims;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::contract::{Demand, ExpectedJob, Only};
use crate::mappings::loaded::{ContractFile, ProjectFile, number_of};
use crate::value::BoundClaims;
use crate::yaml::{Node, key_span, value_span};

/// Claims that the other keys of a job already say.
const OF_JOB: [(&str, &str); 3] = [
    ("environment", "environment"),
    ("project_id", "project"),
    ("project_path", "project"),
];

/// Checks the contract with the projects that it names.
pub(in crate::mappings) fn check_contract(
    file: &ContractFile,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(items) = file.root.at(["expect"]) else {
        return;
    };
    if items.items().is_empty() {
        diagnostics.push(empty("expect", key_span(&file.root, ["expect"])));
    }
    let mut names: BTreeMap<&str, Span> = BTreeMap::new();
    for (expectation, node) in file.contract.expect.iter().zip(items.decoded_items()) {
        let place = value_span(node, ["name"]);
        if expectation.name.is_empty() {
            diagnostics.push(empty("name", place));
        } else if let Some(first) = names.insert(&expectation.name, place) {
            let name = &expectation.name;
            diagnostics.push(
                error(format!("two expectations have the name `{name}`"), place)
                    .with_secondary(first, "the other one")
                    .with_help("give each a name of its own: messages tell them apart by it"),
            );
        }
        for key in ["roles", "reaches"] {
            check_list(node, key, diagnostics);
        }
        match &expectation.demand {
            Demand::Only { only, .. } => {
                if let Only::Claims(claims) = only {
                    if claims.is_empty() {
                        diagnostics.push(empty("only", key_span(node, ["only"])));
                    }
                    check_claims(claims, node, "only", diagnostics);
                }
            }
            Demand::Reaches { job, .. } => {
                if let Some(node) = node.at(["job"]) {
                    check_job(job, node, projects, diagnostics);
                }
            }
        }
    }
}

fn check_job(
    job: &ExpectedJob,
    node: &Node,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if number_of(&job.project, projects).is_none() {
        diagnostics.push(
            error(
                format!("no file maps the project {}", job.project),
                value_span(node, ["project"]),
            )
            .with_help("correct the path, or add the project's file: its number decides"),
        );
    }
    if job.environment.as_deref() == Some("") {
        diagnostics.push(empty("environment", key_span(node, ["environment"])));
    }
    check_claims(&job.claims, node, "claims", diagnostics);
    for (claim, key) in OF_JOB {
        if job.claims.contains_key(claim) {
            let place = key_span(node, ["claims", claim]);
            let problem = format!("`{key}` already says which `{claim}` the job has");
            diagnostics.push(error(problem, place).with_help("remove this claim"));
        }
    }
}

fn check_claims(claims: &BoundClaims, node: &Node, key: &str, diagnostics: &mut Vec<Diagnostic>) {
    claims::check_types(claims, node, key, diagnostics);
    let Some(node) = node.at([key]) else { return };
    for claim in claims.keys() {
        check_list(node, claim, diagnostics);
    }
}

/// Reports a list that has nothing, or something twice.
fn check_list(node: &Node, key: &str, diagnostics: &mut Vec<Diagnostic>) {
    let Some(list) = node.at([key]).filter(|list| list.text().is_none()) else {
        return;
    };
    if list.items().is_empty() && !node.was_reported(key) {
        diagnostics.push(empty(key, key_span(node, [key])));
    }
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for item in list.items() {
        let Some(text) = item.text() else { continue };
        if let Some(first) = seen.insert(text, item.span) {
            diagnostics.push(
                error(format!("`{key}` has `{text}` twice"), item.span)
                    .with_secondary(first, "the other one")
                    .with_help("remove one of them"),
            );
        }
    }
}

fn empty(key: &str, place: Span) -> Diagnostic {
    error(format!("`{key}` is empty, so nothing is expected"), place)
        .with_help("write what must hold, or remove the expectation")
}

fn error(problem: String, place: Span) -> Diagnostic {
    Diagnostic::error(Code::Contract, problem, place)
}
