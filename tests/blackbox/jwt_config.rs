//! How a JWT method verifies JWTs: from one source of keys to another, and what a write takes away.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::support::{Feature, Mappings, Shared, Tool, Vault, stderr, stdout, whole_stderr};

const PATH: &str = "auth/gitlab/config";
const CERTIFICATE: &str = include_str!("../fixtures/certificates/one.pem");
const PUBLIC_KEY: &str = include_str!("../fixtures/certificates/one.pub.pem");

/// The article's method with this configuration.
fn files(config: &Value) -> String {
    json!({"version": 1, "auth": {"gitlab": {"type": "jwt", "config": config}}}).to_string()
}

/// A configuration that a server may hold.
struct Source {
    /// As in the files.
    files: Value,
    /// What someone may have set beside it, and Vault accepts only there.
    beside: Value,
    feature: Option<Feature>,
}

/// Each source of keys.
fn sources() -> Vec<Source> {
    let (url, issuer) = (Shared::jwks_url(), &Shared::issuers()[0]);
    vec![
        Source {
            files: json!({ "jwks_url": url }),
            beside: json!({
                "bound_issuer": "https://git.example.com", "default_role": "aws", "jwks_ca_pem": CERTIFICATE.trim(),
            }),
            feature: None,
        },
        Source {
            files: json!({"jwks_pairs": [{"jwks_url": url}, {"jwks_url": format!("{url}?b")}]}),
            beside: json!({"default_role": "aws", "jwt_supported_algs": ["RS256"]}),
            feature: Some(Feature::JwksPairs),
        },
        Source {
            files: json!({ "jwt_validation_pubkeys": [PUBLIC_KEY.trim()] }),
            beside: json!({"bound_issuer": "https://git.example.com", "namespace_in_state": false}),
            feature: None,
        },
        Source {
            files: json!({ "oidc_discovery_url": issuer }),
            beside: json!({
                "oidc_client_id": "vault", "oidc_client_secret": "hidden", "oidc_response_mode": "query",
                "provider_config": {"provider": "azure"}, "oidc_discovery_ca_pem": CERTIFICATE.trim(),
            }),
            feature: None,
        },
    ]
}

fn merged(one: &Value, other: &Value) -> Map<String, Value> {
    let fields = [one, other].into_iter().filter_map(Value::as_object);
    fields.flat_map(Clone::clone).collect()
}

#[test]
fn each_source_of_keys_can_take_the_place_of_each_other_one() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    let has = |source: &&Source| source.feature.is_none_or(|feature| vault.has(feature));
    let sources = sources();
    let sources: Vec<&Source> = sources.iter().filter(has).collect();
    mappings.write("vault.yaml", files(&sources[0].files));
    tool.apply().assert().success();
    for (index, from) in sources.iter().enumerate() {
        for (other, to) in sources
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
        {
            // By hand, with what no file has, and with what contradicts the files.
            let live = merged(&from.files, &from.beside);
            vault.root.write(PATH, &json!(live));
            mappings.write("vault.yaml", files(&to.files));
            let plan = tool.plan_json();
            let planned = &plan["changes"][0];
            assert_eq!(planned["path"], PATH, "{index} to {other}: {plan:#}");
            let names: BTreeSet<&str> = planned["fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|field| field["name"].as_str().unwrap())
                .collect();
            let unmodelled = ["oidc_client_id", "oidc_client_secret", "oidc_response_mode"];
            let expected = live.keys().chain(to.files.as_object().unwrap().keys());
            let expected: BTreeSet<&str> = expected
                .map(String::as_str)
                .filter(|name| !unmodelled.contains(name))
                .collect();
            assert_eq!(names, expected, "{index} to {other}: {plan:#}");
            let lost = plan["warnings"].as_array().unwrap().iter();
            let lost = lost
                .filter(|warning| warning["code"] == "lost-attribute")
                .count();
            assert_eq!(lost == 1, live.contains_key("oidc_client_id"), "{plan:#}");

            let applied = tool.apply().assert().success();
            let kept = vault.root.read(PATH).unwrap();
            assert_eq!(kept["oidc_client_id"], "", "{}", stdout(&applied));
            for source in &sources {
                for (name, value) in source.files.as_object().unwrap() {
                    let is_wanted = to.files.get(name).is_some();
                    let is_set = !matches!(&kept[name], Value::Null)
                        && kept[name] != json!("")
                        && kept[name] != json!([]);
                    assert_eq!(
                        is_set, is_wanted,
                        "{index} to {other}: {name} {value}: {kept:#}"
                    );
                }
            }
            assert_eq!(
                stdout(&tool.plan().assert().code(0)).lines().next(),
                Some("No changes. Vault matches the files.")
            );
        }
    }
}

#[test]
fn several_places_of_keys_are_for_servers_that_have_them() {
    let config = json!({"jwks_pairs": [{"jwks_url": Shared::jwks_url()}]});
    let (vault, mappings) = (Vault::start(), Mappings::of(&files(&config)));
    let tool = Tool::new(&vault, &mappings);
    if !vault.has(Feature::JwksPairs) {
        let said = stderr(&tool.plan().assert().code(1));
        insta::assert_snapshot!(said.replace(Shared::jwks_url(), "https://git.example.com/-/jwks"), @r#"
        error[unsupported-field]: auth/gitlab/config: `jwks_pairs`, which HashiCorp Vault has
         --> mappings/vault.yaml:1:30
          |
        1 | {"auth":{"gitlab":{"config":{"jwks_pairs":[{"jwks_url":"https://git.example.com/-/jwks"}]},"type":"jwt"}},"version":1}
          |                              ^^^^^^^^^^^^ this server does not have it

        error[unsupported-field]: the files set 1 field that this server does not have; nothing was planned
        help: remove these from the files, or use a server that has them; docs/servers.md says what works where
        For more about this error, run `vault-provisioner --explain unsupported-field`.
        "#);
        return;
    }
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    tool.run(["import", "--out", "imported"]).assert().code(0);
    tool.run(["plan", "--detailed-exitcode", "--mappings", "imported"])
        .assert()
        .code(0);
}

#[test]
fn the_loss_of_an_oidc_client_is_reported_before_the_write() {
    let issuer = &Shared::issuers()[0];
    let config = |role: &str| json!({"oidc_discovery_url": issuer, "default_role": role});
    let (vault, mappings) = (Vault::start(), Mappings::of(&files(&config("people"))));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let mut live = config("people");
    live["oidc_client_id"] = "vault".into();
    live["oidc_client_secret"] = "hidden".into();
    vault.root.write(PATH, &live);
    let role = json!({
        "role_type": "oidc", "user_claim": "sub",
        "allowed_redirect_uris": ["https://vault.example.com/callback"],
    });
    vault.root.write("auth/gitlab/role/people", &role);
    let may_log_in = || {
        let redirect =
            json!({"role": "people", "redirect_uri": "https://vault.example.com/callback"});
        let answer = vault
            .root
            .request("POST", "auth/gitlab/oidc/auth_url", &redirect);
        answer.body["data"]["auth_url"]
            .as_str()
            .is_some_and(|url| url.contains("client_id=vault"))
    };
    assert!(may_log_in());

    let why = "Vault accepts it only together with `oidc_client_secret`, which it never returns";
    let with_role = |role: &str| {
        json!({
            "version": 1,
            "auth": {"gitlab": {"type": "jwt", "config": config(role)}},
            "unmanaged": {"jwt_roles": ["people"]},
        })
        .to_string()
    };
    mappings.write("vault.yaml", with_role("people"));
    let settled = stdout(&tool.plan().assert().code(0));
    assert!(
        settled.contains(&format!(
            "auth/gitlab/config: the next change would remove oidc_client_id: {why}"
        )),
        "{settled}"
    );
    let import = tool.run(["import", "--out", "imported"]).assert().code(0);
    assert!(
        whole_stderr(&import).contains(why),
        "{}",
        whole_stderr(&import)
    );
    assert!(may_log_in());

    mappings.write("vault.yaml", with_role("other"));
    let plan = stdout(&tool.plan().assert().code(2));
    assert!(
        plan.contains(&format!(
            "auth/gitlab/config: this plan removes oidc_client_id: {why}"
        )),
        "{plan}"
    );
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    assert!(!may_log_in(), "the client is gone, and its secret with it");
    assert_eq!(vault.root.read(PATH).unwrap()["oidc_client_id"], "");
}
