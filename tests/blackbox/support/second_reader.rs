//! Readers of formats that others wrote.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Shared;

/// Reads a text with another project's reader, which checks a JUnit report by its schema and lists the samples of metrics.
pub(crate) fn second_reader(form: &str, text: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut reader = Command::new(Path::new(Shared::aws_cli()).with_file_name("python"))
        .arg(root.join("tests/formats/second_reader.py"))
        .arg(form)
        .arg(root.join("tests/fixtures/schemas/junit-10.xsd"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = reader.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}
