//! Tokens and JWTs that end, or do not begin, in the middle of an apply.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Scene, paths, run};
use crate::support::{Fault, Mappings, Shared, Tool, Vault, id_token, stderr};

/// Where a job logs in; beside what the files manage.
const MOUNT: &str = "ci";
const ALL: &str =
    r#"path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }"#;
const ROLE: &str = "aws/roles/365-dev";
/// Seconds in which a busy machine logs in too.
const LIFE: u64 = 4;

/// A scene whose tool logs in with a JWT, for tokens with these settings.
fn scene(token: &Value, claims: &Value) -> Scene {
    let vault = Vault::start();
    vault
        .root
        .write(&format!("sys/auth/{MOUNT}"), &json!({"type": "jwt"}));
    vault.root.write(
        &format!("auth/{MOUNT}/config"),
        &json!({"jwks_url": Shared::jwks_url()}),
    );
    vault
        .root
        .write("sys/policies/acl/all", &json!({"policy": ALL}));
    let mut role = json!({
        "role_type": "jwt", "user_claim": "project_id", "bound_claims": {"project_id": "7012"},
        "bound_audiences": "https://vault.example.com", "token_policies": ["all"],
    });
    role.as_object_mut()
        .expect("an object")
        .extend(token.as_object().expect("an object").clone());
    vault
        .root
        .write(&format!("auth/{MOUNT}/role/provisioner"), &role);
    let mut scene = Scene::with(vault, Mappings::article());
    let home = Tool::new(&scene.vault, &scene.mappings);
    scene.tool = home
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ADDR", scene.wire.address())
        .with_env("VAULT_ID_TOKEN", &jwt(claims));
    scene
}

fn jwt(claims: &Value) -> String {
    let mut all = json!({"project_id": "7012", "aud": "https://vault.example.com"});
    all.as_object_mut()
        .expect("an object")
        .extend(claims.as_object().expect("an object").clone());
    id_token(&all)
}

fn in_seconds(seconds: u64) -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time");
    (now + Duration::from_secs(seconds)).as_secs()
}

const LOGIN: [&str; 4] = ["--auth-mount", MOUNT, "--auth-role", "provisioner"];

/// Nothing that was logged in for is left: the tokens are those of before.
fn leaves_no_token(scene: &Scene, before: usize) {
    assert_eq!(tokens(scene), before);
}

fn tokens(scene: &Scene) -> usize {
    scene.vault.root.list("auth/token/accessors").len()
}

#[test]
fn a_token_that_expires_in_the_middle_is_renewed_or_replaced() {
    let scene = scene(
        &json!({"token_ttl": "1s", "token_explicit_max_ttl": "2s"}),
        &json!({}),
    );
    let before = tokens(&scene);
    for path in ["sys/mounts/*", "sys/policies/*", "auth/gitlab/*"] {
        let slow = Fault::Slow(Duration::from_millis(800));
        scene.wire.on("POST", path).then(slow);
    }
    scene.apply_with(&LOGIN).succeeded();
    assert!(scene.wire.count("POST", &format!("auth/{MOUNT}/login")) > 1);
    leaves_no_token(&scene, before);
}

#[test]
fn a_token_that_is_revoked_in_the_middle_is_replaced() {
    let scene = scene(&json!({}), &json!({}));
    let before = tokens(&scene);
    let root = scene.vault.root.clone();
    let revoke = move || {
        drop(root.write(
            &format!("sys/leases/revoke-prefix/auth/{MOUNT}"),
            &json!({}),
        ))
    };
    scene
        .wire
        .on("POST", ROLE)
        .times(1)
        .then(Fault::before(revoke));
    scene.apply_with(&LOGIN).succeeded();
    assert_eq!(scene.wire.count("POST", &format!("auth/{MOUNT}/login")), 2);
    leaves_no_token(&scene, before);
}

#[test]
fn a_given_token_that_is_revoked_in_the_middle_fails_what_is_left() {
    let scene = Scene::new();
    let token = scene
        .vault
        .root
        .write("auth/token/create", &json!({"policies": ["root"]}));
    let token = token["auth"]["client_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let root = scene.vault.root.clone();
    let revoked = token.clone();
    let revoke = move || drop(root.write("auth/token/revoke", &json!({"token": revoked})));
    scene
        .wire
        .on("POST", ROLE)
        .times(1)
        .then(Fault::before(revoke));
    let root_token = scene.vault.root_token().to_owned();
    let tool = Tool::new(&scene.vault, &scene.mappings)
        .with_env("VAULT_ADDR", scene.wire.address())
        .with_env("VAULT_TOKEN", &token);
    let applied = run(&tool, &[]);
    let text = stderr(&applied.failed(ROLE));
    assert!(!text.contains(&token) && !text.contains(&root_token));
    scene.converges();
}

#[test]
fn a_login_that_fails_once_is_repeated() {
    for fault in [
        Fault::status(500, "internal error"),
        Fault::ResetAfter,
        Fault::status(503, "no"),
    ] {
        let scene = scene(&json!({"token_ttl": "1h"}), &json!({}));
        scene
            .wire
            .on("POST", &format!("auth/{MOUNT}/login"))
            .times(1)
            .then(fault);
        scene.apply_with(&LOGIN).succeeded();
    }
}

#[test]
fn a_jwt_that_has_expired_is_refused_before_anything_is_written() {
    let scene = scene(
        &json!({}),
        &json!({"exp": 1_000_000_000, "iat": 999_999_000, "nbf": 999_999_000}),
    );
    let before = scene.direct.plan_json();
    let apply = scene.tool.apply().args(LOGIN).assert().code(1);
    assert!(stderr(&apply).contains("expired"), "{}", stderr(&apply));
    assert_eq!(before, scene.direct.plan_json());
}

/// The token can't be replaced any more: what is done is done, and the rest is said to be left.
#[test]
fn a_jwt_that_expires_with_its_token_ends_the_apply_with_a_true_report() {
    let leeway = json!({"token_explicit_max_ttl": LIFE, "expiration_leeway": "1s", "clock_skew_leeway": "1s"});
    let mut scene = scene(&leeway, &json!({}));
    let before = paths(&scene.direct.plan_json());
    // Both end while the first write is on its way. The login is at once, so the token is the last to end.
    let end = in_seconds(LIFE);
    scene.tool = scene
        .tool
        .with_env("VAULT_ID_TOKEN", &jwt(&json!({"exp": end})));
    let wait = move || thread::sleep(Duration::from_secs((end + 2).saturating_sub(in_seconds(0))));
    scene
        .wire
        .on("POST", "sys/*")
        .times(1)
        .then(Fault::after(wait));
    let applied = run(&scene.tool, &LOGIN);
    applied.is_true(&before, &paths(&scene.direct.plan_json()));
    assert!(!applied.paths("failed").is_empty());
    let failed = applied.run.code(1);
    assert!(
        stderr(&failed).contains("run apply again"),
        "{}",
        stderr(&failed)
    );
    scene.wire.mend();
    scene.direct.apply().assert().success();
    scene.direct.plan().assert().code(0);
}

/// A signal ends the apply, and the login too.
#[test]
fn the_token_is_revoked_after_a_failure() {
    let scene = scene(&json!({}), &json!({}));
    let before = tokens(&scene);
    scene.wire.on("POST", ROLE).then(Fault::status(400, "no"));
    scene.apply_with(&LOGIN).run.code(1);
    leaves_no_token(&scene, before);
}
