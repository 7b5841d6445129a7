//! Policies and roles as people write them, beyond what random configurations have: each is decided as the server decides it,
//! or reported as unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::answer::Told;
use super::claims::{self, Claims};
use super::configuration::Configuration;
use super::configuration::ISSUERS;
use super::explained;
use super::random::Random;
use super::trial::{self, Login, Trial};
use crate::support::{Mappings, Shared, Tool, Vault};

/// How many JWTs are tried with each role, besides the examples: near misses of these, and random ones.
const NEAR_MISSES: usize = 5;
const RANDOM_JWTS: usize = 5;

/// The AWS roles, and what they are called in paths.
const AWS_ROLES: [&str; 6] = [
    "365-dev", "365-prod", "366-dev", "900-prod", "Prod", "tools",
];

/// The servers that take a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Both,
    OpenBao,
    Vault,
}

/// What a role is, and what its policies say.
struct Written {
    what: &'static str,
    /// Fields besides those of every role here.
    role: Value,
    policies: &'static [&'static str],
    on: On,
    /// Whether the program says that it does not know what is allowed.
    is_unknown: bool,
}

/// A path that every JWT gets, so that a table without any is noticed.
const DEV: &str = r#"path "aws/sts/365-dev" { capabilities = ["update"] }"#;

fn policies(what: &'static str, policies: &'static [&'static str]) -> Written {
    Written {
        what,
        role: json!({}),
        policies,
        on: On::Both,
        is_unknown: false,
    }
}

fn role(what: &'static str, role: Value) -> Written {
    Written {
        role,
        ..policies(what, &[DEV])
    }
}

fn unknown(what: &'static str, texts: &'static [&'static str]) -> Written {
    Written {
        is_unknown: true,
        ..policies(what, texts)
    }
}

fn texts() -> Vec<Written> {
    vec![
        policies(
            "a policy in JSON",
            &[
                r#"{"path": {"aws/sts/365-dev": {"capabilities": ["update"]}, "aws/sts/Prod": {"policy": "write"}}}"#,
            ],
        ),
        policies(
            "a path twice, once with deny",
            &[
                "path \"aws/sts/365-dev\" { capabilities = [\"update\"] }\npath \"aws/sts/365-dev\" { capabilities = [\"deny\"] }",
            ],
        ),
        policies(
            "a path in two policies, of which each has a half",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["create"] }"#,
                r#"path "/aws/sts/365-dev" { capabilities = ["update", "patch"] }"#,
            ],
        ),
        policies(
            "two policies, of which one denies with a wildcard and one allows by name",
            &[
                r#"path "aws/sts/*" { capabilities = ["deny"] }"#,
                r#"path "aws/sts/365-prod" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "a wildcard as a segment, and one that is denied",
            &[
                r#"path "+/sts/365-dev" { capabilities = ["update"] }"#,
                r#"path "aws/sts/+" { capabilities = ["update"] } path "aws/+/Prod" { capabilities = ["deny"] }"#,
            ],
        ),
        policies(
            "special characters in the middle, which match nothing",
            &[
                r#"path "aws/sts/3*5-dev" { capabilities = ["update"] } path "aws/s+s/365-prod" { capabilities = ["update"] } path "aws/*/tools" { capabilities = ["deny"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "two stars at the end, and a question mark",
            &[
                r#"path "aws/sts/365**" { capabilities = ["update"] } path "aws/sts/36?-dev" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "another case, a slash at the end, a version in front, an empty segment",
            &[
                r#"path "AWS/sts/365-dev" { capabilities = ["update"] } path "aws/sts/365-prod/" { capabilities = ["update"] } path "v1/aws/sts/tools" { capabilities = ["update"] } path "aws//sts/Prod" { capabilities = ["update"] } path "aws/sts/prod" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "capabilities that give no credentials",
            &[
                r#"path "aws/sts/*" { capabilities = ["create", "patch", "list", "delete", "sudo"] } path "aws/creds/tools" { capabilities = ["read", "sudo"] }"#,
            ],
        ),
        policies(
            "the attribute policy of old Vaults",
            &[
                r#"path "aws/sts/365-*" { policy = "write" } path "aws/sts/365-prod" { policy = "deny" } path "aws/creds/tools" { policy = "read" }"#,
            ],
        ),
        policies(
            "parameters that are denied, and one that is required",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] denied_parameters = { "*" = [] } } path "aws/sts/365-prod" { capabilities = ["update"] required_parameters = ["ttl"] denied_parameters = { ttl = [] } }"#,
            ],
        ),
        policies(
            "parameters that another policy of the same path requires and denies",
            &[
                r#"path "aws/sts/tools" { capabilities = ["update"] }"#,
                r#"path "aws/sts/tools" { capabilities = ["list"] required_parameters = ["zzz"] denied_parameters = { zzz = ["x", "y"] } }"#,
            ],
        ),
        policies(
            "lists and numbers as values of parameters",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] allowed_parameters = { ttl = [900, "15m", ["a", "b"]] } }"#,
            ],
        ),
        policies(
            "bounds of wrapping that no request keeps",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] min_wrapping_ttl = "2h" }"#,
                r#"path "aws/sts/365-dev" { capabilities = ["read"] max_wrapping_ttl = "1h" }"#,
            ],
        ),
        policies(
            "an attribute that nothing reads",
            &[r#"path "aws/sts/365-dev" { capabilities = ["update"] comment = "agreed" }"#],
        ),
        policies(
            "what comments hold",
            &[
                "path \"aws/sts/365-dev\" {\n  capabilities = [\"update\"]\n}\n# path \"aws/sts/Prod\" { capabilities = [\"update\"] }\n/* path \"aws/sts/tools\" { capabilities = [\"update\"] } */",
            ],
        ),
        unknown(
            "a value over several lines, which rules can't hold",
            &[
                "path \"aws/sts/365-dev\" {\n  capabilities = [\"update\"]\n  required_parameters = [<<EOF\nzzz\nEOF\n  ]\n}\npath \"aws/sts/tools\" { capabilities = [\"update\"] }",
            ],
        ),
        policies(
            "the accessor of another method",
            &[
                r#"path "aws/sts/{{identity.entity.aliases.${auth.second.accessor}.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "a deny by a value that some jobs do not have",
            &[
                r#"path "aws/sts/+" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}" { capabilities = ["deny"] }"#,
            ],
        ),
        policies(
            "directives that never have a value",
            &[
                r#"path "aws/sts/{{token.display_name}}" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.gitlab.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.nothing}}tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "the name of the alias, with blanks in the directive",
            &[
                r#"path "aws/sts/{{ identity.entity.aliases.${auth.gitlab.accessor}.name }}-dev" { capabilities = ["update"] }"#,
            ],
        ),
        unknown(
            "the name of the entity",
            &[
                r#"path "aws/sts/{{identity.entity.name}}" { capabilities = ["update"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        unknown(
            "a second factor",
            &[
                r#"path "aws/sts/365-prod" { capabilities = ["update"] mfa_methods = ["x"] } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
            ],
        ),
        Written {
            on: On::Vault,
            ..unknown(
                "approvals by others",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update"] control_group = { factor "x" { identity { group_names = ["a"] approvals = 1 } } } } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::Vault,
            ..unknown(
                "types of events",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update", "subscribe"] subscribe_event_types = ["*"] } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::OpenBao,
            ..unknown(
                "a rule that ends, and a limit of pages",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update"] expiration = "2099-01-01T00:00:00Z" } path "aws/sts/tools" { capabilities = ["update"] pagination_limit = 5 } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::OpenBao,
            ..unknown(
                "keys by which answers are filtered",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update", "list"] list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
    ]
}

fn roles() -> Vec<Written> {
    vec![
        role(
            "a subject with a star, which is a letter",
            json!({"bound_subject": "project_path:some/*", "bound_claims_type": "glob", "bound_claims": {"ref": "*"}}),
        ),
        role(
            "a glob where values are compared as they are",
            json!({"bound_claims": {"ref": "m*"}}),
        ),
        role(
            "a glob with a question mark and brackets, which are letters",
            json!({"bound_claims_type": "glob", "bound_claims": {"ref": ["mai?", "[m]ain", "*1*"]}}),
        ),
        role(
            "values of which one is a glob, of several claims",
            json!({"bound_claims_type": "glob", "bound_claims": {"environment": ["dev", "review-*"], "user_login": "t*s*"}}),
        ),
        role(
            "a bound at a place inside a claim, and one at a claim's name",
            json!({"bound_claims": {"/groups_direct/0": "tools", "ref_type": "branch"}}),
        ),
        role(
            "a group that a JWT has to name",
            json!({"groups_claim": "groups_direct"}),
        ),
        Written {
            role: json!({"token_policies": ["W-UPPER"]}),
            ..policies("a policy named in capitals", &[])
        },
        Written {
            role: json!({"token_policies": ["w-upper", "not-there"], "token_no_default_policy": true}),

            ..policies("a policy that nobody wrote", &[])
        },
        Written {
            role: json!({"claim_mappings": {"ref": "project_id", "/groups_direct/0": "environment"}}),
            ..policies(
                "claims under the names of others",
                &[
                    r#"path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}" { capabilities = ["update"] }"#,
                ],
            )
        },
    ]
}

/// The roles of one method, each with policies of its own.
fn configuration(written: &[Written], mappings: &Mappings) -> Configuration {
    let keys = format!("{}?", Shared::jwks_url());
    let mut policies = Map::new();
    let upper = json!({"rules": [{"path": "aws/sts/tools", "capabilities": ["update"]}]});
    policies.insert("w-upper".into(), upper);
    let mut roles = Map::new();
    for (number, one) in written.iter().enumerate() {
        let mut names = Vec::new();
        for (at, text) in one.policies.iter().enumerate() {
            let name = format!("w{number}-{at}");
            let file = format!("policies/{name}.hcl");
            mappings.write(&file, text);
            policies.insert(name.clone(), json!({ "file": file }));
            names.push(name);
        }
        let mut role = json!({
            "user_claim": "project_id",
            "bound_audiences": ["https://vault.example.com"],
            "claim_mappings": {"project_id": "project_id", "environment": "environment", "ref": "ref"},
            "token_policies": names,
        });
        let fields = one.role.as_object().unwrap().clone();
        role.as_object_mut().unwrap().extend(fields);
        roles.insert(format!("w{number}"), role);
    }
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let arns: BTreeMap<String, Vec<String>> = AWS_ROLES
        .map(|name| (name.to_owned(), vec![arn(name)]))
        .into();
    let aws_roles: Map<String, Value> = arns
        .iter()
        .map(|(name, arns)| (name.clone(), json!({ "role_arns": arns })))
        .collect();
    let method = |roles: Map<String, Value>| json!({"type": "jwt", "config": {"jwks_url": keys, "bound_issuer": ISSUERS[0]}, "roles": roles});
    let platform = json!({
        "version": 1,
        "auth": {"gitlab": method(roles), "second": method(Map::new())},
        "secrets": {"aws": {"type": "aws", "roles": aws_roles}},
        "policies": policies,
    });
    Configuration {
        platform,
        arns,
        has_parameters: true,
        by_hand: BTreeMap::new(),
    }
}

#[test]
fn what_people_write_is_decided_as_the_server_decides_or_is_unknown() {
    let vault = Vault::start();
    let other = if vault.is_openbao() {
        On::Vault
    } else {
        On::OpenBao
    };
    let mut written = texts();
    written.extend(roles());
    written.retain(|one| one.on != other);
    let mappings = Mappings::empty();
    let configuration = configuration(&written, &mappings);
    mappings.write("vault.yaml", configuration.platform.to_string());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let trial = Trial::new(&vault);
    let told = Told {
        json: explained(&tool, true),
        server: trial::server(&vault),
    };
    let mut random = Random::new(11);
    let mut reached_any = BTreeSet::new();
    for (number, (mount, name, role)) in numbered(&configuration) {
        let one = &written[number];
        let asked = Configuration {
            has_parameters: one.policies.iter().any(|text| text.contains("_parameters")),
            ..configuration.clone()
        };
        let unknown = told.json["unknown"].as_array().unwrap().iter();
        let is_of_role = |unknown: &&Value| {
            let through = unknown["through"].to_string();
            through.contains(&format!("/{name}\""))
        };
        let is_unknown = unknown.filter(is_of_role).count() > 0;
        assert_eq!(
            is_unknown, one.is_unknown,
            "{}\n{:#}",
            one.what, told.json["unknown"]
        );
        for claims in jwts(&told, (mount, name), &mut random) {
            let said = told.reached(mount, name, &claims);
            let jwt = claims::signed(&claims);
            let reached = match trial.log_in(mount, name, role, &claims, &jwt) {
                Login::LeftOut => continue,
                Login::Refused | Login::RefusedLate => BTreeSet::new(),
                Login::Token(client) => trial.reached(&client, &asked, false),
            };
            let is_right = if one.is_unknown {
                said.is_subset(&reached)
            } else {
                said == reached
            };
            assert!(
                is_right,
                "{}: {claims:?}\nsaid {said:?}\nreached {reached:?}",
                one.what
            );
            if !reached.is_empty() {
                reached_any.insert(one.what);
            }
        }
    }
    assert!(reached_any.len() > written.len() / 2, "{reached_any:?}");
}

/// The roles in the order of the table.
fn numbered(configuration: &Configuration) -> impl Iterator<Item = (usize, (&str, &str, &Value))> {
    let roles = configuration.login_roles().into_iter();
    roles.map(|role| (role.1.trim_start_matches('w').parse().unwrap(), role))
}

/// The examples of a role's ways, near misses of them, and random JWTs.
fn jwts(told: &Told, role: (&str, &str), random: &mut Random) -> Vec<Claims> {
    let examples = told.examples();
    let of_role = examples
        .filter(|(way, _)| (&way["mount"], &way["role"]) == (&json!(role.0), &json!(role.1)));
    let mut jwts: Vec<Claims> = of_role.map(|(_, claims)| claims).collect();
    let misses = jwts.iter().flat_map(claims::near_misses).collect();
    jwts.extend(random.some(misses, NEAR_MISSES));
    jwts.extend((0..RANDOM_JWTS).map(|_| claims::random(random)));
    jwts
}
