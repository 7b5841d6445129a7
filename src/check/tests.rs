//! The comparison, without a network.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::ask::GitLabFacts;
use super::{CheckOutcome, Questions, UnknownFact, compare};
use crate::diagnostic::{Diagnostic, Severity};
use crate::gitlab::{Lookup, PathOwner};
use crate::mappings::{self, Loaded};

const PLATFORM: &str = r#"version: 1
auth: {gitlab: {type: jwt, config: {jwks_url: "https://git.test/-/jwks", bound_issuer: "https://git.test"}, roles: {}}}
secrets: {aws: {type: aws}}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  environments: {dev: {}, review: {match: "review/*"}, prod: {match: [prod, prod/eu], protected: true}}
"#;
const PROJECT: &str = "\
project: payments/api
id: 365
environments: {dev: ARN, prod: ARN}
";
const GROUP: &str = "group: payments\nid: 72\nsubgroups: [73]\nenvironments: {dev: ARN}\n";

/// The files with these projects and groups.
struct Files {
    _folder: TempDir,
    loaded: Loaded,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("vault.yaml"), PLATFORM).unwrap();
        for (name, text) in files {
            let path = folder.path().join("projects").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = text.replace("ARN", "arn:aws:iam::123456789012:role/x");
            fs::write(path, text).unwrap();
        }
        let loaded = mappings::load(folder.path(), std::time::SystemTime::now());
        let errors = loaded.diagnostics.iter();
        let mut errors = errors.filter(|found| found.severity == Severity::Error);
        assert_eq!(errors.next(), None);
        Self {
            _folder: folder,
            loaded,
        }
    }

    fn compare(&self, facts: &GitLabFacts) -> CheckOutcome {
        compare(&Questions::of(&self.loaded), facts, &self.loaded.sources)
    }

    /// Each message with its code, place and help.
    fn messages(&self, facts: &GitLabFacts) -> Vec<String> {
        let outcome = self.compare(facts);
        let line = |found: &Diagnostic| {
            let place = self.loaded.sources.position(found.primary.span).unwrap();
            let help = found.help.as_deref().unwrap_or_default();
            format!("{} {}: {} | {help}", found.code, place.line, found.message)
        };
        outcome.diagnostics.iter().map(line).collect()
    }
}

fn found<T: serde::de::DeserializeOwned>(value: Value) -> Lookup<T> {
    Lookup::Found(serde_json::from_value(value).unwrap())
}

fn project(path: &str) -> Value {
    json!({
        "id": 365, "path_with_namespace": path, "archived": false,
        "namespace": {"kind": "group"}, "marked_for_deletion_on": null, "marked_for_deletion_at": null,
    })
}

/// All matches the files: both environments exist, and the protected one is protected.
fn good(path: &str) -> GitLabFacts {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut facts = GitLabFacts::default();
    facts.projects.insert(365, found(project(path)));
    let environments = json!([{"name": "dev", "tier": "development"}, {"name": "prod", "tier": "production"},
        {"name": "prod/eu", "tier": "production"}]);
    facts.environments.insert(365, found(environments));
    let protected = names(&["prod", "prod/eu"]);
    facts.protected.insert(365, Lookup::Found(protected));
    facts
        .groups
        .insert(72, found(json!({"id": 72, "full_path": "payments"})));
    facts.groups.insert(
        73,
        found(json!({"id": 73, "full_path": "Payments/Cards", "archived": false})),
    );
    facts
}

#[test]
fn what_gitlab_confirms_gives_no_message() {
    let files = Files::new(&[
        ("payments/api.yaml", PROJECT),
        ("payments/group.yaml", GROUP),
    ]);
    let outcome = files.compare(&good("Payments/API"));
    assert_eq!(outcome.diagnostics, []);
    assert!(outcome.unknown.is_empty());
    let counts = (
        outcome.projects,
        outcome.groups,
        outcome.environments,
        outcome.protected,
    );
    assert_eq!(counts, (1, 2, 2, 1));
}

#[test]
fn a_path_that_is_not_the_numbers_is_an_error_that_says_whose_it_is() {
    let files = Files::new(&[("payments/api.yaml", PROJECT)]);
    let mut facts = good("attackers/tool");
    for (owner, help) in [
        (
            None,
            "write `project: attackers/tool` if the project was renamed or moved, or the number of `payments/api`",
        ),
        (
            Some(PathOwner::Project(366)),
            "`payments/api` is the project 366: write `id: 366`, or `project: attackers/tool` if its jobs are meant",
        ),
        (
            Some(PathOwner::Former(365)),
            "the project was renamed or moved: write `project: attackers/tool`",
        ),
    ] {
        facts.owners = owner
            .map(|owner| ("payments/api".into(), owner))
            .into_iter()
            .collect();
        let expected = format!(
            "other-path 1: the project 365 is `attackers/tool` in GitLab, not `payments/api` | {help}"
        );
        assert_eq!(files.messages(&facts), [expected]);
    }
}

#[test]
fn a_mark_for_deletion_is_not_a_new_name() {
    let files = Files::new(&[("payments/api.yaml", PROJECT)]);
    let deleted = "deletion-scheduled 2: GitLab will delete the project 365: it is marked for deletion | remove its mappings: delete this file";
    for path in [
        "payments/api-deletion_scheduled-365",
        "payments-deletion_scheduled-72/api",
    ] {
        assert_eq!(files.messages(&good(path)), [deleted], "{path}");
    }
    let mut facts = good("payments/api");
    let mut marked = project("payments/api");
    marked["marked_for_deletion_at"] = json!("2026-11-26");
    facts.projects.insert(365, found(marked));
    assert_eq!(files.messages(&facts), [deleted]);

    let renamed = files.messages(&good("payments/shop-deletion_scheduled-365"));
    assert_eq!(renamed.len(), 2);
    assert!(
        renamed[0].contains("is `payments/shop` in GitLab"),
        "{renamed:?}"
    );
}

#[test]
fn what_is_archived_gone_or_unknown_is_never_called_good() {
    let files = Files::new(&[
        ("payments/api.yaml", PROJECT),
        ("payments/group.yaml", GROUP),
    ]);
    let mut facts = good("payments/api");
    let mut archived = project("payments/api");
    archived["archived"] = json!(true);
    facts.projects.insert(365, found(archived.clone()));
    facts.groups.insert(72, Lookup::NotVisible);
    facts
        .groups
        .insert(73, Lookup::Unknown("403 Forbidden".into()));
    let messages = files.messages(&facts);
    assert_eq!(messages.len(), 3, "{messages:#?}");
    assert!(messages[0].starts_with("archived-project 2: "));
    assert!(messages[1].starts_with(
        "not-visible 2: GitLab has no group 72 that this token can see: it is gone, or not visible"
    ));
    assert!(messages[2].starts_with("not-compared 3: the path of the group 73 is unknown"));

    archived["archived"] = Value::Null;
    facts = good("payments/api");
    facts.projects.insert(365, found(archived));
    assert!(
        files.messages(&facts)[0]
            .starts_with("not-compared 2: whether the project 365 is archived is unknown")
    );

    facts.projects.insert(365, Lookup::NotVisible);
    facts
        .owners
        .insert("payments/api".into(), PathOwner::Project(9));
    let message = &files.messages(&facts)[0];
    assert!(
        message.contains("not visible to the token; `payments/api` is the project 9"),
        "{message}"
    );
}

#[test]
fn a_subgroup_has_to_be_below_its_group() {
    let files = Files::new(&[("payments/group.yaml", GROUP)]);
    let mut facts = good("");
    facts.groups.insert(
        73,
        found(json!({"id": 73, "full_path": "payments-old/cards"})),
    );
    assert_eq!(
        files.messages(&facts),
        [
            "other-path 3: the group 73 is `payments-old/cards` in GitLab, which is not a subgroup of `payments` | \
          write the number of a subgroup, or give the other group a file of its own"
        ]
    );
    facts = good("");
    facts
        .groups
        .insert(72, found(json!({"id": 72, "full_path": "shop"})));
    let messages = files.messages(&facts);
    assert!(
        messages[0].starts_with("other-path 1: the group 72 is `shop` in GitLab, not `payments`"),
        "{messages:?}"
    );
}

#[test]
fn environments_that_gitlab_lacks_or_leaves_open_are_warnings() {
    let files = Files::new(&[("payments/api.yaml", PROJECT)]);
    let mut facts = good("payments/api");
    facts.environments.insert(
        365,
        found(json!([{"name": "Dev"}, {"name": "prod", "tier": "production"}])),
    );
    facts
        .protected
        .insert(365, Lookup::Found(BTreeSet::from(["prod/eu".to_owned()])));
    facts
        .protected_tiers
        .insert("payments".into(), Lookup::Found(BTreeSet::new()));
    let messages = files.messages(&facts);
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(messages[0].starts_with(
        "missing-environment 3: `payments/api` has no environment `dev` in GitLab yet"
    ));
    assert!(messages[1].starts_with("open-environment 3: the files protect `prod`, and GitLab does not protect the environment `prod` of"));

    let tiers = BTreeSet::from(["production".to_owned()]);
    facts
        .protected_tiers
        .insert("payments".into(), Lookup::Found(tiers));
    assert_eq!(files.messages(&facts).len(), 1, "a group protects its tier");
    assert_eq!(files.compare(&facts).protected, 1);
}

#[test]
fn what_is_unknown_of_environments_is_counted_by_its_reason() {
    let files = Files::new(&[("payments/api.yaml", PROJECT)]);
    let mut facts = good("payments/api");
    facts.protected.insert(365, Lookup::NotVisible);
    let outcome = files.compare(&facts);
    assert_eq!((outcome.diagnostics.len(), outcome.protected), (0, 0));
    let unknown: Vec<_> = outcome.unknown.iter().collect();
    assert!(
        matches!(unknown[..], [((UnknownFact::Protection, _), 1)]),
        "{unknown:?}"
    );

    facts.environments.remove(&365);
    let outcome = files.compare(&facts);
    assert_eq!(outcome.environments, 0);
    let unknown: Vec<_> = outcome.unknown.iter().collect();
    assert!(
        matches!(unknown[..], [((UnknownFact::Existence, _), 2)]),
        "{unknown:?}"
    );
}

#[test]
fn only_what_other_files_do_not_say_is_a_change() {
    let before = Files::new(&[
        ("payments/api.yaml", PROJECT),
        ("payments/group.yaml", GROUP),
    ]);
    let unchanged = format!("# A comment\n{PROJECT}");
    let after = Files::new(&[
        ("payments/api.yaml", &unchanged),
        ("payments/group.yaml", &GROUP.replace("[73]", "[73, 74]")),
        (
            "payments/new.yaml",
            &PROJECT.replace("365", "366").replace("api", "new"),
        ),
    ]);
    let mut questions = Questions::of(&after.loaded);
    questions.retain_changed(&Questions::of(&before.loaded));
    let projects: Vec<u64> = questions
        .projects
        .iter()
        .map(|(_, one)| one.id.get())
        .collect();
    assert_eq!((projects, questions.groups.len()), (vec![366], 1));
}
