//! Plans that are larger than what GitLab takes.

use super::*;

fn mappings(number: usize) -> Plan {
    let mapping = |id: usize| {
        let address = Address::of_role(Kind::AwsRole, "aws", format!("{id}-dev"));
        let role_arn = format!("arn:aws:iam::123456789012:role/{id}");
        let change = create(
            address,
            resource(Kind::AwsRole, json!({"role_arns": [role_arn]})),
        );
        labelled(&format!("team/project-{id}, dev"), change)
    };
    plan((0..number).map(mapping).collect(), vec![])
}

#[test]
fn a_plan_over_the_limit_is_cut_at_a_change_and_the_rest_counted() {
    let plan = mappings(1000);
    let whole = document(&plan, usize::MAX);
    assert!(!whole.contains("Too long"));
    for limit in (2500..whole.len() + 2000).step_by(997) {
        let cut = document(&plan, limit);
        assert!(cut.len() <= limit, "{} > {limit}", cut.len());
        let headings = cut.lines().filter(|line| line.starts_with("+ AWS role"));
        let fields = cut
            .lines()
            .filter(|line| line.starts_with("+     role_arns:"));
        let shown = headings.count();
        assert_eq!(shown, fields.count());
        let rest = format!("{} of 1000 changes.", 1000 - shown);
        assert_eq!(cut.contains(&rest), shown < 1000, "{limit}");
    }
}

#[test]
fn a_change_that_is_too_long_by_itself_leaves_the_summary() {
    let address = Address::of_policy("long");
    let long = create(address, Policy::new("`".repeat(10_000)));
    let cut = document(&plan(vec![long], vec![]), 1000);
    insta::assert_snapshot!(cut, @r"
    **Plan: 1 to create, 0 to update, 0 to delete.**

    Compared: `auth/gitlab`, `aws`, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    Too long to be shown here: 1 of 1 changes.
    ");
}

#[test]
fn five_thousand_changes_stay_below_gitlabs_limits_and_begin_with_the_totals() {
    let role = |n: usize| {
        let arns = ["a", "b", "c"].map(|name| format!("arn:aws:iam::123456789012:role/{name}{n}"));
        let fields = json!({"role_arns": arns, "policy_document": json!({"Statement": [{"Sid": "x".repeat(500)}]}).to_string()});
        let address = Address::of_role(Kind::AwsRole, "aws", format!("{n}-dev"));
        labelled(
            &format!("team/{}, dev", n / 3),
            create(address, resource(Kind::AwsRole, fields)),
        )
    };
    let plan = plan((0..5000).map(role).collect(), vec![]);
    let text = written(&plan, Format::Text);
    assert!(
        text.len() < 4 << 20 && text.len() > 2 << 20,
        "{}",
        text.len()
    );
    let note = document(&plan, markdown::LONGEST_NOTE);
    assert!(
        note.len() <= markdown::LONGEST_NOTE && note.len() > 900_000,
        "{}",
        note.len()
    );
    let page = written(&plan, Format::Html);
    assert_eq!(page.matches("<details class=\"change\">").count(), 5000);
    assert!(page.len() < 10 << 20, "{}", page.len());
    for report in [&text, &note] {
        let (totals, diff) = report.split_once("+ AWS role aws/roles/0-dev").unwrap();
        assert!(totals.contains("AWS role: 5000 to create\n"), "{totals}");
        assert!(totals.contains("  team/0: 3 to create\n"), "{totals}");
        assert!(totals.contains("and 1647 more projects"), "{totals}");
        let shown = 1 + diff.matches("+ AWS role").count();
        let left_out = 5000 - shown;
        assert!(diff.contains("Too long to"), "{left_out}");
        assert!(diff.contains(&left_out.to_string()), "{left_out}");
    }
    assert!(text.ends_with("\nPlan: 5000 to create, 0 to update, 0 to delete.\n"));
}
