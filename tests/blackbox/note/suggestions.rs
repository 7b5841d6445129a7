//! What `plan --comment` suggests on the lines of the merge request.

use serde_json::{Value, json};

use super::World;
use crate::support::{field, stderr};

/// The tool's notes on lines, each with its file and line.
fn suggestions(world: &World) -> Vec<(String, Value)> {
    let notes = world.notes().into_iter();
    let on_lines = notes.filter(|note| note["position"].is_object());
    on_lines
        .map(|note| {
            let place = json!([note["position"]["new_path"], note["position"]["new_line"]]);
            (field(&note, "body").to_owned(), place)
        })
        .collect()
}

#[test]
fn a_mistake_with_a_certain_mend_is_a_suggestion_until_it_is_gone() {
    let world = World::new();
    world.gitlab.add_lines(json!({"mappings/vault.yaml": [4]}));
    let wrong = "  two: {rules: [{path: a, capabilites: [read]}]} # ```\n";
    world.mappings.append("vault.yaml", wrong);
    world.comment().code(1);
    let told = suggestions(&world);
    assert_eq!(told.len(), 1, "{told:#?}");
    let (body, place) = &told[0];
    assert_eq!(*place, json!(["mappings/vault.yaml", 4]));
    let suggested =
        "\n````suggestion:-0+0\n  two: {rules: [{path: a, capabilities: [read]}]} # ```\n````\n";
    assert!(body.contains(suggested), "{body}");

    let writes = world.gitlab.writes().len();
    world.comment().code(1);
    assert_eq!(world.gitlab.writes().len(), writes, "it is there already");

    world
        .mappings
        .replace("vault.yaml", "capabilites", "capabilities");
    world.comment().success();
    assert_eq!(suggestions(&world), []);
    assert_eq!(world.gitlab.quick_actions(), json!([]));
}

#[test]
fn what_gitlab_refuses_to_suggest_does_not_hide_the_mistake() {
    let world = World::new();
    // The merge request does not change the line.
    world.gitlab.add_lines(json!({"mappings/vault.yaml": [1]}));
    world
        .mappings
        .replace("vault.yaml", "policies:", "polices:");
    world.comment().code(1);
    assert_eq!(suggestions(&world), []);

    world.gitlab.add_lines(json!({"mappings/vault.yaml": [2]}));
    let fault = json!({"method": "GET", "path": "merge_requests/1$", "count": 99, "status": 404});
    world.gitlab.fault(fault);
    let told = stderr(&world.comment().code(1));
    assert!(
        told.contains("warning: there are no suggestions on the merge request: "),
        "{told}"
    );
    assert!(told.contains("error[unknown-key]"), "{told}");
}
