//! The JSON Schema of the files, for editors: the types that read the files say what they take.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::platform::Platform;
use super::project::Project;

/// The types in which `allow` may stand.
const ALLOWING: [&str; 9] = [
    "AuthEntry",
    "AwsRole",
    "JwtRole",
    "MappingRules",
    "PolicyEntry",
    "Project",
    "Rule",
    "SecretsEntry",
    "Settings",
];

/// One schema for both kinds of files: what has the key `project` is a project's file.
/// `lints` are the names that `allow` knows.
pub(crate) fn schema<'l>(lints: impl Iterator<Item = &'l str>) -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let platform = generator.subschema_for::<Platform>();
    let project = generator.subschema_for::<Project>();
    let mut definitions = generator.take_definitions(true);
    add_for_each(&mut definitions, ("AuthEntry", "roles"), "JwtRole");
    add_for_each(&mut definitions, ("Platform", "policies"), "PolicyEntry");
    add_protected_claims(&mut definitions);
    add_credentials(&mut definitions);
    add_allow(&mut definitions, &lints.collect::<Vec<_>>());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "vault-provisioner's vault.yaml and projects/**/*.yaml",
        "if": {"type": "object", "anyOf": [{"required": ["project"]}, {"required": ["id"]}, {"required": ["environments"]}]},
        "then": project,
        "else": platform,
        "definitions": definitions,
    })
}

/// `for_each` is carried out before the types see the files: until then names hold `{environment}`.
fn add_for_each(definitions: &mut Map<String, Value>, (owner, key): (&str, &str), name: &str) {
    let property = json!({
        "description": "Makes one copy for each environment of the project files. `{environment}` in its name and body stands for the environment.",
        "const": "environments"
    });
    definitions[name]["properties"]["for_each"] = property;
    let names = &mut definitions[owner]["properties"][key]["patternProperties"];
    names[r"\{environment\}"] = json!({"$ref": format!("#/definitions/{name}")});
}

/// What `for_each` adds to the copies for protected environments.
fn add_protected_claims(definitions: &mut Map<String, Value>) {
    let properties = &mut definitions["JwtRole"]["properties"];
    let mut claims = properties["bound_claims"].clone();
    claims["description"] =
        "More claims that a JWT must have, in the copies for `mappings.protected_environments`."
            .into();
    properties["protected_bound_claims"] = claims;
}

/// What is allowed is taken out of the file before the types see it.
fn add_allow(definitions: &mut Map<String, Value>, lints: &[&str]) {
    let property = json!({
        "description": "The [lints](lints.md) that do not matter here, each with the reason.",
        "type": "object",
        "propertyNames": {"enum": lints},
        "additionalProperties": {"type": "string", "minLength": 1}
    });
    for name in ALLOWING {
        definitions[name]["properties"]["allow"] = property.clone();
    }
}

/// The places of the keys are taken out of the file before the types see it.
fn add_credentials(definitions: &mut Map<String, Value>) {
    for (key, what) in [
        ("access_key", "the id of the engine's access key"),
        ("secret_key", "the engine's secret key"),
    ] {
        let properties = &mut definitions["AwsRoot"]["properties"];
        properties[format!("{key}_env")] = json!({
            "type": "string", "description": format!("The environment variable of apply that holds {what}.")
        });
        properties[format!("{key}_file")] = json!({
            "type": "string", "description": format!("The file that holds {what}.")
        });
    }
}
