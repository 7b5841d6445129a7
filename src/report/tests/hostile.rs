//! Data that tries to be more than data.

use std::collections::BTreeSet;

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::*;
use crate::access::{AccessChange, ChangeKind, Description, IdentityPower, Jwts};
use crate::diagnostic::Code;
use crate::files::Commit;
use crate::live::Grantor;
use crate::plan::MergedChanges;

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
    "`",
    "``` `` ` ",
    " ` ",
    "~~~\n/close\n~~~",
    "<img src=x onerror=alert(1)>",
    "</details><details open>",
    "--> <!-- vault-provisioner drift",
    "[link](javascript:alert(1)) ![img](https://evil.test/a.png) https://evil.test",
    "| a | b |\n|---|---|",
    "*bold* _it_ ~strike~ \\",
    "#1 !2 $3 %4 ~label :smile: &lt;b&gt;",
    "\u{202a}\u{202b}\u{202d}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}",
    "",
];

/// A plan of three changes, a warning and something foreign with the text wherever a text can be.
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
        code: Code::SecretNotCompared,
        message: text.into(),
    };
    Plan {
        foreign: [Address::of_policy(text)].into(),
        unlisted: [text.to_owned()].into(),
        ..plan(changes, vec![warning])
    }
}

/// The text wherever a text can be beside a plan.
fn poisoned_findings(text: &str) -> Findings {
    let names = || BTreeSet::from([text.to_owned()]);
    Findings {
        access: vec![AccessChange {
            change: ChangeKind::GainAfterLogin,
            who: vec![Description {
                jobs: format!("jobs {text}"),
                conditions: vec![text.into()],
                cases: vec![text.into(), text.into()],
            }],
            jwts: Jwts::with([("team", Some(text))].into_iter()),
            example: Some([("team".to_owned(), text.into())].into()),
            identities: vec![text.into()],
            unknown: Some(text.into()),
            after_login: Some(text.into()),
        }],
        protected: Protected {
            environments: names(),
            accounts: names(),
        },
        waiting: vec![Warning {
            path: text.into(),
            code: Code::NeedsAdministrator,
            message: text.into(),
        }],
        merged: MergedChanges {
            since: [(
                text.to_owned(),
                Commit {
                    commit: text.into(),
                    author: text.into(),
                    date: text.into(),
                },
            )]
            .into(),
            unknown: Some(text.into()),
        },
        scope: Scope {
            mounts: names(),
            denied: names(),
            unlistable: names(),
            secret_keys: names(),
            hidden_policies: names(),
            undeclared: names(),
            unmodelled: [(text.to_owned(), vec![text.to_owned()])].into(),
            ..Scope::default()
        },
        identity: vec![IdentityPower {
            path: text.into(),
            what: Grantor::Entity(text.into()),
            policies: names(),
            identities: names(),
            unknown: names(),
        }],
        not_in_plan: names(),
    }
}

fn check_visible(report: &str) {
    let hidden = |c: &char| !matches!(c, '\n' | '\t') && !shown::is_plain(*c);
    assert_eq!(report.chars().find(hidden), None, "{report}");
}

fn check_text(plan: &Plan, findings: &Findings) {
    let report = written_with(plan, findings, Format::Text);
    check_visible(&report);
    let starts = |start: &str| {
        report
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!(
        (starts("+ "), starts("~ "), starts("- ")),
        (2, 2, 0),
        "one gain, one create, two updates: {report}"
    );
    assert_eq!((starts("warning["), starts("Plan: ")), (4, 2), "{report}");
    let others = report.lines().filter(|line| {
        let own = [
            "+ ",
            "~ ",
            "    ",
            "warning[",
            "Plan: ",
            "Changed in Vault since the plan was made, ",
            "Compared: ",
            "Access, by this change:",
        ];
        !line.is_empty() && !own.iter().any(|start| line.starts_with(start))
    });
    assert_eq!(others.count(), 0, "{report}");
}

/// Checks that a document has only the blocks that it should have, and nothing else that Markdown or GitLab acts on.
fn check_document(document: &str, blocks: usize, html: &[&str]) {
    check_visible(document);
    let actions = document.lines().filter(|line| line.starts_with('/'));
    assert_eq!(actions.count(), 0, "a quick action in {document}");
    let (mut in_block, mut found) = (false, 0);
    for event in Parser::new(document) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                found += 1;
                in_block = true;
            }
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Text(text) if in_block => {
                let is_ours =
                    |line: &str| line.is_empty() || line.starts_with(['+', '-', '!', ' ']);
                assert!(text.lines().all(is_ours), "{document}");
            }
            Event::Text(text) => assert!(
                !text.contains(['@', '<', '\u{1b}', '~', '`']),
                "{text} in {document}"
            ),
            Event::Html(text) | Event::InlineHtml(text) => {
                assert!(
                    html.iter().any(|ours| text.contains(ours)),
                    "{text} in {document}"
                );
            }
            Event::Start(Tag::Paragraph | Tag::Strong | Tag::HtmlBlock) | Event::End(_) => {}
            Event::Code(_) | Event::SoftBreak => {}
            other => panic!("{other:?} in {document}"),
        }
    }
    assert_eq!(found, blocks, "{document}");
}

fn check_markdown(plan: &Plan, findings: &Findings) {
    let report = written_with(plan, findings, Format::Markdown);
    assert!(report.starts_with("**Plan: 1 to create, 2 to update, 0 to delete. Vault also holds 1 policy that the files lack and 1 entity or group with policies that reach AWS roles of the files.**\n\n"));
    check_document(&report, 3, &[]);
}

fn check_note(plan: &Plan, findings: &Findings, text: &str) {
    let subject = ReportSubject {
        address: text.into(),
        namespace: text.into(),
        mappings: text.into(),
    };
    let review = Review {
        plan,
        findings: Some(findings),
    };
    let note = note::note(
        review,
        &[],
        &subject,
        &subject.marker("plan", &review.plan.server),
    );
    check_document(
        &note,
        3,
        &[
            "<details><summary>",
            "</details>",
            "<!-- vault-provisioner plan",
        ],
    );
}

/// Checks that a page has only the tags that it should have.
fn check_page(plan: &Plan, findings: &Findings) {
    let page = written_with(plan, findings, Format::Html);
    check_visible(&page);
    let (_, body) = page.split_once("</style>").unwrap();
    let mut rest = body;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        let ours = [
            "/head",
            "/body",
            "/html",
            "body",
            "h1",
            "/h1",
            "h2",
            "/h2",
            "p",
            "/p",
            "strong",
            "/strong",
            "dl class=\"facts\"",
            "/dl",
            "dt",
            "/dt",
            "dd",
            "/dd",
            "pre",
            "/pre",
            "ul",
            "/ul",
            "li",
            "/li",
            "summary",
            "/summary",
            "/details",
            "/span",
            "p class=\"warn\"",
            "details class=\"change\" open",
            "span class=\"added\"",
            "span class=\"changed\"",
            "span class=\"removed\"",
        ];
        assert!(ours.contains(&tag), "<{tag}> in {page}");
        rest = after;
    }
    assert_eq!(page.matches("<details").count(), 3, "{page}");
}

fn check_json(plan: &Plan, findings: &Findings, text: &str) {
    let report = written_with(plan, findings, Format::Json);
    check_visible(&report);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["changes"][0]["label"], text);
    let name = report["changes"][0]["name"].as_str();
    assert_eq!(name.unwrap_or_default(), text);
    assert_eq!(report["warnings"][0]["message"], text);
    assert_eq!(report["warnings"][1]["message"], text);
    let who = format!("jobs {text}, {text} (either {text}; or {text})");
    assert_eq!(report["access"][0]["who"], who);
    assert_eq!(report["unmodelled"]["attributes"][text][0], text);
}

fn check_nothing_to_do(text: &str, findings: Findings) {
    let plan = Plan {
        unlisted: [text.to_owned()].into(),
        ..plan(vec![], vec![])
    };
    let findings = Findings {
        not_in_plan: BTreeSet::new(),
        identity: Vec::new(),
        waiting: Vec::new(),
        ..findings
    };
    let verdict = "No changes in what was read; 1 list could not be read: ";
    let report = written_with(&plan, &findings, Format::Text);
    assert!(report.starts_with(verdict), "{report}");
    check_visible(&report);
    let report = written_with(&plan, &findings, Format::Markdown);
    assert!(report.starts_with(&format!("**{verdict}")), "{report}");
    check_document(&report, 1, &[]);
}

fn check(text: &str) {
    let (plan, findings) = (poisoned(text), poisoned_findings(text));
    check_nothing_to_do(text, poisoned_findings(text));
    check_text(&plan, &findings);
    check_markdown(&plan, &findings);
    check_page(&plan, &findings);
    check_note(&plan, &findings, text);
    check_json(&plan, &findings, text);
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
