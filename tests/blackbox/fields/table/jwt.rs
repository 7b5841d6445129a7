//! Fields of JWT methods and their roles.

use serde_json::json;

use super::{Case, KeptBy, Kind, PUBLIC_KEYS};
use crate::support::Shared;

const CERTIFICATES: [&str; 2] = [
    include_str!("../../../fixtures/certificates/one.pem"),
    include_str!("../../../fixtures/certificates/two.pem"),
];

pub(super) fn jwt_configs() -> Vec<Case> {
    let case = |field, files, drift| Case::new(Kind::JwtConfig, field, files, drift);
    let jwks = || json!({"jwks_url": Shared::jwks_url()});
    let discovery = || json!({"oidc_discovery_url": Shared::issuers()[0]});
    vec![
        case(
            "jwks_url",
            json!(Shared::jwks_url()),
            json!(format!("{}?other", Shared::jwks_url())),
        )
        .needed(),
        case(
            "jwks_ca_pem",
            json!(CERTIFICATES[0]),
            json!(CERTIFICATES[1]),
        )
        .beside(&jwks()),
        case(
            "jwks_pairs",
            json!([{"jwks_url": Shared::jwks_url()}]),
            json!([{"jwks_url": Shared::jwks_url(), "jwks_ca_pem": CERTIFICATES[0]}]),
        )
        .needed()
        .kept_by(KeptBy::Vault),
        case(
            "oidc_discovery_url",
            json!(Shared::issuers()[0]),
            json!(Shared::issuers()[1]),
        )
        .needed(),
        case(
            "oidc_discovery_ca_pem",
            json!(CERTIFICATES[0]),
            json!(CERTIFICATES[1]),
        )
        .beside(&discovery()),
        case(
            "jwt_validation_pubkeys",
            json!([PUBLIC_KEYS[0]]),
            json!(PUBLIC_KEYS),
        )
        .needed(),
        case(
            "bound_issuer",
            json!("https://git.example.com"),
            json!("https://evil.example.com"),
        )
        .beside(&jwks()),
        case(
            "jwt_supported_algs",
            json!(["RS256", "ES256"]),
            json!(["RS256", "PS256"]),
        )
        .beside(&jwks()),
        case("default_role", json!("aws"), json!("admin")).beside(&jwks()),
        case(
            "provider_config",
            json!({"provider": "azure"}),
            json!({"provider": "secureauth"}),
        )
        .beside(&discovery()),
        case("namespace_in_state", json!(false), json!(true)).beside(&jwks()),
        case(
            "override_allowed_server_names",
            json!(["git.example.com"]),
            json!(["evil.example.com"]),
        )
        .beside(&jwks())
        .kept_by(KeptBy::OpenBao),
        case(
            "unsupported_critical_cert_extensions",
            json!(["1.2.3.4"]),
            json!(["1.2.3.5"]),
        )
        .beside(&jwks())
        .kept_by(KeptBy::Vault),
    ]
}

pub(super) fn jwt_roles() -> Vec<Case> {
    let unbound = |field, files, drift| {
        Case::new(Kind::JwtRole, field, files, drift).beside(&json!({
            // A partial write makes the role one for browsers, and its claims texts.
            "role_type": "jwt",
            "bound_claims_type": "string",
            "user_claim": "project_id",
        }))
    };
    let case = |field, files, drift| {
        unbound(field, files, drift)
            .beside(&json!({"bound_audiences": ["https://vault.example.com"]}))
    };
    let browser = || json!({"role_type": "oidc", "allowed_redirect_uris": ["https://vault.example.com/callback"]});
    vec![
        case("role_type", json!("oidc"), json!("jwt")).beside(&browser()),
        case("user_claim", json!("project_id"), json!("user_login")).needed(),
        case("user_claim_json_pointer", json!(true), json!(false))
            .beside(&json!({"user_claim": "/project_id"})),
        case(
            "bound_subject",
            json!("project_path:a/b"),
            json!("project_path:c/d"),
        ),
        unbound(
            "bound_audiences",
            json!(["https://vault.example.com"]),
            json!(["https://evil.example.com"]),
        )
        .beside(&json!({"bound_subject": "project_path:a/b"})),
        case(
            "bound_claims",
            json!({"project_id": "7012", "ref": ["main", "next"]}),
            json!({"project_id": "7012"}),
        ),
        case("bound_claims_type", json!("glob"), json!("string")),
        case(
            "claim_mappings",
            json!({"project_id": "id", "ref": "ref"}),
            json!({"project_id": "id"}),
        ),
        case("groups_claim", json!("groups_direct"), json!("groups")),
        case("expiration_leeway", json!("2m"), json!(-1)),
        case("not_before_leeway", json!(-1), json!(120)),
        case("clock_skew_leeway", json!("90s"), json!(30)),
        case("max_age", json!("1h"), json!(60)),
        case("oidc_scopes", json!(["profile"]), json!(["email"])),
        case(
            "allowed_redirect_uris",
            json!(["https://vault.example.com/a"]),
            json!(["https://evil.example.com"]),
        ),
        case("verbose_oidc_logging", json!(true), json!(false)),
        case("token_ttl", json!("10m"), json!(1200)),
        case("token_max_ttl", json!("1h"), json!(7200)),
        case("token_explicit_max_ttl", json!("10m"), json!(0)),
        case("token_period", json!("1h30m"), json!(60)),
        case(
            "token_policies",
            json!(["one", "two"]),
            json!(["one", "two", "root-like"]),
        ),
        case("token_no_default_policy", json!(true), json!(false)),
        case(
            "token_bound_cidrs",
            json!(["10.0.0.0/8"]),
            json!(["0.0.0.0/0"]),
        ),
        case("token_num_uses", json!(5), json!(0)),
        case("token_type", json!("batch"), json!("service")),
        case("token_strictly_bind_ip", json!(true), json!(false)).kept_by(KeptBy::OpenBao),
        case("token_policies_template_claims", json!(true), json!(false)).kept_by(KeptBy::OpenBao),
        case(
            "alias_metadata",
            json!({"team": "one"}),
            json!({"team": "two"}),
        )
        .kept_by(KeptBy::Neither),
    ]
}

pub(super) fn jwt_cel_roles() -> Vec<Case> {
    let program = |expression: &str| json!({"expression": expression});
    let case = |field, files, drift| {
        Case::new(Kind::JwtCelRole, field, files, drift)
            .beside(&json!({"cel_program": program("false")}))
            .kept_by(KeptBy::OpenBao)
    };
    vec![
        case(
            "cel_program",
            json!({
                "variables": [{"name": "is_ours", "expression": "claims.project_id == '365'"}],
                "expression": "is_ours ? pb.Auth{policies: ['aws']} : false",
            }),
            program("pb.Auth{policies: ['aws']}"),
        )
        .needed(),
        case(
            "bound_audiences",
            json!(["https://vault.example.com"]),
            json!(["https://evil.example.com"]),
        ),
        case("message", json!("not you"), json!("you")),
        case("expiration_leeway", json!("2m"), json!(-1)),
        case("not_before_leeway", json!(0), json!(120)),
        case("clock_skew_leeway", json!("90s"), json!(30)),
    ]
}
