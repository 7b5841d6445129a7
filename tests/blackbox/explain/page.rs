//! The access page: what a browser gets, without a browser.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex_automata::meta::Regex;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{PROD, article, explain};
use crate::support::{Mappings, Tool, Vault};

/// A page in its parts.
struct AccessPage {
    whole: String,
    policy: String,
    style: String,
    script: String,
    rows: Vec<Value>,
}

impl AccessPage {
    fn of(tool: &Tool, arguments: &[&str]) -> Self {
        Self::read(explain(tool, &[arguments, &["--format", "html"]].concat()))
    }

    fn read(whole: String) -> Self {
        let between = |from: &str, to: &str| {
            let parts: Vec<&str> = whole.split(from).collect();
            assert_eq!(parts.len(), 2, "{from} once");
            parts[1].split(to).next().unwrap().to_owned()
        };
        let data: Value = serde_json::from_str(&between(
            "<script type=\"application/json\" id=\"data\">",
            "</script>",
        ))
        .unwrap();
        let rows = data["rows"].as_array().unwrap().iter().map(|cells| {
            let columns = data["columns"].as_array().unwrap().iter();
            let named = columns.enumerate().map(|(index, name)| {
                let cell = &cells[index];
                let value = match index {
                    0..3 => cell.clone(),
                    _ => data["texts"][cell.as_u64().unwrap() as usize].clone(),
                };
                (name.as_str().unwrap().to_owned(), value)
            });
            named.collect::<Value>()
        });
        Self {
            policy: between("http-equiv=\"Content-Security-Policy\" content=\"", "\""),
            style: between("<style>", "</style>"),
            script: between("<script>", "</script>"),
            rows: rows.collect(),
            whole,
        }
    }

    /// What is not the page's own style, script and data.
    fn markup(&self) -> String {
        let script = Regex::new("(?s)<script.*?</script>|<style>.*?</style>").unwrap();
        let mut rest = String::new();
        let mut end = 0;
        for found in script.find_iter(&self.whole) {
            rest += &self.whole[end..found.start()];
            end = found.end();
        }
        rest + &self.whole[end..]
    }

    /// A fact of the head.
    fn fact(&self, name: &str) -> String {
        let (_, rest) = self
            .whole
            .split_once(&format!("<dt>{name}</dt><dd>"))
            .unwrap();
        rest.split("</dd>").next().unwrap().to_owned()
    }

    /// The only row with these values.
    fn row(&self, wanted: &[(&str, &str)]) -> &Value {
        let is_it = |row: &&Value| wanted.iter().all(|(name, value)| row[*name] == *value);
        let found: Vec<&Value> = self.rows.iter().filter(is_it).collect();
        assert_eq!(found.len(), 1, "{wanted:?}: {:#?}", self.rows);
        found[0]
    }
}

/// Data that tries to become markup, script or style.
const HOSTILE: &str = "</script><script>alert(1)</script></style><img src=x onerror=alert(1)>\" onload=\"alert(1)<!--";

#[test]
fn a_browser_runs_and_loads_nothing_but_the_pages_own_style_and_script() {
    let mappings = Mappings::shipped();
    mappings.replace(
        "vault.yaml",
        "bound_claims: {environment: \"{environment}\"}",
        &format!(
            "bound_claims: {{pipeline_source: '{HOSTILE}', environment: \"{{environment}}\"}}"
        ),
    );
    let tool = Tool::offline(&mappings);
    for question in [["--project", HOSTILE].as_slice(), &["--matrix"]] {
        let page = AccessPage::of(&tool, question);
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        assert_eq!(
            page.policy,
            format!(
                "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
                hash(&page.script),
                hash(&page.style)
            )
        );
        let markup = page.markup();
        let acts = Regex::new(
            r"(?i)<(img|iframe|object|link|base|svg)|<[^>]*\s(on\w+|src|style|href)\s*=",
        )
        .unwrap();
        let acting = acts.find_iter(&markup).map(|found| &markup[found.range()]);
        assert_eq!(
            acting.collect::<Vec<_>>(),
            ["<a class=\"skip\" href="],
            "{markup}"
        );
        assert!(!page.script.contains("innerHTML") && !page.style.contains("url("));
    }
    let page = AccessPage::of(&tool, &["--matrix"]);
    let told = page
        .rows
        .iter()
        .any(|row| row["when"].as_str().unwrap().contains("<img src=x"));
    assert!(told, "{:#?}", page.rows);
}

#[test]
fn a_row_of_the_page_says_who_when_by_which_lines_and_until_when() {
    let mappings = Mappings::shipped();
    mappings.replace(
        "projects/somenamespace/website.yaml",
        "dev: arn:aws:iam::123456789012:role/website",
        "dev: {role_arn: arn:aws:iam::123456789012:role/website, expires: 2999-12-31, max_sts_ttl: 30m}",
    );
    let page = AccessPage::of(&Tool::offline(&mappings), &["--matrix"]);
    let row = page.row(&[
        ("projects", "somenamespace/website"),
        ("environments", "dev"),
    ]);
    insta::assert_snapshot!(serde_json::to_string_pretty(row).unwrap(), @r#"
    {
      "condition": "",
      "environments": "dev",
      "expires": "2999-12-31",
      "file": "mappings/projects/somenamespace/website.yaml",
      "flags": 1,
      "identity": "arn:aws:iam::123456789012:role/website",
      "ids": "412",
      "issuers": "https://git.example.com",
      "key": "environments.dev",
      "line": 4,
      "lines": "auth/gitlab/role/aws-dev (mappings/vault.yaml:16), rule 1 of aws-dev (mappings/vault.yaml:64)",
      "path": "aws/sts/412-dev",
      "projects": "somenamespace/website",
      "sessions": 0,
      "ttl": "30m",
      "used": "",
      "via": "through auth/gitlab/role/aws-dev by rule 1 of aws-dev",
      "when": ", environment dev, any branch or tag",
      "who": "project 412 (somenamespace/website)"
    }
    "#);
    let protected = page.row(&[
        ("projects", "somenamespace/website"),
        ("environments", "prod"),
    ]);
    assert_eq!(
        (&protected["flags"], &protected["expires"]),
        (&0.into(), &"".into())
    );
    assert_eq!(page.fact("Contract"), "holds: 3 expectations");
    assert_eq!(
        page.fact("Drift"),
        "not looked at; --live compares Vault with the files"
    );
}

#[test]
fn what_is_unknown_or_not_reached_is_a_row_of_the_page() {
    let mappings = article();
    mappings.replace(
        "vault.yaml",
        "token_policies: [gitlab-projects-aws-assumed-role]",
        "token_policies: [elsewhere]",
    );
    let page = AccessPage::of(&Tool::offline(&mappings), &["--matrix"]);
    let flags: Vec<u64> = page
        .rows
        .iter()
        .map(|row| row["flags"].as_u64().unwrap())
        .collect();
    assert!(flags.contains(&2), "unknown: {:#?}", page.rows);
    assert!(flags.contains(&8), "a note: {:#?}", page.rows);
    assert!(
        page.fact("Unknown")
            .contains("may allow more than the list says")
    );
}

#[test]
fn the_head_of_the_page_says_the_commit_and_what_a_broken_contract_breaks() {
    let mappings = Mappings::shipped();
    mappings.replace(
        "contract.yaml",
        "ref_protected: \"true\"",
        "ref_protected: \"false\"",
    );
    let tool = Tool::offline(&mappings)
        .with_env("CI_COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567");
    let page = AccessPage::of(&tool, &["--account", "123456789012"]);
    assert_eq!(
        page.fact("Commit"),
        "0123456789abcdef0123456789abcdef01234567"
    );
    assert!(
        page.fact("Contract").starts_with("does not hold: "),
        "{}",
        page.fact("Contract")
    );
    let without = AccessPage::of(&Tool::offline(&mappings), &["--account", "123456789012"]);
    assert!(without.fact("Commit").starts_with("unknown: "));
}

#[test]
fn a_page_of_vault_names_its_cluster_and_what_differs_from_the_files() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let page = AccessPage::of(&tool, &["--matrix", "--live"]);
    assert_eq!(page.fact("Contract"), "holds: 3 expectations");
    assert_eq!(page.fact("Unknown"), "all that was looked at is understood");
    // OpenBao's AWS engine can't list static roles, and the head says so.
    let drift = page.fact("Drift");
    assert!(drift.starts_with("no difference was found"), "{drift}");
    assert!(
        page.fact("Vault").starts_with("cluster "),
        "{}",
        page.fact("Vault")
    );
    let role = serde_json::json!({"credential_type": "assumed_role", "role_arns": [PROD]});
    vault.root.write("aws/roles/365-dev", &role);
    vault.root.write("aws/roles/strange", &role);
    let page = AccessPage::of(&tool, &["--matrix", "--live"]);
    let drift = page.fact("Drift");
    assert!(
        drift.starts_with("Vault differs from the files: 2 changes"),
        "{drift}"
    );
}

#[test]
fn a_page_of_ten_thousand_projects_stays_below_ten_megabytes() {
    const TENTH: usize = 1_000;
    let mappings = Mappings::shipped();
    for id in 1000..1000 + TENTH {
        let role = format!("arn:aws:iam::123456789012:role/project-{id}");
        mappings.write(
            &format!("projects/some-group/with-a-subgroup/project-{id}.yaml"),
            format!(
                "project: some-group/with-a-subgroup/project-{id}\nid: {id}\nenvironments:\n  dev: {role}-dev\n  staging: {role}-staging\n  prod: {role}-prod\n"
            ),
        );
    }
    let page = AccessPage::of(&Tool::offline(&mappings), &["--matrix"]);
    assert!(page.rows.len() > 3 * TENTH, "{}", page.rows.len());
    assert!(page.whole.len() < 1_000_000, "{}", page.whole.len());
}
