//! How the AWS engine reaches AWS: <https://developer.hashicorp.com/vault/api-docs/secret/aws#configure-root-credentials>.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{
    Address, Availability, Known, Managed, MountType, PartialField, Place, Rank, RootCredentials,
    Write, managed,
};
use crate::acl::Capability;
use crate::value::{KeyId, List, SecretError, Ttl};

/// What the engine keeps, and answers, where nobody gave a template.
///
/// From `builtin/logical/aws/path_config_root.go` of Vault 1.8 and later.
const DEFAULT_USERNAME_TEMPLATE: &str = concat!(
    r#"{{ if (eq .Type "STS") }}"#,
    r#"{{ printf "vault-%s-%s"  (unix_time) (random 20) | truncate 32 }}"#,
    "{{ else }}",
    r#"{{ printf "vault-%s-%s-%s" (printf "%s-%s" (.DisplayName) (.PolicyName) | truncate 42) "#,
    "(unix_time) (random 20) | truncate 64 }}",
    "{{ end }}",
);

/// When the engine rotates its key by itself: every so often, or at certain times and so long after each of them.
const ROTATION_PERIOD: &str = "rotation_period";
const ROTATION_SCHEDULE: &str = "rotation_schedule";
const ROTATION_WINDOW: &str = "rotation_window";

/// How the AWS engine itself reaches AWS. Keys are never in a file: it names where `apply` finds them.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   aws:
///     config:
///       access_key_env: VAULT_AWS_KEY_ID
///       secret_key_env: VAULT_AWS_SECRET_KEY
///       region: eu-central-1
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AwsRoot {
    /// The id of the access key; empty where the server's own credentials serve.
    #[schemars(skip)]
    pub(crate) access_key: KeyId,
    /// The region of the engine's calls.
    pub(crate) region: String,
    /// The address of IAM, in place of AWS's own.
    pub(crate) iam_endpoint: String,
    /// The address of STS, in place of AWS's own.
    pub(crate) sts_endpoint: String,
    /// The region of `sts_endpoint`.
    pub(crate) sts_region: String,
    /// Where to ask STS next if it does not answer, in this order. New versions of Vault only.
    pub(crate) sts_fallback_endpoints: List,
    /// The regions of `sts_fallback_endpoints`, in the same order.
    pub(crate) sts_fallback_regions: List,
    /// How often a failed call is tried again; -1 is the default of AWS's SDK.
    pub(crate) max_retries: i64,
    /// How new IAM users are named, as a template of Go; empty is the engine's own.
    #[serde(deserialize_with = "username_template")]
    pub(crate) username_template: String,
    /// The IAM role that the engine assumes with a Vault identity token, in place of a key. Vault Enterprise.
    pub(crate) role_arn: String,
    /// The `aud` of that identity token.
    pub(crate) identity_token_audience: String,
    /// How long that identity token is valid.
    pub(crate) identity_token_ttl: Ttl,
}

impl Default for AwsRoot {
    fn default() -> Self {
        Self {
            max_retries: -1,
            access_key: KeyId::default(),
            region: String::new(),
            iam_endpoint: String::new(),
            sts_endpoint: String::new(),
            sts_region: String::new(),
            sts_fallback_endpoints: List::default(),
            sts_fallback_regions: List::default(),
            username_template: String::new(),
            role_arn: String::new(),
            identity_token_audience: String::new(),
            identity_token_ttl: Ttl::default(),
        }
    }
}

impl Managed for AwsRoot {
    const TITLE: &'static str = "AWS root config";
    const RANK: Rank = Rank::Config;
    const PLACE: Place = Place::Config(MountType::AWS, "config/root");
    const KEY: &'static str = "config";
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new("sts_region", Availability::NewEngine),
        PartialField::new("sts_fallback_endpoints", Availability::NewEngine),
        PartialField::new("sts_fallback_regions", Availability::NewEngine),
        PartialField::new("role_arn", Availability::Enterprise),
        PartialField::new("identity_token_audience", Availability::Enterprise),
        PartialField::new("identity_token_ttl", Availability::NewEngine),
    ];
    const CONFIDENTIAL: &'static [&'static str] = &["access_key"];
    const REPLACED: bool = true;
    /// Vault 1.20 and newer ask for `create` where there is none yet, older ones and OpenBao for `update`.
    const CREATE: &'static [Capability] = &[Capability::Create, Capability::Update];

    /// Writes one after the other can set two ways of rotation, of which one write takes only one. Servers that have them
    /// keep what a write leaves out.
    fn prune_carried(&self, carried: &mut Map<String, Value>) {
        if !carried.contains_key(ROTATION_PERIOD) && carried.contains_key(ROTATION_SCHEDULE) {
            return;
        }
        if carried.contains_key(ROTATION_SCHEDULE) || carried.contains_key(ROTATION_WINDOW) {
            for attribute in [ROTATION_PERIOD, ROTATION_SCHEDULE, ROTATION_WINDOW] {
                carried.remove(attribute);
            }
        }
    }

    /// The id of the key that the files name, or the live one where theirs can't be read here.
    fn resolve(&self, known: Known<'_, Self>) -> Option<Self> {
        let access_key = match (known.credentials?.access_key.read(), known.live) {
            (Ok(id), _) => KeyId::from(id.expose_secret()),
            (Err(_), Some(live)) => live.access_key.clone(),
            (Err(_), None) => KeyId::default(),
        };
        Some(Self {
            access_key,
            ..self.clone()
        })
    }

    fn add_secrets(
        &mut self,
        body: &mut Map<String, Value>,
        credentials: &RootCredentials,
    ) -> Result<(), SecretError> {
        let (id, key) = (
            credentials.access_key.read()?,
            credentials.secret_key.read()?,
        );
        body.insert("access_key".into(), id.expose_secret().into());
        body.insert("secret_key".into(), key.expose_secret().into());
        self.access_key = KeyId::from(id.expose_secret());
        Ok(())
    }

    /// People decide where the key is. Import names variables that no other tool reads, so that nobody's own key gets
    /// into Vault by mistake.
    fn written(&self, address: &Address) -> Vec<(String, Value)> {
        let mut fields = managed::set_fields(self);
        fields.retain(|(name, _)| name != "access_key");
        if !self.access_key.is_empty() {
            let mount = address.mount.to_ascii_uppercase();
            let mount = mount.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            for (key, variable) in [
                ("access_key_env", format!("VAULT_{mount}_ACCESS_KEY_ID")),
                ("secret_key_env", format!("VAULT_{mount}_SECRET_ACCESS_KEY")),
            ] {
                fields.push((key.into(), variable.into()));
            }
        }
        fields
    }

    fn create(&self, address: &Address) -> Write {
        let mut body = self.fields();
        // Vault 1.20 and newer keep what a write leaves out, and half a key pair makes every request of the engine fail.
        if self.access_key.is_empty() {
            body.insert("secret_key".into(), "".into());
        }
        Write {
            path: address.path(),
            body,
        }
    }
}

fn username_template<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let template = String::deserialize(deserializer)?;
    Ok(match template.as_str() {
        DEFAULT_USERNAME_TEMPLATE => String::new(),
        _ => template,
    })
}
