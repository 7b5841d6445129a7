//! Random configurations, rich in what decides differently on different servers and in paths that meet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::random::Random;
use crate::support::Shared;

/// Two GitLab instances, whose keys are the same here.
pub(super) const ISSUERS: [&str; 2] = ["https://git.example.com", "https://git-b.example.com"];

/// Roles of the engine `aws`. The first ones are those of the project files.
const AWS_ROLES: [&str; 9] = [
    "365-dev",
    "365-prod",
    "365",
    "366-dev",
    "tools",
    "main-tools",
    "1-a-b",
    "Prod",
    MULTI,
];

/// The AWS role with two IAM roles, of which a request names one.
const MULTI: &str = "dev";

/// A configuration, and what of it the proofs ask.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    /// The text of `vault.yaml`.
    pub(super) platform: Value,
    /// By the AWS role of the engine `aws`: the ARNs of its IAM roles.
    pub(super) arns: BTreeMap<String, Vec<String>>,
    /// Whether rules ask for parameters.
    pub(super) has_parameters: bool,
    /// Whether rules ask for responses that are wrapped.
    pub(super) has_wrapping: bool,
    /// What files refuse and Vault takes: fields of roles, by the path of the role in Vault.
    pub(super) by_hand: BTreeMap<String, Value>,
}

impl Configuration {
    /// A random configuration with this number of JWT roles.
    pub(super) fn random(random: &mut Random, roles: usize) -> Self {
        let has_parameters = random.one_in(3);
        let mounts: &[&str] = if random.one_in(2) {
            &["gitlab", "second"]
        } else {
            &["gitlab"]
        };
        let auth: Map<String, Value> = mounts
            .iter()
            .map(|mount| {
                (
                    (*mount).to_owned(),
                    method(mount, roles / mounts.len(), random),
                )
            })
            .collect();
        let by_hand = roles_of(&auth).filter_map(|(mount, name, role)| {
            let fields = by_hand(role, random)?;
            Some((format!("auth/{mount}/role/{name}"), fields))
        });
        let by_hand = by_hand.collect();
        let mut policies: Map<String, Value> = ["p0", "p1", "p2", "p3"]
            .map(|name| (name.to_owned(), policy(mounts, has_parameters, random)))
            .into_iter()
            .collect();
        if random.one_in(4) {
            policies.insert("default".into(), policy(mounts, has_parameters, random));
        }
        let arns = AWS_ROLES.map(|name| (name.to_owned(), arns(name)));
        let aws_roles: Map<String, Value> = arns
            .iter()
            .map(|(name, arns)| (name.clone(), json!({ "role_arns": arns })))
            .collect();
        let platform = json!({
            "version": 1,
            "auth": auth,
            "secrets": {"aws": {"type": "aws", "roles": aws_roles}},
            "policies": policies,
        });
        Self {
            platform,
            arns: arns.into_iter().collect(),
            has_parameters,
            has_wrapping: false,
            by_hand,
        }
    }

    /// The roles to log in with: the mount, the name, and what it says.
    pub(super) fn login_roles(&self) -> Vec<(&str, &str, &Value)> {
        roles_of(self.platform["auth"].as_object().unwrap()).collect()
    }

    /// Whether any of its rules asks for parameters.
    pub(super) fn asks_for_parameters(&self) -> bool {
        self.platform["policies"]
            .to_string()
            .contains("_parameters")
    }

    /// The identities in AWS that it can give.
    pub(super) fn identities(&self) -> impl Iterator<Item = &str> {
        self.arns.values().flatten().map(String::as_str)
    }
}

fn roles_of(auth: &Map<String, Value>) -> impl Iterator<Item = (&str, &str, &Value)> {
    auth.iter().flat_map(|(mount, method)| {
        let roles = method["roles"].as_object().unwrap().iter();
        roles.map(move |(name, role)| (mount.as_str(), name.as_str(), role))
    })
}

/// Numbers, booleans and nothing as bounds, and the policy `root`.
fn by_hand(role: &Value, random: &mut Random) -> Option<Value> {
    let is_glob = role["bound_claims_type"] == "glob";
    let mut bounds = role["bound_claims"].clone();
    match random.below(16) {
        0 => return Some(json!({"token_policies": ["root", "p0"]})),
        1 if !is_glob => bounds["team"] = json!([365, "tools"]),
        2 if !is_glob => bounds["team"] = random.pick(&[json!(true), json!(365)]),
        3 => bounds["tier"] = json!([]),
        _ => return None,
    }
    Some(json!({ "bound_claims": bounds }))
}

fn arns(name: &str) -> Vec<String> {
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    match name {
        MULTI => vec![arn("dev-a"), arn("dev-b")],
        name => vec![arn(name)],
    }
}

fn method(mount: &str, roles: usize, random: &mut Random) -> Value {
    // To `validate`, these are not the keys of a GitLab: its JWTs have none of some of these claims.
    let keys = format!("{}?", Shared::jwks_url());
    let mut config = json!({"jwks_url": keys, "bound_issuer": ISSUERS[0]});
    if mount == "second" {
        config["bound_issuer"] = random.pick(&ISSUERS).into();
    }
    let roles: Map<String, Value> = (0..roles)
        .map(|number| (format!("{mount}-{number}"), login_role(random)))
        .collect();
    json!({"type": "jwt", "config": config, "roles": roles})
}

fn login_role(random: &mut Random) -> Value {
    let mut mappings = Map::new();
    for claim in [
        "project_id",
        "environment",
        "ref",
        "user_login",
        "team",
        "tier",
    ] {
        if random.one_in(3) {
            continue;
        }
        // Two claims for one key, which the name does not distinguish.
        let (source, key) = match random.below(8) {
            0 => (format!("/{claim}"), claim),
            1 if claim == "ref" => (claim.to_owned(), "environment"),
            _ => (claim.to_owned(), claim),
        };
        if !mappings.values().any(|known| known == key) {
            mappings.insert(source, key.into());
        }
    }
    let policies: BTreeSet<&str> = (0..2)
        .map(|_| random.pick(&["p0", "p1", "p2", "p3"]))
        .collect();
    let user_claim = random.pick(&[
        "project_id",
        "project_id",
        "project_id",
        "ref",
        "user_login",
        "team",
        "environment",
        "sub",
    ]);
    let mut role = json!({
        "user_claim": user_claim,
        "bound_audiences": ["https://vault.example.com"],
        "claim_mappings": mappings,
        "token_policies": policies,
        "token_no_default_policy": random.one_in(3),
    });
    let mut bounds = Map::new();
    for _ in 0..random.below(3) {
        let (claim, values) = bound(random);
        bounds.insert(claim.to_owned(), values);
    }
    let has_glob = |value: &Value| value.to_string().contains('*');
    if bounds.values().any(has_glob) {
        role["bound_claims_type"] = "glob".into();
    }
    role["bound_claims"] = bounds.into();
    match random.below(12) {
        0 => role["bound_subject"] = "project_path:some/project:ref_type:branch:ref:main".into(),
        1 => role["groups_claim"] = random.pick(&["groups_direct", "team"]).into(),
        2 => role["token_type"] = "batch".into(),
        3 => role["token_num_uses"] = 1.into(),
        _ => {}
    }
    role
}

/// A claim, and values that bind it.
pub(super) fn bound(random: &mut Random) -> (&'static str, Value) {
    let bounds: [(&str, &[Value]); 10] = [
        (
            "project_id",
            &[
                json!("365"),
                json!(["365", "366"]),
                json!("36*"),
                json!("*5"),
            ],
        ),
        (
            "environment",
            &[
                json!("prod"),
                json!(["dev", "prod"]),
                json!("*"),
                json!("review-*"),
                json!("*d*"),
            ],
        ),
        ("ref_protected", &[json!("true"), json!(["true", "false"])]),
        ("ref", &[json!("main"), json!("m*n"), json!(["main", "1*"])]),
        ("ref_type", &[json!("branch"), json!("tag")]),
        ("user_login", &[json!("tools"), json!("to*s*")]),
        (
            "team",
            &[
                json!("dev"),
                json!(""),
                json!(["365", "tools"]),
                json!("*"),
                json!("true"),
                json!("*b"),
            ],
        ),
        ("/team", &[json!("dev"), json!(["tools", "365"])]),
        (
            "groups_direct",
            &[json!("dev"), json!(["tools", "x"]), json!("3*")],
        ),
        ("namespace_id", &[json!("72"), json!(["72", "73"])]),
    ];
    let (claim, values) = random.pick(&bounds);
    (claim, random.pick(values))
}

fn policy(mounts: &[&str], has_parameters: bool, random: &mut Random) -> Value {
    let paths: BTreeSet<String> = (0..1 + random.below(4))
        .map(|_| path(mounts, random))
        .collect();
    let rules = paths.into_iter().map(|path| {
        let capabilities = random.pick(&[
            &["update"][..],
            &["update"],
            &["update"],
            &["create", "update"],
            &["read"],
            &["deny"],
            &["deny"],
            &["list"],
            &[],
        ]);
        let mut rule = json!({"path": path, "capabilities": capabilities});
        if has_parameters && random.one_in(2) {
            restrict(&mut rule, random);
        }
        rule
    });
    json!({"rules": rules.collect::<Vec<_>>()})
}

/// Adds parameters that a rule asks for.
pub(super) fn restrict(rule: &mut Value, random: &mut Random) {
    let (field, value) = random.pick(&[
        ("allowed_parameters", json!({"ttl": ["15m"]})),
        ("allowed_parameters", json!({"zzz": []})),
        ("allowed_parameters", json!({"*": []})),
        (
            "allowed_parameters",
            json!({"role_arn": [arns(MULTI)[0]], "ttl": []}),
        ),
        ("allowed_parameters", json!({"role_arn": ["*dev-b"]})),
        ("denied_parameters", json!({"*": []})),
        ("denied_parameters", json!({"ttl": []})),
        ("denied_parameters", json!({"zzz": ["x"]})),
        ("denied_parameters", json!({"role_arn": [arns(MULTI)[1]]})),
        ("required_parameters", json!(["zzz"])),
        ("required_parameters", json!(["ttl"])),
    ]);
    rule[field] = value;
    if random.one_in(3) {
        rule["required_parameters"] = json!(["zzz"]);
    }
}

fn path(mounts: &[&str], random: &mut Random) -> String {
    if random.one_in(4) {
        let fixed = [
            "aws/sts/+",
            "aws/sts/*",
            "aws/*",
            "aws/+/365-dev",
            "aws/sts/36*",
            "aws/sts/365-prod",
            "aws/sts/365-dev",
            "+/sts/+",
            "aws/sts/*-prod",
            "aws/sts/+-dev",
            "aws/creds/365",
            "+/+/tools",
            "aws/sts/dev",
            "*",
            "aws/sts/1-*",
        ];
        return random.pick(&fixed).to_owned();
    }
    let folders = [
        "aws/sts/",
        "aws/sts/",
        "aws/sts/",
        "aws/creds/",
        "aws/+/",
        "+/sts/",
        "/aws/sts/",
        "aws/",
        "",
    ];
    let mut path = random.pick(&folders).to_owned();
    for piece in 0..1 + random.below(2) {
        if piece > 0 && !random.one_in(4) {
            path.push('-');
        }
        path.push_str(&match random.below(9) {
            0 => random
                .pick(&["365", "1", "dev", "prod", "tools", "sts"])
                .to_owned(),
            1 => directive(mounts, "name", random),
            2 | 3 => directive(mounts, "metadata.project_id", random),
            4 | 5 => directive(mounts, "metadata.environment", random),
            6 => directive(mounts, "metadata.team", random),
            7 => directive(mounts, "metadata.ref", random),
            _ => directive(
                mounts,
                random.pick(&["metadata.user_login", "metadata.tier", "metadata.role"]),
                random,
            ),
        });
    }
    if random.one_in(6) {
        path.push('*');
    }
    path
}

fn directive(mounts: &[&str], field: &str, random: &mut Random) -> String {
    let mount = if random.one_in(4) {
        random.pick(mounts)
    } else {
        mounts[0]
    };
    format!("{{{{identity.entity.aliases.${{auth.{mount}.accessor}}.{field}}}}}")
}
