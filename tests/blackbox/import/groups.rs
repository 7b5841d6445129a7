//! Group files and generated policies are imported as such where the files then are exact, and otherwise as they are.

use serde_json::{Value, json};

use super::{applied, import, imported, plan_imported};
use crate::support::{GitLabDirectory, Mappings, Shared, stdout};

const GROUP: &str = "group: payments
id: 72
subgroups: [73]
environments:
  dev: arn:aws:iam::123456789012:role/payments
  prod:
    roles:
      deploy: {role_arn: arn:aws:iam::123456789013:role/payments, max_sts_ttl: 1h}
      read: arn:aws:iam::123456789013:role/payments-read
  review: arn:aws:iam::123456789012:role/payments-review
";

/// The shipped files with a group that has a subgroup, and several roles of `prod` beside an environment that begins alike.
fn with_group() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.write("projects/payments/group.yaml", GROUP);
    mappings.write(
        "projects/payments/api.yaml",
        "project: payments/api\nid: 500\nenvironments:\n  prod: {roles: {deploy: arn:aws:iam::123456789013:role/a, \
         read: arn:aws:iam::123456789013:role/b}}\n  prod-eu: arn:aws:iam::123456789012:role/eu\n",
    );
    mappings
}

/// A file of the import.
fn file<'f>(files: &'f str, path: &str) -> Option<&'f str> {
    let (_, rest) = files.split_once(&format!("==> imported/{path} <==\n"))?;
    rest.split("==> ").next()
}

#[test]
fn a_group_and_the_pipelines_policies_come_back_as_the_files_have_them() {
    let mappings = with_group();
    let (_vault, tool) = applied(&mappings);
    let printed = stdout(&import(&tool, &[]).success());
    assert!(
        printed.contains("3 project files, 1 group file."),
        "{printed}"
    );
    let plan = plan_imported(&tool);
    assert_eq!(
        plan.get_output().status.code(),
        Some(0),
        "{}",
        stdout(&plan)
    );
    let files = imported(&tool);
    insta::assert_snapshot!(file(&files, "projects/unknown/group-72/group.yaml").unwrap_or(&files), @"
    # Vault does not know the group's path: write it here, and move the file to the folder of that path
    # Nor does it know which of these ids is the group, and which are subgroups
    group: unknown/group-72
    id: 72
    subgroups:
    - 73
    environments:
      dev: arn:aws:iam::123456789012:role/payments
      prod:
        roles:
          deploy:
            role_arn: arn:aws:iam::123456789013:role/payments
            max_sts_ttl: 1h
          read: arn:aws:iam::123456789013:role/payments-read
      review: arn:aws:iam::123456789012:role/payments-review
    ");
    let platform = file(&files, "vault.yaml").unwrap();
    for generated in [
        "  vault-provisioner-plan:\n    generated: plan\n",
        "  vault-provisioner:\n    generated:\n      for: apply\n      bounded: true\n",
    ] {
        assert!(platform.contains(generated), "{generated}: {platform}");
    }
    for made in ["aws-group-72", "group-73-dev", "Not in", "Not `generated`"] {
        assert!(!platform.contains(made), "{made}: {platform}");
    }
    let project = file(&files, "projects/unknown/project-500.yaml").unwrap();
    assert!(
        project.contains("  prod:\n    roles:\n      deploy: arn"),
        "{project}"
    );
}

#[test]
fn groups_get_their_paths_from_gitlab() {
    let groups = json!([{"path": "payments/cards"}, {"path": "payments"}, {"path": "other"}]);
    let gitlab = GitLabDirectory::of(json!({"groups": groups, "projects": []}));
    let [cards, payments, other] = [0, 1, 2].map(|number| gitlab.group(number));
    let mappings = with_group();
    mappings.replace(
        "projects/payments/group.yaml",
        "id: 72\nsubgroups: [73]\n",
        &format!("id: {payments}\nsubgroups: [{cards}]\n"),
    );
    mappings.write(
        "projects/other/group.yaml",
        format!("group: other\nid: {other}\nenvironments: {{dev: arn:aws:iam::123456789012:role/other}}\n"),
    );
    let (_vault, tool) = applied(&mappings);
    let tool = tool
        .with_env("CI_API_V4_URL", Shared::gitlab("api_url"))
        .with_env("GITLAB_TOKEN", gitlab.token("read_api"));
    let printed = stdout(&import(&tool, &[]).success());
    assert!(printed.contains("2 group files"), "{printed}");
    assert!(!printed.contains("group without a path"), "{printed}");
    let files = imported(&tool);
    let own = |group| format!("projects/{}/{group}/group.yaml", gitlab.root());
    let text = file(&files, &own("payments")).unwrap_or(&files);
    assert!(
        text.contains(&format!("id: {payments}\nsubgroups:\n- {cards}\n")),
        "{text}"
    );
    assert!(file(&files, &own("other")).is_some(), "{files}");
    plan_imported(&tool).code(0);
}

/// What is changed in Vault after the files were applied, and why the role then is not in a group's file.
type Change = (&'static str, Value, &'static str);

#[test]
fn what_a_group_file_can_not_hold_is_imported_as_it_is_with_the_reason() {
    let role = |policies: Value, claims: Value| {
        json!({
            "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
            "bound_claims": claims, "claim_mappings": {"project_id": "project_id"}, "token_policies": policies,
            "token_explicit_max_ttl": 600,
        })
    };
    let claims = json!({"environment": "dev", "namespace_id": "72"});
    let policy = |text: &str| json!({"policy": text});
    let own = "path \"aws/sts/group-72-dev\" { capabilities = [\"update\"] }\n";
    let changes: [Change; 8] = [
        (
            "auth/gitlab/role/aws-group-72-dev",
            role(json!(["aws-group-72-dev", "aws"]), claims.clone()),
            "it gives other policies than the one of its own name",
        ),
        (
            "auth/gitlab/role/aws-group-72-dev",
            role(
                json!(["aws-group-72-dev"]),
                json!({"environment": "dev", "namespace_id": "72", "ref": "main"}),
            ),
            "a group's file would give it other settings",
        ),
        (
            "auth/gitlab/role/aws-group-72-dev",
            role(json!(["aws-group-72-dev"]), json!({"namespace_id": "72"})),
            "a group's file would give it other settings",
        ),
        (
            "auth/gitlab/role/payments",
            role(json!(["aws-group-72-dev"]), claims),
            "its name does not follow from one with `for_each: environments`",
        ),
        (
            "sys/policies/acl/aws-group-72-dev",
            policy(&format!(
                "{own}path \"aws/sts/365-dev\" {{ capabilities = [\"update\"] }}\n"
            )),
            "its policy is not `update` of AWS roles",
        ),
        (
            "sys/policies/acl/aws-group-72-dev",
            policy(&own.replace("72-dev", "72-dev-x")),
            "an AWS role of its policy is missing",
        ),
        (
            "sys/policies/acl/aws-group-72-dev",
            policy(&format!("# Agreed with the auditors\n{own}")),
            "its policy is not `update` of AWS roles",
        ),
        (
            "aws/roles/group-72-dev",
            json!({"credential_type": "assumed_role", "role_arns":
                ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]}),
            "an AWS role of its policy is missing, or has what a mapping can't have",
        ),
    ];
    for (path, body, why) in changes {
        let mappings = with_group();
        mappings.write(
            "projects/other/group.yaml",
            "group: other\nid: 74\nenvironments: {dev: arn:aws:iam::123456789012:role/other}\n",
        );
        mappings.replace("projects/payments/group.yaml", "subgroups: [73]\n", "");
        let (vault, tool) = applied(&mappings);
        vault.root.write(path, &body);
        import(&tool, &[]).success();
        let plan = plan_imported(&tool);
        let code = plan.get_output().status.code();
        assert_eq!(code, Some(0), "{path} {body}: {}", stdout(&plan));
        let files = imported(&tool);
        let platform = file(&files, "vault.yaml").unwrap();
        let comment = format!("# Not in a group's file: {why}");
        assert_eq!(
            platform.matches(&comment).count(),
            1,
            "{path} {body}: {files}"
        );
        // The other group has its file all the same.
        assert!(
            file(&files, "projects/unknown/group-74/group.yaml").is_some(),
            "{path}: {files}"
        );
    }
}

#[test]
fn a_policy_that_the_files_would_compute_otherwise_is_imported_as_it_is_with_the_reason() {
    let (vault, tool) = applied(&Mappings::shipped());
    let plan = vault
        .root
        .read("sys/policies/acl/vault-provisioner-plan")
        .unwrap();
    let more = "\n# Agreed\npath \"sys/health\" {\n  capabilities = [\"read\"]\n}\n";
    let text = format!("{}{more}", plan["policy"].as_str().unwrap());
    vault.root.write(
        "sys/policies/acl/vault-provisioner-plan",
        &json!({"policy": text}),
    );
    import(&tool, &[]).success();
    plan_imported(&tool).code(0);
    let files = imported(&tool);
    let comment =
        "  # Not `generated`: `vault-provisioner policy` computes another one from these files\n";
    for name in ["vault-provisioner", "vault-provisioner-plan"] {
        // The bounded policy holds the text of the other one.
        let entry = format!("{comment}  {name}:\n    rules:\n");
        assert!(files.contains(&entry), "{name}: {files}");
    }
}

#[test]
fn policies_without_bounds_are_generated_and_several_pipelines_know_of_each_other() {
    let mappings = Mappings::shipped();
    let bounded = "  vault-provisioner: {generated: {for: apply, bounded: true}}\n";
    mappings.replace(
        "vault.yaml",
        bounded,
        "  vault-provisioner: {generated: apply}\n  vault-provisioner-two: {generated: apply}\n",
    );
    mappings.replace(
        "vault.yaml",
        "token_policies: [vault-provisioner]\n",
        "token_policies: [vault-provisioner, vault-provisioner-two]\n",
    );
    let (_vault, tool) = applied(&mappings);
    import(&tool, &[]).success();
    plan_imported(&tool).code(0);
    let files = imported(&tool);
    assert_eq!(files.matches("generated: apply\n").count(), 2, "{files}");
}
