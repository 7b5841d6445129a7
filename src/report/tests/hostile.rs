//! Data that tries to be more than data.

use proptest::prelude::*;

use super::*;

const HOSTILE: &[&str] = &[
    "\n+ AWS role aws/roles/forged",
    "\r\n- policy sys/policies/acl/forged",
    "\u{2028}~ forged\u{85}forged\u{b}forged\u{c}forged",
    "\n```\n/close\n",
    "\n````\n/close\n~~~\n/assign @root\n",
    "/close",
    "@all </code></pre><script>alert(1)</script> <!--",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{8}\u{7f}\u{0}",
    "user\u{202e}nimda\u{2066}\u{200b}\u{feff}\u{e0041}",
    "\n\nPlan: 0 to create, 0 to update, 0 to delete.\n",
    "\nwarning: all is well",
    "\t+ forged",
];

/// A plan of three changes and a warning with the text wherever a text can be.
fn poisoned(text: &str) -> Plan {
    let role = |text: &str| {
        json!({
            "user_claim": text, "bound_audiences": [text, "other"], "bound_claims": {text: [text, "1"]},
            "claim_mappings": {text: text},
        })
    };
    let changes = vec![
        labelled(
            text,
            create(
                Address::of_role(Kind::AwsRole, text, text),
                resource(
                    Kind::AwsRole,
                    json!({"policy_document": json!({text: text}).to_string(), "iam_tags": {text: text}}),
                ),
            ),
        ),
        update(
            Address::of_policy(text),
            json!({"policy": format!("{text}\nbefore\n{text}")}),
            json!({"policy": format!("{text}\nafter\n{text}\n{text}")}),
        ),
        update(
            Address::of_role(Kind::JwtRole, text, text),
            role(&format!("{text} before")),
            role(text),
        ),
    ];
    let warning = Warning {
        path: text.into(),
        message: text.into(),
    };
    plan(changes, vec![warning])
}

fn check_visible(report: &str) {
    let hidden = |c: &char| !matches!(c, '\n' | '\t') && !shown::is_plain(*c);
    assert_eq!(report.chars().find(hidden), None, "{report}");
}

fn check_text(plan: &Plan) {
    let report = written(plan, Format::Text);
    check_visible(&report);
    let starts = |start: &str| {
        report
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!(
        (starts("+ "), starts("~ "), starts("- ")),
        (1, 2, 0),
        "{report}"
    );
    assert_eq!((starts("warning: "), starts("Plan: ")), (1, 1), "{report}");
    let others = report.lines().filter(|line| {
        let own = ["+ ", "~ ", "    ", "warning: ", "Plan: "];
        !line.is_empty() && !own.iter().any(|start| line.starts_with(start))
    });
    assert_eq!(others.count(), 0, "{report}");
}

fn check_markdown(plan: &Plan) {
    let report = written(plan, Format::Markdown);
    check_visible(&report);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(
        &lines[..2],
        ["**Plan: 1 to create, 2 to update, 0 to delete.**", ""]
    );
    let (opening, closing) = (lines[2], lines[lines.len() - 1]);
    let fence = opening.strip_suffix("diff").unwrap();
    assert_eq!(fence, closing);
    assert!(
        fence.len() >= 3 && fence.chars().all(|c| c == '`'),
        "{report}"
    );
    for line in &lines[3..lines.len() - 1] {
        assert!(!line.contains(fence), "{report}");
        assert!(
            line.is_empty() || line.starts_with(['+', '-', '!', ' ']),
            "{report}"
        );
    }
    let headings = lines.iter().filter(|line| {
        line.starts_with(['+', '-', '!']) && line.as_bytes().get(2).is_some_and(|c| *c != b' ')
    });
    assert_eq!(
        headings.count(),
        plan.changes.len() + plan.warnings.len(),
        "{report}"
    );
}

fn check_json(plan: &Plan, text: &str) {
    let report = written(plan, Format::Json);
    check_visible(&report);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["changes"][0]["label"], text);
    let name = report["changes"][0]["name"].as_str();
    assert_eq!(name.unwrap_or_default(), text);
    assert_eq!(report["warnings"][0]["message"], text);
}

fn check(text: &str) {
    let plan = poisoned(text);
    check_text(&plan);
    check_markdown(&plan);
    check_json(&plan, text);
}

#[test]
fn hostile_texts_stay_data() {
    for text in HOSTILE {
        check(text);
    }
}

proptest! {
    #[test]
    fn any_text_stays_data(text in r#"(?s:.{0,20})"#) {
        check(&text);
    }

    #[test]
    fn any_mixture_of_hostile_pieces_stays_data(
        text in r"([\n\r`/~+\- \u{1b}\u{202e}\u{2028}@<a]|```|/close){0,20}"
    ) {
        check(&text);
    }
}
