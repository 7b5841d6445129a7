//! What Vault holds where the files have theirs, and the files lack: it is reported, and no command deletes it.

use serde_json::{Value, json};

use crate::support::{
    GitLab, Mappings, Shared, Tool, Vault, field, id_token, stdout, whole_stdout,
};

/// A policy as a stolen token of `apply` would write it: the shipped files have `aws-{environment}`.
const FOREIGN: &str = "sys/policies/acl/aws-x";

/// The shipped files, applied; the tool, and the same as the pipeline's job.
fn shipped() -> (Vault, Mappings, Tool, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let claims = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    let job = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &id_token(&claims));
    (vault, mappings, tool, job)
}

fn write_foreign(vault: &Vault, path: &str) {
    let everything = json!({"policy": "path \"*\" { capabilities = [\"sudo\", \"update\"] }"});
    vault.root.write(path, &everything);
}

#[test]
fn a_policy_under_a_prefix_of_the_files_is_drift_until_the_files_say_what_it_is() {
    let (vault, mappings, tool, job) = shipped();
    assert!(stdout(&job.run(["drift"]).assert().code(0)).starts_with("No changes. Vault matches"));
    write_foreign(&vault, FOREIGN);
    write_foreign(&vault, "sys/policies/acl/other");

    let told = "warning[foreign-policy]: sys/policies/acl/aws-x: Vault holds this policy and the files lack it; to delete \
                it, write `- policy: aws-x` under `removed` in vault.yaml; to keep it, declare it, or name it under \
                `unmanaged.policies`";
    for run in [
        job.run(["plan"]).assert().code(0),
        job.run(["drift"]).assert().code(2),
    ] {
        let text = stdout(&run);
        let verdict = "No changes, but Vault holds 1 policy that the files lack.\n";
        assert!(text.starts_with(verdict) && text.contains(told), "{text}");
    }
    let drift = job.run(["drift", "--format", "json"]).assert().code(2);
    for report in [
        job.plan_json(),
        serde_json::from_str(&stdout(&drift)).unwrap(),
    ] {
        let foreign = json!([{
            "kind": "policy", "path": FOREIGN, "name": "aws-x", "removed": "- policy: aws-x",
        }]);
        assert_eq!(report["foreign"], foreign);
        assert_eq!(report["changes"], json!([]));
    }
    tool.apply().assert().success();
    assert!(vault.root.read(FOREIGN).is_some());

    mappings.append("vault.yaml", "\nunmanaged: {policies: [AWS-x]}\n");
    let left_alone = stdout(&job.run(["drift"]).assert().code(0));
    assert!(
        left_alone.contains("what `unmanaged` names"),
        "{left_alone}"
    );
    mappings.replace(
        "vault.yaml",
        "unmanaged: {policies: [AWS-x]}",
        "removed:\n- policy: aws-x",
    );
    tool.apply().assert().success();
    assert!(vault.root.read(FOREIGN).is_none());
    job.run(["drift"]).assert().code(0);
}

#[test]
fn a_token_that_may_not_list_policies_says_that_it_did_not_look() {
    let (vault, _mappings, _tool, job) = shipped();
    write_foreign(&vault, FOREIGN);
    let path = "sys/policies/acl/vault-provisioner";
    let policy = vault.root.read(path).expect("the generated policy");
    let list = "path \"sys/policies/acl\" {\n  capabilities = [\"list\"]\n}\n";
    let text = field(&policy, "policy");
    assert!(text.contains(list), "{text}");
    vault
        .root
        .write(path, &json!({ "policy": text.replace(list, "") }));

    let plan = job.plan_json();
    assert_eq!(plan["foreign"], json!([]));
    let not_looked_at = "policies that are not in the files and begin with aws- (the token may not list sys/policies/acl)";
    let parts = plan["not_looked_at"].as_array().expect("a list");
    assert!(parts.contains(&json!(not_looked_at)), "{parts:?}");
}

#[test]
fn the_issue_about_drift_names_each_policy_that_the_files_lack_once() {
    let (vault, _mappings, _tool, job) = shipped();
    let gitlab = GitLab::project();
    let job = gitlab.job(job);
    let drift = |code| drop(job.run(["drift", "--open-issue"]).assert().code(code));
    write_foreign(&vault, FOREIGN);
    drift(2);
    let issue = gitlab.open_issue();
    let description = field(&issue, "description");
    assert!(
        description.contains("! warning[foreign-policy]: sys/policies/acl/aws-x: "),
        "{description}"
    );
    drift(2);
    assert_eq!(gitlab.open_issue(), issue);

    write_foreign(&vault, "sys/policies/acl/aws-y");
    drift(2);
    let notes: Vec<Value> = gitlab.open_issue()["notes"].as_array().unwrap().clone();
    let [note] = notes.as_slice() else {
        panic!("{notes:?}");
    };
    let note = field(note, "body");
    assert!(
        note.contains("New and not in the files: 1 policy\n"),
        "{note}"
    );
    assert!(
        note.contains("aws-y: Vault holds") && !note.contains("aws-x: Vault holds"),
        "{note}"
    );

    vault.root.delete(FOREIGN);
    vault.root.delete("sys/policies/acl/aws-y");
    drift(0);
    assert_eq!(gitlab.issues("closed").len(), 1);
}

/// What stands beside the files in a mount of theirs, `strays.rs` has of every kind.
#[test]
fn a_configuration_that_the_files_do_not_declare_is_said_not_to_be_looked_at() {
    let (vault, _mappings, tool, _job) = shipped();
    for (path, body) in [
        (
            "aws/config/root",
            json!({"sts_endpoint": "https://evil.example.com"}),
        ),
        (
            "aws/config/lease",
            json!({"lease": "700h", "lease_max": "768h"}),
        ),
    ] {
        vault.root.write(path, &body);
        let drift = tool.run(["drift", "--format", "json"]).assert().code(0);
        let report: Value = serde_json::from_str(&stdout(&drift)).unwrap();
        let not_looked_at = report["not_looked_at"].as_array().unwrap();
        for unseen in [
            "aws/config/lease, aws/config/root (not declared in the files)",
            "other mounts and policies, identity, tokens, AWS",
        ] {
            assert!(not_looked_at.contains(&json!(unseen)), "{report:#}");
        }
    }
}

#[test]
fn drift_counts_attributes_that_no_file_can_hold_and_exits_with_0() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let config = json!({"oidc_discovery_url": Shared::issuers()[0]});
    let files = json!({"version": 1, "auth": {"gitlab": {"type": "jwt", "config": config}}});
    mappings.write("vault.yaml", files.to_string());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let report = |tool: &Tool| -> Value {
        let drift = tool.run(["drift", "--format", "json"]).assert().code(0);
        serde_json::from_str(&stdout(&drift)).unwrap()
    };
    assert_eq!(
        report(&tool)["unmodelled"],
        json!({"count": 0, "attributes": {}})
    );

    let mut live = config;
    live["oidc_response_mode"] = "form_post".into();
    live["oidc_response_types"] = json!(["code", "id_token"]);
    vault.root.write("auth/gitlab/config", &live);
    let names = ["oidc_response_mode", "oidc_response_types"];
    let report = report(&tool);
    let expected = json!({"count": 2, "attributes": {"auth/gitlab/config": names}});
    assert_eq!(report["unmodelled"], expected);
    let counted = json!("2 attributes that the files can't hold");
    assert!(
        report["not_looked_at"]
            .as_array()
            .unwrap()
            .contains(&counted),
        "{report:#}"
    );
    let text = whole_stdout(&tool.run(["drift"]).assert().code(0));
    for part in [
        "2 attributes that the files can't hold",
        "warning[unmodelled-fields]: auth/gitlab/config: oidc_response_mode, oidc_response_types are set in Vault and can't be \
         managed in the files",
    ] {
        assert!(text.contains(part), "{text}");
    }

    // A write carries them.
    mappings.replace(
        "vault.yaml",
        "\"config\":{",
        "\"config\":{\"default_role\":\"aws\",",
    );
    tool.apply().assert().success();
    let kept = vault.root.read("auth/gitlab/config").unwrap();
    assert_eq!(kept["default_role"], "aws");
    for name in names {
        assert_eq!(kept[name], live[name], "{name}");
    }
}
