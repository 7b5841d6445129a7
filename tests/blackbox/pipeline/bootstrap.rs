//! The shipped pipeline from an empty Vault to a merge request, an apply and a change by hand.

use std::fs;

use serde_json::json;

use super::{COMPONENT, Clone, NEW_PROJECT, provisioner};
use crate::support::{GitLab, Mappings, Tool, Vault};

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn from_an_empty_vault_to_a_change_by_hand() {
    let (vault, gitlab, clone) = (
        Vault::start(),
        GitLab::project(),
        Clone::of_the_provisioner(),
    );
    let job = Tool::offline(&Mappings::empty()).with_env("VAULT_ADDR", vault.address());
    let job = gitlab.job(job);
    let settings: Vec<_> = job.environment().collect();
    let pipeline = |more: &[(&'static str, &str)]| {
        let variables = settings.iter().chain(more);
        clone.pipeline(&variables.copied().collect::<Vec<_>>())
    };
    let all_passed = "apply PASS, plan PASS, validate PASS";

    // Bootstrap: nobody can log in yet.
    clone.add_mappings();
    clone.commit();
    let (ends, told) = pipeline(&[("VAULT_TOKEN", vault.root_token())]);
    assert_eq!(ends, all_passed, "{told}");
    clone.push();
    assert!(vault.root.read("aws/roles/365-dev").is_some());

    // A developer's merge request: its plan is read, nothing is written.
    clone.git(&["checkout", "--quiet", "-b", "newproject"]);
    clone.write(
        "mappings/projects/somenamespace/newproject.yaml",
        NEW_PROJECT,
    );
    clone.commit();
    let jwt = provisioner(&json!({"ref": "newproject", "ref_protected": "false"}));
    let merge_request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "1"),
        ("VAULT_ID_TOKEN", &jwt),
    ];
    let (ends, told) = pipeline(&merge_request);
    assert_eq!(
        ends, "access PASS, check WARN, plan PASS, validate PASS",
        "{told}"
    );
    let page = fs::read_to_string(clone.artifact("access", "access.html")).unwrap();
    assert!(page.contains("somenamespace/newproject"), "{page}");
    assert!(told.contains("+ AWS role aws/roles/366-dev"), "{told}");
    let notes = gitlab.merge_request_notes();
    assert!(
        notes[0]["body"].as_str().unwrap().contains("366-dev"),
        "{notes:?}"
    );
    assert!(vault.root.read("aws/roles/366-dev").is_none());

    // It is merged, and someone starts the job.
    clone.git(&["checkout", "--quiet", "main"]);
    clone.git(&["merge", "--quiet", "newproject"]);
    let jwt = provisioner(&json!({}));
    let (ends, told) = pipeline(&[("VAULT_ID_TOKEN", &jwt)]);
    assert_eq!(ends, all_passed, "{told}");
    clone.push();
    assert!(vault.root.read("aws/roles/366-dev").is_some());
    let plan = fs::read_to_string(clone.artifact("plan", "plan.json")).unwrap();
    assert!(plan.contains("366-dev"), "{plan}");
    let events = fs::read_to_string(clone.artifact("apply", "events.jsonl")).unwrap();
    assert!(events.contains("366-dev"), "{events}");

    // The schedule. Without a token for it, check can compare little, and says so.
    let schedule = [("CI_PIPELINE_SOURCE", "schedule"), ("VAULT_ID_TOKEN", &jwt)];
    let (ends, told) = pipeline(&schedule);
    assert_eq!(ends, "check WARN, drift PASS, expire PASS", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 0);
    vault.root.delete("aws/roles/366-dev");
    let (ends, told) = pipeline(&schedule);
    assert_eq!(ends, "check WARN, drift WARN, expire PASS", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 1);

    // The page of a private project.
    let private = [
        schedule[0],
        schedule[1],
        ("CI_PROJECT_VISIBILITY", "private"),
    ];
    let (ends, told) = pipeline(&private);
    assert_eq!(
        ends, "check WARN, drift WARN, expire PASS, pages PASS",
        "{told}"
    );
    let page = fs::read_to_string(clone.artifact("pages", "public/index.html")).unwrap();
    assert!(
        page.contains("Vault differs from the files: 1 change"),
        "{page}"
    );

    // A comparison that fails is no drift.
    let elsewhere = [
        schedule[0],
        schedule[1],
        ("VAULT_ADDR", "http://127.0.0.1:9"),
        // Not the default branch, on which `expire` would fail as well.
        ("CI_COMMIT_BRANCH", "other"),
    ];
    let (ends, told) = pipeline(&elsewhere);
    assert_eq!(ends, "check WARN, drift FAIL", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 1);
}

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn one_pipeline_keeps_two_vaults_by_a_component_each() {
    let vaults = [Vault::start(), Vault::start()];
    let [eu, us] = &vaults;
    let include = |prefix: &str, folder: &str, vault: &Vault| {
        format!(
            "  - local: {COMPONENT}\n    inputs: {{address: '{}', audience: 'https://vault.example.com', prefix: {prefix}, \
             folder: {folder}}}\n",
            vault.address()
        )
    };
    let clone = Clone::with_component(&format!(
        "stages: [validate, plan, apply, drift]\ninclude:\n{}{}",
        include("eu-", "mappings", eu),
        include("us-", "us", us),
    ));
    clone.add_mappings();
    fs::rename(clone.path().join("mappings"), clone.path().join("us")).unwrap();
    clone.add_mappings();
    for vault in &vaults {
        Tool::new(vault, &Mappings::shipped())
            .apply()
            .assert()
            .success();
    }
    clone.commit();
    clone.push();
    clone.write("us/projects/somenamespace/newproject.yaml", NEW_PROJECT);
    clone.commit();
    let jwt = provisioner(&json!({}));
    let (ends, told) = clone.pipeline(&[("VAULT_ID_TOKEN", &jwt)]);
    assert_eq!(
        ends, "us-apply PASS, us-plan PASS, us-validate PASS",
        "{told}"
    );
    assert!(us.root.read("aws/roles/366-dev").is_some());
    assert!(eu.root.read("aws/roles/366-dev").is_none());

    clone.write(
        "mappings/projects/somenamespace/newproject.yaml",
        NEW_PROJECT,
    );
    clone.write(
        "us/projects/somenamespace/newproject.yaml",
        &NEW_PROJECT.replace("dev:", "staging:"),
    );
    clone.commit();
    let (ends, told) = clone.pipeline(&[("VAULT_ID_TOKEN", &jwt)]);
    let both =
        ["eu", "us"].map(|one| format!("{one}-apply PASS, {one}-plan PASS, {one}-validate PASS"));
    assert_eq!(ends, both.join(", "), "{told}");
    let read = |vault: &Vault, role: &str| vault.root.read(&format!("aws/roles/{role}")).is_some();
    assert_eq!(
        [read(eu, "366-dev"), read(eu, "366-staging")],
        [true, false]
    );
    assert_eq!(
        [read(us, "366-dev"), read(us, "366-staging")],
        [false, true]
    );

    // Each Vault has an issue of its own.
    let gitlab = GitLab::project();
    let job = gitlab.job(Tool::offline(&Mappings::empty()));
    let mut schedule: Vec<_> = job.environment().collect();
    schedule.extend([("CI_PIPELINE_SOURCE", "schedule"), ("VAULT_ID_TOKEN", &jwt)]);
    for (vault, drifted, issues) in [
        (
            us,
            "eu-drift PASS, eu-expire PASS, us-check WARN, us-drift WARN",
            1,
        ),
        (
            eu,
            "eu-drift WARN, eu-expire PASS, us-check WARN, us-drift WARN",
            2,
        ),
    ] {
        vault.root.delete("aws/roles/366-dev");
        vault.root.delete("aws/roles/366-staging");
        let (ends, told) = clone.pipeline(&schedule);
        assert_eq!(
            ends,
            format!("eu-check WARN, {drifted}, us-expire PASS"),
            "{told}"
        );
        assert_eq!(gitlab.issues("opened").len(), issues);
    }
}
