use std::num::NonZeroU32;

use super::*;
use crate::acl::rule::PathPattern;

const ANSWERS: &str = include_str!("answers.txt");

fn rule(line: &str) -> Rule {
    let (path, capabilities) = line.rsplit_once(':').unwrap();
    let capabilities = capabilities
        .split_whitespace()
        .map(|name| Capability::from_name(name).unwrap());
    let path = PathPattern::try_from(path.to_owned()).unwrap();
    Rule::new(path, capabilities)
}

fn rules(lines: &[&str]) -> Vec<Rule> {
    lines.iter().copied().map(rule).collect()
}

#[test]
fn agrees_with_the_server() {
    let mut asked = 0;
    for case in ANSWERS.split("\n\n") {
        let lines: Vec<_> = case
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect();
        let (questions, policies): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with('?'));
        let policies: Vec<_> = policies.split(|line| *line == "--").map(rules).collect();
        let policies: Vec<_> = policies
            .iter()
            .map(|rules| NamedPolicy { name: "p", rules })
            .collect();
        for question in questions {
            let (path, answer) = question[2..].rsplit_once(':').unwrap();
            let allowed: Vec<_> = Capability::ALL
                .into_iter()
                .filter(|capability| evaluate(&policies, path, *capability).is_allowed())
                .map(Capability::name)
                .collect();
            assert_eq!(allowed.join(" "), answer.trim(), "{case}\n{question}");
            asked += 1;
        }
    }
    assert!(asked > 200, "only {asked} questions were read");
}

#[test]
fn names_the_rules_that_decide() {
    let project = rules(&["aws/sts/*:", "aws/sts/365-dev: create update"]);
    let shared = rules(&[
        "/aws/sts/365-dev: update",
        "aws/sts/closed: deny",
        "aws/+: read",
    ]);
    let policies = [
        NamedPolicy {
            name: "project",
            rules: &project,
        },
        NamedPolicy {
            name: "shared",
            rules: &shared,
        },
    ];
    let verdict = |path, capability| {
        let (name, deciders) = match evaluate(&policies, path, capability) {
            RequestVerdict::Allowed(deciders) => ("allowed", deciders),
            RequestVerdict::Denied(deciders) => ("denied", deciders),
            RequestVerdict::NotGranted(deciders) => ("not granted", deciders),
            RequestVerdict::Unmatched => ("unmatched", vec![]),
            other => panic!("{other:?}"),
        };
        let places: Vec<_> = deciders
            .iter()
            .map(|decider| format!(" {}[{}]", decider.policy, decider.index))
            .collect();
        name.to_owned() + &places.concat()
    };
    for (path, capability, expected) in [
        (
            "aws/sts/365-dev",
            Capability::Update,
            "allowed project[1] shared[0]",
        ),
        ("aws/sts/365-dev", Capability::Create, "allowed project[1]"),
        (
            "aws/sts/365-dev",
            Capability::Read,
            "not granted project[1] shared[0]",
        ),
        (
            "aws/sts/365-prod",
            Capability::Update,
            "not granted project[0]",
        ),
        ("aws/sts/closed", Capability::Update, "denied shared[1]"),
        ("aws", Capability::Read, "unmatched"),
    ] {
        assert_eq!(verdict(path, capability), expected, "{capability} {path}");
    }
}

#[test]
fn root_is_allowed_everything() {
    let policies = [NamedPolicy {
        name: "root",
        rules: &[],
    }];
    assert_eq!(
        evaluate(&policies, "sys/seal", Capability::Sudo),
        RequestVerdict::Root
    );
}

#[test]
fn parameters_and_wrapping_restrict() {
    let restricted = |change: fn(&mut Rule), capability| {
        let mut rules = rules(&["a: update delete", "a: update"]);
        change(&mut rules[1]);
        let policies = [NamedPolicy {
            name: "p",
            rules: &rules,
        }];
        matches!(
            evaluate(&policies, "a", capability),
            RequestVerdict::Restricted(_)
        )
    };
    let require: fn(&mut Rule) = |rule| {
        rule.required_parameters.insert("ttl".to_owned());
    };
    let wrap: fn(&mut Rule) = |rule| rule.min_wrapping_ttl = NonZeroU32::new(60);
    assert!(restricted(require, Capability::Update));
    assert!(!restricted(require, Capability::Delete));
    assert!(restricted(wrap, Capability::Update));
    assert!(restricted(wrap, Capability::Delete));
}
