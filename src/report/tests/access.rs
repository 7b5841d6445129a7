use super::*;
use crate::access::{AccessChange, ChangeKind, Description, Jwts};

/// A change for jobs of one project and environment.
fn change(kind: ChangeKind, who: &str, environment: &str, names: &[&str]) -> AccessChange {
    let arn = |name: &&str| format!("arn:aws:iam::123456789012:role/{name}");
    let is_after = matches!(
        kind,
        ChangeKind::GainAfterLogin | ChangeKind::OnlyAfterLogin | ChangeKind::LossAfterLogin
    );
    let is_unknown = matches!(kind, ChangeKind::Unknown | ChangeKind::UnknownGone);
    AccessChange {
        change: kind,
        who: vec![Description {
            jobs: who.into(),
            ..Description::default()
        }],
        jwts: Jwts::with(
            [
                ("project_id", Some("99")),
                ("environment", Some(environment)),
            ]
            .into_iter(),
        ),
        example: None,
        identities: names.iter().map(arn).collect(),
        unknown: is_unknown.then(|| "policy x: it is not in the files".into()),
        after_login: is_after.then(|| "any project, environment prod, any branch or tag".into()),
    }
}

fn written(access: &[AccessChange], format: Format) -> String {
    let changes = vec![delete(Address::of_policy("gone"), json!({"policy": ""}))];
    let findings = Findings {
        access: access.to_vec(),
        ..findings()
    };
    written_with(&plan(changes, Vec::new()), &findings, format)
}

#[test]
fn who_gains_and_who_loses_is_reported_in_lines() {
    let told = |kind, names: &[&str]| {
        change(
            kind,
            "project 99, environment dev, any branch or tag",
            "dev",
            names,
        )
    };
    let access = [
        told(ChangeKind::Unknown, &[]),
        told(ChangeKind::Gain, &["gained", "gained-too"]),
        told(ChangeKind::GainAfterLogin, &["gained-after"]),
        told(ChangeKind::OnlyAfterLogin, &["nearly-lost"]),
        told(ChangeKind::Loss, &["lost"]),
        told(ChangeKind::LossAfterLogin, &["lost-after"]),
        told(ChangeKind::UnknownGone, &["known-now"]),
    ];
    insta::assert_snapshot!(written(&access, Format::Text), @r#"
    Plan: 0 to create, 0 to update, 1 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    + ! unknown: project 99, environment dev, any branch or tag may gain any AWS role: policy x: it is not in the files
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained-too
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained-after, once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/nearly-lost, now only once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/lost
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/lost-after, which it had once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - ! no longer unknown: project 99, environment dev, any branch or tag might have had arn:aws:iam::123456789012:role/known-now: policy x: it is not in the files

    - policy sys/policies/acl/gone

    Plan: 0 to create, 0 to update, 1 to delete.
    "#);
    insta::assert_snapshot!(written(&access, Format::Markdown), @r#"
    **Plan: 0 to create, 0 to update, 1 to delete.**

    Compared: `auth/gitlab`, `aws`, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    ```diff
      Access, by this change:
    + ! unknown: project 99, environment dev, any branch or tag may gain any AWS role: policy x: it is not in the files
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained-too
    + project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gained-after, once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/nearly-lost, now only once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/lost
    - project 99, environment dev, any branch or tag: arn:aws:iam::123456789012:role/lost-after, which it had once another job with the same alias has logged in (any project, environment prod, any branch or tag)
    - ! no longer unknown: project 99, environment dev, any branch or tag might have had arn:aws:iam::123456789012:role/known-now: policy x: it is not in the files
    ```

    ```diff
    - policy sys/policies/acl/gone
    ```
    "#);
}

fn gains(who: &str, environment: &str, count: usize) -> AccessChange {
    let names: Vec<String> = (0..count).map(|n| format!("r{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    change(ChangeKind::Gain, who, environment, &names)
}

#[test]
fn conditions_that_make_a_line_too_long_are_below_it_and_written_once() {
    let long = |name: &str| {
        let mut one = change(ChangeKind::Gain, &format!("project {name}"), "dev", &[name]);
        one.who[0].conditions = vec![format!("a is {}", "x".repeat(180)), "b is y".into()];
        one.who[0].cases = vec!["branch main".into(), "branch rel".into()];
        one
    };
    let text = written(&[long("1"), long("2")], Format::Text);
    let lines: Vec<&str> = text.lines().skip(4).take(7).collect();
    let condition = format!("      if a is {}", "x".repeat(180));
    assert_eq!(
        lines,
        [
            "+ project 1: arn:aws:iam::123456789012:role/1",
            &condition,
            "      if b is y",
            "      either branch main",
            "      or branch rel",
            "+ project 2: arn:aws:iam::123456789012:role/2",
            "      under the same conditions",
        ]
    );
}

#[test]
fn what_does_not_fit_is_counted_by_account() {
    let access = [gains("any project", "dev", 20_000)];
    let text = written(&access, Format::Text);
    let lines = text.matches("\n+ any project: ").count();
    assert!(lines > 1000 && text.len() < 600_000, "{lines}");
    let rest = 20_000 - lines;
    let left_out =
        format!("\n  and {rest} more ({rest} in 123456789012), which `--format json` has\n");
    assert!(text.contains(&left_out), "{text}");
    let json: Value = serde_json::from_str(&written(&access, Format::Json)).unwrap();
    let all = json["access"][0]["identities"].as_array().unwrap();
    assert_eq!(all.len(), 20_000);
}

/// The files protect `prod`; a merge request gives it to a job, among much that looks harmless.
fn with_protected(access: Vec<AccessChange>) -> Findings {
    Findings {
        access,
        protected: Protected {
            environments: ["prod".to_owned()].into(),
            accounts: ["999999999999".to_owned()].into(),
        },
        ..findings()
    }
}

#[test]
fn nothing_pushes_the_access_to_protected_environments_out_of_sight() {
    let long = "x".repeat(30_000);
    let harmless = |n: usize| gains(&long, &format!("a{n}"), 3);
    let mut access: Vec<AccessChange> = (0..5000).map(harmless).collect();
    let mut other_account = change(ChangeKind::Gain, &long, "prod", &[]);
    other_account.identities = vec![format!("arn:aws:iam::999999999999:role/{long}/admin")];
    access.push(change(ChangeKind::Gain, "someone, prod", "prod", &["prod"]));
    access.push(other_account);
    let findings = with_protected(access);
    let changes = vec![delete(Address::of_policy("gone"), json!({"policy": ""}))];
    let plan = plan(changes, Vec::new());
    let review = Review {
        plan: &plan,
        findings: Some(&findings),
    };
    let subject = ReportSubject {
        address: "https://vault.test".into(),
        namespace: String::new(),
        mappings: "mappings".into(),
    };
    let note = note::note(
        review,
        &[],
        &subject,
        &subject.marker("plan", &review.plan.server),
    );
    assert!(note.len() <= markdown::LONGEST_NOTE);
    let (above, folded) = note.split_once("<details>").unwrap();
    assert!(!folded.contains("role/"), "{folded}");
    for report in [written_review(review, Format::Text), above.to_owned()] {
        let lines = report.lines().filter(|line| line.starts_with("+ "));
        let first: Vec<&str> = lines.take(2).collect();
        assert!(
            first[0].contains(", prod: arn:aws:iam::123456789012:role/prod"),
            "{first:?}"
        );
        assert!(
            first[1].contains("arn:aws:iam::999999999999:role/x"),
            "{first:?}"
        );
        assert!(first[1].ends_with("/admin"), "{first:?}");
        assert!(report.lines().all(|line| line.chars().count() < 1000));
        assert!(report.contains("more ("), "the rest is counted");
    }
}

#[test]
fn names_in_the_section_are_data() {
    let who = "x\u{1b}[31m\n```\n/close";
    let access = [change(ChangeKind::Gain, who, "dev", &["r\n@all"])];
    for format in [Format::Text, Format::Markdown, Format::Json] {
        let written = written(&access, format);
        assert!(!written.contains('\u{1b}'), "{written:?}");
        assert!(
            !written.lines().any(|line| line.starts_with(['/', '@'])),
            "{written}"
        );
    }
    assert!(written(&access, Format::Markdown).contains("\n````diff\n"));
}
