//! What holds for whole folders of files that are almost right.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::diagnostic::{Diagnostic, Label, Severity, Sources, has_errors, records, render};
use crate::mappings::{self, Loaded, MappingOwnerToAdd, MappingsToAdd};

const PLATFORM: &str = r#"# The platform
version: 1
auth:
  gitlab:
    type: jwt
    description: "Jobs of GitLab, über JWKS"
    default_lease_ttl: 10m
    max_lease_ttl: 1h
    config:
      jwks_url: https://git.example.com/-/jwks
      default_role: aws
    roles:
      aws-{environment}:
        for_each: environments
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        bound_claims: {environment: "{environment}"}
        protected_bound_claims: {ref_protected: "true"}
        claim_mappings: {project_id: project_id}
        token_policies: ["aws-{environment}"]
        token_explicit_max_ttl: 600
      aws: {user_claim: project_id, bound_claims: {iss: x, ref: [a, b]}, token_policies: hand-written}
secrets:
  aws:
    type: aws
    config: {access_key_env: AWS_KEY, secret_key_file: /run/key, region: eu-west-1}
    lease: {lease: 1h, lease_max: 24h}
    roles:
      tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
      users:
        credential_type: iam_user
        policy_document: {Version: "2012-10-17", Statement: []}
policies:
  aws-{environment}:
    for_each: environments
    rules:
      - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{environment}
        capabilities: [create, update]
        description: |
          The project's role
          of this environment
        min_wrapping_ttl: 1m
  hand-written: {file: policies/hand-written.hcl}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  allowed_accounts: ["123456789012"]
  protected_environments: [prod]
guardrails: {max_delete_percent: 30}
unmanaged: {aws_roles: [legacy-*]}
removed: [{auth: old}, {policy: older}]
"#;

const PROJECT: &str = "# Ours
project: team/app
id: 365
environments:
  dev: arn:aws:iam::123456789012:role/app
  prod: {role_arn: arn:aws:iam::123456789012:role/app, max_sts_ttl: 1h}
default: arn:aws:iam::123456789012:role/build
";

const POLICY: &str = "# By hand
path \"${secrets.aws.path}/sts/*\" {
  capabilities = [\"update\"]
  allowed_parameters = { \"ttl\" = [\"1h\"] }
}
";

/// What is inserted into a text to break it, or to make it another good one.
const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\n  ",
    "\t",
    "\r\n",
    "- ",
    ": ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "#",
    "&a ",
    "*a",
    "<<: *a\n",
    "!t ",
    "|\n",
    "? ",
    "---\n",
    "~",
    "null",
    "true",
    "1",
    "-1",
    "0x1",
    "1.5",
    "1h",
    "ü",
    "\u{feff}",
    "\u{1b}[31m",
    "\0",
    "${",
    "${auth.gitlab.accessor}",
    "{{",
    "}}",
    "{environment}",
    "{x}",
    "Prod",
    "dev",
    "aws",
    "root",
    "..",
    "/",
    "*",
    "+*",
    "path \"x\" {}",
    "for_each: environments\n",
    "secret_key: x\n",
    "arn:aws:iam::999999999999:role/x",
];

/// One change of a text: some characters give way to a piece, or some lines to other lines of it.
#[derive(Debug, Clone)]
enum Mutation {
    Characters {
        at: Index,
        removed: usize,
        inserted: &'static str,
    },
    Lines {
        at: Index,
        removed: usize,
        copied: Index,
    },
}

impl Mutation {
    fn apply(&self, text: &str) -> String {
        match self {
            Self::Characters {
                at,
                removed,
                inserted,
            } => {
                let mut characters: Vec<char> = text.chars().collect();
                let from = at.index(characters.len() + 1);
                let to = characters.len().min(from + removed);
                characters.splice(from..to, inserted.chars());
                characters.into_iter().collect()
            }
            Self::Lines {
                at,
                removed,
                copied,
            } => {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                let copy = lines.get(copied.index(lines.len() + 1)).copied();
                let from = at.index(lines.len() + 1);
                let to = lines.len().min(from + removed);
                lines.splice(from..to, copy);
                lines.concat()
            }
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), 0_usize..12, select(PIECES)).prop_map(|(at, removed, inserted)| {
            Mutation::Characters {
                at,
                removed,
                inserted,
            }
        }),
        (any::<Index>(), 0_usize..3, any::<Index>()).prop_map(|(at, removed, copied)| {
            Mutation::Lines {
                at,
                removed,
                copied,
            }
        }),
    ]
}

/// A text after up to three changes.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    vec(mutation(), 0..4).prop_map(|mutations| {
        mutations
            .iter()
            .fold(text.to_owned(), |text, mutation| mutation.apply(&text))
    })
}

fn folder(platform: &str, project: &str, policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("vault.yaml", platform);
    write("projects/team/app.yaml", project);
    write(
        "projects/team/other.yaml",
        &PROJECT
            .replace("team/app", "team/other")
            .replace("365", "366"),
    );
    write("policies/hand-written.hcl", policy);
    folder
}

/// Checks what must be true of every loaded folder.
fn check(loaded: &Loaded) -> Result<(), TestCaseError> {
    prop_assert_eq!(loaded.desired.is_none(), has_errors(&loaded.diagnostics));
    for diagnostic in &loaded.diagnostics {
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
            check_place(label, &loaded.sources, diagnostic)?;
        }
        prop_assert!(!diagnostic.message.is_empty());
        prop_assert!(diagnostic.help.is_some(), "no help: {:?}", diagnostic);
        prop_assert!(!diagnostic.message.contains("u32") && !diagnostic.message.contains("struct"));
    }
    let rendered = render(&loaded.diagnostics, &loaded.sources, false);
    prop_assert!(!rendered.contains(|c: char| c.is_control() && c != '\n'));
    let shown = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count();
    let titles = rendered
        .lines()
        .filter(|line| line.starts_with("error["))
        .count();
    prop_assert_eq!(titles, shown);
    prop_assert_eq!(
        records(&loaded.diagnostics, &loaded.sources).len(),
        loaded.diagnostics.len()
    );
    Ok(())
}

fn check_place(label: &Label, sources: &Sources, of: &Diagnostic) -> Result<(), TestCaseError> {
    let (text, span) = (sources.text(label.span.file), label.span);
    prop_assert!(
        span.start <= span.end && text.get(span.start..span.end).is_some(),
        "{:?}",
        of
    );
    Ok(())
}

fn shown(loaded: &Loaded) -> String {
    render(&loaded.diagnostics, &loaded.sources, false)
}

#[test]
fn the_files_are_valid_before_they_are_broken() {
    let folder = folder(PLATFORM, PROJECT, POLICY);
    let loaded = mappings::load(folder.path(), SystemTime::now());
    assert_eq!(shown(&loaded), "");
    assert_eq!(loaded.desired.unwrap().resources.len(), 19);
}

proptest! {
    #[test]
    fn a_broken_folder_is_loaded_or_refused(
        platform in mutated(PLATFORM),
        project in mutated(PROJECT),
        policy in mutated(POLICY),
    ) {
        let folder = folder(&platform, &project, &policy);
        let loaded = mappings::load(folder.path(), SystemTime::now());
        check(&loaded)?;
        let again = mappings::load(folder.path(), SystemTime::now());
        prop_assert_eq!(shown(&again), shown(&loaded));
        prop_assert_eq!(
            again.desired.map(|desired| desired.digest),
            loaded.desired.map(|desired| desired.digest)
        );
    }

    #[test]
    fn only_the_platform_is_broken(platform in mutated(PLATFORM)) {
        let folder = folder(&platform, PROJECT, POLICY);
        check(&mappings::load(folder.path(), SystemTime::now()))?;
    }

    #[test]
    fn what_is_added_is_inserted_and_nothing_else_is_touched(project in mutated(PROJECT)) {
        let folder = folder(PLATFORM, &project, POLICY);
        let addition = MappingsToAdd {
            owner: MappingOwnerToAdd::Project {
                path: "team/app".parse().unwrap(),
                id: "365".parse().unwrap(),
            },
            mappings: vec!["stage=arn:aws:iam::123456789012:role/app".parse().unwrap()],
        };
        match mappings::edit(folder.path(), &addition, SystemTime::now()) {
            Err(refused) => check(&refused)?,
            Ok(edited) => {
                let path = &edited.path;
                let before = if edited.is_new { String::new() } else { read(path) };
                prop_assert!(is_insertion(&before, &edited.text), "{:?}", edited);
                fs::write(path, &edited.text).unwrap();
                let loaded = mappings::load(folder.path(), SystemTime::now());
                prop_assert!(loaded.desired.is_some(), "{}", shown(&loaded));
                let again = mappings::edit(folder.path(), &addition, SystemTime::now()).unwrap();
                prop_assert_eq!(again.text, edited.text);
                prop_assert_eq!(again.added, vec![]);
            }
        }
    }
}

/// A byte order mark is not part of the text.
fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .trim_start_matches('\u{feff}')
        .to_owned()
}

/// Whether `after` is `before` with something inserted at one place.
fn is_insertion(before: &str, after: &str) -> bool {
    let common = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b)
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .sum::<usize>()
    };
    let start = common(&mut before.chars(), &mut after.chars());
    let end = common(&mut before.chars().rev(), &mut after.chars().rev());
    start + end >= before.len()
}
