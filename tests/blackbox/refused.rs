//! What servers refuse at a write is refused by `validate`, where no server is needed to know it.

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault};

/// What a value is part of, with what has to stand beside it.
#[derive(Debug, Clone, Copy)]
enum Part {
    JwtConfig,
    JwtRole,
    AwsRoot,
}

use Part::{AwsRoot, JwtConfig, JwtRole};

/// Odd values, and whether they are valid: for both servers, or at least for the one that knows the field.
fn values() -> Vec<(Part, Value, bool)> {
    vec![
        (
            JwtConfig,
            json!({"jwt_supported_algs": ["RS256", "ES512", "PS384", "EdDSA"]}),
            true,
        ),
        (JwtConfig, json!({"jwt_supported_algs": ["HS256"]}), false),
        (
            JwtConfig,
            json!({"jwt_supported_algs": ["RS256", "none"]}),
            false,
        ),
        (JwtConfig, json!({"jwt_supported_algs": ["rs256"]}), false),
        (JwtConfig, json!({"jwt_supported_algs": ["ES256K"]}), false),
        (JwtConfig, json!({"jwt_supported_algs": [""]}), false),
        (JwtRole, json!({"bound_claims_type": "regex"}), false),
        (JwtRole, json!({"role_type": "saml"}), false),
        (JwtRole, json!({"token_type": "x"}), false),
        (JwtRole, json!({"token_bound_cidrs": ["x"]}), false),
        (
            JwtRole,
            json!({"bound_claims_type": "glob", "bound_claims": {"a": 5}}),
            false,
        ),
        (
            JwtRole,
            json!({"claim_mappings": {"a": "x", "b": "x"}}),
            false,
        ),
        (JwtRole, json!({"claim_mappings": {"a": "role"}}), false),
        (JwtRole, json!({"user_claim": ""}), false),
        (JwtRole, json!({"bound_audiences": []}), false),
        (
            JwtRole,
            json!({"token_ttl": "2h", "token_max_ttl": "1h"}),
            false,
        ),
        (
            JwtRole,
            json!({"token_period": "1h", "token_type": "batch"}),
            false,
        ),
        (
            JwtRole,
            json!({"token_num_uses": 5, "token_type": "batch"}),
            false,
        ),
        (JwtRole, json!({"token_num_uses": -1}), false),
        (JwtRole, json!({"token_explicit_max_ttl": "-1h"}), false),
        (JwtRole, json!({"clock_skew_leeway": -5}), true),
        (
            AwsRoot,
            json!({"sts_fallback_endpoints": ["https://a"], "sts_fallback_regions": ["b"]}),
            true,
        ),
        (
            AwsRoot,
            json!({"sts_fallback_endpoints": ["https://a"]}),
            false,
        ),
        (AwsRoot, json!({"sts_fallback_regions": ["b"]}), false),
        (
            AwsRoot,
            json!({"sts_fallback_endpoints": ["https://a", "https://b"], "sts_fallback_regions": ["b"]}),
            false,
        ),
    ]
}

const KEY: &str = include_str!("../fixtures/certificates/one.pub.pem");

impl Part {
    fn path(self) -> &'static str {
        match self {
            Self::JwtConfig => "auth/g/config",
            Self::JwtRole => "auth/g/role/r",
            Self::AwsRoot => "aws/config/root",
        }
    }

    /// The resource with these fields.
    fn with(self, fields: &Value) -> Value {
        let mut resource = match self {
            Self::JwtConfig => json!({"jwt_validation_pubkeys": [KEY]}),
            Self::JwtRole => {
                json!({"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"]})
            }
            // Vault keeps what a write leaves out.
            Self::AwsRoot => json!({"sts_fallback_endpoints": [], "sts_fallback_regions": []}),
        };
        for (name, value) in fields.as_object().unwrap() {
            resource[name] = value.clone();
        }
        resource
    }

    /// The files with it; JSON is YAML.
    fn files(self, resource: &Value) -> String {
        let platform = match self {
            Self::JwtConfig => json!({"auth": {"g": {"type": "jwt", "config": resource}}}),
            Self::JwtRole => json!({"auth": {"g": {"type": "jwt", "roles": {"r": resource}}}}),
            Self::AwsRoot => json!({"secrets": {"aws": {"type": "aws", "config": resource}}}),
        };
        let mut platform = platform;
        platform["version"] = 1.into();
        platform.to_string()
    }
}

fn is_valid(platform: &str) -> bool {
    let mappings = Mappings::of(platform);
    let tool = Tool::offline(&mappings);
    let output = tool.run(["validate"]).output().unwrap();
    output.status.success()
}

#[test]
fn validate_and_the_servers_agree_on_odd_values() {
    let vault = Vault::start();
    vault.root.write("sys/auth/g", &json!({"type": "jwt"}));
    vault.root.write("sys/mounts/aws", &json!({"type": "aws"}));
    vault
        .root
        .write(JwtConfig.path(), &JwtConfig.with(&json!({})));
    for (part, fields, is_good) in values() {
        let resource = part.with(&fields);
        let answer = vault.root.request("POST", part.path(), &resource);
        // OpenBao runs with an AWS engine that has no such fields, and ignores them.
        let is_ignored = vault.is_openbao() && matches!(part, AwsRoot);
        assert_eq!(
            answer.status < 300,
            is_good || is_ignored,
            "{fields}: {answer:?}"
        );
        assert_eq!(
            is_valid(&part.files(&resource)),
            is_good,
            "{part:?} {fields}"
        );
    }
    for (name, is_good) in [
        ("a.b", true),
        ("_a", true),
        ("a-", false),
        ("-a", false),
        ("a..b", false),
    ] {
        let resource = JwtRole.with(&json!({}));
        let answer = vault
            .root
            .request("POST", &format!("auth/g/role/{name}"), &resource);
        // OpenBao takes `..` within a name.
        let is_taken = is_good || vault.is_openbao() && name == "a..b";
        assert_eq!(answer.status < 300, is_taken, "{name}: {answer:?}");
        let files = JwtRole
            .files(&resource)
            .replace("\"r\":", &format!("\"{name}\":"));
        assert_eq!(is_valid(&files), is_good, "{name}");
    }
}
