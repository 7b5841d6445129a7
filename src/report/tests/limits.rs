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
    let whole = markdown::document(without_access(&plan), usize::MAX);
    assert!(!whole.contains("Too long"));
    for limit in (1000..whole.len() + 2000).step_by(997) {
        let cut = markdown::document(without_access(&plan), limit);
        assert!(cut.len() <= limit, "{} > {limit}", cut.len());
        let headings = cut.lines().filter(|line| line.starts_with("+ AWS role"));
        let fields = cut
            .lines()
            .filter(|line| line.starts_with("+     role_arns:"));
        let shown = headings.count();
        assert_eq!(shown, fields.count());
        let rest = format!("{} of 1000 changes, 0 of 0 warnings", 1000 - shown);
        assert_eq!(cut.contains(&rest), shown < 1000, "{limit}");
    }
}

#[test]
fn a_change_that_is_too_long_by_itself_leaves_the_summary() {
    let address = Address::of_policy("long");
    let long = create(address, Policy::new("`".repeat(10_000)));
    let cut = markdown::document(without_access(&plan(vec![long], vec![])), 1000);
    insta::assert_snapshot!(cut, @r#"
    **Plan: 1 to create, 0 to update, 0 to delete.**

    Too long to be shown here: 1 of 1 changes, 0 of 0 warnings.
    "#);
}
