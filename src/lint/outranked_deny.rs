//! Rules with `deny` and a wildcard that do not stop what a more specific rule allows.

use super::subject::Subject;
use super::{Finding, Lint};
use crate::diagnostic::Code;

pub(super) const OUTRANKED_DENY: Lint = Lint {
    code: Code::OutrankedDeny,
    check: outranked_deny,
};

fn outranked_deny(subject: &Subject<'_>) -> Vec<Finding> {
    let found = subject.access().outranked_denies().iter();
    let findings = found.map(|found| {
        let at = |rule: &crate::access::RuleRef| subject.at_rule(&rule.policy, rule.number - 1);
        let path = &found.path;
        let finding = Finding::new(
            at(&found.deny),
            format!("this `deny` does not stop `{path}`: a more specific rule of the same tokens allows it"),
            format!("deny exactly what that rule allows, such as `{path}`, or allow less there"),
        );
        finding.with(at(&found.decider), "this rule decides alone")
    });
    findings.collect()
}
