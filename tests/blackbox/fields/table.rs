//! The table: every field of every kind, with a value in the files and another in Vault.

mod aws;
mod jwt;
mod mounts;

use serde_json::{Map, Value, json};

pub(super) const PUBLIC_KEYS: [&str; 2] = [
    include_str!("../../fixtures/certificates/one.pub.pem"),
    include_str!("../../fixtures/certificates/two.pub.pem"),
];

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
        mounts::auth_mounts(),
        jwt::jwt_configs(),
        jwt::jwt_roles(),
        jwt::jwt_cel_roles(),
        policies(),
        mounts::secrets_mounts(),
        aws::aws_roots(),
        aws::aws_leases(),
        aws::aws_roles(),
        aws::aws_static_roles(),
    ]
    .concat()
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
