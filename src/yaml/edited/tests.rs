//! Edits of values in texts that people wrote.

use serde_json::{Value as Json, json};

use super::*;
use crate::diagnostic::Sources;

fn document(text: &str) -> EditedText {
    EditedText::parse(text.to_owned(), Sources::default().add("", "")).unwrap()
}

fn steps<'k>(path: &[&'k str]) -> Vec<Step<'k>> {
    let step = |part: &&'k str| match part.parse() {
        Ok(index) => Step::Item(index),
        Err(_) => Step::Key(part),
    };
    path.iter().map(step).collect()
}

#[test]
fn a_value_is_set_in_its_place_and_nothing_else_changes() {
    let long = "x".repeat(LINE);
    for (before, path, value, after) in [
        (
            "a: 1 # why\nb: 2\n",
            &["a"][..],
            json!("x"),
            "a: x # why\nb: 2\n",
        ),
        (
            "a: {b: 1, c: 2} # why\n",
            &["a", "b"],
            json!([1, "u,v"]),
            "a: {b: [1, \"u,v\"], c: 2} # why\n",
        ),
        (
            "a: {b: 1}\n",
            &["a", "c"],
            json!({"d": "1"}),
            "a: {b: 1, c: {d: \"1\"}}\n",
        ),
        ("a: {}\n", &["a", "c"], json!(true), "a: {c: true}\n"),
        (
            "# top\na:\n  # first\n  b: 1\n\n# next\nc: 2\n",
            &["a", "d"],
            json!(3),
            "# top\na:\n  # first\n  b: 1\n  d: 3\n\n# next\nc: 2\n",
        ),
        ("a:\nb: 1\n", &["a", "c"], json!(2), "a: {c: 2}\nb: 1\n"),
        (
            "a: # why\nb: 1\n",
            &["a", "c"],
            json!(2),
            "a: {c: 2} # why\nb: 1\n",
        ),
        (
            "a: 1\n",
            &["b", "c", "d"],
            json!("x"),
            "a: 1\nb:\n  c: {d: x}\n",
        ),
        ("a: 1", &["b"], json!(2), "a: 1\nb: 2"),
        (
            "a: 1\r\nb: 2\r\n",
            &["c"],
            json!({"d": {"e": 1}}),
            "a: 1\r\nb: 2\r\nc:\r\n  d: {e: 1}\r\n",
        ),
        (
            "a: |\n  text\n  more\nb: 2\n",
            &["a"],
            json!("x"),
            "a: x\nb: 2\n",
        ),
        ("a: |\n  text\n", &["b"], json!("x"), "a: |\n  text\nb: x\n"),
        (
            "a:\n  - b: 1 # one\n    c: 2\n  - b: 3\n",
            &["a", "0", "c"],
            json!(9),
            "a:\n  - b: 1 # one\n    c: 9\n  - b: 3\n",
        ),
        (
            "a:\n  - b: 1\n  - b: 3\n",
            &["a", "0", "d"],
            json!(9),
            "a:\n  - b: 1\n    d: 9\n  - b: 3\n",
        ),
        (
            "a:\n  - x # one\n  - y\n",
            &["a", "1"],
            json!("z"),
            "a:\n  - x # one\n  - z\n",
        ),
        (
            "a:\n  b:\n    - x\n    - y\nc: 1\n",
            &["a", "b"],
            json!("z"),
            "a:\n  b: z\nc: 1\n",
        ),
        ("\"a b\": 1\n", &["a b"], json!(2), "\"a b\": 2\n"),
        ("ä: ö # ü\nb: 1\n", &["b"], json!("é"), "ä: ö # ü\nb: é\n"),
        (
            "a: 1\n",
            &["b"],
            json!({"c": long}),
            &format!("a: 1\nb:\n  c: {long}\n"),
        ),
    ] {
        let mut edited = document(before);
        let value = EditedValue::from(value);
        assert_eq!(
            edited.set(&steps(path), value),
            Some(()),
            "{before:?} {path:?}"
        );
        assert_eq!(edited.into_text(), after, "{before:?} {path:?}");
    }
}

#[test]
fn what_is_removed_takes_its_lines_and_no_comment_of_its_own() {
    for (before, path, after) in [
        (
            "a: 1\n# of b\nb: 2 # why\nc: 3\n",
            &["b"][..],
            "a: 1\n# of b\nc: 3\n",
        ),
        ("a: {b: 1, c: 2, d: 3}\n", &["a", "b"], "a: {c: 2, d: 3}\n"),
        ("a: {b: 1, c: 2, d: 3}\n", &["a", "d"], "a: {b: 1, c: 2}\n"),
        ("a: [x, y]\n", &["a", "1"], "a: [x]\n"),
        ("a: [x]\n", &["a", "0"], "a: []\n"),
        ("a:\n  - x\n  - y # why\n", &["a", "0"], "a:\n  - y # why\n"),
        (
            "a:\n  - b: 1\n    c: 2\n  - b: 3\n",
            &["a", "0"],
            "a:\n  - b: 3\n",
        ),
        ("a:\n  b:\n    c: 1\nd: 2\n", &["a", "b", "c"], "d: 2\n"),
        (
            "a:\n  b: |\n    text\n  c: 1\n",
            &["a", "b"],
            "a:\n  c: 1\n",
        ),
    ] {
        let mut edited = document(before);
        assert_eq!(edited.remove(&steps(path)), Some(()), "{before:?} {path:?}");
        assert_eq!(edited.into_text(), after, "{before:?} {path:?}");
    }
}

#[test]
fn an_item_is_added_as_the_list_is_written() {
    for (before, item, after) in [
        (
            "a: [x] # why\nb: 1\n",
            json!("z"),
            "a: [x, z] # why\nb: 1\n",
        ),
        ("a: []\n", json!("z"), "a: [z]\n"),
        ("a: x # why\n", json!("z"), "a: [x, z] # why\n"),
        (
            "a:\n- x # one\n# next\nb: 1\n",
            json!("z"),
            "a:\n- x # one\n- z\n# next\nb: 1\n",
        ),
        (
            "a:\n  - b: 1\n    c: 2\nd: 1\n",
            json!({"b": 2, "c": [3]}),
            "a:\n  - b: 1\n    c: 2\n  - b: 2\n    c: [3]\nd: 1\n",
        ),
    ] {
        let mut edited = document(before);
        let item = EditedValue::from(item);
        assert_eq!(
            edited.add_item(&steps(&["a"]), &item),
            Some(()),
            "{before:?}"
        );
        assert_eq!(edited.into_text(), after, "{before:?}");
    }
}

#[test]
fn a_layout_that_does_not_allow_a_change_stays() {
    for (before, path) in [("- a: 1\n  b: 2\n", &["0", "a"][..]), ("a: 1\n", &["a"])] {
        let mut edited = document(before);
        assert_eq!(edited.remove(&steps(path)), None, "{before:?} {path:?}");
        assert_eq!(edited.into_text(), before);
    }
    let mut edited = document("a: 1\n");
    assert_eq!(edited.set(&steps(&["a", "b"]), Json::Null.into()), None);
    assert_eq!(edited.into_text(), "a: 1\n");
}
