//! Renders the JSON Schema of the files as a page of Markdown. The schema comes from the types that read the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value};

/// The text before the tables.
const INTRODUCTION: &str = "\
# The files

A GitLab job has a JWT, which GitLab signs, and logs in with it at an *auth method* of Vault, as one of its *roles*. It
gets a token, and the token's *policies* allow it to use a *secrets engine*, which has *roles* too, each of which gives
the credentials of an IAM role in AWS. These files declare all of that.

`vault-provisioner schema --format markdown` prints this page from the JSON Schema by which editors complete and check
the files (`vault-provisioner schema`), and that comes from the types that read them.

The folder is `mappings` in the working directory or in the nearest folder above it that has one; `--mappings` or
`VAULT_PROVISIONER_MAPPINGS` names another. It has four kinds of files: [`vault.yaml`](#vaultyaml), the platform,
[`projects/**/*.yaml`](#projectsyaml), one for each GitLab project, [`projects/**/group.yaml`](#projectsgroupyaml), for all
projects of a group, and [`contract.yaml`](#contractyaml), what must hold, overriding the others. All are YAML, without anchors, merges and duplicate keys, and a key that is not on this page is
an error. In the headings, PATH and NAME are names of your choice.

A default applies if a field is absent. Vault is then made to hold the default: what is not in the files is not left
unchanged, unless this page says \"not managed\".
";

/// The whole page for the schema that [`crate::mappings::schema`] makes.
pub(crate) fn page(schema: &Value) -> String {
    let empty = Map::new();
    let mut page = Page {
        definitions: schema["definitions"].as_object().unwrap_or(&empty),
        sections: BTreeMap::new(),
        described: BTreeSet::new(),
        text: INTRODUCTION.into(),
    };
    let (group, others) = (&schema["then"], &schema["else"]);
    for (file, root) in [
        ("vault.yaml", &others["else"]["else"]),
        ("projects/**/*.yaml", &others["then"]),
        ("projects/**/group.yaml", group),
        ("contract.yaml", &others["else"]["then"]),
    ] {
        if let Some(name) = reference(root) {
            page.section(name, "##", file, "");
        }
    }
    page.values();
    page.text
}

/// The page under construction.
struct Page<'s> {
    definitions: &'s Map<String, Value>,
    /// The headings of the definitions that have a section.
    sections: BTreeMap<&'s str, String>,
    /// The definitions that are described already: two kinds of files may share one.
    described: BTreeSet<&'s str>,
    text: String,
}

impl<'s> Page<'s> {
    /// Describes a mapping of named fields, then the mappings in it.
    fn section(&mut self, name: &'s str, level: &str, heading: &str, path: &str) {
        let definition = &self.definitions[name];
        let description = text(definition, "description");
        let _ = write!(
            self.text,
            "\n{level} `{heading}`\n\n{description}\n\n| field | type | default | meaning |\n|---|---|---|---|\n"
        );
        let fields = fields(definition);
        let mut inner: Vec<_> = fields
            .iter()
            .flat_map(|(field, schema)| self.inner(schema, &join(path, field)))
            .collect();
        self.tell_apart(&mut inner);
        // A definition with two places is described at the one that shows its name.
        let mut headings = inner.clone();
        headings.sort_by_key(|(_, path)| !path.ends_with("NAME"));
        for (name, path) in headings {
            self.sections.entry(name).or_insert(path);
        }
        inner.retain(|(name, path)| {
            self.sections.get(name) == Some(path) && self.described.insert(*name)
        });
        for (field, schema) in &fields {
            let mut meaning = text(schema, "description").to_owned();
            for (value, about) in self.choices(schema) {
                let _ = write!(meaning, "<br>`{value}`: {}", uncapitalized(about));
            }
            let default = default(definition, field, schema);
            let cells = [format!("`{field}`"), self.kind(schema), default, meaning];
            let cells = cells.map(|cell| in_cell(&cell));
            let _ = writeln!(self.text, "| {} |", cells.join(" | "));
        }
        for (name, path) in inner {
            self.section(name, "###", &path, &path);
        }
    }

    /// Adds the field that tells a mapping from others which may stand in the same place.
    fn tell_apart(&self, inner: &mut [(&'s str, String)]) {
        for at in 1..inner.len() {
            let (before, rest) = inner.split_at_mut(at);
            let Some((name, path)) = rest.first_mut() else {
                continue;
            };
            let is_taken = |(other, taken): &(&str, String)| other != name && taken == path;
            let field = self.definitions[*name]["required"][0].as_str();
            if let Some(field) = field.filter(|_| before.iter().any(is_taken)) {
                *path = join(path, field);
            }
        }
    }

    /// The mappings of named fields that a field holds, each with its path in the file.
    fn inner(&self, schema: &'s Value, path: &str) -> Vec<(&'s str, String)> {
        if let Some(name) = reference(schema) {
            let definition = &self.definitions[name];
            return if definition["properties"].is_object() {
                vec![(name, path.into())]
            } else {
                self.inner(definition, path)
            };
        }
        let alternatives = schema["anyOf"].as_array().into_iter().flatten();
        let mut inner: Vec<_> = alternatives
            .flat_map(|alternative| self.inner(alternative, path))
            .collect();
        if let Some(patterns) = schema["patternProperties"].as_object()
            && let Some((_, values)) = patterns.iter().next()
        {
            let is_mount = patterns
                .keys()
                .any(|pattern| self.definitions["MountPath"]["pattern"] == pattern.as_str());
            inner.extend(self.inner(values, &join(path, if is_mount { "PATH" } else { "NAME" })));
        }
        if schema["items"].is_object() {
            inner.extend(self.inner(&schema["items"], &format!("{path}[]")));
        }
        inner
    }

    /// Describes what may be written.
    fn kind(&self, schema: &'s Value) -> String {
        if let Some(name) = reference(schema) {
            let definition = &self.definitions[name];
            let choices = self.choices(schema);
            return match self.sections.get(name) {
                Some(heading) => format!("[`{heading}`](#{})", anchor(heading)),
                None if !choices.is_empty() => {
                    list(choices.iter().map(|(value, _)| format!("`{value}`")))
                }
                None if self.is_section(definition) => self.kind(definition),
                None => format!("[{}](#{})", words(name), anchor(&words(name))),
            };
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            return list(alternatives.iter().map(|one| self.kind(one)));
        }
        if let Some(constant) = schema.get("const").or(schema["enum"].get(0)) {
            return format!("`{}`", plain(constant));
        }
        match text(schema, "type") {
            "array" => match self.kind(&schema["items"]).as_str() {
                "string" => "list of strings".into(),
                items => format!("list of {items}"),
            },
            "object" => self.mapping(schema),
            "boolean" => "`true` or `false`".into(),
            "integer" => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
                (Some(from), Some(to)) => format!("number, {from} to {to}"),
                (Some(from), None) => format!("number, at least {from}"),
                _ => "number".into(),
            },
            "string" => "string".into(),
            _ => "anything".into(),
        }
    }

    fn mapping(&self, schema: &'s Value) -> String {
        let patterns = schema["patternProperties"].as_object();
        match patterns.and_then(|patterns| patterns.values().next()) {
            Some(values) => format!("mapping of names to {}", self.kind(values)),
            None if schema["additionalProperties"].is_object() => format!(
                "mapping of names to {}",
                self.kind(&schema["additionalProperties"])
            ),
            None => "mapping".into(),
        }
    }

    /// The words of an enumeration, each with its meaning.
    fn choices(&self, schema: &'s Value) -> Vec<(&'s str, &'s str)> {
        let items = reference(&schema["items"]);
        let Some(name) = reference(schema).or(items) else {
            return Vec::new();
        };
        let choices = self.definitions[name]["oneOf"].as_array();
        let choices = choices.into_iter().flatten();
        choices
            .map(|choice| (text(choice, "const"), text(choice, "description")))
            .filter(|(value, _)| !value.is_empty())
            .collect()
    }

    /// Whether a definition has a section of its own.
    fn is_section(&self, definition: &'s Value) -> bool {
        definition["properties"].is_object() || !self.inner(definition, "").is_empty()
    }

    /// Describes values that are not mappings of named fields: durations, ARNs, names.
    fn values(&mut self) {
        self.text.push_str("\n## Values\n");
        for (name, definition) in self.definitions {
            if self.is_section(definition) || definition["oneOf"].is_array() {
                continue;
            }
            let about = ["description", "title"].map(|key| text(definition, key));
            let about = about.into_iter().find(|about| !about.is_empty());
            let _ = write!(
                self.text,
                "\n### {}\n\n{}\n",
                words(name),
                about.unwrap_or_default()
            );
        }
    }
}

/// The definition that a schema refers to, by itself or as its only alternative.
fn reference(schema: &Value) -> Option<&str> {
    let several = ["allOf", "anyOf"].map(|key| schema[key].as_array());
    let alternatives: Vec<_> = several.into_iter().flatten().flatten().collect();
    let only = match alternatives.as_slice() {
        [only] => only,
        _ => schema,
    };
    text(only, "$ref").strip_prefix("#/definitions/")
}

/// The fields of a mapping, the required ones first.
fn fields(definition: &Value) -> Vec<(&str, &Value)> {
    let properties = definition["properties"].as_object().into_iter().flatten();
    let mut fields: Vec<_> = properties
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    fields.sort_by_key(|(name, _)| !is_required(definition, name));
    fields
}

fn is_required(definition: &Value, field: &str) -> bool {
    let required = definition["required"].as_array();
    required.is_some_and(|required| required.iter().any(|name| name == field))
}

fn default(definition: &Value, field: &str, schema: &Value) -> String {
    if is_required(definition, field) {
        return "required".into();
    }
    match schema.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => String::new(),
        Some(Value::Array(items)) if items.is_empty() => String::new(),
        Some(Value::Object(fields)) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| format!("`{name}: {}`", plain(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Some(value) => format!("`{}`", plain(value)),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// A value in YAML.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn join(path: &str, field: &str) -> String {
    match path {
        "" => field.into(),
        path => format!("{path}.{field}"),
    }
}

/// `RoleArn` as people write it: `role arn`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The anchor that GitLab generates for a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter
            .is_alphanumeric()
            .then(|| letter.to_ascii_lowercase()),
    });
    kept.collect()
}

fn uncapitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

fn list(alternatives: impl Iterator<Item = String>) -> String {
    let mut alternatives: Vec<_> = alternatives.collect();
    match alternatives.pop() {
        Some(last) if alternatives.is_empty() => last,
        Some(last) => format!("{} or {last}", alternatives.join(", ")),
        None => String::new(),
    }
}

/// A text with escapes, so that it ends neither the cell of a table nor its row.
fn in_cell(text: &str) -> String {
    text.replace('|', r"\|")
        .replace("\n\n", "<br>")
        .replace('\n', " ")
}
