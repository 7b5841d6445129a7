//! `validate` and what it objects to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

/// The codes of all messages.
fn codes(tool: &Tool) -> BTreeSet<String> {
    let run = tool
        .run(["validate", "--log-format", "json"])
        .assert()
        .success();
    let messages = stderr(&run);
    messages
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).expect("a line of JSON");
            record["code"].as_str().expect("a code").to_owned()
        })
        .collect()
}

#[test]
fn the_shipped_files_pass_a_pipeline_that_denies_warnings() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let run = tool.run(["validate", "--deny-warnings"]).assert().success();
    assert_eq!(stderr(&run), "");
    let said = stdout(&run);
    let expected = "mappings: 2 projects, 23 resources. The files are valid.\nThe contract holds: 3 expectations";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn the_articles_files_raise_the_race_and_still_apply() {
    let mappings = Mappings::article();
    let tool = Tool::offline(&mappings);
    let expected = [
        "any-account",
        "closing-value",
        "dead-rule",
        "empty-claim",
        "no-audience",
        "open-role",
        "own-policy",
        "path-without-id",
        "root-like-path",
        "shared-metadata",
        "sudo",
        "unprotected-provisioner",
    ];
    assert_eq!(codes(&tool), expected.map(str::to_owned).into());
    let denied = stderr(&tool.run(["validate", "--deny-warnings"]).assert().code(1));
    for said in [
        "warnings in the files, and --deny-warnings makes warnings errors",
        "help: correct the files as each warning says",
    ] {
        assert!(denied.contains(said), "{denied}");
    }
    let vault = Vault::start();
    let tool = Tool::new(&vault, &mappings);
    let plan = tool.plan().assert().code(2);
    assert!(
        !stderr(&plan).contains("shared-metadata"),
        "lints are for validate"
    );
    tool.apply().assert().success();
}

#[test]
fn a_lint_says_why_and_what_to_write_at_its_place() {
    let mappings = Mappings::shipped();
    mappings.remove("contract.yaml");
    mappings.replace(
        "vault.yaml",
        ", ref_protected: \"true\"}\n        claim_mappings",
        "}\n        claim_mappings",
    );
    let run = Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
    insta::assert_snapshot!(stderr(&run), @r#"
    warning[unprotected-provisioner]: `vault-provisioner` can change what these files declare, such as `sys/mounts/aws`, and admits branches that are not protected
      --> mappings/vault.yaml:42:7
       |
    42 |       vault-provisioner:
       |       ^^^^^^^^^^^^^^^^^
       |
       = help: bind it to the project's protected default branch: `bound_claims: {project_id: "…", ref: main, ref_type: branch, ref_protected: "true"}`
    "#);
}
