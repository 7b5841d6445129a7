//! Expectations over the files that are shipped, and over files with one mistake.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::check;
use crate::diagnostic::{Diagnostic, render};
use crate::mappings::{self, Loaded};
use crate::resource::Accessors;

const PROD: &str = r#"{name: e, roles: ["arn:aws:iam::123456789013:role/*"], only: {environment: prod, ref_protected: "true"}}"#;
const PROD_ENVIRONMENT: &str =
    r#"{name: e, roles: ["arn:aws:iam::123456789013:role/*"], only: {environment: prod}}"#;
const TOOLS: &str = "arn:aws:iam::123456789012:role/gitlab-tools";

/// The shipped files with another contract, and with a text in `vault.yaml` in place of another one.
fn load(expectations: &[&str], (from, to): (&str, &str)) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let platform = fs::read_to_string(shipped.join("vault.yaml")).unwrap();
    assert!(platform.contains(from), "{from}");
    fs::write(
        folder.path().join("vault.yaml"),
        platform.replacen(from, to, 1),
    )
    .unwrap();
    let projects = "projects/somenamespace";
    fs::create_dir_all(folder.path().join(projects)).unwrap();
    for file in ["someproject.yaml", "website.yaml"] {
        let file = Path::new(projects).join(file);
        fs::copy(shipped.join(&file), folder.path().join(&file)).unwrap();
    }
    let items: Vec<String> = expectations
        .iter()
        .map(|one| format!("- {one}\n"))
        .collect();
    let contract = format!("version: 1\nexpect:\n{}", items.concat());
    fs::write(folder.path().join("contract.yaml"), contract).unwrap();
    let loaded = mappings::load(folder.path(), SystemTime::now());
    (folder, loaded)
}

fn prove(loaded: &Loaded) -> Vec<Diagnostic> {
    let Some(desired) = &loaded.desired else {
        panic!("{}", render(&loaded.diagnostics, &loaded.sources, false));
    };
    let proof = check(loaded, desired, &desired.resources, &Accessors::new());
    proof.diagnostics().cloned().collect()
}

fn said(diagnostics: &[Diagnostic]) -> Vec<String> {
    let said = diagnostics
        .iter()
        .map(|one| format!("{}: {}", one.code, one.message));
    said.collect()
}

#[test]
fn the_shipped_contract_holds_for_the_shipped_files() {
    let loaded = mappings::load(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings"),
        SystemTime::now(),
    );
    let outcome = prove(&loaded);
    assert_eq!(said(&outcome), Vec::<String>::new());
    let contract = loaded.contract.unwrap().contract;
    assert!(contract.expect.len() > 2);
}

#[test]
fn what_breaks_an_expectation_is_reported() {
    let tools = |only: &str| format!("{{name: e, roles: [\"{TOOLS}\"], only: {only}}}");
    let reaches = |job: &str| {
        format!("{{name: e, job: {job}, reaches: [\"arn:aws:iam::123456789013:role/website\"]}}")
    };
    let same = ("version: 1", "version: 1");
    let website = "project: somenamespace/website, environment: prod";
    let unknown = ("token_policies: [aws]", "token_policies: [aws, breakglass]");
    for (expectation, change, expected) in [
        (PROD.to_owned(), same, ""),
        (
            PROD.to_owned(),
            (
                r#"protected_bound_claims: {ref_protected: "true", environment_action: start}"#,
                "protected_bound_claims: {ref: rel}",
            ),
            "broken-expectation: `e` is broken: project 365 (somenamespace/someproject), environment prod, \
             branch or tag rel, not protected can reach arn:aws:iam::123456789013:role/gitlab-service-role",
        ),
        (
            PROD.to_owned(),
            ("metadata.project_id}}\n", "metadata.project_id}}*\n"),
            "broken-expectation: `e` is broken: projects 3, 36 or 365 (somenamespace/someproject) (either environment prod, any branch",
        ),
        (
            PROD.to_owned(),
            unknown,
            "broken-expectation: `e` is broken: it is unknown whether any project (either environment prod, any branch or tag that is not protected; or",
        ),
        (
            PROD_ENVIRONMENT.to_owned(),
            (
                "sts/gitlab-tools\n        capabilities: [update]",
                "sts/gitlab-tools\n        capabilities: [update]\n      - path: sys/policies/acl/x\n        capabilities: [create]",
            ),
            "broken-expectation: `e` is broken: any project, every environment except prod, and jobs without one, any \
             branch or tag may give themselves these IAM roles by policy aws",
        ),
        (
            PROD_ENVIRONMENT.to_owned(),
            (
                "token_policies: [aws]",
                "token_policies: [aws, vault-provisioner]",
            ),
            "broken-expectation: `e` is broken: any project, every environment except prod, and jobs without one, any \
             branch or tag may give themselves these IAM roles by policy vault-provisioner",
        ),
        (tools(r#"{iss: "https://git.example.com"}"#), same, ""),
        (tools(r#"{iss: "https://git*"}"#), same, ""),
        (
            tools(r#"{project_id: ["365", "412"]}"#),
            same,
            "broken-expectation: `e` is broken: any project except 365 (somenamespace/someproject) or 412 \
             (somenamespace/website), any environment or none, any branch or tag can reach",
        ),
        (
            tools("nobody"),
            same,
            "broken-expectation: `e` is broken: any project, any environment or none, any branch or tag can reach",
        ),
        (
            r#"{name: e, roles: ["*:role/none"], only: {ref: main}}"#.to_owned(),
            same,
            "idle-expectation: `e` proves nothing",
        ),
        (
            r#"{name: e, roles: ["*:role/none"], only: nobody}"#.to_owned(),
            same,
            "",
        ),
        (
            reaches(&format!(
                "{{{website}, claims: {{ref_protected: \"true\"}}}}"
            )),
            same,
            "",
        ),
        (
            reaches(&format!("{{{website}}}")),
            same,
            "broken-expectation: `e` is broken: project 412 (somenamespace/website), environment prod, any branch or tag \
             that is not protected, deployments only can't reach",
        ),
        (
            reaches("{project: somenamespace/website}"),
            same,
            "broken-expectation: `e` is broken: project 412 (somenamespace/website), jobs without an environment, any \
             branch or tag can't reach",
        ),
        (
            reaches(&format!(
                "{{{website}, claims: {{ref_protected: \"yes\"}}}}"
            )),
            same,
            "broken-expectation: `e` is broken: GitLab signs no JWT",
        ),
        (
            reaches(&format!(
                "{{{website}, claims: {{ref_protected: \"true\"}}}}"
            )),
            (
                r#"token_policies: ["aws-{environment}"]"#,
                r#"token_policies: ["aws-{environment}", breakglass]"#,
            ),
            "broken-expectation: `e` is broken: project 412 (somenamespace/website), environment prod, protected refs only, \
             deployments only can't reach",
        ),
    ] {
        let (_folder, loaded) = load(&[&expectation], change);
        let outcome = prove(&loaded);
        let said = said(&outcome);
        match expected {
            "" => assert_eq!(said, Vec::<String>::new(), "{expectation} {change:?}"),
            expected => assert!(
                said.len() == 1 && said[0].starts_with(expected),
                "{expectation} {change:?}: {said:#?}"
            ),
        }
    }
}

#[test]
fn ids_of_several_issuers_are_kept_apart() {
    let change = (
        "auth:\n",
        "auth:\n  other:\n    type: jwt\n    config: {jwks_url: https://git-b.example.com/-/jwks, bound_issuer: \
         https://git-b.example.com}\n    roles:\n      aws: {user_claim: project_id, bound_claims: {project_id: \"365\"}, \
         token_policies: [aws]}\n",
    );
    let tools = |claims: &str| format!("{{name: e, roles: [\"{TOOLS}\"], only: {claims}}}");
    let codes = |expectation: &str| {
        let (_folder, loaded) = load(&[expectation], change);
        let found = prove(&loaded);
        found.iter().map(|one| one.code.name()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&tools(r#"{project_id: "*"}"#)), ["missing-issuer"]);
    assert_eq!(
        codes(&tools(r#"{iss: "https://git-b.example.com"}"#)),
        ["broken-expectation"]
    );
    assert_eq!(
        codes(&tools(
            r#"{iss: ["https://git.example.com", "https://git-b.example.com"]}"#
        )),
        Vec::<&str>::new()
    );
}

#[test]
fn mistakes_in_the_contract_are_shown_at_their_places() {
    for (expectation, expected) in [
        (
            "{name: e, roles: [], only: nobody}",
            "contract: `roles` is empty",
        ),
        (
            r#"{name: "", roles: ["*"], only: nobody}"#,
            "contract: `name` is empty",
        ),
        (
            r#"{name: e, roles: ["*"], only: {}}"#,
            "contract: `only` is empty",
        ),
        (
            r#"{name: e, roles: ["*"], only: {ref: []}}"#,
            "contract: `ref` is empty",
        ),
        (
            r#"{name: e, roles: ["*"], only: {ref: [a, a]}}"#,
            "contract: `ref` has `a` twice",
        ),
        (
            r#"{name: e, roles: ["*", "*"], only: nobody}"#,
            "contract: `roles` has `*` twice",
        ),
        (
            r#"{name: e, roles: ["*"], only: {ref_protected: true}}"#,
            "claim-type: ",
        ),
        (
            r#"{name: e, roles: ["*"], only: everyone}"#,
            "invalid-value: `everyone` is not known here",
        ),
        (
            r#"{name: e, roles: ["*"], only: nobody, if: x}"#,
            "unknown-key: ",
        ),
        (
            r#"{name: e, roles: ["role/x"], only: nobody}"#,
            "invalid-value: ",
        ),
        (
            r#"{name: e, roles: ["*"]}"#,
            "invalid-value: an expectation has either",
        ),
        (
            r#"{name: e, roles: ["*"], only: nobody, job: {project: a/b}}"#,
            "invalid-value: an expectation has either",
        ),
        (r#"{roles: ["*"], only: nobody}"#, "missing-key: "),
        (
            r#"{name: e, job: {project: a/b}, reaches: ["arn:aws:iam::123456789012:role/x"]}"#,
            "contract: no file maps the project a/b",
        ),
        (
            r#"{name: e, job: {project: somenamespace/website, claims: {project_id: "1"}}, reaches: ["arn:aws:iam::123456789012:role/x"]}"#,
            "contract: `project` already says",
        ),
        (
            r#"{name: e, job: {project: somenamespace/website, environment: ""}, reaches: []}"#,
            "contract: `environment` is empty",
        ),
    ] {
        let (_folder, loaded) = load(&[expectation], ("version: 1", "version: 1"));
        let said = said(&loaded.diagnostics);
        assert!(
            said.iter().any(|one| one.starts_with(expected)),
            "{expectation}: {said:#?}"
        );
        assert!(loaded.desired.is_none(), "{expectation}");
    }
    let twice = r#"{name: e, roles: ["*:role/admin"], only: nobody}"#;
    let (_folder, loaded) = load(&[twice, twice], ("version: 1", "version: 1"));
    assert_eq!(
        said(&loaded.diagnostics),
        ["contract: two expectations have the name `e`"]
    );
}

#[test]
fn a_broken_expectation_is_shown_with_the_jwt_the_way_and_the_places() {
    let expectation =
        format!("{{name: tools, roles: [\"{TOOLS}\"], only: {{ref_protected: \"true\"}}}}");
    let (folder, loaded) = load(&[&expectation], ("version: 1", "version: 1"));
    let outcome = prove(&loaded);
    let text = render(&outcome, &loaded.sources, false);
    let text = text.replace(&folder.path().display().to_string(), "mappings");
    insta::assert_snapshot!(text, @r#"
    error[broken-expectation]: `tools` is broken: any project, any environment or none, any branch or tag that is not protected can reach arn:aws:iam::123456789012:role/gitlab-tools
      --> mappings/contract.yaml:3:73
       |
     3 | - {name: tools, roles: ["arn:aws:iam::123456789012:role/gitlab-tools"], only: {ref_protected: "true"}}
       |                                                                         ^^^^ only these may
       |
      ::: mappings/vault.yaml:26:7
       |
    26 |       aws:
       |       --- it logs in with this role
       |
      ::: mappings/vault.yaml:76:15
       |
    76 |       - path: ${secrets.aws.path}/sts/gitlab-tools
       |               ------------------------------------ this rule allows it
       |
      ::: mappings/vault.yaml:58:7
       |
    58 |       gitlab-tools: {credential_type: assumed_role, role_arns: [arn:aws:iam::123456789012:role/gitlab-tools]}
       |       ------------ this AWS role gives it
       |
       = note: the smallest such JWT has the claims {"iss":"https://git.example.com","namespace_id":"1","namespace_path":"example","project_id":"1","project_path":"example/project","ref":"main","ref_protected":"false","ref_type":"branch","user_login":"user"}
       = note: it logs in with auth/gitlab/role/aws
       = note: it gets aws/sts/gitlab-tools by rule 2 of the policy aws
       = help: bind the JWT role or narrow the rule, or change the expectation if such jobs are meant to get the role
    "#);
}
