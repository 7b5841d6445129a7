//! What OpenBao keeps beside a policy's text, and which write comes second.

use serde_json::{Value, json};

use crate::support::{Fault, Mappings, Tool, Vault, Wire, field, stderr, stdout};

const PATH: &str = "sys/policies/acl/jobs";
const SETTINGS: [&str; 4] = [
    "expiration",
    "cas_required",
    "allow_slashes_in_identity_templates",
    "allow_wildcards_in_identity_templates",
];
const READ: &str = "path \"secret/jobs\" {\n  capabilities = [\"read\"]\n}\n";

fn files(capabilities: &str, settings: &str) -> String {
    format!(
        "version: 1\npolicies:\n  jobs:\n    rules: [{{path: secret/jobs, capabilities: [{capabilities}]}}]\n{settings}"
    )
}

fn settings(vault: &Vault) -> Vec<Value> {
    let policy = vault.root.read(PATH).expect("the policy");
    SETTINGS.iter().map(|name| policy[*name].clone()).collect()
}

#[test]
fn what_the_files_do_not_set_is_carried_through_a_write() {
    let (vault, mappings) = (Vault::start(), Mappings::of(&files("read", "")));
    let tool = Tool::new(&vault, &mappings);
    let live = json!({
        "policy": READ, "ttl": "1h", "cas_required": true, "allow_slashes_in_identity_templates": true, "cas": -1,
    });
    vault.root.write(PATH, &live);
    let before = settings(&vault);
    tool.plan().assert().code(0);
    mappings.write("vault.yaml", files("read, list", ""));
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    assert!(field(&vault.root.read(PATH).unwrap(), "policy").contains("list"));
    assert_eq!(settings(&vault), before);
    // HashiCorp Vault has nothing to carry.
    assert_eq!(before[1] == true, vault.is_openbao(), "{before:?}");

    let import = tool.run(["import", "--out", "imported", "--policies", "jobs"]);
    { import }.assert().success();
    let imported = std::fs::read_to_string(tool.home().join("imported/vault.yaml")).unwrap();
    assert_eq!(
        imported.contains("cas_required: true"),
        vault.is_openbao(),
        "{imported}"
    );
    assert_eq!(
        imported.contains("expiration: "),
        vault.is_openbao(),
        "{imported}"
    );
}

#[test]
fn what_the_files_set_is_seen_written_and_switched_off_by_name() {
    let on = "    expiration: 2099-12-31T00:00:00Z\n    cas_required: true\n    allow_wildcards_in_identity_templates: true\n";
    let (vault, mappings) = (Vault::start(), Mappings::of(&files("read", on)));
    let tool = Tool::new(&vault, &mappings);
    if !vault.is_openbao() {
        let refused = stderr(&tool.apply().assert().code(1));
        assert!(
            refused.contains("`expiration`, which OpenBao has"),
            "{refused}"
        );
        return;
    }
    tool.apply().assert().success();
    assert_eq!(
        settings(&vault),
        [
            json!("2099-12-31T00:00:00Z"),
            json!(true),
            json!(false),
            json!(true)
        ]
    );
    tool.plan().assert().code(0);
    mappings.write("vault.yaml", files("read", ""));
    tool.plan().assert().code(0);
    let off = "    expiration: never\n    cas_required: false\n    allow_wildcards_in_identity_templates: false\n";
    mappings.write("vault.yaml", files("read", off));
    tool.apply().assert().success();
    assert_eq!(
        settings(&vault),
        [json!(null), json!(false), json!(false), json!(false)]
    );
    tool.plan().assert().code(0);
}

#[test]
fn validate_reports_an_expired_policy_before_openbao_refuses_it() {
    let past = "    expiration: 2020-12-31T00:00:00Z\n";
    let (vault, mappings) = (Vault::start(), Mappings::of(&files("read", past)));
    let tool = Tool::new(&vault, &mappings);
    let said = stderr(&tool.run(["validate"]).assert().success());
    assert!(said.contains("warning[expired-policy]: "), "{said}");
    let body = json!({"policy": READ, "expiration": "2020-12-31T00:00:00Z"});
    let answer = vault.root.request("POST", PATH, &body);
    let refusal = answer.body["errors"][0].as_str().unwrap_or_default();
    assert_eq!(
        refusal.contains("already elapsed"),
        vault.is_openbao(),
        "{answer:?}"
    );
    let apply = tool.apply().assert().code(1);
    let told = stdout(&apply) + &stderr(&apply);
    let expected = if vault.is_openbao() {
        "refusing to update policy as expiration time has already elapsed"
    } else {
        "error[unsupported-field]"
    };
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_concurrent_write_is_not_lost() {
    let theirs = json!({"policy": "path \"secret/theirs\" { capabilities = [\"read\"] }"});
    for there_before in [false, true] {
        let (vault, mappings) = (Vault::start(), Mappings::of(&files("read", "")));
        let tool = Tool::new(&vault, &mappings);
        if there_before {
            tool.apply().assert().success();
            mappings.write("vault.yaml", files("read, list", ""));
        }
        let wire = Wire::to(vault.address());
        let write = |act: &'static str| {
            let (root, theirs) = (vault.root.clone(), theirs.clone());
            Fault::before(move || drop(root.request(act, PATH, &theirs)))
        };
        let through = tool.with_env("VAULT_ADDR", wire.address());
        wire.on("POST", PATH).then(write("POST"));
        let apply = through.apply().assert();
        wire.mend();
        let text = field(&vault.root.read(PATH).unwrap(), "policy").to_owned();
        if vault.is_openbao() {
            let report = stdout(&apply.code(1));
            assert!(
                report.contains("error[changed-meanwhile]: someone has changed it"),
                "{report}"
            );
            assert!(text.contains("secret/theirs"), "{text}");
        } else {
            // It has no version that a write could name.
            apply.success();
            assert!(!text.contains("secret/theirs"), "{text}");
        }

        // Between the comparison and the write, both servers let it be seen.
        through.apply().assert().success();
        mappings.write("vault.yaml", files("read, sudo", ""));
        wire.on("GET", PATH).skip(1).times(1).then(write("POST"));
        let report = stdout(&through.apply().assert().code(1));
        assert!(
            report.contains("error[changed-meanwhile]: someone has changed it"),
            "{report}"
        );
        wire.mend();
    }
}
