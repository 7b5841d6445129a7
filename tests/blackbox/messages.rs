//! `--explain CODE` prints the page of every code, and every message names a code that has one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Mappings, Tool, stderr, stdout};

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages")
}

/// The codes that have a page.
fn codes() -> Vec<String> {
    let files = fs::read_dir(pages()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let codes: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .filter(|code| code != "README")
        .collect();
    assert!(codes.len() > 150, "{codes:?}");
    codes
}

#[test]
fn every_code_prints_its_page() {
    let mappings = Mappings::empty();
    let tool = Tool::offline(&mappings);
    for code in codes() {
        let run = tool.run(["--explain", &code]).assert().code(0);
        let page = fs::read_to_string(pages().join(format!("{code}.md"))).unwrap();
        assert_eq!(stdout(&run), page);
        assert_eq!(stderr(&run), "", "{code}");
    }
}

#[test]
fn a_code_may_be_written_in_upper_case() {
    let mappings = Mappings::empty();
    let tool = Tool::offline(&mappings);
    let run = tool.run(["--explain", "Stale-PLAN"]).assert().code(0);
    assert!(stdout(&run).starts_with("# stale-plan\n"));
}

#[test]
fn an_unknown_code_is_an_error_that_names_similar_codes() {
    let mappings = Mappings::empty();
    let tool = Tool::offline(&mappings);
    let refused = |code: &str| {
        let run = tool.run(["--explain", code]).assert().code(1);
        assert_eq!(stdout(&run), "", "{code}");
        stderr(&run)
    };
    insta::assert_snapshot!(refused("stale-pln"), @"
    error: there is no code `stale-pln`
    help: similar codes are `stale-plan`, `damaged-plan` and `shared-arn`; docs/messages lists all codes
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
    for code in ["", "stale plan", "\u{1b}[31m", "../README"] {
        let message = refused(code);
        assert!(
            message.starts_with("error: there is no code `"),
            "{message}"
        );
        assert!(!message.contains('\u{1b}'), "{message}");
    }
}

/// The codes in brackets behind `error` and `warning`.
fn named(messages: &str) -> BTreeSet<String> {
    messages
        .lines()
        .filter_map(|line| {
            line.strip_prefix("error[")
                .or(line.strip_prefix("warning["))
        })
        .filter_map(|rest| Some(rest.split_once("]: ")?.0.to_owned()))
        .collect()
}

#[test]
fn every_message_names_a_code_that_has_a_page() {
    let mappings = Mappings::article();
    mappings.write("projects/a/b.yaml", "project: a/b\nid: 0\nenvirons: {}\n");
    let broken = Tool::offline(&mappings);
    let sound = Mappings::article();
    let tool = Tool::offline(&sound);
    let all: BTreeSet<String> = codes().into_iter().collect();
    for (tool, arguments, expected) in [
        (&broken, &["validate"][..], "unknown-key"),
        (&broken, &["plan"], "invalid-value"),
        (&tool, &["plan"], "no-address"),
        (&tool, &["plan", "--address", "vault"], "invalid-address"),
        (&tool, &["show", "none.json"], "cannot-read"),
        (&tool, &["diff", "none"], "no-revision"),
        (
            &tool,
            &["policy", "--for", "plan", "--bounded"],
            "bounded-plan",
        ),
        (&tool, &["explain", "--arn", "123"], "nothing-to-explain"),
        (&tool, &["drift", "--open-issue"], "gitlab-job"),
    ] {
        let run = tool.run(arguments).assert().code(1);
        let named = named(&stderr(&run));
        assert!(named.contains(expected), "{arguments:?}: {}", stderr(&run));
        assert!(named.is_subset(&all), "{named:?} have no page");
        let json = [arguments, &["--log-format", "json"]].concat();
        let run = tool.run(json).assert().code(1);
        let codes: BTreeSet<String> = stderr(&run)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect(line))
            .filter_map(|message| message["code"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(codes, named, "{arguments:?}");
    }
}
