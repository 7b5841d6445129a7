//! The table: every field of every kind, with a value in the files and another in Vault.

use serde_json::{Map, Value, json};

use crate::support::Shared;

const CERTIFICATES: [&str; 2] = [
    include_str!("../../fixtures/certificates/one.pem"),
    include_str!("../../fixtures/certificates/two.pem"),
];
pub(super) const PUBLIC_KEYS: [&str; 2] = [
    include_str!("../../fixtures/certificates/one.pub.pem"),
    include_str!("../../fixtures/certificates/two.pub.pem"),
];
const ROLE: &str = "arn:aws:iam::123456789012:role/one";
const OTHER_ROLE: &str = "arn:aws:iam::123456789012:role/two";
const POLICY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const OTHER_POLICY: &str = "arn:aws:iam::aws:policy/ViewOnlyAccess";

/// A kind of resource, by the name of its definition in the JSON Schema of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    AuthMount,
    JwtConfig,
    JwtRole,
    JwtCelRole,
    PolicyEntry,
    SecretsMount,
    AwsRoot,
    AwsLease,
    AwsRole,
    AwsStaticRole,
}

/// Which of the two servers of the tests knows a field; the other drops it without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptBy {
    Both,
    /// OpenBao 2.7.2 only.
    OpenBao,
    /// HashiCorp Vault 1.21.1 only: neither OpenBao's JWT engine nor the AWS engine of Vault 1.14 has the field.
    Vault,
    /// HashiCorp Vault 2.0 and newer, or Vault Enterprise, which can't be installed for the tests.
    Neither,
}

/// One field of one kind.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) kind: Kind,
    /// The field, as plans name it.
    pub(super) field: &'static str,
    /// The resource in the files, with the field.
    pub(super) files: Map<String, Value>,
    /// The resource in the files when the field is taken out again; none where it can't be.
    pub(super) reset: Option<Map<String, Value>>,
    /// What is written to Vault behind the tool's back.
    pub(super) drift: Map<String, Value>,
    pub(super) kept_by: KeptBy,
    /// Whether it can't change once the resource is there.
    pub(super) is_fixed: bool,
}

impl Case {
    /// A field that the files set, that drifts in Vault, and that the files can leave out.
    fn new(kind: Kind, field: &'static str, files: Value, drift: Value) -> Self {
        let with = |value| Map::from_iter([(field.to_owned(), value)]);
        Self {
            kind,
            field,
            files: with(files),
            reset: Some(Map::new()),
            drift: with(drift),
            kept_by: KeptBy::Both,
            is_fixed: false,
        }
    }

    /// With fields that stay as they are, in the files and in Vault.
    fn beside(mut self, fields: &Value) -> Self {
        for resource in [&mut self.files, &mut self.drift]
            .into_iter()
            .chain(&mut self.reset)
        {
            for (name, value) in fields.as_object().unwrap() {
                resource.entry(name).or_insert_with(|| value.clone());
            }
        }
        self
    }

    /// In a mount of this type.
    fn of_type(mut self, name: &str) -> Self {
        for resource in [&mut self.files, &mut self.drift]
            .into_iter()
            .chain(&mut self.reset)
        {
            resource.insert("type".into(), name.into());
        }
        self
    }

    /// A field that a resource can't be without.
    fn needed(mut self) -> Self {
        self.reset = None;
        self
    }

    /// A field that can't change once the resource is there.
    fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    fn kept_by(mut self, kept_by: KeptBy) -> Self {
        self.kept_by = kept_by;
        self
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is not an object"),
    }
}

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [
        auth_mounts(),
        jwt_configs(),
        jwt_roles(),
        jwt_cel_roles(),
        policies(),
        secrets_mounts(),
        aws_roots(),
        aws_leases(),
        aws_roles(),
        aws_static_roles(),
    ]
    .concat()
}

fn auth_mounts() -> Vec<Case> {
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

fn jwt_configs() -> Vec<Case> {
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
    ]
}

fn jwt_roles() -> Vec<Case> {
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

fn jwt_cel_roles() -> Vec<Case> {
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

fn policies() -> Vec<Case> {
    let rules = |capabilities: Value| {
        object(json!({"rules": [{"path": "aws/sts/one", "capabilities": capabilities}]}))
    };
    let drift = r#"path "aws/sts/one" { capabilities = ["create", "update", "sudo"] }"#;
    let text = Case {
        files: rules(json!(["create", "update"])),
        reset: Some(rules(json!(["create"]))),
        ..Case::new(Kind::PolicyEntry, "policy", Value::Null, json!(drift))
    };
    // What a file does not say is not managed, so it is switched off by name. With a version, Vault takes a write where it
    // asks for one.
    let kept = "path \"aws/sts/one\" {\n  capabilities = [\"create\", \"update\"]\n}\n";
    let setting = |field: &'static str, on: Value, off: Value, drift: Value| {
        let with = |value| {
            let mut policy = rules(json!(["create", "update"]));
            policy.insert(field.into(), value);
            policy
        };
        Case {
            files: with(on),
            reset: Some(with(off)),
            drift: object(json!({"policy": kept, field: drift, "cas": 1})),
            ..Case::new(Kind::PolicyEntry, field, Value::Null, Value::Null)
        }
        .kept_by(KeptBy::OpenBao)
    };
    let flag = |field| setting(field, json!(true), json!(false), json!(false));
    vec![
        text,
        setting(
            "expiration",
            json!("2099-12-31T00:00:00Z"),
            json!("never"),
            json!("2098-12-31T00:00:00Z"),
        ),
        flag("cas_required"),
        flag("allow_slashes_in_identity_templates"),
        flag("allow_wildcards_in_identity_templates"),
    ]
}

fn secrets_mounts() -> Vec<Case> {
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

fn aws_roots() -> Vec<Case> {
    let case = |field, files, drift| Case::new(Kind::AwsRoot, field, files, drift);
    let sts = || json!({"sts_endpoint": "https://sts.example.com", "sts_region": "eu-west-1"});
    vec![
        Case {
            // A file says where the key is, not what it is.
            files: object(json!({"access_key_env": "ROOT_KEY_ID", "secret_key_env": "ROOT_KEY"})),
            drift: object(json!({"access_key": "AKIASOMEONES", "secret_key": "someone's"})),
            ..case("access_key", Value::Null, Value::Null)
        },
        case("region", json!("eu-west-1"), json!("us-east-1")),
        case(
            "iam_endpoint",
            json!("https://iam.example.com"),
            json!("https://evil.example.com"),
        ),
        case(
            "sts_endpoint",
            json!("https://sts.example.com"),
            json!("https://evil.example.com"),
        ),
        case("max_retries", json!(3), json!(5)),
        case(
            "username_template",
            json!("{{ .DisplayName }}"),
            json!("{{ .PolicyName }}"),
        ),
        case("sts_region", json!("eu-west-1"), json!("us-east-1"))
            .beside(&json!({"sts_endpoint": "https://sts.example.com"}))
            .kept_by(KeptBy::Vault),
        // These two have the same length: `aws_root.rs` takes both out of the files at once.
        case(
            "sts_fallback_endpoints",
            json!(["https://b.example.com", "https://a.example.com"]),
            json!(["https://a.example.com", "https://b.example.com"]),
        )
        .beside(&json!({"sts_fallback_regions": ["eu-west-1", "us-east-1"]}))
        .beside(&sts())
        .needed()
        .kept_by(KeptBy::Vault),
        case(
            "sts_fallback_regions",
            json!(["us-east-1"]),
            json!(["us-east-2"]),
        )
        .beside(&json!({"sts_fallback_endpoints": ["https://a.example.com"]}))
        .beside(&sts())
        .needed()
        .kept_by(KeptBy::Vault),
        case("role_arn", json!(ROLE), json!(OTHER_ROLE))
            .beside(&json!({"identity_token_audience": "aws"}))
            .kept_by(KeptBy::Neither),
        case("identity_token_audience", json!("aws"), json!("other"))
            .beside(&json!({"role_arn": ROLE}))
            .kept_by(KeptBy::Neither),
        case("identity_token_ttl", json!("10m"), json!(1200)).kept_by(KeptBy::Vault),
    ]
}

fn aws_leases() -> Vec<Case> {
    let case = |field, files, drift| Case::new(Kind::AwsLease, field, files, drift);
    vec![
        case("lease", json!("30m"), json!("10m"))
            .beside(&json!({"lease_max": "1h"}))
            .needed(),
        case("lease_max", json!("1h"), json!("2h"))
            .beside(&json!({"lease": "30m"}))
            .needed(),
    ]
}

fn aws_roles() -> Vec<Case> {
    let case = |field, files, drift| Case::new(Kind::AwsRole, field, files, drift);
    let assumed = |field, files, drift| {
        case(field, files, drift)
            .beside(&json!({"credential_type": "assumed_role", "role_arns": [ROLE]}))
    };
    let user = |field, files, drift| {
        case(field, files, drift)
            .beside(&json!({"credential_type": "iam_user", "policy_arns": [POLICY]}))
    };
    let federated = |field, files, drift| {
        case(field, files, drift)
            .beside(&json!({"credential_type": "federation_token", "policy_arns": [POLICY]}))
    };
    let session = |field, files, drift| {
        case(field, files, drift)
            .beside(&json!({"credential_type": "session_token"}))
            .kept_by(KeptBy::Vault)
    };
    let document = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let read = || (document("s3:Get*"), document("s3:*").to_string().into());
    vec![
        federated(
            "credential_type",
            json!("federation_token"),
            json!("iam_user"),
        )
        .needed(),
        user(
            "credential_type",
            json!("iam_user"),
            json!("federation_token"),
        )
        .needed(),
        assumed("role_arns", json!([ROLE, OTHER_ROLE]), json!([OTHER_ROLE])).needed(),
        assumed("policy_arns", json!([POLICY]), json!([OTHER_POLICY])),
        assumed("policy_document", read().0, read().1),
        assumed("iam_groups", json!(["one"]), json!(["one", "admins"])),
        assumed("default_sts_ttl", json!("30m"), json!(3600)),
        assumed("max_sts_ttl", json!("1h"), json!(43200)),
        assumed(
            "session_tags",
            json!({"team": "one"}),
            json!({"team": "two"}),
        )
        .kept_by(KeptBy::Vault),
        assumed("external_id", json!("one"), json!("two")).kept_by(KeptBy::Vault),
        user(
            "policy_arns",
            json!([POLICY]),
            json!([POLICY, OTHER_POLICY]),
        )
        .needed(),
        user("policy_document", read().0, read().1),
        user("iam_groups", json!(["one"]), json!(["admins"])),
        user(
            "iam_tags",
            json!({"team": "one", "env": "dev"}),
            json!({"team": "two"}),
        ),
        user("user_path", json!("/gitlab/"), json!("/admins/")),
        user(
            "permissions_boundary_arn",
            json!(POLICY),
            json!(OTHER_POLICY),
        ),
        federated("policy_document", read().0, read().1),
        federated("iam_groups", json!(["one"]), json!(["admins"])),
        federated("default_sts_ttl", json!("30m"), json!(3600)),
        federated("max_sts_ttl", json!("1h"), json!(43200)),
        session("credential_type", json!("session_token"), json!("iam_user")).needed(),
        session(
            "mfa_serial_number",
            json!("arn:aws:iam::123456789012:mfa/one"),
            json!("arn:aws:iam::123456789012:mfa/two"),
        ),
    ]
}

fn aws_static_roles() -> Vec<Case> {
    let case = |field, user: &str, files, drift| {
        Case::new(Kind::AwsStaticRole, field, files, drift)
            .beside(&json!({"username": user, "rotation_period": "24h"}))
    };
    let enterprise = |field, files, drift| {
        case(field, &format!("table-{field}"), files, drift).kept_by(KeptBy::Neither)
    };
    vec![
        case("username", "", json!("table-one"), json!("table-two")).needed(),
        case("rotation_period", "table-period", json!("12h"), json!(60)).needed(),
        enterprise("assume_role_arn", json!(ROLE), json!(OTHER_ROLE)),
        enterprise("assume_role_session_name", json!("one"), json!("two")),
        enterprise("external_id", json!("one"), json!("two")),
    ]
}
