//! The reports that GitLab shows.

use serde_json::{Value, json};

use super::World;
use crate::support::stdout;

#[test]
fn reports_have_a_case_for_each_comparison_and_places_in_the_files() {
    let world =
        World::new(json!({"projects": [{"path": "real", "environments": {"prod": "production"}}]}));
    world.map("written", world.gitlab.project(0), "prod");
    let run = world
        .check(&[
            "--report=junit=j.xml",
            "--report=codequality=q.json",
            "--report=sarif=s.json",
        ])
        .code(1);
    assert!(stdout(&run).starts_with("Compared with"));
    let read = |file: &str| std::fs::read_to_string(world.tool.home().join(file)).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&read("j.xml")).unwrap();
    let status = |name: &str| {
        let mut cases = report.test_suites[0].test_cases.iter();
        &cases
            .find(|case| case.name.as_str() == name)
            .unwrap()
            .status
    };
    use quick_junit::TestCaseStatus as Status;
    assert!(matches!(status("other-path"), Status::NonSuccess { .. }));
    assert!(matches!(status("archived-project"), Status::Success { .. }));
    assert!(matches!(status("open-environment"), Status::Skipped { .. }));
    let issues: Value = serde_json::from_str(&read("q.json")).unwrap();
    assert_eq!(issues[0]["check_name"], "other-path");
    assert_eq!(issues[0]["severity"], "major");
    assert_eq!(issues[0]["location"]["lines"]["begin"], 1);
    assert!(read("s.json").contains("\"other-path\""));
}
