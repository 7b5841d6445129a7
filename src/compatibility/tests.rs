//! Which fields a server is found to lack, by its help and by its version.

use serde_json::json;

use super::*;
use crate::live::Live;
use crate::mappings::desired_of;
use crate::progress::Progress;
use crate::vault::memory::MemoryVault;

const VAULT: ServerVersion = ServerVersion::Vault((1, 21, 1), Edition::Community);
const NEWER_VAULT: ServerVersion = ServerVersion::Vault((2, 1, 0), Edition::Community);
const ENTERPRISE: ServerVersion = ServerVersion::Vault((1, 21, 1), Edition::Enterprise);
const OPENBAO: ServerVersion = ServerVersion::OpenBao((2, 7, 2));

/// What is reported for these files: `aws/roles/dev: session_tags`.
async fn unsupported(vault: &MemoryVault, files: &str) -> Vec<String> {
    let desired = desired_of(files);
    let live = Live::read(vault, &desired, &Progress::on_terminal()).await;
    let live = live.unwrap_or_else(|error| panic!("{error}"));
    match check(&Plan::new(&desired, &live), vault).await {
        Ok(_) => Vec::new(),
        Err(UnsupportedFields(fields)) => fields
            .iter()
            .map(|(address, field)| format!("{}: {}", address.path(), field.shown))
            .collect(),
    }
}

fn jwt(config: &str, role: &str) -> String {
    format!(
        "version: 1\nauth: {{gitlab: {{type: jwt, config: {{jwt_validation_pubkeys: [x]{config}}}, roles: \
         {{job: {{user_claim: a, bound_audiences: [a]{role}}}}}}}}}\n"
    )
}

fn aws(config: &str, role: &str) -> String {
    format!(
        "version: 1\nsecrets: {{aws: {{type: aws, config: {{region: a{config}}}, roles: \
         {{dev: {{role_arns: ['arn:aws:iam::123456789012:role/a']{role}}}}}}}}}\n"
    )
}

#[tokio::test]
async fn without_help_the_version_counts_up_to_what_was_tried() {
    let bound_ip = jwt("", ", token_strictly_bind_ip: true");
    let names = jwt(", override_allowed_server_names: [a]", "");
    let extensions = jwt(", unsupported_critical_cert_extensions: ['1.2.3']", "");
    let alias = jwt("", ", alias_metadata: {a: b}");
    let enterprise = aws(
        ", role_arn: 'arn:aws:iam::123456789012:role/a', identity_token_audience: a",
        "",
    );
    let engine = aws(
        ", sts_endpoint: 'https://a.example.com', sts_region: a",
        ", session_tags: {a: b}",
    );
    let policy = "version: 1\npolicies: {p: {rules: [{path: a, capabilities: [read]}], expiration: 2099-01-01T00:00:00Z}}\n";
    let nothing = "version: 1\npolicies: {p: {rules: [{path: a, capabilities: [read]}], expiration: never}}\n";
    let (role, config) = ("auth/gitlab/role/job", "auth/gitlab/config");
    for (files, server, expected) in [
        (
            &*bound_ip,
            VAULT,
            vec![format!("{role}: token_strictly_bind_ip")],
        ),
        (&bound_ip, OPENBAO, vec![]),
        (&bound_ip, NEWER_VAULT, vec![]),
        (&bound_ip, ServerVersion::Unknown, vec![]),
        (
            &names,
            VAULT,
            vec![format!("{config}: override_allowed_server_names")],
        ),
        (&names, OPENBAO, vec![]),
        (&extensions, VAULT, vec![]),
        (
            &extensions,
            OPENBAO,
            vec![format!("{config}: unsupported_critical_cert_extensions")],
        ),
        (&alias, VAULT, vec![format!("{role}: alias_metadata")]),
        (&alias, NEWER_VAULT, vec![]),
        (&alias, OPENBAO, vec![format!("{role}: alias_metadata")]),
        (
            &enterprise,
            VAULT,
            vec![
                "aws/config/root: role_arn".into(),
                "aws/config/root: identity_token_audience".into(),
            ],
        ),
        (&enterprise, ENTERPRISE, vec![]),
        (&engine, OPENBAO, vec![]),
        (policy, VAULT, vec!["sys/policies/acl/p: expiration".into()]),
        (policy, OPENBAO, vec![]),
        (nothing, VAULT, vec![]),
    ] {
        let vault = MemoryVault::default().with_version(server);
        assert_eq!(
            unsupported(&vault, files).await,
            expected,
            "{server:?}\n{files}"
        );
    }
}

/// A server with an AWS engine whose help says that roles take these.
fn engine_with(names: &[&str]) -> MemoryVault {
    let vault = MemoryVault::default().with_help("aws/roles/dev", names);
    vault.put("sys/mounts/aws", json!({"type": "aws"}));
    vault
}

#[tokio::test]
async fn help_counts_for_a_server_that_was_never_tried() {
    let role = |fields: &str| aws("", fields);
    for (names, fields, expected) in [
        (
            vec!["role_arns"],
            ", session_tags: {a: b}",
            vec!["session_tags"],
        ),
        (
            vec!["role_arns", "session_tags"],
            ", session_tags: {a: b}",
            vec![],
        ),
        (
            vec!["role_arns"],
            ", session_tags: {a: b}, external_id: a",
            vec!["session_tags", "external_id"],
        ),
        (vec!["role_arns"], "", vec![]),
    ] {
        let vault = engine_with(&names);
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("aws/roles/dev: {name}"))
            .collect();
        assert_eq!(
            unsupported(&vault, &role(fields)).await,
            expected,
            "{names:?} {fields}"
        );
    }
    let session =
        "version: 1\nsecrets: {aws: {type: aws, roles: {dev: {credential_type: session_token}}}}\n";
    let expected = ["aws/roles/dev: credential_type: session_token"];
    assert_eq!(
        unsupported(&engine_with(&["credential_type"]), session).await,
        expected
    );
    assert_eq!(
        unsupported(&engine_with(&["mfa_serial_number"]), session).await,
        [""; 0]
    );
}

#[tokio::test]
async fn a_field_that_the_server_has_answered_is_not_asked_about() {
    let vault = engine_with(&["role_arns"]);
    vault.put(
        "aws/roles/dev",
        json!({"credential_type": "assumed_role", "session_tags": {"a": "c"}}),
    );
    assert_eq!(
        unsupported(&vault, &aws("", ", session_tags: {a: b}")).await,
        [""; 0]
    );
}

#[test]
fn the_page_about_servers_names_the_versions_that_were_tried() {
    let page = include_str!("../../docs/servers.md");
    let text = |(major, minor, patch): VersionNumber| format!("{major}.{minor}.{patch}");
    for name in [
        format!("| OpenBao {}", text(TRIED_OPENBAO)),
        format!("| HashiCorp Vault {}", text(TRIED_VAULT)),
    ] {
        assert!(page.contains(&name), "{name}");
    }
}

#[test]
fn the_page_about_servers_has_each_field_that_not_every_server_has() {
    let page = include_str!("../../docs/servers.md");
    let (_, table) = page.split_once("## Fields that only one").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let told: BTreeSet<(&str, &str)> = table
        .lines()
        .filter(|line| line.contains("| `"))
        .map(|line| {
            let mut cells = line
                .split('|')
                .skip(1)
                .map(|cell| cell.trim_matches([' ', '`']));
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    let fields = Kind::ALL.iter().flat_map(|kind| {
        let fields = kind.partial_fields().iter();
        fields.map(|field| (kind.title(), field.shown))
    });
    assert_eq!(told, fields.collect());
}

#[tokio::test]
async fn what_neither_help_nor_version_says_is_unknown() {
    let new_engine = aws("", ", session_tags: {a: b}, external_id: a");
    let bound_ip = jwt("", ", token_strictly_bind_ip: true");
    let older_vault = ServerVersion::Vault((1, 14, 8), Edition::Community);
    let unknown = |mount: &str, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        BTreeMap::from([(mount.to_owned(), names.collect::<BTreeSet<_>>())])
    };
    for (files, server, expected) in [
        (
            &new_engine,
            OPENBAO,
            unknown("aws", &["external_id", "session_tags"]),
        ),
        (&new_engine, VAULT, BTreeMap::new()),
        (
            &new_engine,
            older_vault,
            unknown("aws", &["external_id", "session_tags"]),
        ),
        (&bound_ip, OPENBAO, BTreeMap::new()),
        (
            &bound_ip,
            NEWER_VAULT,
            unknown("gitlab", &["token_strictly_bind_ip"]),
        ),
        (
            &bound_ip,
            ServerVersion::Unknown,
            unknown("gitlab", &["token_strictly_bind_ip"]),
        ),
    ] {
        let vault = MemoryVault::default().with_version(server);
        let desired = desired_of(files);
        let live = Live::read(&vault, &desired, &Progress::on_terminal()).await;
        let plan = Plan::new(&desired, &live.unwrap());
        let found = check(&plan, &vault).await.unwrap();
        assert_eq!(found, expected, "{server:?}\n{files}");
    }
}
