use super::*;
use crate::access::{AccessChange, Condition, Difference, Level, Must, Who};

fn difference(name: &str, before: Option<Level>, after: Option<Level>) -> Difference {
    let of_claim = |claim: &str, value: &str| {
        vec![Condition {
            claim: claim.into(),
            must: Must::Be(vec![value.into()]),
        }]
    };
    Difference {
        identity: format!("arn:aws:iam::123456789012:role/{name}"),
        before,
        after,
        conditions: match after.or(before) {
            Some(Level::OnlyIf) => of_claim("ref_protected", "true"),
            Some(Level::AfterOthers) => of_claim("environment", "prod"),
            _ => Vec::new(),
        },
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
fn who_gains_and_who_loses_is_told_in_lines() {
    use Level::{AfterOthers, OnlyIf, Yes};
    let dev = |id: &str| Who::new(id, Some(&format!("team/{id}")), Some("dev"));
    let several = ["1", "2", "3", "4", "5"].map(dev).to_vec();
    let access = [
        AccessChange {
            who: vec![Who::new("99", None, None)],
            differences: vec![
                difference("gained", None, Some(Yes)),
                difference("gained-if", None, Some(OnlyIf)),
                difference("gained-after", None, Some(AfterOthers)),
                difference("lost", Some(Yes), None),
                difference("lost-if", Some(OnlyIf), None),
                difference("freed", Some(OnlyIf), Some(Yes)),
                difference("bound", Some(Yes), Some(OnlyIf)),
                difference("nearly-lost", Some(Yes), Some(AfterOthers)),
            ],
        },
        AccessChange {
            who: several,
            differences: vec![difference("shared", None, Some(Yes))],
        },
    ];
    insta::assert_snapshot!(written(&access, Format::Text), @r#"
    Plan: 0 to create, 0 to update, 1 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    + project 99, default: arn:aws:iam::123456789012:role/gained
    + project 99, default: arn:aws:iam::123456789012:role/gained-if, only if ref_protected is true
    + project 99, default: arn:aws:iam::123456789012:role/gained-after, once another job has logged in whose environment is prod
    - project 99, default: arn:aws:iam::123456789012:role/lost
    - project 99, default: arn:aws:iam::123456789012:role/lost-if, which it had only if ref_protected is true
    + project 99, default: arn:aws:iam::123456789012:role/freed, now always
    - project 99, default: arn:aws:iam::123456789012:role/bound, now only if ref_protected is true
    - project 99, default: arn:aws:iam::123456789012:role/nearly-lost, now only once another job has logged in whose environment is prod
    + team/1, dev; team/2, dev; team/3, dev; 2 more jobs: arn:aws:iam::123456789012:role/shared

    - policy sys/policies/acl/gone
        - policy: ""

    Plan: 0 to create, 0 to update, 1 to delete.
    "#);
    insta::assert_snapshot!(written(&access, Format::Markdown), @r#"
    **Plan: 0 to create, 0 to update, 1 to delete.**

    Compared: `auth/gitlab`, `aws`, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    ```diff
      Access, by this change:
    + project 99, default: arn:aws:iam::123456789012:role/gained
    + project 99, default: arn:aws:iam::123456789012:role/gained-if, only if ref_protected is true
    + project 99, default: arn:aws:iam::123456789012:role/gained-after, once another job has logged in whose environment is prod
    - project 99, default: arn:aws:iam::123456789012:role/lost
    - project 99, default: arn:aws:iam::123456789012:role/lost-if, which it had only if ref_protected is true
    + project 99, default: arn:aws:iam::123456789012:role/freed, now always
    - project 99, default: arn:aws:iam::123456789012:role/bound, now only if ref_protected is true
    - project 99, default: arn:aws:iam::123456789012:role/nearly-lost, now only once another job has logged in whose environment is prod
    + team/1, dev; team/2, dev; team/3, dev; 2 more jobs: arn:aws:iam::123456789012:role/shared
    ```

    ```diff
    - policy sys/policies/acl/gone
    -     policy: ""
    ```
    "#);
}

fn gains(who: Vec<Who>, count: usize) -> AccessChange {
    AccessChange {
        who,
        differences: (0..count)
            .map(|n| difference(&format!("r{n}"), None, Some(Level::Yes)))
            .collect(),
    }
}

#[test]
fn what_does_not_fit_is_counted_by_account() {
    let access = [gains(vec![Who::ANY_OTHER], 20_000)];
    let text = written(&access, Format::Text);
    let lines = text.matches("\n+ any other project: ").count();
    assert!(lines > 1000 && text.len() < 600_000, "{lines}");
    let rest = 20_000 - lines;
    let left_out =
        format!("\n  and {rest} more ({rest} in 123456789012), which `--format json` has\n");
    assert!(text.contains(&left_out), "{text}");
    let json: Value = serde_json::from_str(&written(&access, Format::Json)).unwrap();
    let all = json["access"][0]["differences"].as_array().unwrap();
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
    let harmless = |n: usize| gains(vec![Who::new("1", Some(&long), Some(&format!("a{n}")))], 3);
    let mut access: Vec<AccessChange> = (0..5000).map(harmless).collect();
    let mut other_account = difference("admin", None, Some(Level::Yes));
    other_account.identity = format!("arn:aws:iam::999999999999:role/{long}/admin");
    access.push(AccessChange {
        who: vec![Who::new("2", Some(&long), Some("prod"))],
        differences: vec![difference("prod", None, Some(Level::Yes)), other_account],
    });
    let findings = with_protected(access);
    let changes = vec![delete(Address::of_policy("gone"), json!({"policy": ""}))];
    let plan = plan(changes, Vec::new());
    let review = Review {
        plan: &plan,
        findings: Some(&findings),
    };
    let subject = Subject {
        address: "https://vault.test".into(),
        namespace: String::new(),
        mappings: "mappings".into(),
    };
    let note = note::note(review, &subject, &subject.marker("plan"));
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
    let who = vec![Who::new("1", Some("x\u{1b}[31m\n```\n/close"), Some("dev"))];
    let differences = vec![difference("r\n@all", None, Some(Level::Yes))];
    let access = [AccessChange { who, differences }];
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
