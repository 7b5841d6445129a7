//! What people and programs read.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_terminal_shows_every_kind_and_action_field_by_field() {
    assert_snapshot!(written(&example(), Format::Text), @"");
}

#[test]
fn gitlab_colours_the_same_in_markdown() {
    assert_snapshot!(written(&example(), Format::Markdown), @"");
}

#[test]
fn programs_read_what_differs_in_canonical_form() {
    let mut plan = example();
    plan.changes
        .retain(|change| change.address.name.contains("prod"));
    assert_snapshot!(written(&plan, Format::Json), @"");
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let mut plan = example();
    plan.changes
        .retain(|change| change.address.name.contains("prod"));
    let mut out = Vec::new();
    write(&plan, Format::Text, &Styles::new(true), &mut out).unwrap();
    let coloured = String::from_utf8(out).unwrap().replace('\u{1b}', "␛");
    assert_snapshot!(coloured, @"");
    let plain = anstream::adapter::strip_str(&coloured.replace('␛', "\u{1b}")).to_string();
    assert_eq!(plain, written(&plan, Format::Text));
}

#[test]
fn gitlab_reads_three_numbers() {
    let mut out = Vec::new();
    write_terraform_report(&example(), &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @"");
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let plan = plan(vec![], vec![]);
    assert_snapshot!(written(&plan, Format::Text), @"");
    assert_snapshot!(written(&plan, Format::Markdown), @"");
    assert_snapshot!(written(&plan, Format::Json), @"");
}

#[test]
fn too_many_deletes_are_warned_of() {
    let delete = |n: usize| {
        let address = Address::of_role(Kind::AwsRole, "aws", n);
        delete(address, json!({}))
    };
    let plan = plan((0..11).map(delete).collect(), vec![]);
    for format in [Format::Text, Format::Markdown] {
        let report = written(&plan, format);
        assert!(
            report.contains("deletes 11 of 0 live resources"),
            "{report}"
        );
        assert!(report.contains("--allow-deletes 11"), "{report}");
    }
}

/// Differences that are easy to get wrong, in fields whose type lets them happen.
#[test]
fn a_difference_is_never_left_out() {
    let config = |provider: Value| json!({"provider_config": provider});
    let changes = [
        (json!({"a": null}), json!({})),
        (json!({"a": ""}), json!({"a": "x"})),
        (json!({"a": "x"}), json!({"a": ""})),
        (json!({"a": []}), json!({"a": {}})),
        (json!({"a": [1, 2, 3]}), json!({"a": [3, 1, 4]})),
        (json!({"a": [{"b": 1}]}), json!({"a": [{"b": 2}]})),
        (json!({"a": "1\n2\n"}), json!({"a": "1\n2"})),
        (json!({"a": "1\r\n2"}), json!({"a": "1\n2"})),
        (json!({"a": "{\"b\": 1}"}), json!({"a": "{\"b\":1}"})),
        (json!({"a": "1"}), json!({"a": 1})),
        (json!({"a": {"b": 1}}), json!({"a": true})),
    ]
    .map(|(before, after)| {
        let address = Address::of_mount(Kind::JwtConfig, "gitlab");
        update(address, config(before), config(after))
    });
    assert_snapshot!(written(&plan(changes.into(), vec![]), Format::Text), @"");
}
