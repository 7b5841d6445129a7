//! Fields of mounts.

use serde_json::{Value, json};

use super::{Case, KeptBy, Kind};

pub(super) fn auth_mounts() -> Vec<Case> {
    let case = |field, files, drift| {
        Case::new(Kind::AuthMount, field, files, drift).beside(&json!({"type": "jwt"}))
    };
    let own = vec![
        case("description", json!("GitLab"), json!("someone's")),
        case("default_lease_ttl", json!("30m"), json!("45m")),
        case("max_lease_ttl", json!("2h"), json!("3h")),
        case("token_type", json!("batch"), json!("service")),
        case(
            "token_type",
            json!("default-batch"),
            json!("default-service"),
        ),
        case(
            "user_lockout_config",
            json!({"lockout_threshold": 3, "lockout_duration": "5m", "lockout_disable": true}),
            json!({"lockout_threshold": 4, "lockout_counter_reset_duration": "10m"}),
        )
        .of_type("approle"),
        case("max_lease_ttl", json!("2h"), json!("3h")).of_type("approle"),
    ];
    own.into_iter().chain(mounts(case)).collect()
}

/// What mounts of both tables have.
fn mounts(case: impl Fn(&'static str, Value, Value) -> Case) -> Vec<Case> {
    let of_vault = |field, files, drift| case(field, files, drift).kept_by(KeptBy::Vault);
    let fixed = |field| case(field, json!(true), Value::Null).fixed();
    vec![
        case(
            "options",
            json!({"a": "b", "c": "d"}),
            json!({"a": "", "c": "e", "f": "g"}),
        ),
        case("listing_visibility", json!("unauth"), json!("hidden")),
        case(
            "audit_non_hmac_request_keys",
            json!(["a", "b"]),
            json!(["b", "c"]),
        ),
        case("audit_non_hmac_response_keys", json!(["a"]), json!([])),
        case(
            "passthrough_request_headers",
            json!(["X-A", "x-b"]),
            json!(["Cookie"]),
        ),
        case(
            "allowed_response_headers",
            json!(["X-A"]),
            json!(["Set-Cookie"]),
        ),
        of_vault(
            "delegated_auth_accessors",
            json!(["auth_a"]),
            json!(["auth_b"]),
        ),
        of_vault("allowed_managed_keys", json!(["a"]), json!(["b"])),
        of_vault("identity_token_key", json!("default"), json!("")),
        of_vault("trim_request_trailing_slashes", json!(true), json!(false)),
        fixed("local"),
        fixed("seal_wrap"),
        fixed("external_entropy_access"),
    ]
}

pub(super) fn secrets_mounts() -> Vec<Case> {
    let case = |field, files, drift| {
        Case::new(Kind::SecretsMount, field, files, drift).beside(&json!({"type": "aws"}))
    };
    let own = vec![
        case("force_no_cache", json!(true), Value::Null).fixed(),
        case("description", json!("AWS"), json!("someone's")),
        case("default_lease_ttl", json!("30m"), json!("45m")),
        case("max_lease_ttl", json!("2h"), json!("3h")),
        case("max_lease_ttl", json!("2h"), json!("3h")).of_type("kv"),
    ];
    own.into_iter().chain(mounts(case)).collect()
}
