//! Access that ends: what is true before midnight, and what after, by `--now` on real servers.

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Tool, Vault, gets, id_token, log_in, stderr, stdout};

const WEBSITE: &str = "projects/somenamespace/website.yaml";
const PROD: &str = "arn:aws:iam::123456789013:role/website";
/// The last moment with access, and the first without.
const BEFORE: &str = "2100-06-30T23:59:59Z";
const AFTER: &str = "2100-07-01T00:00:00Z";

/// The shipped files, with an end for one project's production.
fn ending() -> Mappings {
    let mappings = Mappings::shipped();
    let with_end = format!("{{role_arn: '{PROD}', expires: 2100-06-30}}");
    mappings.replace(WEBSITE, PROD, &with_end);
    mappings
}

/// The tool as the pipeline of the default branch runs it, with a bounded policy.
fn pipeline(vault: &Vault, mappings: &Mappings) -> Tool {
    let main = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    Tool::new(vault, mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &id_token(&main))
}

/// What a run prints as of a time.
fn printed(tool: &Tool, arguments: &[&str], now: &str, code: i32) -> String {
    let mut run = tool.run(arguments.iter().chain(&["--now", now]));
    stdout(&run.assert().code(code))
}

/// What a run says on standard error as of a time.
fn said(tool: &Tool, arguments: &[&str], now: &str, code: i32) -> String {
    let mut run = tool.run(arguments.iter().chain(&["--now", now]));
    stderr(&run.assert().code(code))
}

/// How Vault answers a job that asks for an AWS role: 400 if there is none.
fn status(job: &Client, role: &str) -> u16 {
    let path = format!("aws/sts/{role}");
    job.request("POST", &path, &json!({})).status
}

fn json_of(tool: &Tool, arguments: &[&str], now: &str) -> Value {
    let all = [arguments, &["--format", "json"]].concat();
    serde_json::from_str(&printed(tool, &all, now, 0)).expect("JSON")
}

#[test]
fn access_ends_at_midnight_and_nothing_else_is_carried_out() {
    let (vault, mappings) = (Vault::start(), ending());
    let administrator = Tool::new(&vault, &mappings);
    printed(&administrator, &["apply", "--auto-approve"], BEFORE, 0);
    printed(&administrator, &["drift"], BEFORE, 0);
    let prod = json!({"environment": "prod", "project_id": "412"});
    let job = log_in(&vault, "aws-prod", &prod);
    assert!(gets(&job, "412-prod"));

    let tool = pipeline(&vault, &mappings);
    let nothing = ["apply", "--expired", "--auto-approve"];
    assert_eq!(
        printed(&tool, &nothing, BEFORE, 0),
        "No mapping that has expired has its AWS role in Vault.\n"
    );
    let planned = printed(&tool, &["plan"], AFTER, 0);
    let delete =
        "- AWS role aws/roles/412-prod  (somenamespace/website, prod; expired on 2100-06-30)";
    assert!(planned.contains(delete), "{planned}");
    assert!(
        planned.contains("- project 412 (somenamespace/website), environment prod"),
        "{planned}"
    );
    assert!(printed(&tool, &["drift"], AFTER, 2).contains(delete));
    let change = &json_of(&tool, &["plan"], AFTER)["changes"][0];
    assert_eq!(change["reason"], "expired on 2100-06-30");

    // What else differs waits for an apply that was reviewed.
    mappings.append("projects/somenamespace/someproject.yaml", "# A comment\n");
    vault.root.delete("aws/roles/365-dev");
    vault.root.delete("aws/roles/365");
    let run = ["apply", "--expired", "--auto-approve", "--now", AFTER];
    let run = tool.run(run).assert().success();
    let (done, notes) = (stdout(&run), stderr(&run));
    assert!(
        done.contains("Applied: 0 created, 0 updated, 1 deleted."),
        "{done}"
    );
    assert!(
        notes.contains("Left for `apply` without --expired: 2 other changes."),
        "{notes}"
    );
    assert!(vault.root.read("aws/roles/365-dev").is_none());
    assert!(vault.root.read("aws/roles/412-prod").is_none());
    assert_eq!(status(&job, "412-prod"), 400);
    printed(&tool, &["apply", "--auto-approve"], AFTER, 0);
    printed(&tool, &["plan", "--detailed-exitcode"], AFTER, 0);
}

#[test]
fn a_saved_plan_is_not_carried_out_on_the_other_side_of_midnight() {
    let (vault, mappings) = (Vault::start(), ending());
    let tool = Tool::new(&vault, &mappings);
    let save = ["plan", "--out", "plan.json"];
    let apply = ["apply", "plan.json", "--auto-approve"];

    // A plan that would give the role.
    printed(&tool, &save, BEFORE, 0);
    let refused = said(&tool, &apply, AFTER, 1);
    let differs = "aws/roles/412-prod: the files";
    assert!(refused.contains(differs), "{refused}");
    assert!(
        vault
            .root
            .read("sys/mounts")
            .expect("mounts")
            .get("aws/")
            .is_none()
    );
    printed(&tool, &apply, BEFORE, 0);

    // A plan that leaves the role as it is.
    vault.root.delete("aws/roles/365-dev");
    printed(&tool, &save, BEFORE, 0);
    let refused = said(&tool, &apply, AFTER, 1);
    assert!(refused.contains("412-prod"), "{refused}");
    assert!(vault.root.read("aws/roles/365-dev").is_none());

    // A plan that takes the role away.
    printed(&tool, &save, AFTER, 0);
    let refused = said(&tool, &apply, BEFORE, 1);
    assert!(refused.contains("412-prod"), "{refused}");
    assert!(vault.root.read("aws/roles/412-prod").is_some());
    printed(&tool, &apply, AFTER, 0);
    assert!(vault.root.read("aws/roles/412-prod").is_none());
    printed(&tool, &["plan", "--detailed-exitcode"], AFTER, 0);
}

#[test]
fn guardrails_hold_for_what_has_expired() {
    let (vault, mappings) = (Vault::start(), ending());
    mappings.replace(
        "vault.yaml",
        "{max_delete_percent: 30, delete_floor: 10}",
        "{max_delete_percent: 0, delete_floor: 0}",
    );
    let tool = Tool::new(&vault, &mappings);
    printed(&tool, &["apply", "--auto-approve"], BEFORE, 0);
    let expired = ["apply", "--expired", "--auto-approve"];
    let refused = said(&tool, &expired, AFTER, 1);
    assert!(refused.contains("error[too-many-deletes]"), "{refused}");
    assert!(vault.root.read("aws/roles/412-prod").is_some());
    let allowed = [&expired[..], &["--allow-deletes", "1"]].concat();
    printed(&tool, &allowed, AFTER, 0);
    assert!(vault.root.read("aws/roles/412-prod").is_none());
}

#[test]
fn a_groups_access_ends_for_all_of_its_ids_and_needs_no_administrator() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    mappings.write(
        "projects/payments/group.yaml",
        "group: payments\nid: 72\nsubgroups: [73]\nexpires: 2100-06-30\nenvironments:\n  dev: arn:aws:iam::123456789012:role/payments\n",
    );
    printed(
        &Tool::new(&vault, &mappings),
        &["apply", "--auto-approve"],
        BEFORE,
        0,
    );
    let tool = pipeline(&vault, &mappings);
    let done = printed(&tool, &["apply", "--expired", "--auto-approve"], AFTER, 0);
    assert!(done.contains("2 deleted."), "{done}");
    for role in ["group-72-dev", "group-73-dev"] {
        assert!(vault.root.read(&format!("aws/roles/{role}")).is_none());
    }
    // The JWT roles and policies stay until the file goes: they give nothing.
    let job = json!({"project_id": "900", "namespace_id": "73", "environment": "dev"});
    let token = log_in(&vault, "aws-group-73-dev", &job);
    assert_eq!(status(&token, "group-73-dev"), 400);
    printed(&tool, &["drift"], AFTER, 0);
}

#[test]
fn validate_warns_from_two_weeks_before_the_end_and_lets_the_pipeline_pass() {
    let mappings = ending();
    let tool = Tool::offline(&mappings);
    for (now, code) in [
        ("2100-06-16T23:59:59Z", None),
        ("2100-06-17T00:00:00Z", Some("expiring-mapping")),
        (BEFORE, Some("expiring-mapping")),
        (AFTER, Some("expired-mapping")),
    ] {
        let said = said(&tool, &["validate", "--deny-warnings"], now, 0);
        let codes = said
            .lines()
            .filter_map(|line| line.strip_prefix("warning["));
        let codes: Vec<&str> = codes.filter_map(|line| line.split(']').next()).collect();
        assert_eq!(codes, Vec::from_iter(code), "{now}: {said}");
    }
}

#[test]
fn an_end_is_no_later_than_the_platform_allows() {
    let mappings = ending();
    mappings.replace(
        "vault.yaml",
        "  environments:\n",
        "  max_expiry: 90d\n  environments:\n",
    );
    let tool = Tool::offline(&mappings);
    said(&tool, &["validate"], "2100-04-01T23:59:59Z", 0);
    let late = said(&tool, &["validate"], "2100-03-31T00:00:00Z", 1);
    for part in [
        "error[late-expiry]: 2100-06-30 is more than 90d ahead",
        "write 2100-06-29 or an earlier day",
        "max_expiry: 90d",
    ] {
        assert!(late.contains(part), "{late}");
    }
    for (written, is_wrong) in [
        ("2100-02-29", true),
        ("2100-2-28", true),
        ("tomorrow", true),
        ("2100-02-28", false),
    ] {
        let mappings = ending();
        mappings.replace(WEBSITE, "2100-06-30", written);
        let run = Tool::offline(&mappings).run(["validate"]).assert();
        let said = stderr(&run);
        assert_eq!(
            said.contains("is not a date"),
            is_wrong,
            "{written}: {said}"
        );
    }
}

#[test]
fn no_clock_gives_access_again() {
    let mappings = ending();
    mappings.replace(WEBSITE, "2100-06-30", "2020-06-30");
    let tool = Tool::offline(&mappings).with_env("VAULT_PROVISIONER_NOW", "2020-01-01T00:00:00Z");
    for now in ["2020-01-01T00:00:00Z", "2020-06-30", "0"] {
        let refused = said(&tool, &["explain", "--project", "412"], now, 1);
        assert!(refused.contains("--now"), "{refused}");
    }
    let mut run = tool.run(["explain", "--project", "412", "--environment", "prod"]);
    let answer = stdout(&run.assert().success());
    assert!(answer.contains("prod: no\n"), "{answer}");
}

#[test]
fn answers_say_when_access_ends_and_that_it_has_ended() {
    let mappings = ending();
    let tool = Tool::offline(&mappings);
    let explain = |flags: &[&str], now| printed(&tool, &[&["explain"], flags].concat(), now, 0);
    let until = "; until the end of 2100-06-30 (UTC)";
    for flags in [
        &["--matrix"][..],
        &["--arn", "*:role/website"],
        &["--project", "somenamespace/website"],
    ] {
        for (format, said) in [
            ("text", "until the end of 2100-06-30"),
            ("markdown", "until the end of 2100-06-30"),
            ("html", "\"2100-06-30\""),
            ("mermaid", "until the end of 2100-06-30"),
        ] {
            let flags = [flags, &["--format", format]].concat();
            let before = explain(&flags, BEFORE);
            assert!(before.contains(said), "{flags:?}: {before}");
            let after = explain(&flags, AFTER);
            assert!(!after.contains(said), "{flags:?}: {after}");
        }
    }
    let before = explain(&["--project", "412", "--environment", "prod"], BEFORE);
    assert!(before.contains(until), "{before}");
    let after = explain(&["--project", "412", "--environment", "prod"], AFTER);
    insta::assert_snapshot!(after.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    somenamespace/website (412), environment prod: no
      the mapping to aws/roles/412-prod expired on 2100-06-30
    ");

    let matrix = json_of(&tool, &["explain", "--matrix"], BEFORE);
    let rows = matrix["rows"].as_array().expect("rows").iter();
    let ways = rows.flat_map(|row| row["ways"].as_array().expect("ways"));
    let ends: Vec<&Value> = ways
        .filter(|way| way["aws_role"] == "aws/roles/412-prod" || way["path"] == "aws/sts/412-prod")
        .map(|way| &way["expires"])
        .collect();
    assert_eq!(ends, [&json!("2100-06-30")]);
    let csv = explain(&["--matrix", "--format", "csv"], BEFORE);
    let of_prod = csv.lines().find(|line| line.contains("aws/sts/412-prod"));
    assert!(
        of_prod.is_some_and(|line| line.contains(",2100-06-30,")),
        "{csv}"
    );
}

#[test]
fn a_question_about_the_iam_role_of_an_expired_mapping_is_answered() {
    let (vault, mappings) = (Vault::start(), ending());
    let tool = Tool::new(&vault, &mappings);
    printed(&tool, &["apply", "--auto-approve"], BEFORE, 0);
    let ask = ["explain", "--arn", PROD];
    let live = ["explain", "--arn", PROD, "--live"];
    let answer = printed(&tool, &ask, AFTER, 0);
    insta::assert_snapshot!(answer.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    nobody can reach arn:aws:iam::123456789013:role/website: no AWS role gives it
    the mapping of somenamespace/website, prod (412) to arn:aws:iam::123456789013:role/website expired on 2100-06-30; `--live` shows whether Vault still has aws/roles/412-prod
    ");
    let still = printed(&tool, &live, AFTER, 0);
    assert!(!still.contains("nobody"), "{still}");
    assert!(
        still.contains("; Vault still has aws/roles/412-prod, which `apply --expired` deletes"),
        "{still}"
    );
    for format in ["markdown", "html", "csv"] {
        let text = printed(
            &tool,
            &["explain", "--arn", PROD, "--format", format],
            AFTER,
            0,
        );
        assert!(
            format == "csv" || text.contains("expired on 2100-06-30"),
            "{text}"
        );
    }
    let record = &json_of(&tool, &ask, AFTER)["expired"][0];
    assert_eq!(
        (&record["expired_on"], &record["in_vault"]),
        (&json!("2100-06-30"), &Value::Null)
    );
    printed(&tool, &["apply", "--expired", "--auto-approve"], AFTER, 0);
    let gone = printed(&tool, &live, AFTER, 0);
    assert!(
        gone.contains("; Vault no longer has aws/roles/412-prod"),
        "{gone}"
    );
    assert!(
        said(
            &tool,
            &["explain", "--arn", "arn:aws:iam::123456789013:role/websit"],
            AFTER,
            1
        )
        .contains("no AWS role gives")
    );
}

#[test]
fn an_expired_mapping_meets_no_expectation_and_makes_no_difference() {
    let mappings = ending();
    mappings.append(
        "contract.yaml",
        &format!("  - name: the website deploys\n    job: {{project: somenamespace/website, environment: prod, claims: {{ref_protected: \"true\"}}}}\n    reaches: ['{PROD}']\n"),
    );
    let tool = Tool::offline(&mappings);
    said(&tool, &["validate"], BEFORE, 0);
    let broken = said(&tool, &["validate"], AFTER, 1);
    assert!(broken.contains("error[broken-expectation]"), "{broken}");
    // What the contract expects does not keep access that has ended.
    let vault = Vault::start();
    let tool = Tool::new(&vault, &mappings);
    printed(&tool, &["apply", "--auto-approve"], BEFORE, 0);
    said(&tool, &["apply", "--auto-approve"], AFTER, 1);
    printed(&tool, &["apply", "--expired", "--auto-approve"], AFTER, 0);
    assert!(vault.root.read("aws/roles/412-prod").is_none());

    let without = Mappings::shipped();
    without.replace(WEBSITE, &format!("  prod: {PROD}\n"), "");
    let old = without.path().to_str().expect("text");
    let compare = ["diff", old, "--detailed-exitcode"];
    printed(&tool, &compare, BEFORE, 2);
    printed(&tool, &compare, AFTER, 0);
}
