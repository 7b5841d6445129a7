//! A block of requests in HCL, the language of OpenBao's configuration.

use serde_json::{Map, Value};

/// One request of a block.
pub(super) struct StanzaRequest {
    /// Its name, which no other request of the block has.
    pub(super) name: String,
    /// `update` or `read`.
    pub(super) operation: &'static str,
    /// The API path without `v1/`.
    pub(super) path: String,
    /// What is sent.
    pub(super) body: Map<String, Value>,
}

/// A block `initialize` with these requests.
pub(super) fn block(name: &str, requests: &[StanzaRequest]) -> String {
    let requests: Vec<String> = requests.iter().map(request).collect();
    format!(
        "initialize {} {{\n{}}}\n",
        quoted(name),
        requests.join("\n")
    )
}

fn request(request: &StanzaRequest) -> String {
    let mut text = format!(
        "  request {} {{\n    operation = {}\n    path      = {}\n",
        quoted(&request.name),
        quoted(request.operation),
        quoted(&request.path)
    );
    if !request.body.is_empty() {
        text += &format!("    data = {}\n", object(&request.body, 4));
    }
    text + "  }\n"
}

/// A value; what it spans more lines with is indented by this many spaces.
fn value(of: &Value, indent: usize) -> String {
    match of {
        Value::Object(fields) => object(fields, indent),
        Value::Array(items) => {
            let item = |item: &Value| match item {
                // The end of a text on lines of its own has to be alone on its line.
                Value::String(text) => quoted(text),
                item => value(item, indent),
            };
            let items: Vec<String> = items.iter().map(item).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if text.contains('\n') => heredoc(text),
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => of.to_string(),
    }
}

fn object(fields: &Map<String, Value>, indent: usize) -> String {
    let fields = fields.iter().map(|(name, field)| {
        let field = value(field, indent + 2);
        format!("{:indent$}  {} = {field}\n", "", quoted(name))
    });
    format!("{{\n{}{:indent$}}}", fields.collect::<String>(), "")
}

/// A text on one line. `${` would begin an expression.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace("${", "\\u0024{")
}

/// A text on lines of its own, which ends in a line feed.
fn heredoc(text: &str) -> String {
    let mut marker = "END".to_owned();
    while text.lines().any(|line| line.trim() == marker) {
        marker.push('_');
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("<<{marker}\n{text}{end}{marker}")
}
