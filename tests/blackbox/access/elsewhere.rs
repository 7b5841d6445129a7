//! `explain --live` looks at everything that gives access, also where the files have nothing to say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Mappings, Shared, Tool, Vault, id_token, stdout};

const ARN: &str = "arn:aws:iam::123456789012:role/prod";

/// One job reaches the IAM role by the files; a role without policies admits every job.
fn mappings() -> Mappings {
    let role = |bounds: Value, policies: Value| {
        json!({
            "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"], "bound_claims": bounds,
            "token_policies": policies,
        })
    };
    let platform = json!({
        "version": 1,
        "auth": {"gitlab": {
            "type": "jwt",
            "config": {"jwks_url": Shared::jwks_url(), "bound_issuer": "https://git.example.com"},
            "roles": {"prod": role(json!({"project_id": "365"}), json!(["prod"])), "open": role(json!({}), json!([]))},
        }},
        "secrets": {"aws": {"type": "aws", "roles": {"prod": {"role_arns": [ARN]}}}},
        "policies": {"prod": {"rules": [{"path": "aws/sts/prod", "capabilities": ["update"]}]}},
        "unmanaged": {"jwt_roles": ["legacy-*"]},
    });
    Mappings::of(&platform.to_string())
}

/// Who reaches the IAM role, by the names of the roles and the first claim, and what is not known.
fn told(tool: &Tool) -> (BTreeSet<String>, BTreeSet<String>) {
    let run = tool
        .run(["explain", "--live", "--arn", ARN, "--format", "json"])
        .assert()
        .success();
    let answer: Value = serde_json::from_str(&stdout(&run)).unwrap();
    let texts = |list: &str, text: &dyn Fn(&Value) -> String| -> BTreeSet<String> {
        answer[list].as_array().unwrap().iter().map(text).collect()
    };
    let way = |way: &Value| {
        let text = |name: &str| way[name].as_str().unwrap();
        let who = text("who").split(',').next().unwrap();
        format!(
            "{who} at {} by {}/{}",
            text("path"),
            text("mount"),
            text("role")
        )
    };
    let unknown = |unknown: &Value| unknown["what"].as_str().unwrap().to_owned();
    assert_eq!(answer["nobody"], false);
    (texts("ways", &way), texts("unknown", &unknown))
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The entity of a project that logs in with the open role, and its token.
fn entity(vault: &Vault, project: &str) -> (String, crate::support::Client) {
    let token = vault
        .log_in(
            "gitlab",
            Some("open"),
            &id_token(&json!({"project_id": project})),
        )
        .unwrap();
    let own = vault
        .root
        .write("auth/token/lookup", &json!({"token": token.token}));
    (own["data"]["entity_id"].as_str().unwrap().to_owned(), token)
}

#[test]
fn everyone_who_gets_in_beside_the_files_is_reported() {
    let (vault, mappings) = (Vault::start(), mappings());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let by_files = "project 365 at aws/sts/prod by gitlab/prod";
    assert_eq!(told(&tool), (set(&[by_files]), set(&[])));

    let root = &vault.root;
    let all = r#"path "aws/*" { capabilities = ["update"] }"#;
    root.write("sys/policies/acl/breakglass", &json!({"policy": all}));
    let role = json!({
        "role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
        "bound_claims": {"project_id": "999"}, "token_policies": "prod",
    });
    root.write("auth/gitlab/role/legacy-role", &role);

    let (deployer, token) = entity(&vault, "777");
    let gets = |token: &crate::support::Client| {
        token.request("POST", "aws/sts/prod", &json!({})).status == 200
    };
    assert!(!gets(&token));
    let named = json!({"name": "deployer", "policies": ["breakglass"]});
    root.write(&format!("identity/entity/id/{deployer}"), &named);
    assert!(gets(&token));
    let (member, token) = entity(&vault, "778");
    root.write(
        &format!("identity/entity/id/{member}"),
        &json!({"name": "member"}),
    );
    let group =
        json!({"name": "operators", "policies": ["breakglass"], "member_entity_ids": [member]});
    root.write("identity/group", &group);
    assert!(gets(&token));

    root.write(
        "auth/token/roles/emergency",
        &json!({"allowed_policies": ["breakglass"]}),
    );
    root.write(
        "auth/token/roles/harmless",
        &json!({"allowed_policies": ["default"]}),
    );
    root.write("sys/auth/other", &json!({"type": "jwt"}));
    let keys = json!({"jwks_url": Shared::jwks_url(), "bound_issuer": "https://git.example.com"});
    root.write("auth/other/config", &keys);
    let mut elsewhere = role.clone();
    elsewhere["bound_claims"] = json!({"project_id": "666"});
    root.write("auth/other/role/x", &elsewhere);

    let kind = root.read("sys/mounts").unwrap()["aws/"]["type"].clone();
    root.write("sys/mounts/aws2", &json!({"type": kind}));
    root.write(
        "aws2/roles/same",
        &json!({"credential_type": "assumed_role", "role_arns": [ARN]}),
    );
    let same = r#"path "aws2/sts/same" { capabilities = ["update"] }"#;
    let default = root.read("sys/policies/acl/default").unwrap()["policy"]
        .as_str()
        .unwrap()
        .to_owned();
    root.write(
        "sys/policies/acl/default",
        &json!({"policy": default + same}),
    );

    let (ways, unknown) = told(&tool);
    for expected in [
        by_files,
        "project 999 at aws/sts/prod by gitlab/legacy-role",
        "project 777 at aws/sts/prod by gitlab/open with the policies of entity deployer",
        "project 778 at aws/sts/prod by gitlab/open with the policies of entity member",
        "project 666 at aws/sts/prod by other/x",
        "any project at aws2/sts/same by gitlab/open",
    ] {
        assert!(ways.contains(expected), "{expected}: {ways:#?}");
    }
    assert!(
        unknown.contains("auth/token/roles/emergency"),
        "{unknown:?}"
    );

    // The name of a role stands for its tokens with whatever else gives them policies.
    let mut run = tool.run(["explain", "--live", "--arn", ARN, "--role", "OPEN"]);
    let by_role = stdout(&run.assert().success());
    for expected in [
        "project 777",
        "project 778",
        "any project",
        "auth/gitlab (3 roles",
    ] {
        assert!(by_role.contains(expected), "{expected}: {by_role}");
    }
    assert!(!by_role.contains("project 365"), "{by_role}");
}

/// OpenBao's roles with a program and its names of policies that claims decide, in a method of the files and in another one.
#[test]
fn what_only_a_login_decides_is_unknown() {
    let (vault, mappings) = (Vault::start(), mappings());
    if !vault.is_openbao() {
        return;
    }
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let root = &vault.root;
    root.write("sys/auth/other", &json!({"type": "jwt"}));
    let keys = json!({"jwks_url": Shared::jwks_url(), "bound_issuer": "https://git.example.com"});
    root.write("auth/other/config", &keys);
    let template = json!({
        "role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
        "token_policies": "{{.environment}}", "token_policies_template_claims": true,
    });
    let audiences = json!(["https://vault.example.com"]);
    let program = json!({
        "bound_audiences": audiences, "cel_program": {"expression": "pb.Auth{policies: [\"prod\"]}"},
    });
    for (path, body, login, role) in [
        (
            "auth/gitlab/role/legacy-template",
            &template,
            "auth/gitlab/login",
            "legacy-template",
        ),
        (
            "auth/other/role/template",
            &template,
            "auth/other/login",
            "template",
        ),
        (
            "auth/other/cel/role/program",
            &program,
            "auth/other/cel/login",
            "program",
        ),
    ] {
        root.write(path, body);
        let jwt = id_token(&json!({"project_id": "888", "environment": "prod"}));
        let login = root
            .with_token("")
            .request("POST", login, &json!({"role": role, "jwt": jwt}));
        let token = login.body["auth"]["client_token"].as_str().unwrap();
        let asked = root
            .with_token(token)
            .request("POST", "aws/sts/prod", &json!({}));
        assert_eq!(asked.status, 200, "{path}");
        let (ways, unknown) = told(&tool);
        assert_eq!(ways, set(&["project 365 at aws/sts/prod by gitlab/prod"]));
        let what = if path.contains("/cel/") {
            path
        } else {
            "the policies {{.environment}}"
        };
        assert_eq!(unknown, set(&[what]));
        root.delete(path);
    }
}

/// A login of another auth method: what has to be written, the last of which gives the policy `prod`.
struct OtherMethod {
    method: &'static str,
    writes: &'static [(&'static str, &'static str)],
}

/// The methods that at least one of the servers of these tests has. None of them has LDAP, Kerberos, RADIUS, GitHub, Okta and
/// the methods of clouds: how these are read is not tried.
const OTHER_METHODS: [OtherMethod; 4] = [
    OtherMethod {
        method: "approle",
        writes: &[("role/deploy", r#"{"token_policies": ["prod"]}"#)],
    },
    OtherMethod {
        method: "userpass",
        writes: &[(
            "users/alice",
            r#"{"password": "secret", "token_policies": "prod"}"#,
        )],
    },
    OtherMethod {
        method: "cert",
        writes: &[("certs/ci", r#"{"token_policies": "prod"}"#)],
    },
    OtherMethod {
        method: "kubernetes",
        writes: &[(
            "role/deploy",
            r#"{"bound_service_account_names": "*", "bound_service_account_namespaces": "*", "token_policies": "prod"}"#,
        )],
    },
];

#[test]
fn logins_of_other_methods_that_grant_a_policy_of_the_files_are_reported() {
    let (vault, mappings) = (Vault::start(), mappings());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let root = &vault.root;
    let (mut expected, mut methods) = (BTreeSet::new(), BTreeSet::new());
    for OtherMethod { method, writes } in OTHER_METHODS {
        let mounted = root.request(
            "POST",
            &format!("sys/auth/{method}"),
            &json!({"type": method}),
        );
        if mounted.status != 204 && !methods.contains(method) {
            continue;
        }
        methods.insert(method);
        for (path, body) in writes {
            let mut body: Value = serde_json::from_str(body).unwrap();
            if method == "cert" {
                body["certificate"] = include_str!("../../fixtures/client-certificate.pem").into();
            }
            root.write(&format!("auth/{method}/{path}"), &body);
        }
        let (path, _) = writes.last().unwrap();
        expected.insert(format!("auth/{method}/{path}"));
    }
    root.write(
        "auth/approle/role/harmless",
        &json!({"token_policies": ["default"]}),
    );
    let (ways, unknown) = told(&tool);
    assert_eq!(ways, set(&["project 365 at aws/sts/prod by gitlab/prod"]));
    assert_eq!(unknown, expected);
    let tried: &[&str] = if vault.is_openbao() {
        &["approle", "cert", "kubernetes", "userpass"]
    } else {
        &["approle", "cert", "userpass"]
    };
    assert_eq!(methods, tried.iter().copied().collect());

    // What is reported is true.
    let gets = |login: &str, body: &Value| {
        let answer = root.with_token("").request("POST", login, body);
        let token = answer.body["auth"]["client_token"].as_str().unwrap();
        let asked = root
            .with_token(token)
            .request("POST", "aws/sts/prod", &json!({}));
        asked.status == 200
    };
    assert!(gets(
        "auth/userpass/login/alice",
        &json!({"password": "secret"})
    ));
    for (role, expected) in [("deploy", true), ("harmless", false)] {
        let path = format!("auth/approle/role/{role}");
        let id = root.read(&format!("{path}/role-id")).unwrap()["role_id"].clone();
        let secret =
            root.write(&format!("{path}/secret-id"), &json!({}))["data"]["secret_id"].clone();
        let login = json!({"role_id": id, "secret_id": secret});
        assert_eq!(gets("auth/approle/login", &login), expected, "{role}");
    }
}

#[test]
fn what_may_not_be_read_is_named_and_keeps_nobody_from_being_said() {
    let (vault, mappings) = (Vault::start(), mappings());
    Tool::new(&vault, &mappings).apply().assert().success();
    vault
        .root
        .write("sys/auth/approle", &json!({"type": "approle"}));
    let readable = r#"
        path "sys/auth" { capabilities = ["read"] }
        path "sys/mounts" { capabilities = ["read"] }
        path "sys/policies/acl/*" { capabilities = ["read"] }
        path "auth/gitlab/*" { capabilities = ["read", "list"] }
        path "aws/*" { capabilities = ["read", "list"] }
    "#;
    vault
        .root
        .write("sys/policies/acl/reader", &json!({"policy": readable}));
    let token = vault
        .root
        .write("auth/token/create", &json!({"policies": ["reader"]}));
    let token = token["auth"]["client_token"].as_str().unwrap();
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", token);
    let (_, unknown) = told(&tool);
    for expected in [
        "identity/entity/id",
        "identity/group/id",
        "auth/token/roles",
        "auth/approle/role",
    ] {
        assert!(unknown.contains(expected), "{expected}: {unknown:?}");
    }
}
