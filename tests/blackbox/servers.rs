//! Servers that are not as one hopes: what is wrong is said, with what to do, and the exit code is 1.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::support::{Feature, Mappings, Tool, Vault, stderr, stdout};

/// What a plan says that can't be made, with the address in place of its port.
fn failure(tool: &Tool) -> String {
    let plan = tool.plan().assert().code(1);
    assert_eq!(
        plan.get_output().stdout,
        b"",
        "nothing that looks like a plan"
    );
    let text = stderr(&plan);
    let parts: Vec<&str> = text.split("127.0.0.1:").collect();
    let rest = parts[1..]
        .iter()
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    [parts[0]]
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join("127.0.0.1:PORT")
}

/// A server that answers every request with the same bytes, and its address.
fn fixed_answer(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// A proxy that serves a Vault under `/vault`, and its address.
fn behind_prefix(vault: &Vault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let upstream = vault.address().trim_start_matches("http://").to_owned();
    thread::spawn(move || {
        for downstream in listener.incoming() {
            let mut downstream = downstream.unwrap();
            let mut upstream = TcpStream::connect(&upstream).unwrap();
            let (mut answers, mut back) = (
                upstream.try_clone().unwrap(),
                downstream.try_clone().unwrap(),
            );
            thread::spawn(move || std::io::copy(&mut answers, &mut back));
            thread::spawn(move || {
                let mut buffer = [0; 65536];
                while let Ok(length @ 1..) = downstream.read(&mut buffer) {
                    let text = String::from_utf8_lossy(&buffer[..length]);
                    let text = text
                        .replace(" /v1/", " /elsewhere/")
                        .replace(" /vault/v1/", " /v1/");
                    upstream.write_all(text.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn without_an_address_or_a_login_it_says_what_to_set() {
    let mappings = Mappings::article();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(failure(&tool), @"
    error[no-address]: the address of Vault is missing: pass --address or set VAULT_ADDR, as in https://vault.example.com
    For more about this error, run `vault-provisioner --explain no-address`.
    ");
    let tool = tool.with_env("VAULT_ADDR", "http://127.0.0.1:9");
    insta::assert_snapshot!(failure(&tool), @"
    error[no-login]: there is no token and no JWT to log in with: set VAULT_TOKEN, or set VAULT_ID_TOKEN to a JWT from GitLab (`id_tokens` in the job), or run `vault login`
    For more about this error, run `vault-provisioner --explain no-login`.
    ");
    for (address, part) in [
        ("vault.example.com", "https://"),
        ("ftp://x", "http"),
        ("https://", "host"),
    ] {
        let said = failure(&Tool::offline(&mappings).with_env("VAULT_ADDR", address));
        assert!(said.contains(part), "{address}: {said}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_reported() {
    let mappings = Mappings::article();
    let tool = Tool::offline(&mappings)
        .with_env("VAULT_ADDR", "http://127.0.0.1:9")
        .with_env("VAULT_TOKEN", "s.xyz");
    let said = failure(&tool);
    assert!(
        said.starts_with(
            "error[unreachable]: can't reach Vault at http://127.0.0.1:PORT: the connection was refused"
        ),
        "{said}"
    );
}

#[test]
fn a_sealed_and_an_uninitialised_server_say_what_is_next() {
    let mappings = Mappings::article();
    let sealed = Vault::start_with(&["--sealed"]);
    insta::assert_snapshot!("sealed", failure(&Tool::new(&sealed, &mappings)));
    let empty = Vault::start_with(&["--uninitialized"]);
    let tool = Tool::new(&empty, &mappings).with_env("VAULT_TOKEN", "s.xyz");
    insta::assert_snapshot!("uninitialised", failure(&tool));
}

#[test]
fn a_wrong_and_an_expired_token_are_distinguished_from_a_missing_capability() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();

    let wrong = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", "s.wrong");
    insta::assert_snapshot!("wrong_token", failure(&wrong));

    let policy = json!({"policy": "path \"sys/auth\" { capabilities = [\"read\"] }"});
    vault.root.write("sys/policies/acl/half", &policy);
    let token = |ttl: &str| {
        let answer = vault.root.write(
            "auth/token/create",
            &json!({"policies": ["half"], "explicit_max_ttl": ttl}),
        );
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    };
    let half = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", &token("1h"));
    insta::assert_snapshot!("missing_capability", failure(&half));

    let revoked = token("1h");
    vault
        .root
        .write("auth/token/revoke", &json!({"token": revoked}));
    let expired = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", &revoked);
    assert_eq!(failure(&expired), failure(&wrong));
}

#[test]
fn no_message_holds_the_token() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    for (variable, secret) in [
        ("VAULT_TOKEN", "s.verysecrettoken"),
        ("VAULT_ID_TOKEN", "eyJhbGciOiJSUzI1NiJ9.e30.c2VjcmV0"),
    ] {
        let tool = Tool::new(&vault, &mappings)
            .without_env("VAULT_TOKEN")
            .with_env(variable, secret);
        let run = tool
            .run(["plan", "-v", "--log-format", "json"])
            .assert()
            .code(1);
        assert!(!stderr(&run).contains(secret), "{}", stderr(&run));
    }
}

#[test]
fn tls_is_checked_and_the_ca_can_be_given() {
    let (vault, mappings) = (Vault::start_with(&["--tls"]), Mappings::empty());
    mappings.write("vault.yaml", "version: 1\nsecrets: {aws: {type: aws}}\n");
    let tool = Tool::new(&vault, &mappings);
    insta::assert_snapshot!("unknown_ca", failure(&tool));

    let ca = vault.ca_cert();
    let tool = tool.with_env("VAULT_CACERT", ca.to_str().unwrap());
    tool.plan().assert().code(2);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let other_name = tool
        .run(["plan", "--tls-server-name", "other.example.com"])
        .assert()
        .code(1);
    assert!(
        stderr(&other_name).contains("its certificate is for 127.0.0.1"),
        "{}",
        stderr(&other_name)
    );

    let missing = Tool::new(&vault, &mappings).with_env("VAULT_CACERT", "/none.pem");
    assert!(failure(&missing).contains("/none.pem"));
    let plain = vault.address().replace("https", "http");
    insta::assert_snapshot!(
        "http_to_https",
        failure(&tool.with_env("VAULT_ADDR", &plain))
    );
}

#[test]
fn a_page_in_place_of_json_is_not_treated_as_vault() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Sign in</html>";
    let mappings = Mappings::article();
    let tool = Tool::offline(&mappings)
        .with_env("VAULT_ADDR", &fixed_answer(page))
        .with_env("VAULT_TOKEN", "s.xyz");
    insta::assert_snapshot!("html", failure(&tool));
}

#[test]
fn a_server_behind_a_path_prefix_is_reached_through_it() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let address = behind_prefix(&vault);
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_ADDR", &format!("{address}/vault/"));
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let without = Tool::new(&vault, &mappings).with_env("VAULT_ADDR", &address);
    without.plan().assert().code(1);
}

#[test]
fn a_pipeline_gets_no_colours_and_no_progress_unless_it_asks() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    let escape = '\u{1b}';
    for (flag, variable, coloured) in [
        ("auto", "", false),
        ("never", "", false),
        ("always", "", true),
        ("always", "1", true),
    ] {
        let run = tool
            .run(["plan", "--color", flag])
            .env("NO_COLOR", variable)
            .assert()
            .success();
        assert_eq!(stdout(&run).contains(escape), coloured, "{flag} {variable}");
        assert_eq!(stderr(&run), "", "a pipeline's log stays quiet");
    }
}

#[test]
fn a_mount_of_another_type_is_left_alone() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    vault
        .root
        .write("sys/auth/gitlab", &json!({"type": "userpass"}));
    insta::assert_snapshot!("other_type", failure(&Tool::new(&vault, &mappings)));
}

#[test]
fn a_namespace_is_planned_and_applied_by_itself() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_NAMESPACE", "team-a");
    if !vault.has(Feature::Namespaces) {
        let said = failure(&tool);
        assert!(said.contains("has no namespaces"), "{said}");
        return;
    }
    vault.root.write("sys/namespaces/team-a", &json!({}));
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let team = vault.root.in_namespace("team-a");
    assert!(team.read("aws/roles/365-dev").is_some());
    assert!(
        vault.root.read("sys/mounts").unwrap().get("aws/").is_none(),
        "the root namespace is as it was"
    );
    let root = Tool::new(&vault, &mappings);
    root.plan().assert().code(2);

    let plan = tool.run(["plan", "--out", "-"]).assert().success();
    let other = root
        .run(["apply", "-"])
        .write_stdin(plan.get_output().stdout.clone())
        .assert()
        .code(1);
    assert!(
        stderr(&other).contains("another Vault or namespace"),
        "{}",
        stderr(&other)
    );

    let nowhere = Tool::new(&vault, &mappings).with_env("VAULT_NAMESPACE", "team-b");
    let said = failure(&nowhere);
    assert!(said.contains("namespace"), "{said}");
}
