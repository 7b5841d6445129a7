//! The JSON Schema of the files, for editors: it comes from the types that read the files.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use serde_json::{Value, json};

use super::contract::Contract;
use super::group::Group;
use super::platform::Platform;
use super::project::Project;

/// One schema for all kinds of files: what has the key `group` is a group's file, what has `project` a
/// project's, and what has `expect` a contract.
///
/// `lints` are the names that `allow` knows. They are the only part that no type of the files can know.
pub(crate) fn schema<'l>(lints: impl Iterator<Item = &'l str>) -> Value {
    let mut generator = SchemaSettings::draft07()
        .with_transform(without_null)
        .into_generator();
    let platform = generator.subschema_for::<Platform>();
    let project = generator.subschema_for::<Project>();
    let group = generator.subschema_for::<Group>();
    let contract = generator.subschema_for::<Contract>();
    let mut definitions = generator.take_definitions(true);
    definitions["Allowed"]["propertyNames"] = json!({"enum": lints.collect::<Vec<_>>()});
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "vault-provisioner's vault.yaml, projects/**/*.yaml and contract.yaml",
        "if": {"type": "object", "required": ["group"]},
        "then": group,
        "else": {
            "if": {"type": "object", "anyOf": [{"required": ["project"]}, {"required": ["id"]}, {"required": ["environments"]}]},
            "then": project,
            "else": {
                "if": {"type": "object", "required": ["expect"]},
                "then": contract,
                "else": platform,
            },
        },
        "definitions": definitions,
    })
}

/// A key can be left out, and can't be without a value.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
    }
    transform_subschemas(&mut without_null, schema);
}
