//! JUnit's XML. GitLab shows the failed cases in a merge request.
//!
//! <https://docs.gitlab.com/ci/testing/unit_test_reports/>

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::findings::{Checked, Located};
use crate::contract::ProvedExpectation;

/// One suite for mistakes in the files, one with a case for each lint, and one with a case for each expectation.
pub(super) fn report(checked: &Checked<'_>) -> String {
    let located = checked.located();
    let mut report = Report::new("vault-provisioner validate");
    report.add_test_suites([
        files(checked, &located),
        lints(checked, &located),
        contract(checked),
    ]);
    // Writing to memory can't fail.
    report.to_string().unwrap_or_default()
}

/// The suite for everything that is neither about a lint nor about an expectation.
fn files(checked: &Checked<'_>, located: &[Located<'_>]) -> TestSuite {
    let others = located.iter().filter(|found| {
        let code = found.diagnostic.code;
        !checked.lints.contains(&code.name()) && !code.is_of_contract()
    });
    let mut suite = TestSuite::new("files");
    suite.add_test_case(case(
        "files",
        "no mistakes",
        status(&others.collect::<Vec<_>>()),
    ));
    suite
}

fn lints(checked: &Checked<'_>, located: &[Located<'_>]) -> TestSuite {
    let mut suite = TestSuite::new("lints");
    for lint in &checked.lints {
        let found = located
            .iter()
            .filter(|found| found.diagnostic.code.name() == *lint);
        let status = match checked.contract {
            Some(_) => status(&found.collect::<Vec<_>>()),
            None => not_run(),
        };
        suite.add_test_case(case("lints", lint, status));
    }
    suite
}

fn contract(checked: &Checked<'_>) -> TestSuite {
    let mut suite = TestSuite::new("contract");
    match checked.contract {
        None => {
            suite.add_test_case(case("contract", "contract.yaml", not_run()));
        }
        Some(proof) => {
            let cases = proof.expectations.iter();
            suite.add_test_cases(
                cases.map(|proved| case("contract", &proved.name, of_expectation(proved))),
            );
        }
    }
    suite
}

fn case(suite: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(suite);
    case
}

fn status(found: &[&Located<'_>]) -> TestCaseStatus {
    let lines = found
        .iter()
        .map(|found| format!("{}:{}: {}", found.path, found.line, found.text()));
    failed(lines.collect())
}

fn of_expectation(proved: &ProvedExpectation) -> TestCaseStatus {
    let lines = proved.diagnostics.iter().flat_map(|diagnostic| {
        let message = std::iter::once(&diagnostic.message);
        message.chain(&diagnostic.notes).chain(&diagnostic.help)
    });
    failed(lines.cloned().collect())
}

fn failed(lines: Vec<String>) -> TestCaseStatus {
    let Some(first) = lines.first() else {
        return TestCaseStatus::success();
    };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status
        .set_message(first.as_str())
        .set_description(lines.join("\n"));
    status
}

/// The status of a check that was not run.
fn not_run() -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message("not run, because the files have errors");
    status
}
