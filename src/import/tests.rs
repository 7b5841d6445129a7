//! Whatever Vault holds comes back from the files that are written of it.

mod generated;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use proptest::prelude::*;
use serde_json::{Value, json};

use self::generated::{ACCESSOR, json_value, live};
use super::output::ImportedEntry;
use super::{Imported, ProjectPaths, import, proof};
use crate::files::NewFolder;
use crate::live::{Discovery, Live};
use crate::resource::{Address, Kind, Resource};
use crate::{mappings, yaml};

fn imported(discovery: &Discovery) -> (tempfile::TempDir, PathBuf, Imported) {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("mappings");
    let folder = NewFolder::beside(&place).unwrap();
    let imported = import(discovery, &ProjectPaths::default(), &folder).unwrap();
    folder.publish().unwrap();
    (home, place, imported)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_vault_holds_comes_back_from_the_files(live in live()) {
        let discovery = Discovery { live, unreadable: BTreeMap::new() };
        let live = &discovery.live;
        let (_home, place, imported) = imported(&discovery);
        for reason in imported.left_out.values() {
            let is_our_fault = reason == proof::DIFFERS || reason.contains("YAML");
            prop_assert!(!is_our_fault, "{:?}", imported.left_out);
        }
        let loaded = mappings::load(&place, SystemTime::now());
        let desired = loaded.desired.unwrap();
        let resolved = desired.resolve(&live.resources, &live.accessors);
        let resolved = resolved.map(|(address, resource)| (address.clone(), resource.into_owned())).collect();
        let mut kept = live.resources.clone();
        kept.retain(|address, _| !imported.left_out.contains_key(address));
        prop_assert_eq!(&kept, &resolved);
    }

    #[test]
    fn every_parser_reads_what_is_written(value in json_value()) {
        let document = yaml::write(&[vec![ImportedEntry::new("a", value.clone())]]);
        let read: Value = serde_yaml::from_str(&document.text).unwrap();
        prop_assert_eq!(&read["a"], &value, "{}", document.text);
    }
}

/// The text without the day on which something was adopted.
fn undated(text: &str) -> String {
    let mut parts = text.split("adopted 20");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "adopted DATE" + &part["YY-MM-DD".len()..]
    })
}

fn discovery(resources: impl IntoIterator<Item = (Address, Resource)>) -> Discovery {
    Discovery {
        live: Live {
            resources: resources.into_iter().collect(),
            accessors: BTreeMap::from([("gitlab".into(), ACCESSOR.into())]),
            ..Live::default()
        },
        unreadable: BTreeMap::new(),
    }
}

fn answer(address: Address, answer: Value) -> (Address, Resource) {
    let resource = address.kind.parse(answer).resource();
    (address, resource)
}

fn mount(kind: Kind, path: &str, r#type: &str) -> (Address, Resource) {
    answer(Address::of_mount(kind, path), json!({"type": r#type}))
}

#[test]
fn what_files_cannot_hold_is_left_alone_and_reported() {
    let jwt_role = |name, claims| {
        let role = json!({"user_claim": "sub", "bound_claims": claims});
        answer(Address::of_role(Kind::JwtRole, "gitlab", name), role)
    };
    let aws_role = |name, arn| {
        let role = json!({"credential_type": "assumed_role", "role_arns": [arn]});
        answer(Address::of_role(Kind::AwsRole, "aws", name), role)
    };
    let policy = |name, text| answer(Address::of_policy(name), json!({"policy": text}));
    let mut discovery = discovery([
        mount(Kind::AuthMount, "gitlab", "jwt"),
        mount(Kind::AuthMount, "a b", "jwt"),
        mount(Kind::SecretsMount, "aws", "aws"),
        jwt_role("truth", json!({"ref_protected": true})),
        jwt_role("reference", json!({"sub": "${auth.gitlab.accessor}"})),
        jwt_role("placeholder", json!({"sub": "{environment}"})),
        jwt_role("good", json!({"sub": "x"})),
        aws_role("365-dev", "nonsense"),
        aws_role("365-prod", "arn:aws:iam::123456789012:role/prod"),
        policy(
            "literal",
            "path \"a/${auth.gitlab.accessor}\" { capabilities = [\"read\"] }",
        ),
        policy(
            "refused",
            "path \"a\" { required_parameters = [<<E\n${x}\nE\n] }",
        ),
    ]);
    let unreadable = Address::of_role(Kind::AwsRole, "aws", "legacy");
    discovery
        .unreadable
        .insert(unreadable, "it has two types".into());
    let (_home, place, imported) = imported(&discovery);
    let left_out = imported.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|(address, why)| format!("{address}: {why}"))
        .collect();
    insta::assert_snapshot!("left_out", left_out.join("\n"));
    insta::assert_snapshot!("left_out_files", undated(&written(&place)));
}

#[test]
fn a_provider_with_a_service_account_is_not_written() {
    for provider_config in [
        json!({"gsuite_service_account": "-----BEGIN PRIVATE KEY-----"}),
        json!({"provider": "gsuite", "gsuite_admin_impersonate": "admin@example.com"}),
    ] {
        let config = json!({
            "jwks_url": "https://git.example.com/-/jwks",
            "provider_config": provider_config,
        });
        let discovery = discovery([
            mount(Kind::AuthMount, "gitlab", "jwt"),
            answer(Address::of_mount(Kind::JwtConfig, "gitlab"), config),
        ]);
        let (_home, place, imported) = imported(&discovery);
        assert_eq!(imported.left_out.len(), 1, "{provider_config}");
        assert!(!written(&place).contains("config"), "{provider_config}");
    }
}

/// All files with their paths.
fn written(place: &Path) -> String {
    let loaded = mappings::load(place, SystemTime::now());
    let files = loaded.sources.iter().map(|(path, text)| {
        let path = Path::new(path).strip_prefix(place).unwrap();
        format!("==> {} <==\n{text}", path.display())
    });
    files.collect::<Vec<_>>().join("\n")
}
