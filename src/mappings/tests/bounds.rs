//! What GitLab and AWS refuse, found in the files alone.

use std::time::SystemTime;

use crate::diagnostic::Code;
use crate::mappings;

/// The codes of the messages about a role of a JWT method with GitLab's keys, and an engine's role.
fn codes(login: &str, engine: &str) -> Vec<Code> {
    let platform = format!(
        "version: 1\nauth:\n  gitlab:\n    type: jwt\n    config:\n      jwks_url: https://git.example.com/-/jwks\n    \
         roles:\n      job: {{bound_audiences: [x], {login}}}\nsecrets:\n  aws:\n    type: aws\n{engine}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vault.yaml"), platform).unwrap();
    let loaded = mappings::load(folder.path(), SystemTime::now());
    loaded.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn a_key_without_a_value_is_an_error() {
    let project = "project: a/b\nid: 365\nenvironments:\n  dev: {role_arn: 'arn:aws:iam::123456789012:role/x', max_sts_ttl: 1h}\n";
    let platform = "version: 1\nsecrets: {aws: {type: aws}}\nmappings:\n  secrets: aws\n  role_name: '{project_id}-{environment}'\n  environments: {dev: {}}\n";
    let contract = "version: 1\nexpect:\n  - name: x\n    job: {project: a/b}\n    reaches: ['arn:aws:iam::123456789012:role/x']\n";
    for (file, text, with_empty) in [
        ("projects/a/b.yaml", "max_sts_ttl: 1h", "expires: "),
        ("projects/a/b.yaml", "id: 365", "id: 365\nexpires:"),
        (
            "vault.yaml",
            "secrets: aws\n",
            "secrets: aws\n  max_expiry:\n",
        ),
        (
            "vault.yaml",
            "secrets: aws\n",
            "secrets: aws\n  allowed_accounts: ~\n",
        ),
        ("vault.yaml", "dev: {}", "dev: {match: null}"),
        (
            "contract.yaml",
            "project: a/b",
            "project: a/b, environment: ",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("projects/a")).unwrap();
        for (name, written) in [
            ("vault.yaml", platform),
            ("projects/a/b.yaml", project),
            ("contract.yaml", contract),
        ] {
            let edited = if name == file {
                written.replace(text, with_empty)
            } else {
                written.to_owned()
            };
            std::fs::write(folder.path().join(name), edited).unwrap();
        }
        let loaded = mappings::load(folder.path(), SystemTime::now());
        let messages: Vec<_> = loaded
            .diagnostics
            .iter()
            .map(|found| &found.message)
            .collect();
        let [message] = messages.as_slice() else {
            panic!("{with_empty}: {messages:?}");
        };
        assert!(
            message.ends_with("found nothing"),
            "{with_empty}: {message}"
        );
    }
}

#[test]
fn keys_come_from_an_address_that_vault_can_fetch() {
    for (address, good) in [
        ("https://git.example.com/-/jwks", true),
        ("HTTPS://git.example.com:8443/gitlab/-/jwks", true),
        ("http://[::1]/-/jwks", true),
        ("git.example.com/-/jwks", false),
        ("//git.example.com/-/jwks", false),
        ("https:git.example.com/-/jwks", false),
        ("https:///git.example.com/-/jwks", false),
        ("https://", false),
        ("ftp://git.example.com/-/jwks", false),
        (" https://git.example.com/-/jwks", false),
        ("https://git.example.com/ -/jwks", false),
    ] {
        let platform = format!(
            "version: 1\nauth:\n  gitlab:\n    type: jwt\n    config: {{jwks_url: '{address}', bound_issuer: https://git.example.com}}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("vault.yaml"), platform).unwrap();
        let loaded = mappings::load(folder.path(), SystemTime::now());
        let codes: Vec<_> = loaded.diagnostics.iter().map(|found| found.code).collect();
        let expected: &[Code] = if good { &[] } else { &[Code::JwtConfig] };
        assert_eq!(codes, expected, "{address}");
    }
}

#[test]
fn claims_are_those_of_gitlab() {
    for (login, good) in [
        ("user_claim: project_id", true),
        ("user_claim: projectid", false),
        ("user_claim: runner_id", false),
        ("user_claim: groups_direct", false),
        (
            "user_claim: sub, bound_claims: {ref_protected: \"true\"}",
            true,
        ),
        (
            "user_claim: sub, bound_claims: {refprotected: \"true\"}",
            false,
        ),
        (
            "user_claim: sub, bound_claims: {groups_direct: payments}",
            true,
        ),
        ("user_claim: sub, bound_claims: {/environment: dev}", true),
        (
            "user_claim: sub, bound_claims: {/job_config/url: dev}",
            true,
        ),
        ("user_claim: sub, bound_claims: {Environment: dev}", false),
        ("user_claim: sub, claim_mappings: {project_id: id}", true),
        (
            "user_claim: sub, claim_mappings: {root_group: group}",
            false,
        ),
        (
            "user_claim: sub, claim_mappings: {user_identities: group}",
            false,
        ),
    ] {
        let expected = if good {
            vec![]
        } else {
            vec![Code::UnknownClaim]
        };
        assert_eq!(codes(login, ""), expected, "{login}");
    }
}

#[test]
fn ttls_of_sessions_are_those_that_aws_gives() {
    let role = "role_arns: [\"arn:aws:iam::123456789012:role/x\"]";
    let assumed = |ttl: &str| format!("    roles:\n      x: {{{role}, {ttl}}}\n");
    let federated = |ttl: &str| {
        format!(
            "    roles:\n      x: {{credential_type: federation_token, iam_groups: [x], {ttl}}}\n"
        )
    };
    let chained = |ttl: &str| {
        let config = "    config: {role_arn: \"arn:aws:iam::123456789012:role/vault\", identity_token_audience: x}\n";
        config.to_owned() + &assumed(ttl)
    };
    for (engine, good) in [
        (assumed("default_sts_ttl: 15m"), true),
        (assumed("default_sts_ttl: 5m"), false),
        (assumed("default_sts_ttl: 899"), false),
        (assumed("max_sts_ttl: 12h"), true),
        (assumed("max_sts_ttl: 43201"), false),
        (assumed("max_sts_ttl: 0"), true),
        (federated("max_sts_ttl: 36h"), true),
        (federated("max_sts_ttl: 37h"), false),
        (federated("default_sts_ttl: 1m"), false),
        (chained("max_sts_ttl: 1h"), true),
        (chained("max_sts_ttl: 2h"), false),
        (
            format!("    max_lease_ttl: 15m\n{}", assumed("max_sts_ttl: 0")),
            true,
        ),
        (
            format!("    max_lease_ttl: 14m\n{}", assumed("max_sts_ttl: 0")),
            false,
        ),
        (
            format!(
                "    max_lease_ttl: 14m\n{}",
                federated("default_sts_ttl: 15m")
            ),
            false,
        ),
        (
            format!("    max_lease_ttl: 14m\n{}", assumed("max_sts_ttl: 15m")),
            true,
        ),
        (
            format!("    default_lease_ttl: 5m\n{}", assumed("max_sts_ttl: 0")),
            true,
        ),
    ] {
        let expected = if good { vec![] } else { vec![Code::SessionTtl] };
        assert_eq!(codes("user_claim: sub", &engine), expected, "{engine}");
    }
}
