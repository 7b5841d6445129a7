//! The reports of `validate` and `plan` for a merge request, by the formats' own rules.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, second_reader, stderr, stdout};

/// Two lints, a broken expectation and one that is idle; a hostile name among them.
fn mappings() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.replace(
        "vault.yaml",
        "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
        "",
    );
    mappings.replace(
        "vault.yaml",
        "[vault-provisioner-plan]",
        "[vault-provisioner-plan, unknown-one]",
    );
    mappings.write(
        "contract.yaml",
        r#"version: 1
expect:
  - name: "production <b>&\" ]]>"
    roles: ["arn:aws:iam::123456789013:role/*"]
    only: {ref_protected: "true"}
  - {name: idle, roles: ["*:role/nothing"], only: {ref: main}}
  - {name: holds, roles: ["*:role/admin"], only: nobody}
"#,
    );
    mappings
}

/// The schema of a report.
fn schema(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    // Two of SARIF's patterns are no regular expressions.
    serde_json::from_str(&text.replace("{2}]?$", "{2}$")).unwrap()
}

fn report(tool: &Tool, kind: &str, code: i32) -> String {
    let argument = format!("--report={kind}=-");
    stdout(&tool.run(["validate", &argument]).assert().code(code))
}

#[test]
fn code_quality_has_each_finding_once_and_knows_it_again_when_lines_move() {
    let mappings = mappings();
    let tool = Tool::offline(&mappings);
    let read = || -> Vec<Value> { serde_json::from_str(&report(&tool, "codequality", 1)).unwrap() };
    let issues = read();
    let schema = schema("code-quality.json");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&json!(issues))
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!validator.is_valid(&json!([{"description": "no place"}])));
    for issue in &issues {
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(path.starts_with("mappings/"), "{issue}");
    }
    let names: Vec<&str> = issues
        .iter()
        .filter_map(|one| one["check_name"].as_str())
        .collect();
    for name in [
        "broken-expectation",
        "idle-expectation",
        "unknown-policy",
        "unprotected-environment",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let prints = |issues: &[Value]| -> BTreeSet<String> {
        issues
            .iter()
            .map(|one| one["fingerprint"].to_string())
            .collect()
    };
    assert_eq!(prints(&issues).len(), issues.len());
    let vault = mappings.read("vault.yaml");
    mappings.write("vault.yaml", format!("# One line more\n{vault}"));
    let moved = read();
    assert_eq!(prints(&issues), prints(&moved));
    assert_ne!(issues, moved);
}

#[test]
fn paths_in_reports_begin_at_the_root_of_the_repository() {
    let mappings = mappings();
    let tool = Tool::offline(&Mappings::empty());
    let (root, folder) = (tool.home(), tool.home().join("a/b"));
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(mappings.path(), folder.join("files")).unwrap();
    let run = |place: &Path, mappings: &str| -> Value {
        let mut command = tool.run(["validate", "--report=codequality=-", "--mappings", mappings]);
        let run = command.current_dir(place).assert().code(1);
        let issues: Value = serde_json::from_str(&stdout(&run)).unwrap();
        issues[0]["location"]["path"].clone()
    };
    let whole = folder.join("files").display().to_string();
    for (place, mappings) in [
        (root, "a/b/files"),
        (&folder, "./files"),
        (&folder, "../b/files"),
        (&folder, &whole),
    ] {
        let path = run(place, mappings);
        assert!(
            path.as_str().unwrap().starts_with("a/b/files/"),
            "{mappings}: {path}"
        );
    }
}

#[test]
fn junit_has_a_case_for_each_lint_and_expectation() {
    let mappings = mappings();
    let tool = Tool::offline(&mappings);
    let text = report(&tool, "junit", 1);
    assert_eq!(second_reader("junit", &text), json!({"valid": true}));
    let wrong = text.replace("testcase", "test");
    assert_ne!(second_reader("junit", &wrong), json!({"valid": true}));
    let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let suites: Vec<&str> = read
        .test_suites
        .iter()
        .map(|suite| suite.name.as_str())
        .collect();
    assert_eq!(suites, ["files", "lints", "contract"]);
    let failed = |place: usize| -> Vec<(&str, bool)> {
        read.test_suites[place]
            .test_cases
            .iter()
            .map(|case| {
                let is_failed =
                    matches!(case.status, quick_junit::TestCaseStatus::NonSuccess { .. });
                (case.name.as_str(), is_failed)
            })
            .collect()
    };
    assert_eq!(failed(0), [("no mistakes", false)]);
    let lints = failed(1);
    assert!(
        lints.len() > 20 && lints.contains(&("unprotected-environment", true)),
        "{lints:?}"
    );
    assert!(lints.contains(&("sudo", false)), "{lints:?}");
    assert_eq!(
        failed(2),
        [
            ("production <b>&\" ]]>", true),
            ("idle", true),
            ("holds", false)
        ]
    );
    assert!(
        text.contains("the smallest such JWT has the claims"),
        "{text}"
    );

    mappings.append("vault.yaml", "nothing: true\n");
    let text = report(&tool, "junit", 1);
    assert_eq!(second_reader("junit", &text), json!({"valid": true}));
    let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let skipped = read
        .test_suites
        .iter()
        .skip(1)
        .flat_map(|suite| &suite.test_cases);
    for case in skipped {
        let is_skipped = matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. });
        assert!(is_skipped, "{:?}", case.name);
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    let mappings = mappings();
    let tool = Tool::offline(&mappings);
    let schema = schema("sarif-2.1.0.json");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let sarif: Value = serde_json::from_str(&report(&tool, "sarif", 1)).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&sarif)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let rules: BTreeSet<&str> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 3, "{results:?}");
    for result in results {
        assert!(
            rules.contains(result["ruleId"].as_str().unwrap()),
            "{result}"
        );
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64().is_some(), "{result}");
    }
}

#[test]
fn reports_are_written_beside_each_other_and_only_one_to_standard_output() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let reports = [
        "--report=codequality=q.json",
        "--report=junit=j.xml",
        "--report=sarif=s.json",
    ];
    let run = tool
        .run([&["validate"], reports.as_slice()].concat())
        .assert()
        .success();
    assert!(stdout(&run).contains("The files are valid."));
    let read = |file: &str| fs::read_to_string(tool.home().join(file)).unwrap();
    assert_eq!(read("q.json"), "[]\n");
    assert!(read("j.xml").contains("failures=\"0\"") && read("s.json").contains("\"results\": []"));
    let two = ["validate", "--report=junit=-", "--report=sarif=-"];
    let run = tool.run(two).assert().code(1);
    assert!(
        stderr(&run).contains("error[one-stdout]"),
        "{}",
        stderr(&run)
    );
    let same = ["validate", "--report=junit=same", "--report=sarif=same"];
    let said = stderr(&tool.run(same).assert().code(1));
    let refusal = "only one result can go to same; give the other one a file of its own";
    assert!(said.contains(refusal), "{said}");
    assert!(!tool.home().join("same").exists());
    for wrong in ["--report=x.json", "--report=html=x", "--report=junit="] {
        tool.run(["validate", wrong]).assert().code(1);
    }
}

#[test]
fn plan_reports_what_holds_over_what_vault_holds_besides() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let plan = || {
        tool.run([
            "plan",
            "--report",
            "r.json",
            "--report",
            "junit=j.xml",
            "--report=codequality=q.json",
        ])
        .assert()
    };
    let read = |file: &str| fs::read_to_string(tool.home().join(file)).unwrap();
    plan().code(0);
    let totals: Value = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!(totals, json!({"create": 0, "update": 0, "delete": 0}));
    assert_eq!(read("q.json"), "[]\n");
    let junit = read("j.xml");
    assert_eq!(second_reader("junit", &junit), json!({"valid": true}));
    assert!(junit.contains("name=\"vault-provisioner plan\""), "{junit}");
    assert!(junit.contains("classname=\"guardrails\""), "{junit}");
    assert!(junit.contains("failures=\"0\""), "{junit}");

    // A role that the files leave alone lets every branch reach production.
    mappings.replace(
        "vault.yaml",
        "\nguardrails:",
        "\nunmanaged: {jwt_roles: [left]}\nguardrails:",
    );
    let role = json!({
        "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
        "claim_mappings": {"project_id": "project_id"}, "token_policies": ["aws-prod"],
    });
    vault.root.write("auth/gitlab/role/left", &role);
    let said = stderr(&plan().code(1));
    assert!(said.contains("besides the files"), "{said}");
    let junit = read("j.xml");
    let broken = "testcase name=\"the production account is for protected refs\"";
    let case = junit.split_once(broken).map(|(_, rest)| rest);
    let case = case.and_then(|rest| rest.split_once("</testcase>"));
    assert!(
        case.is_some_and(|(case, _)| case.contains("<failure")),
        "{junit}"
    );
    assert!(
        read("q.json").contains("broken-expectation"),
        "{}",
        read("q.json")
    );
}

#[test]
fn plan_is_shown_and_reported_where_one_of_its_reports_cannot_be_written() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    for (bad, good) in [
        ("junit", "terraform"),
        ("terraform", "html"),
        ("html", "junit"),
    ] {
        let (bad, good) = (format!("{bad}=missing/x"), format!("{good}=good"));
        let mut run = tool.run(["plan", "--report", &bad, "--report", &good]);
        let run = run.assert().code(1);
        assert!(stdout(&run).contains("to create"), "{}", stdout(&run));
        let said = stderr(&run);
        assert!(
            said.contains("can't write missing/x: No such file"),
            "{said}"
        );
        fs::remove_file(tool.home().join("good")).unwrap();
    }
}

#[test]
fn plan_reports_errors_in_the_files_and_deletes_beyond_the_guardrails() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let junit = |code| {
        let run = tool
            .run(["plan", "--report", "junit=-"])
            .assert()
            .code(code);
        stdout(&run)
    };
    mappings.replace(
        "vault.yaml",
        "max_delete_percent: 30, delete_floor: 10",
        "max_delete_percent: 0, delete_floor: 0",
    );
    fs::remove_file(mappings.path().join("projects/somenamespace/website.yaml")).unwrap();
    let text = junit(0);
    let (_, guardrails) = text.split_once("testsuite name=\"guardrails\"").unwrap();
    assert!(guardrails.contains("<failure"), "{text}");

    mappings.replace("vault.yaml", "version: 1", "version: 2");
    let text = junit(1);
    assert!(text.contains("does not know version 2"), "{text}");
    assert!(text.contains("not run, because there is no plan"), "{text}");
    for wrong in ["--report=junt=x.xml", "--report=junit="] {
        tool.run(["plan", wrong]).assert().code(1);
    }
}
