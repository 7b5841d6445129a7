//! What is unsafe today is allowed in the files that an import writes, and what is new is refused as ever.

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

use super::{import, imported, plan_imported, terraformed};

fn validate(tool: &Tool) -> assert_cmd::assert::Assert {
    let validate = ["validate", "--deny-warnings", "--mappings", "imported"];
    tool.run(validate).assert()
}

#[test]
fn the_checks_of_the_pipeline_pass_on_adopted_files() {
    let article = Vault::start();
    Tool::new(&article, &Mappings::article())
        .apply()
        .assert()
        .success();
    for vault in [terraformed(), article] {
        let tool = Tool::new(&vault, &Mappings::empty());
        let run = import(&tool, &[]).success();
        assert!(
            stdout(&run).contains("allowed in the files with the reason `adopted`"),
            "{}",
            stdout(&run)
        );
        validate(&tool).code(0);
        plan_imported(&tool).code(0);
    }
}

#[test]
fn what_is_new_is_refused_beside_what_was_adopted() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    import(&tool, &[]).success();
    let platform = tool.home().join("imported/vault.yaml");
    let text = std::fs::read_to_string(&platform).unwrap();
    let role = "    roles:\n      open:\n        user_claim: project_id\n        bound_claims: {project_id: \"1\"}\n        token_policies: [projects]\n";
    std::fs::write(&platform, text.replacen("    roles:\n", role, 1)).unwrap();
    let run = validate(&tool).code(1);
    assert!(
        stderr(&run).contains("warning[no-audience]"),
        "{}",
        stderr(&run)
    );
}

/// Else its developers could allow themselves the IAM role of any other project.
#[test]
fn no_projects_file_may_allow_another_projects_iam_role() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    import(&tool, &[]).success();
    let files = imported(&tool);
    assert!(
        files.contains("  project_allows:\n  - unreachable-mapping\n"),
        "{files}"
    );
    assert!(
        files.contains("      365-dev:\n        role_arns:\n"),
        "{files}"
    );
}
