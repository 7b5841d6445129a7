//! A value in Vault that can't be read is a difference like any other, and stops nothing else.

use std::collections::BTreeSet;

use super::every_kind::{configuration, provisioned};
use super::*;
use crate::access::{self, ChangeKind};
use crate::diagnostic::Code;
use crate::plan::{Plan, Saved};
use crate::resource::Kind;

/// A kind, the path of a write that changes a resource of it, and its body; the last is the field that can't be read.
type OddValue = (Kind, &'static str, Value, &'static str);

/// For each kind, a value that its type can't hold, where the files have a resource.
fn odd_values() -> Vec<OddValue> {
    vec![
        (
            Kind::AuthMount,
            "sys/mounts/auth/kept/tune",
            json!({"listing_visibility": "all"}),
            "listing_visibility",
        ),
        (
            Kind::SecretsMount,
            "sys/mounts/aws-kept/tune",
            json!({"max_lease_ttl": "soon"}),
            "max_lease_ttl",
        ),
        (
            Kind::JwtConfig,
            "auth/kept/config",
            json!({"jwks_url": "https://one.example.com/-/jwks", "jwt_supported_algs": {"RS256": true}}),
            "jwt_supported_algs",
        ),
        (
            Kind::AwsRoot,
            "aws-kept/config/root",
            json!({"max_retries": "often"}),
            "max_retries",
        ),
        (
            Kind::AwsLease,
            "aws-kept/config/lease",
            json!({"lease": ["1h"]}),
            "lease",
        ),
        (
            Kind::Policy,
            "sys/policies/acl/kept",
            json!({"policy": ["path"]}),
            "policy",
        ),
        (
            Kind::JwtRole,
            "auth/kept/role/kept",
            json!({"token_num_uses": "many"}),
            "token_num_uses",
        ),
        (
            Kind::JwtCelRole,
            "auth/kept/cel/role/kept",
            json!({"cel_program": "false"}),
            "cel_program",
        ),
        (
            Kind::AwsRole,
            "aws-one/roles/kept",
            json!({"credential_type": "iam_user,federation_token"}),
            "credential_type",
        ),
        (
            Kind::AwsStaticRole,
            "aws-kept/static-roles/kept",
            json!({"username": 7, "rotation_period": 3600}),
            "username",
        ),
    ]
}

#[test]
fn the_table_has_every_kind() {
    let tried: BTreeSet<Kind> = odd_values().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(tried, Kind::ALL.iter().copied().collect());
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_replaced_whole_where_the_files_have_it() {
    for (kind, path, fields, field) in odd_values() {
        let (vault, files) = (provisioned().await, configuration("one", "two"));
        vault.put(path, fields);
        let plan = plan(&vault, &files).await;
        let [change] = plan.changes.as_slice() else {
            panic!("{kind:?}: {:?}", plan.changes)
        };
        let unreadable = change.before().and_then(|before| before.unreadable());
        let problems = unreadable
            .unwrap_or_else(|| panic!("{change:?}"))
            .problems();
        let problems: Vec<&str> = problems.map(|(name, _)| name).collect();
        assert_eq!((change.address.kind, problems), (kind, vec![field]));
        let told = plan
            .warnings
            .iter()
            .find(|warning| warning.code == Code::UnreadableValue);
        let told = &told
            .unwrap_or_else(|| panic!("{:?}", plan.warnings))
            .message;
        assert!(
            told.contains(&format!("`{field}`")) && told.ends_with("apply replaces all of it"),
            "{told}"
        );
        let told = carry_out(&plan, &vault).await;
        assert!(all_done(&told), "{told:?}");
        assert!(self::plan(&vault, &files).await.is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_deleted_where_the_files_own_its_place_and_lack_it() {
    for (kind, path, fields, _) in odd_values() {
        let Some((folder, _)) = path.rsplit_once('/').filter(|_| kind.place().is_listed()) else {
            continue;
        };
        let (vault, files) = (provisioned().await, configuration("one", "two"));
        let stray = format!("{folder}/stray");
        vault.put(&stray, fields);
        let plan = plan(&vault, &files).await;
        let [change] = plan.changes.as_slice() else {
            panic!("{kind:?}: {:?}", plan.changes)
        };
        assert!(matches!(change.action, Action::Delete { .. }), "{change:?}");
        assert_eq!(plan.warnings[0].code, Code::UnreadableValue);
        assert!(all_done(&carry_out(&plan, &vault).await));
        assert_eq!(vault.holds(&stray), None);
        assert!(self::plan(&vault, &files).await.is_empty(), "{kind:?}");
    }
}

/// The plan holds it, is taken as long as Vault holds the same, and refused when that has changed.
#[tokio::test]
async fn a_saved_plan_knows_a_value_that_cannot_be_read_from_another() {
    for (kind, path, fields, _) in odd_values() {
        let (vault, files) = (provisioned().await, configuration("one", "two"));
        vault.put(path, fields.clone());
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("plan.json");
        Saved::write(&plan(&vault, &files).await, &file).unwrap();
        let saved = Saved::read(&file).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        let verified = saved.verify(&files, &live(&vault, &files).await);
        assert_eq!(verified.unwrap().left.changes, saved.changes, "{kind:?}");

        let other = fields.as_object().unwrap().keys().next_back().unwrap();
        vault.put(path, json!({ other: {"another": ["odd", "value"]} }));
        let error = saved
            .verify(&files, &live(&vault, &files).await)
            .unwrap_err();
        assert!(
            error.to_string().starts_with("Vault has changed"),
            "{kind:?}: {error}"
        );
    }
}

/// Whom it lets in is not known: neither no job nor every job.
#[tokio::test]
async fn what_cannot_be_read_may_have_allowed_anything() {
    for (kind, path, fields, _) in odd_values() {
        let (vault, files) = (provisioned().await, configuration("one", "two"));
        vault.put(path, fields);
        let live = live(&vault, &files).await;
        let plan = Plan::new(&files, &live);
        let changes = access::changes(&files, &live, &BTreeMap::new(), &plan);
        let decides = [
            Kind::JwtConfig,
            Kind::JwtRole,
            Kind::JwtCelRole,
            Kind::Policy,
            Kind::AwsRole,
        ];
        let is_unknown = changes
            .iter()
            .any(|change| change.change == ChangeKind::UnknownGone);
        assert_eq!(is_unknown, decides.contains(&kind), "{kind:?}: {changes:?}");
        let is_lost = changes
            .iter()
            .any(|change| change.change == ChangeKind::Loss);
        assert!(!is_lost, "{kind:?}: {changes:?}");
    }
}

#[tokio::test]
async fn no_secret_of_a_value_that_cannot_be_read_is_shown() {
    let (vault, files) = (provisioned().await, configuration("one", "two"));
    let key = "-----BEGIN PRIVATE KEY-----";
    for (path, fields) in [
        ("auth/kept/config", json!({"provider_config": key})),
        ("aws-kept/config/root", json!({"access_key": [key]})),
    ] {
        vault.put(path, fields);
    }
    let plan = plan(&vault, &files).await;
    assert_eq!(plan.changes.len(), 2);
    let told = serde_json::to_string(&plan).unwrap();
    assert!(!told.contains("PRIVATE"), "{told}");
}
