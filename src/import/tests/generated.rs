//! What a Vault can hold, at random.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::acl::{self, Capability, ParameterValue, Rule, Rules};
use crate::live::Live;
use crate::resource::{
    Address, AuthMount, AwsLease, AwsRole, AwsRoot, BoundClaimsType, CredentialType, JwtConfig,
    JwtRole, Kind, ListingVisibility, Managed, MountOptions, MountTokenType, Policy, Resource,
    RoleType, SecretsMount,
};
use crate::value::{Document, KeyId, Leeway, PolicyName, Set, Ttl};

/// The accessor of the JWT method.
pub(super) const ACCESSOR: &str = "auth_jwt_0a1b2c3d";

/// Strings that YAML, HCL or the files' own syntax could read as something else.
#[rustfmt::skip]
const TRICKY: &[&str] = &[
    "", " ", "~", "null", "true", "No", "y", "0365", "365", "-1", "1e3", "0x1F", ".inf", "1:30",
    "2012-10-17", "=", "-", "- a", "? a", "a: b", "a:", ":a", "a #b", "#", "&a", "*a", "!a", "|",
    ">", "%", "@a", "`a", "'a'", "\"a\"", "\\", "a\\n", "[a]", "{a}", "a, b", "{{a}}", "<<", "---",
    "...", " a", "a ", "a\n", "\na", "a\n\n", "a\nb", "a\n  b\n", "  a\nb", "a \nb", "a\n \nb",
    "a\tb", "\t", "a\r\nb", "a\rb", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}",
    "\u{202e}", "\u{feff}", "\u{fffe}", "\u{0}", "ünï 🦀", "👩‍💻", "# a\n# b\n", "${x}", "$", "a}",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(TRICKY).prop_map(str::to_owned),
        "[a-zA-Z0-9_./:@+, #'\"-]{0,12}",
        vec(any::<char>(), 0..8).prop_map(String::from_iter),
    ]
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z_]{0,6}"
}

fn texts<T: FromIterator<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    vec(text(), 0..4).prop_map(T::from_iter)
}

fn words<T: FromIterator<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    vec(word(), 0..4).prop_map(T::from_iter)
}

fn ttl() -> impl Strategy<Value = Ttl> {
    prop_oneof![Just(0), 1..100_000_u64].prop_map(Ttl::seconds)
}

/// A TTL and one that bounds it.
fn ttls() -> impl Strategy<Value = (Ttl, Ttl)> {
    (ttl(), ttl()).prop_map(|(a, b)| {
        if b.is_default() {
            (a, b)
        } else {
            (a.min(b), a.max(b))
        }
    })
}

fn auth_mount() -> impl Strategy<Value = AuthMount> {
    use {ListingVisibility as Listing, MountTokenType as Token};
    let token_type = select(vec![
        Token::DefaultService,
        Token::DefaultBatch,
        Token::Batch,
    ]);
    let listing = select(vec![Listing::Hidden, Listing::Unauth]);
    (text(), ttls(), options(), token_type, listing, settings()).prop_map(
        |(description, ttls, options, token_type, listing, settings)| AuthMount {
            r#type: "jwt".into(),
            description,
            default_lease_ttl: ttls.0,
            max_lease_ttl: ttls.1,
            options,
            token_type,
            listing_visibility: listing,
            ..settings
        },
    )
}

/// The settings of mounts of both tables.
fn settings<T: Managed + std::fmt::Debug>() -> impl Strategy<Value = T> {
    let texts = || btree_set("[A-Za-z-]{1,6}", 0..3);
    (texts(), texts(), any::<bool>()).prop_map(|(headers, keys, flag)| {
        let settings = json!({
            "audit_non_hmac_request_keys": keys,
            "audit_non_hmac_response_keys": headers,
            "passthrough_request_headers": headers,
            "allowed_response_headers": headers,
            "delegated_auth_accessors": keys,
            "allowed_managed_keys": keys,
            "identity_token_key": if flag { "one" } else { "" },
            "plugin_version": if flag { "v1.2.3" } else { "" },
            "trim_request_trailing_slashes": flag,
            "local": flag,
            "seal_wrap": !flag,
            "external_entropy_access": flag,
        });
        serde_json::from_value(settings).unwrap()
    })
}

fn options() -> impl Strategy<Value = MountOptions> {
    let options = btree_map("[a-z]{1,5}", "[a-z0-9 ]{1,3}", 0..3);
    options.prop_map(|options| serde_json::from_value(json!(options)).unwrap())
}

fn secrets_mount() -> impl Strategy<Value = SecretsMount> {
    (text(), ttls(), options(), settings()).prop_map(
        |(description, (default_lease_ttl, max_lease_ttl), options, settings)| SecretsMount {
            r#type: "aws".into(),
            description,
            default_lease_ttl,
            max_lease_ttl,
            options,
            ..settings
        },
    )
}

fn jwt_config() -> impl Strategy<Value = JwtConfig> {
    let pem = "-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/]{8}\n){1,3}-----END PUBLIC KEY-----";
    let keys = prop_oneof![
        "https://[a-z]{1,8}/-/jwks".prop_map(|jwks_url| JwtConfig {
            jwks_url,
            ..JwtConfig::default()
        }),
        btree_set(pem, 1..3).prop_map(|jwt_validation_pubkeys| JwtConfig {
            jwt_validation_pubkeys,
            ..JwtConfig::default()
        }),
    ];
    let provider = btree_map(word(), json_value(), 0..3);
    let algorithm = select(vec!["RS256", "ES512", "EdDSA"]).prop_map(str::to_owned);
    let algorithms = vec(algorithm, 0..3).prop_map(Set::from_iter);
    (keys, text(), algorithms, word(), provider).prop_map(|(keys, issuer, algs, role, provider)| {
        JwtConfig {
            bound_issuer: issuer,
            jwt_supported_algs: algs,
            default_role: role,
            provider_config: provider,
            ..keys
        }
    })
}

fn jwt_role() -> impl Strategy<Value = JwtRole> {
    let claims = btree_map(text(), texts(), 1..4);
    let bounds = (claims, texts(), any::<bool>(), text());
    let alias = (
        "[a-z_]{1,8}",
        btree_map(text(), text(), 0..4),
        any::<bool>(),
    );
    let token_type = select(vec!["default", "service", "batch"]);
    let token = (
        ttls(),
        words(),
        any::<bool>(),
        texts(),
        0..9_u64,
        token_type,
    );
    (bounds, alias, token, -2..300_i64).prop_map(|(bounds, alias, token, leeway)| JwtRole {
        role_type: RoleType::Jwt,
        bound_claims: bounds.0,
        bound_audiences: bounds.1,
        bound_claims_type: if bounds.2 {
            BoundClaimsType::Glob
        } else {
            BoundClaimsType::String
        },
        bound_subject: bounds.3,
        user_claim: alias.0,
        claim_mappings: alias.1,
        user_claim_json_pointer: alias.2,
        token_ttl: token.0.0,
        token_max_ttl: token.0.1,
        token_policies: token.1,
        token_no_default_policy: token.2,
        token_bound_cidrs: token.3,
        token_num_uses: token.4,
        token_type: serde_json::from_value(token.5.into()).unwrap(),
        expiration_leeway: Leeway::try_from(leeway).unwrap(),
        ..JwtRole::default()
    })
}

pub(super) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn arn() -> impl Strategy<Value = String> {
    r"arn:aws(-cn)?:iam::[0-9]{12}:role/([a-z]{1,4}/)?[A-Za-z0-9_+=,.@-]{1,8}"
}

fn aws_role() -> impl Strategy<Value = AwsRole> {
    let assumed = (
        vec(arn(), 1..3),
        ttls(),
        text(),
        btree_map(text(), text(), 0..3),
    )
        .prop_map(|(arns, ttls, external_id, session_tags)| AwsRole {
            role_arns: arns.into_iter().collect(),
            default_sts_ttl: ttls.0,
            max_sts_ttl: ttls.1,
            external_id,
            session_tags,
            ..AwsRole::default()
        });
    let plain = arn().prop_map(|arn| AwsRole {
        role_arns: [arn].into_iter().collect(),
        ..AwsRole::default()
    });
    let document = json_value().prop_map(|statement| {
        Document::from(&*json!({"Version": "2012-10-17", "Statement": statement}).to_string())
    });
    let kinds = select(vec![
        CredentialType::IamUser,
        CredentialType::FederationToken,
    ]);
    let other = (
        kinds,
        document,
        texts(),
        btree_map(text(), text(), 0..3),
        text(),
    )
        .prop_map(
            |(credential_type, policy_document, policy_arns, iam_tags, user_path)| AwsRole {
                credential_type,
                policy_document,
                policy_arns,
                iam_tags,
                user_path,
                ..AwsRole::default()
            },
        );
    prop_oneof![plain, assumed, other]
}

fn rules() -> impl Strategy<Value = Rules> {
    let template = format!("a/{{{{identity.entity.aliases.{ACCESSOR}.metadata.project_id}}}}-x");
    let path = prop_oneof!["[a-z/+]{1,9}[*]?", Just(template), text()]
        .prop_filter_map("a path that Vault takes", |path| path.try_into().ok());
    let capabilities = btree_set(select(&Capability::ALL[..]), 0..4);
    let values = prop_oneof![
        text().prop_map(ParameterValue::Text),
        any::<bool>().prop_map(ParameterValue::Bool),
    ];
    let parameters = btree_map(text(), vec(values, 0..3), 0..3);
    let rule = (
        path,
        capabilities,
        option::of(text()),
        parameters,
        option::of(1..999_u32),
    );
    let rule = rule.prop_map(|(path, capabilities, description, parameters, ttl)| Rule {
        description,
        allowed_parameters: parameters,
        min_wrapping_ttl: ttl.and_then(std::num::NonZeroU32::new),
        ..Rule::new(path, capabilities)
    });
    vec(rule, 0..4)
}

fn policy() -> impl Strategy<Value = String> {
    let commented =
        rules().prop_map(|rules| format!("# {ACCESSOR}\n\n{}# end", acl::render(&rules)));
    prop_oneof![
        rules().prop_map(|rules| acl::render(&rules)),
        commented,
        Just(r#"{"path": {"aws/sts/x": {"capabilities": ["update"]}}}"#.to_owned()),
        Just("path \"a/${auth.gitlab.accessor}/${b}\" { capabilities = [\"read\"] }".to_owned()),
        Just("path \"a/{environment}\" { capabilities = [\"read\"] }".to_owned()),
        Just("path \"a\" {\n  capabilities = [\"read\"]\n  control_group = {}\n}".to_owned()),
    ]
}

/// What a Vault with one mount of each kind holds.
pub(super) fn live() -> impl Strategy<Value = Live> {
    let jwt_name = "[a-z0-9_]([a-z0-9_.-]{0,6}[a-z0-9_])?";
    let aws_name = prop_oneof![
        "[1-9][0-9]{0,3}(-[a-zA-Z0-9_]{1,5})?",
        "[a-zA-Z0-9_]([a-zA-Z0-9_.@-]{0,6}[a-zA-Z0-9_])?",
    ];
    let auth = (
        auth_mount(),
        option::of(jwt_config()),
        btree_map(jwt_name, jwt_role(), 0..4),
    );
    let root = (text(), any::<bool>()).prop_map(|(region, has_key)| AwsRoot {
        region,
        access_key: KeyId::from(if has_key { "AKIAIOSFODNN7EXAMPLE" } else { "" }),
        ..AwsRoot::default()
    });
    let lease = ttls().prop_map(|(lease, lease_max)| AwsLease { lease, lease_max });
    let configs = (option::of(root), option::of(lease));
    let secrets = (
        secrets_mount(),
        configs,
        btree_map(aws_name, aws_role(), 0..6),
    );
    let policies = btree_map("[a-z][a-z0-9_.@/-]{0,4}[a-z]", policy(), 0..4);
    (auth, secrets, policies).prop_map(|((auth, config, roles), secrets, policies)| {
        let mut all = Vec::new();
        let gitlab = |kind| Address::of_mount(kind, "gitlab");
        let aws = |kind| Address::of_mount(kind, "team/aws");
        all.push((gitlab(Kind::AuthMount), auth.into()));
        all.extend(config.map(|config| (gitlab(Kind::JwtConfig), config.into())));
        all.extend(
            roles
                .into_iter()
                .map(|(name, role)| (Address::of_role(Kind::JwtRole, "gitlab", name), role.into())),
        );
        let (mount, (root, lease), roles) = secrets;
        all.push((aws(Kind::SecretsMount), mount.into()));
        all.extend(root.map(|root| (aws(Kind::AwsRoot), root.into())));
        all.extend(lease.map(|lease| (aws(Kind::AwsLease), lease.into())));
        all.extend(roles.into_iter().map(|(name, role)| {
            (
                Address::of_role(Kind::AwsRole, "team/aws", name),
                role.into(),
            )
        }));
        let policies = policies
            .into_iter()
            .filter(|(name, _)| name.parse::<PolicyName>().is_ok());
        all.extend(policies.map(|(name, text)| {
            (
                Address::of_policy(name),
                Policy {
                    policy: text,
                    unresolved_mounts: BTreeSet::new(),
                    ..Policy::default()
                }
                .into(),
            )
        }));
        Live {
            resources: all.into_iter().map(answered).collect(),
            accessors: BTreeMap::from([("gitlab".into(), ACCESSOR.into())]),
            ..Live::default()
        }
    })
}

/// A resource in the form that it has when Vault answers it.
fn answered((address, resource): (Address, Resource)) -> (Address, Resource) {
    let resource = address.kind.parse(resource.fields()).resource();
    (address, resource)
}
