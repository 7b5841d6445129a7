//! What people read where a plan has no changes.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_plan_without_changes_says_which_vault_it_is_true_of() {
    let plan = plan(vec![], vec![]);
    let changed_since = Findings {
        not_in_plan: ["aws/roles/a", "aws/roles/b"].map(str::to_owned).into(),
        ..findings()
    };
    let saved = written_review(Review::of_saved(&plan), Format::Text);
    let verdicts = [saved, written_with(&plan, &changed_since, Format::Text)];
    let verdicts = verdicts.map(|text| {
        let above = text
            .lines()
            .take_while(|line| !line.starts_with("Compared"));
        above
            .filter(|line| !line.starts_with("Access"))
            .collect::<Vec<_>>()
            .join("\n")
    });
    assert_snapshot!(verdicts.join("\n"), @r"
    No changes. Vault matched the files when the plan was made.
    The plan has no changes. Vault no longer matches the files.
    Changed in Vault since the plan was made, not in the plan and left alone: aws/roles/a, aws/roles/b. Plan again to see what differs from the files.
    ");
}

#[test]
fn a_plan_without_changes_shows_what_was_compared() {
    let plan = plan(vec![], vec![]);
    assert_snapshot!(written(&plan, Format::Text), @r"
    No changes. Vault matches the files.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.
    ");
    assert_snapshot!(written(&plan, Format::Markdown), @r"
    **No changes. Vault matches the files.**

    Compared: `auth/gitlab`, `aws`, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.
    ");
    assert_snapshot!(written(&plan, Format::Json), @r#"
    {
      "format_version": 2,
      "summary": {
        "create": 0,
        "update": 0,
        "delete": 0
      },
      "changes": [],
      "foreign": [],
      "identity": null,
      "unlisted": [],
      "warnings": [],
      "access": [],
      "not_looked_at": [
        "other mounts and policies, identity, tokens, AWS"
      ],
      "unmodelled": {
        "count": 0,
        "attributes": {}
      }
    }
    "#);
}

#[test]
fn no_sentence_about_no_changes_leaves_out_what_could_not_be_listed() {
    let unlisted = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let of = |paths: &[&str], foreign: &[&str]| Plan {
        unlisted: unlisted(paths),
        foreign: foreign.iter().map(Address::of_policy).collect(),
        ..plan(vec![], vec![])
    };
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let now = |plan: &Plan| first_line(written(plan, Format::Text));
    let saved = |plan: &Plan| first_line(written_review(Review::of_saved(plan), Format::Text));
    let (one, two) = (["aws/roles"], ["aws/roles", "sys/policies/acl"]);
    let lines = [
        now(&of(&one, &[])),
        now(&of(&two, &["aws-x"])),
        now(&of(&[], &["aws-x"])),
        saved(&of(&two, &[])),
        first_line(written(&of(&two, &[]), Format::Markdown)),
    ];
    assert_snapshot!(lines.join("\n"), @r"
    No changes in what was read; 1 list could not be read: aws/roles.
    No changes in what was read, but Vault holds 1 policy that the files lack; 2 lists could not be read: aws/roles, sys/policies/acl.
    No changes, but Vault holds 1 policy that the files lack.
    No changes in what was read when the plan was made; 2 lists could not be read: aws/roles, sys/policies/acl.
    **No changes in what was read; 2 lists could not be read: `aws/roles`, `sys/policies/acl`.**
    ");
    let json: Value = serde_json::from_str(&written(&of(&two, &[]), Format::Json)).unwrap();
    assert_eq!(json["unlisted"], json!(two));
}
