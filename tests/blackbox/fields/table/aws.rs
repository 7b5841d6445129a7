//! Fields of AWS engines and their roles.

use serde_json::{Value, json};

use super::{Case, KeptBy, Kind, object};

const ROLE: &str = "arn:aws:iam::123456789012:role/one";

const OTHER_ROLE: &str = "arn:aws:iam::123456789012:role/two";

const POLICY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const OTHER_POLICY: &str = "arn:aws:iam::aws:policy/ViewOnlyAccess";

pub(super) fn aws_roots() -> Vec<Case> {
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

pub(super) fn aws_leases() -> Vec<Case> {
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

pub(super) fn aws_roles() -> Vec<Case> {
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

pub(super) fn aws_static_roles() -> Vec<Case> {
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
