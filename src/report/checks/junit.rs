//! JUnit's XML. GitLab shows the failed cases in a merge request.
//!
//! <https://docs.gitlab.com/ci/testing/unit_test_reports/>

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::findings::{Checked, CheckedSubject, Located};
use crate::contract::{ContractProof, ProvedExpectation};
use crate::diagnostic::{Code, printable};

/// For the files, one suite for mistakes, one with a case for each lint, and one with a case for each expectation. For GitLab,
/// one with a case for each comparison.
pub(super) fn report(checked: &Checked<'_>) -> String {
    let located = checked.located();
    let (name, suites) = match &checked.subject {
        CheckedSubject::Files { lints, contract } => {
            let suites = vec![
                of_files(lints, &located),
                of_lints(lints, *contract, &located),
                of_contract(*contract),
            ];
            ("vault-provisioner validate", suites)
        }
        CheckedSubject::Plan { contract, deletes } => {
            let suites = vec![
                of_files(&[], &located),
                of_contract(*contract),
                of_guardrails(deletes.as_ref()),
            ];
            ("vault-provisioner plan", suites)
        }
        CheckedSubject::GitLab { comparisons } => (
            "vault-provisioner check",
            vec![of_gitlab(comparisons, &located)],
        ),
    };
    let mut report = Report::new(name);
    report.add_test_suites(suites);
    // Writing to memory can't fail.
    without_sum_of_skipped(report.to_string().unwrap_or_default())
}

/// Jenkins' schema, the strictest that readers use, has the number of skipped cases for each suite and not for the whole.
fn without_sum_of_skipped(report: String) -> String {
    let root = report.split_once(" skipped=\"");
    let root = root.and_then(|(head, rest)| Some((head, rest.split_once('"')?.1)));
    root.map_or_else(|| report.clone(), |(head, rest)| format!("{head}{rest}"))
}

/// The suite for everything that is neither about a lint nor about an expectation.
fn of_files(lints: &[&str], located: &[Located<'_>]) -> TestSuite {
    let others = located.iter().filter(|found| {
        let code = found.diagnostic.code;
        !lints.contains(&code.name()) && !code.is_of_contract()
    });
    let mut suite = TestSuite::new("files");
    suite.add_test_case(case(
        "files",
        "no mistakes",
        status(&others.collect::<Vec<_>>()),
    ));
    suite
}

fn of_lints(
    lints: &[&str],
    contract: Option<&ContractProof>,
    located: &[Located<'_>],
) -> TestSuite {
    let mut suite = TestSuite::new("lints");
    for lint in lints {
        let found = located
            .iter()
            .filter(|found| found.diagnostic.code.name() == *lint);
        let status = match contract {
            Some(_) => status(&found.collect::<Vec<_>>()),
            None => not_run("not run, because the files have errors"),
        };
        suite.add_test_case(case("lints", lint, status));
    }
    suite
}

fn of_contract(contract: Option<&ContractProof>) -> TestSuite {
    let mut suite = TestSuite::new("contract");
    match contract {
        None => {
            let status = not_run("not run, because the files have errors");
            suite.add_test_case(case("contract", "contract.yaml", status));
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

fn of_guardrails(deletes: Option<&Option<String>>) -> TestSuite {
    let status = match deletes {
        None => not_run("not run, because there is no plan"),
        Some(refusal) => failed(
            refusal
                .iter()
                .map(|why| printable(why).into_owned())
                .collect(),
        ),
    };
    let mut suite = TestSuite::new("guardrails");
    suite.add_test_case(case("guardrails", "deletes", status));
    suite
}

/// A case of which something is unknown did not succeed.
fn of_gitlab(comparisons: &[(Code, Option<String>)], located: &[Located<'_>]) -> TestSuite {
    let mut suite = TestSuite::new("gitlab");
    for (code, unknown) in comparisons {
        let found = located
            .iter()
            .filter(|found| found.diagnostic.code == *code);
        let found: Vec<&Located<'_>> = found.collect();
        let status = match unknown {
            Some(why) if found.is_empty() => not_run(&printable(why)),
            _ => status(&found),
        };
        suite.add_test_case(case("gitlab", code.name(), status));
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

/// The status of a check that was not run, or not on everything.
fn not_run(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}
