//! Group files on real servers: whose jobs they admit, and what a running job's token gets.

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, gets, id_token, log_in, stderr, stdout};

const GROUP: &str = "group: payments
id: 72
subgroups: [73]
environments:
  dev: arn:aws:iam::123456789012:role/payments
  prod: arn:aws:iam::123456789013:role/payments
";

fn mappings() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.write("projects/payments/group.yaml", GROUP);
    mappings
}

/// What a job of a project in a namespace says of itself.
fn job(project: &str, namespace: &str, environment: &str) -> Value {
    json!({
        "project_id": project, "project_path": "payments/any", "namespace_id": namespace,
        "namespace_path": "payments", "environment": environment,
    })
}

#[test]
fn a_groups_role_admits_exactly_the_projects_of_the_group_by_its_id() {
    let vault = Vault::start();
    Tool::new(&vault, &mappings()).apply().assert().success();
    for (role, claims) in [
        ("aws-group-72-dev", job("900", "72", "dev")),
        ("aws-group-72-dev", job("901", "72", "dev")),
        ("aws-group-73-dev", job("902", "73", "dev")),
        ("aws-group-72-prod", job("900", "72", "prod")),
    ] {
        let token = log_in(&vault, role, &claims);
        let own = role.strip_prefix("aws-").unwrap();
        for other in ["group-72-dev", "group-73-dev", "group-72-prod", "365-dev"] {
            assert_eq!(gets(&token, other), other == own, "{role}: {other}");
        }
    }
    let mut unprotected = job("900", "72", "prod");
    unprotected["ref_protected"] = "false".into();
    let mut renamed = job("900", "99", "dev");
    renamed["namespace_path"] = "payments".into();
    for (role, claims) in [
        // The path of the group does not count, nor does the id of another group or of a subgroup that is not listed.
        ("aws-group-72-dev", renamed),
        ("aws-group-72-dev", job("900", "73", "dev")),
        ("aws-group-72-dev", job("72", "74", "dev")),
        ("aws-group-72-dev", job("900", "72", "prod")),
        ("aws-group-72-dev", job("900", "72", "staging")),
        ("aws-group-72-prod", unprotected),
        // The project has moved to another group since its last job.
        ("aws-group-73-dev", job("902", "74", "dev")),
    ] {
        let login = vault.log_in("gitlab", Some(role), &id_token(&claims));
        assert!(login.is_err(), "{role} admits {claims}");
    }
}

#[test]
fn a_running_jobs_token_keeps_its_groups_role_whoever_logs_in_besides() {
    let mappings = mappings();
    mappings.write(
        "projects/payments/api.yaml",
        "project: payments/api\nid: 900\nenvironments:\n  prod: arn:aws:iam::123456789013:role/api\n",
    );
    let vault = Vault::start();
    Tool::new(&vault, &mappings).apply().assert().success();
    let running = log_in(&vault, "aws-group-72-dev", &job("900", "72", "dev"));
    let only_dev = |when: &str| {
        assert!(gets(&running, "group-72-dev"), "{when}");
        for other in ["group-72-prod", "group-73-dev", "900-prod", "365-dev"] {
            assert!(!gets(&running, other), "{when}: {other}");
        }
    };
    only_dev("before");
    let own = log_in(&vault, "aws-prod", &job("900", "72", "prod"));
    only_dev("while a job of the same project has the project's own role");
    assert!(gets(&own, "900-prod") && !gets(&own, "group-72-dev"));
    let prod = log_in(&vault, "aws-group-72-prod", &job("900", "72", "prod"));
    only_dev("while a job of the same project and another environment runs");
    assert!(gets(&prod, "group-72-prod") && !gets(&prod, "group-72-dev"));
    log_in(&vault, "aws", &job("900", "74", "dev"));
    only_dev("while a job of the project runs that was moved");
    log_in(&vault, "aws-group-73-dev", &job("902", "73", "dev"));
    only_dev("while a job of a subgroup runs");
}

#[test]
fn without_bounds_the_pipeline_creates_the_roles_of_a_new_subgroup_and_deletes_those_of_a_removed_one()
 {
    let mappings = mappings();
    mappings.replace("vault.yaml", "{for: apply, bounded: true}", "apply");
    let vault = Vault::start();
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.run(["plan", "--detailed-exitcode"]).assert().code(0);
    mappings.replace("projects/payments/group.yaml", "[73]", "[73, 74]");
    let main = id_token(&json!({"project_id": "7012", "project_path": "devops/vault-provisioner"}));
    let pipeline = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &main);
    let planned = stdout(&pipeline.run(["plan"]).assert().success());
    assert!(
        planned.contains("aws/roles/group-74-dev")
            && planned.contains("subgroup 74 of payments, dev"),
        "{planned}"
    );
    pipeline.apply().assert().success();
    log_in(&vault, "aws-group-74-dev", &job("902", "74", "dev"));
    mappings.replace("projects/payments/group.yaml", "[73, 74]", "[73]");
    pipeline.apply().assert().success();
    let gone = vault.log_in(
        "gitlab",
        Some("aws-group-74-dev"),
        &id_token(&job("902", "74", "dev")),
    );
    assert!(gone.is_err());
}

#[test]
fn explain_names_the_group_whose_projects_reach_a_role() {
    let mappings = mappings();
    let tool = Tool::offline(&mappings);
    let mut run = tool.run([
        "explain",
        "--arn",
        "arn:aws:iam::123456789012:role/payments",
    ]);
    let answer = stdout(&run.assert().success());
    for who in ["group 72 (payments)", "group 73 (subgroup of payments)"] {
        assert!(answer.contains(who), "{answer}");
    }
    let mut run = tool.run([
        "explain",
        "--project",
        "payments/new",
        "--environment",
        "dev",
    ]);
    let answer = stdout(&run.assert().success());
    assert!(answer.contains("aws-group-72-dev"), "{answer}");
    tool.run(["validate", "--deny-warnings"]).assert().success();
}

#[test]
fn two_mappings_for_the_jobs_of_a_group_are_refused_with_both_places() {
    let mappings = mappings();
    mappings.write(
        "projects/payments/cards/group.yaml",
        "group: payments/cards\nid: 73\nenvironments:\n  dev: arn:aws:iam::123456789012:role/cards\n",
    );
    mappings.write(
        "projects/payments/odd.yaml",
        "project: payments/odd\nid: 903\nenvironments:\n  group-72-dev: arn:aws:iam::123456789012:role/odd\n",
    );
    let refused = Tool::offline(&mappings).run(["validate"]).assert().code(1);
    let messages = stderr(&refused);
    for told in [
        "another mapping is for `dev` of the group 73",
        "projects/payments/group.yaml:5:3",
        "has `group-72-dev` in its name",
    ] {
        assert!(messages.contains(told), "{told}: {messages}");
    }
}

#[test]
fn who_gains_access_and_what_the_pipeline_needs_name_the_groups_roles() {
    let mappings = mappings();
    let tool = Tool::offline(&mappings);
    let printed = |arguments: &[&str]| stdout(&tool.run(arguments).assert().success());
    let matrix = printed(&["explain", "--matrix"]);
    assert!(
        matrix.contains("group 72 (payments), environment prod, protected refs only"),
        "{matrix}"
    );
    let shipped = Mappings::shipped();
    let old = shipped.path().to_str().expect("text");
    let gained = printed(&["diff", old]);
    let both = "+ any project directly in group 72 (payments) or 73 (subgroup of payments), environment dev";
    assert!(gained.contains(both), "{gained}");
    let bounded = printed(&["policy", "--for", "apply", "--bounded"]);
    let unbounded = printed(&["policy", "--for", "apply"]);
    for name in ["aws-group-72-dev", "aws-group-73-prod"] {
        let role = format!("path \"auth/gitlab/role/{name}\"");
        let policies = format!("\"token_policies\" = [[\"{name}\"]]");
        assert!(
            bounded.contains(&role) && bounded.contains(&policies),
            "{bounded}"
        );
        assert!(!unbounded.contains(name), "{unbounded}");
    }
}
