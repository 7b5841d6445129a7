//! The order of files, keys and lists makes no difference: the same configuration, written in two orders, has one plan.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::*;
use crate::mappings;

/// A configuration over some of the addresses of [`universe`].
#[derive(Debug)]
struct Files {
    platform: Value,
    projects: Vec<Value>,
}

/// Whether something is there, and in which of three variants.
type Choice = Option<u8>;

prop_compose! {
    fn files()(
        auth in vec((option::of(0..3u8), vec(option::of(0..3u8), 2)), 2),
        secrets in vec((option::of(0..3u8), vec(option::of(0..3u8), 2)), 2),
        projects in vec(vec(0..3u8, 1..4), 0..5),
    ) -> Files {
        let mut platform = json!({
            "version": 1,
            "auth": mounts(&auth, auth_mount),
            "secrets": mounts(&secrets, secrets_mount),
            "policies": {
                "p": {"rules": [{"path": "a", "capabilities": ["read", "list"]}]},
                "q": {"rules": [{"path": "b", "description": "B", "capabilities": ["update"]}]},
            },
            "unmanaged": {"aws_roles": ["c*", "d*"], "jwt_roles": ["c*"]},
            "removed": [{"auth": "z"}, {"secrets": "z"}, {"policy": "z"}],
        });
        let has_engine = secrets[0].0.is_some();
        if has_engine {
            platform["mappings"] = json!({"secrets": "x", "role_name": "{project_id}-{environment}"});
        }
        let projects = projects.iter().enumerate().filter(|_| has_engine);
        Files { platform, projects: projects.map(|(id, environments)| project(id + 1, environments)).collect() }
    }
}

fn mounts(choices: &[(Choice, Vec<Choice>)], mount: fn(u8, &[Choice]) -> Value) -> Value {
    ["x", "y"]
        .iter()
        .zip(choices)
        .filter_map(|(name, (choice, roles))| Some((*name, mount((*choice)?, roles))))
        .map(|(name, mount)| (name.to_owned(), mount))
        .collect()
}

fn roles(choices: &[Choice], role: impl Fn(u64) -> Value) -> Value {
    ["a", "b"]
        .iter()
        .zip(choices)
        .filter_map(|(name, choice)| Some(((*name).to_owned(), role(seconds((*choice)?)))))
        .collect()
}

fn seconds(variant: u8) -> u64 {
    900 * (u64::from(variant) + 1)
}

fn auth_mount(variant: u8, choices: &[Choice]) -> Value {
    json!({
        "type": "jwt",
        "description": seconds(variant).to_string(),
        "config": {"jwks_url": "https://a.example/jwks", "bound_issuer": seconds(variant).to_string()},
        "roles": roles(choices, |seconds| json!({
            "user_claim": "sub", "token_ttl": seconds, "token_policies": ["q", "p"],
            "bound_audiences": ["one", "two"], "bound_claims": {"ref": ["a", "b"], "project_id": "1"},
        })),
    })
}

fn secrets_mount(variant: u8, choices: &[Choice]) -> Value {
    json!({
        "type": "aws",
        "lease": {"lease": seconds(variant), "lease_max": 3600},
        "roles": roles(choices, |seconds| json!({
            "credential_type": "assumed_role", "default_sts_ttl": seconds,
            "role_arns": ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"],
        })),
    })
}

fn project(id: usize, environments: &[u8]) -> Value {
    let environments = environments.iter().map(|variant| {
        let arn = format!("arn:aws:iam::123456789012:role/{variant}");
        (format!("e{variant}"), Value::String(arn))
    });
    let environments: Value = environments.collect();
    json!({"project": format!("group/p{id}"), "id": id, "environments": environments})
}

/// A place in an order that the seed makes.
fn place(seed: u64, item: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, item).hash(&mut hasher);
    hasher.finish()
}

/// As JSON, which is YAML, with the keys and lists in the order that the seed makes.
fn text(value: &Value, seed: u64) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| place(seed, name));
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name:?}: {}", text(value, seed)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(|item| text(item, seed)).collect();
            items.sort_by_key(|item| place(seed, item));
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Writes the files in the order that the seed makes: it tells the names that they are found by, too.
fn write(files: &Files, seed: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: String, value: &Value| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text(value, seed)).unwrap();
    };
    write("vault.yaml".into(), &files.platform);
    for project in &files.projects {
        let path = project["project"].as_str().unwrap();
        write(format!("projects/{path}.yaml"), project);
    }
    folder
}

fn load(folder: &Path) -> Desired {
    let loaded = mappings::load(folder, SystemTime::now());
    let messages: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| &diagnostic.message)
        .collect();
    let desired = loaded.desired.unwrap_or_else(|| panic!("{messages:?}"));
    // The digest changes with the text.
    Desired {
        digest: String::new(),
        ..desired
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_files_keys_and_lists_makes_no_difference(
        files in files(), (_, vault) in states(), seeds in any::<[u64; 2]>()
    ) {
        let plans = seeds.map(|seed| {
            let desired = load(write(&files, seed).path());
            Plan::new(&desired, &vault.live(&desired))
        });
        prop_assert_eq!(&plans[0], &plans[1]);
    }
}
