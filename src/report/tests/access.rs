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
    let plan = plan(Vec::new(), Vec::new());
    written_review(
        Review {
            plan: &plan,
            access: Some(access),
        },
        format,
    )
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
    insta::assert_snapshot!(written(&access, Format::Text), @r"
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

    No changes. Vault is as the files say.
    ");
    insta::assert_snapshot!(written(&access, Format::Markdown), @r"
    **No changes. Vault is as the files say.**

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
    ");
}

#[test]
fn a_long_section_ends_with_the_number_of_what_is_left_out() {
    let differences: Vec<Difference> = (0..1000)
        .map(|n| difference(&format!("r{n}"), None, Some(Level::Yes)))
        .collect();
    let who = vec![Who::ANY_OTHER];
    let access = [AccessChange { who, differences }];
    let text = written(&access, Format::Text);
    assert_eq!(text.matches("\n+ any other project: ").count(), 100);
    assert!(
        text.contains("\n  and 900 more, which `--format json` has\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&written(&access, Format::Json)).unwrap();
    assert_eq!(
        json["access"][0]["differences"].as_array().unwrap().len(),
        1000
    );
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
