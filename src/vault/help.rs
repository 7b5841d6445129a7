//! What a server says of its own paths: <https://developer.hashicorp.com/vault/docs/commands/path-help>.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

/// The query that asks for help in place of data. Every token may ask.
pub(super) const QUERY: &str = "help=1";

/// The answer, which is in no envelope.
#[derive(Debug, Deserialize)]
pub(super) struct Help {
    /// The part of the server's OpenAPI document that is about the path.
    #[serde(default)]
    openapi: Value,
}

impl Help {
    /// The names of what a write to the path takes in its body; `None` if the server does not say.
    pub(super) fn parameters(&self) -> Option<BTreeSet<String>> {
        let paths = self.openapi["paths"].as_object()?;
        let names: BTreeSet<String> = paths
            .values()
            .map(|path| &path["post"]["requestBody"])
            .map(|body| &body["content"]["application/json"]["schema"])
            .filter_map(|schema| self.resolved(schema)["properties"].as_object())
            .flat_map(|names| names.keys().cloned())
            .collect();
        (!names.is_empty()).then_some(names)
    }

    /// The schema that a reference names: newer servers keep the schemas in one place.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str();
        match name.and_then(|name| name.strip_prefix("#/components/schemas/")) {
            Some(name) => &self.openapi["components"]["schemas"][name],
            None => schema,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(openapi: Value) -> Option<BTreeSet<String>> {
        let help = json!({"help": "…", "see_also": null, "openapi": openapi});
        serde_json::from_value::<Help>(help).unwrap().parameters()
    }

    #[test]
    fn the_body_of_a_write_is_read_in_both_forms_and_its_absence_is_unknown() {
        let body = |schema: Value| json!({"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}});
        let properties = json!({"properties": {"ttl": {"type": "integer"}, "name": {}}});
        let expected = Some(BTreeSet::from(["name".to_owned(), "ttl".to_owned()]));
        let inline = json!({"paths": {"/roles/{name}": body(properties.clone())}});
        assert_eq!(parameters(inline), expected);
        let referring = json!({
            "paths": {"/roles/{name}": body(json!({"$ref": "#/components/schemas/RoleRequest"}))},
            "components": {"schemas": {"RoleRequest": properties, "RoleResponse": {"properties": {"id": {}}}}},
        });
        assert_eq!(parameters(referring), expected);
        for nothing in [
            Value::Null,
            json!({"paths": {}}),
            json!({"paths": {"/x": {"get": {}}}}),
            json!({"paths": {"/x": body(json!({"$ref": "#/components/schemas/Other"}))}}),
        ] {
            assert_eq!(parameters(nothing), None);
        }
    }
}
