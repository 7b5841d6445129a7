//! Whoever may write what decides breaks the contract, and gets everything.

use serde_json::json;

use super::{PROD, VAULT, broken, gets_production};
use crate::support::{Client, Mappings, Tool, Vault, field, id_token};

const EVERYTHING: &str = "path \"aws/sts/*\" { capabilities = [\"update\"] }";

/// What a policy lets its holders write, and how they get everything by it; nothing where the server refuses.
struct Power {
    rule: &'static str,
    take: fn(&Vault, Client) -> Option<Client>,
}

const POWERS: [Power; 5] = [
    Power {
        rule: "{path: sys/policies/acl/a*, capabilities: [update]}",
        take: |_, holder| {
            holder.write("sys/policies/acl/aws", &json!({"policy": EVERYTHING}));
            Some(holder)
        },
    },
    Power {
        rule: "{path: auth/+/role/own, capabilities: [create, update]}",
        take: |vault, holder| {
            let role = json!({
                "role_type": "jwt", "user_claim": "ref", "bound_audiences": "https://vault.example.com",
                "claim_mappings": {"ref": "project_id"}, "token_policies": ["aws-prod"],
            });
            holder.write("auth/gitlab/role/own", &role);
            let jwt = id_token(&json!({"project_id": "999", "ref": "365"}));
            vault.log_in("gitlab", Some("own"), &jwt).ok()
        },
    },
    // The policy `default` has an exact rule for a token's own entity, which only reads; a group has no such rule.
    Power {
        rule: "{path: identity/group, capabilities: [create, update]}",
        take: |vault, holder| {
            vault
                .root
                .write("sys/policies/acl/elsewhere", &json!({"policy": EVERYTHING}));
            let own = vault
                .root
                .write("auth/token/lookup", &json!({"token": holder.token}));
            let entity = field(&own["data"], "entity_id").to_owned();
            let group =
                json!({"name": "own", "policies": ["elsewhere"], "member_entity_ids": [entity]});
            holder.write("identity/group", &group);
            Some(holder)
        },
    },
    Power {
        rule: "{path: auth/token/create, capabilities: [update, sudo]}",
        take: child,
    },
    // Without sudo, a token has no policy that its parent lacks.
    Power {
        rule: "{path: auth/token/create, capabilities: [update]}",
        take: child,
    },
];

/// A token of the holder's with a policy that allows everything.
fn child(vault: &Vault, holder: Client) -> Option<Client> {
    vault
        .root
        .write("sys/policies/acl/elsewhere", &json!({"policy": EVERYTHING}));
    let answer = holder.request(
        "POST",
        "auth/token/create",
        &json!({"policies": ["elsewhere"]}),
    );
    let token = answer.body["auth"]["client_token"].as_str()?;
    Some(holder.with_token(token))
}

#[test]
fn whoever_may_write_what_decides_breaks_the_contract_and_gets_everything() {
    let vault = Vault::start();
    for power in POWERS {
        let mappings = Mappings::shipped();
        let rule = "${secrets.aws.path}/sts/gitlab-tools\n        capabilities: [update]\n        description: The shared role of the GitLab tools\n";
        mappings.replace(VAULT, rule, &format!("{rule}      - {}\n", power.rule));
        let tool = Tool::new(&vault, &mappings);
        mappings.remove("contract.yaml");
        tool.apply().assert().success();
        mappings.write("contract.yaml", PROD);
        let holder = vault.log_in(
            "gitlab",
            Some("aws"),
            &id_token(&json!({"project_id": "999", "environment": null})),
        );
        let holder = holder.unwrap();
        assert!(!gets_production(&holder), "{}", power.rule);
        let taken = (power.take)(&vault, holder);
        let is_taken = taken.is_some_and(|token| gets_production(&token));
        vault.root.delete("auth/gitlab/role/own");
        vault.root.delete("identity/group/name/own");
        if is_taken {
            let told = broken(&tool, "validate");
            let message = field(&told[0], "message");
            assert!(
                message.contains(" may give themselves these IAM roles by policy aws"),
                "{message}"
            );
            assert_eq!(broken(&tool, "plan"), told);
        } else {
            assert!(
                power.rule.ends_with("create, capabilities: [update]}"),
                "{}",
                power.rule
            );
            tool.run(["validate"]).assert().success();
        }
    }
}

#[test]
fn the_pipelines_policy_counts_for_every_job_except_the_pipeline() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    tool.run(["validate"]).assert().success();
    let bounds =
        r#"bound_claims: {project_id: "7012", ref: main, ref_type: branch, ref_protected: "true"}"#;
    for open in [
        "",
        r#"bound_claims: {project_id: "7012", ref: main, ref_type: branch}"#,
        r#"bound_claims: {ref: main, ref_protected: "true"}"#,
    ] {
        let mappings = Mappings::shipped();
        mappings.replace(VAULT, bounds, open);
        let told = broken(&Tool::offline(&mappings), "validate");
        let message = field(&told[0], "message");
        assert!(
            message.ends_with(" may give themselves these IAM roles by policy vault-provisioner"),
            "{message}"
        );
    }
}
