//! Fields that this server does not have: refused before anything is written, and listed on the page about servers.

use std::collections::BTreeSet;

use super::table::{KeptBy, Kind, cases};
use super::{Named, keeps, mounts, platform, with_root_key};
use crate::support::{Mappings, Tool, Vault, stderr, stdout};

/// The cases that this server can't have. Without the whole kind, plan refuses the files: see `cel_roles.rs`.
fn not_kept(vault: &Vault) -> Vec<Named> {
    let mut cases = Named::all(|kept_by| !keeps(vault, kept_by));
    cases.retain(|named| named.case.kind != Kind::JwtCelRole);
    cases
}

/// What plan says that the server does not have: `aws/roles/x: session_tags`, each once.
fn unsupported_fields(tool: &Tool) -> BTreeSet<String> {
    let run = tool.plan().assert().code(1);
    assert_eq!(stdout(&run), "", "nothing that looks like a plan");
    let said = stderr(&run);
    assert!(said.starts_with("error[unsupported-field]: "), "{said}");
    let fields = said.lines().filter_map(|line| {
        let (field, _) = line.split_once("`, which ")?;
        let (_, field) = field.split_once("error[unsupported-field]: ")?;
        Some(field.replace('`', ""))
    });
    fields.collect()
}

#[test]
fn plan_refuses_every_field_that_this_server_does_not_have() {
    let vault = Vault::start();
    let cases = not_kept(&vault);
    let mut before = mounts();
    for named in &cases {
        named.declare_mount(&mut before);
    }
    let mappings = Mappings::of(&before.to_string());
    let tool = with_root_key(Tool::new(&vault, &mappings));
    tool.apply().assert().success();
    mappings.write("vault.yaml", platform(&cases, |case| &case.files));

    let told = unsupported_fields(&tool);
    let expected = cases
        .iter()
        .map(|named| format!("{}: {}", named.path(), named.unsupported()));
    // What stands beside the field of a case may be missing as well.
    let missing: Vec<_> = expected.filter(|field| !told.contains(field)).collect();
    assert!(missing.is_empty(), "{missing:#?}\n{told:#?}");
    let paths: BTreeSet<String> = cases.iter().map(Named::path).collect();
    let of_a_case = |line: &&String| paths.iter().any(|path| line.starts_with(path.as_str()));
    assert_eq!(
        told.iter().filter(of_a_case).count(),
        told.len(),
        "{told:#?}"
    );
    let apply = tool.apply().assert().code(1);
    assert_eq!(stdout(&apply), "");
}

#[test]
fn a_field_that_plan_can_not_know_of_is_refused_by_apply_before_it_is_written() {
    let vault = Vault::start();
    let mut cases = not_kept(&vault);
    // In an engine that is not there yet, whose version is not the server's.
    let is_of_engine = |kind| matches!(kind, Kind::AwsRoot | Kind::AwsRole | Kind::AwsStaticRole);
    cases.retain(|named| is_of_engine(named.case.kind) && named.case.kept_by == KeptBy::Vault);
    let mappings = Mappings::of(&platform(&cases, |case| &case.files));
    let tool = with_root_key(Tool::new(&vault, &mappings));
    assert_eq!(cases.is_empty(), !vault.is_openbao());

    let plan = stdout(&tool.plan().assert());
    let says_unknown =
        plan.contains("session_token, external_id, mfa_serial_number, session_tags at aws");
    assert_eq!(says_unknown, vault.is_openbao(), "{plan}");
    let apply = tool.apply().assert();
    let (report, said) = (stdout(&apply), stderr(&apply));
    for named in &cases {
        let path = named.path();
        let (_, failure) = report
            .rsplit_once(&format!("{path}\n    "))
            .unwrap_or_else(|| panic!("{path} is not reported:\n{report}"));
        let failure = failure.lines().next().unwrap();
        let field = named.unsupported();
        for part in ["error[unsupported-field]: not written, ", &field] {
            assert!(failure.contains(part), "{path}: {failure}");
        }
        let place = format!("error[unsupported-field]: {path}: ");
        assert!(said.contains(&place), "{path}:\n{said}");
        let is_written = named.case.kind == Kind::AwsRole && vault.root.read(&path).is_some();
        assert!(!is_written, "{path}");
    }
    assert_eq!(
        report.matches("failed ").count() == 0,
        cases.is_empty(),
        "{report}"
    );
}

#[test]
fn the_page_about_servers_has_a_row_for_every_field_that_only_one_keeps() {
    let page = include_str!("../../../docs/servers.md");
    let (_, table) = page.split_once("## Fields that only one").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows: BTreeSet<Vec<&str>> = table
        .lines()
        .filter(|line| line.contains("| `"))
        .map(|line| {
            let cells = line.split('|').skip(1).take(4);
            let words = cells.map(|cell| cell.split(':').next().unwrap());
            words.map(|cell| cell.trim_matches([' ', '`'])).collect()
        })
        .collect();
    let expected = cases().into_iter().filter_map(|case| {
        if case.kind == Kind::JwtCelRole {
            // The whole kind is in the table of resources.
            return None;
        }
        let (openbao, vault) = match case.kept_by {
            KeptBy::Both => return None,
            KeptBy::OpenBao => ("yes", "no"),
            KeptBy::Vault => ("no", "yes"),
            KeptBy::Neither => ("no", "no"),
        };
        let kind = match case.kind {
            Kind::AuthMount => "auth mount",
            Kind::SecretsMount => "secrets mount",
            Kind::JwtConfig => "JWT config",
            Kind::JwtRole => "JWT role",
            Kind::PolicyEntry => "policy",
            Kind::AwsRoot => "AWS root config",
            Kind::AwsRole => "AWS role",
            Kind::AwsStaticRole => "AWS static role",
            other => panic!("docs/servers.md has no name for {other:?}"),
        };
        Some(vec![kind, case.field, openbao, vault])
    });
    assert_eq!(rows, expected.collect());
}
