//! The mistakes that people make who write their first mapping: each message says what to write instead.

use crate::support::{Mappings, Tool, stderr, stdout};

const FILE: &str = "projects/somenamespace/newproject.yaml";
const ARN: &str = "arn:aws:iam::123456789012:role/newproject";

/// A mistake: the text of the file, in which `ARN` stands for one, and what each message says, its place first.
type Written = (&'static str, &'static [[&'static str; 3]]);

const MISTAKES: &[Written] = &[
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\ndev: ARN\n",
        &[
            [
                "3:1",
                "expected a mapping, found nothing",
                "indented below this, or `{}`",
            ],
            [
                "4:1",
                "unknown key `dev`",
                "indent it below `environments`, if it belongs there",
            ],
        ],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n  dev: ARN\n   prod: ARN\n",
        &[[
            "5:8",
            "this line is indented more than the one above it",
            "begin both in the same column",
        ]],
    ),
    (
        "project: somenamespace/newproject\n id: 366\nenvironments:\n  dev: ARN\n",
        &[[
            "2:4",
            "this line is indented more than the one above it",
            "begin both in the same column",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n    dev: ARN\n  prod: ARN\n",
        &[[
            "5:3",
            "this line begins in the column of no line above it",
            "in the same column as the lines",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n\tdev: ARN\n",
        &[["4:1", "a tab cannot indent in YAML", "write spaces"]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments\n  dev: ARN\n",
        &[[
            "3:1",
            "there is no `: ` on this line",
            "`key:` with indented lines below it",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid:366\nenvironments:\n  dev: ARN\n",
        &[[
            "2:1",
            "there is no `: ` on this line",
            "write a space after the `:`",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n  dev:ARN\n",
        &[[
            "4:3",
            "expected a mapping, found a string",
            "with a space after the `:`",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n  dev:ARN\n  prod: ARN\n",
        &[[
            "4:3",
            "there is no `: ` on this line",
            "write a space after the `:`",
        ]],
    ),
    (
        "project: somenamespace/newproject\n<<<<<<< HEAD\nid: 366\n=======\nid: 367\n>>>>>>> main\n",
        &[[
            "2:1",
            "a merge conflict is not resolved here",
            "keep one of the two versions",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: somenamespace/newproject\nenvironments: {dev: ARN}\n",
        &[[
            "2:5",
            "is not a project's id",
            "the number that GitLab shows on the project's page",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: #366\nenvironments: {dev: ARN}\n",
        &[[
            "2:1",
            "there is no number here",
            "the number that GitLab shows on the project's page",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: \"366\"\nenvironments: {dev: ARN}\n",
        &[["2:5", "found a string", "write 366 without quotes"]],
    ),
    (
        "project: somenamespace/newproject\nid: 365\nenvironments: {dev: ARN}\n",
        &[[
            "2:5",
            "another project also has the id 365",
            "write each project's own id",
        ]],
    ),
    (
        "project: https://git.example.com/somenamespace/newproject\nid: 366\nenvironments: {dev: ARN}\n",
        &[[
            "1:10",
            "is not a project's path",
            "write `somenamespace/newproject`",
        ]],
    ),
    (
        "project: somenamespace/newproject.git\nid: 366\nenvironments: {dev: ARN}\n",
        &[[
            "1:10",
            "is not a project's path",
            "write `somenamespace/newproject`",
        ]],
    ),
    (
        "project: somenamespace/other\nid: 366\nenvironments: {dev: ARN}\n",
        &[[
            "1:10",
            "the file of somenamespace/other is",
            "move the file to `projects/somenamespace/other.yaml`",
        ]],
    ),
    (
        "project: somenamespace/newproject\ngroup: somenamespace\nid: 366\n",
        &[[
            "2:1",
            "for a project or for a group, and not for both",
            "remove one of the two",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironment: {dev: ARN}\n",
        &[["3:1", "unknown key `environment`", "write `environments`"]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n  dev: {arn: ARN}\n  prod: {role: ARN, max_ttl: 1h}\n",
        &[
            ["4:9", "unknown key `arn`", "write `role_arn`"],
            ["5:10", "unknown key `role`", "write `role_arn`"],
            ["5:59", "unknown key `max_ttl`", "write `max_sts_ttl`"],
        ],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments:\n  dev: {roles: ARN}\n  prod: {roles: [ARN]}\n",
        &[
            [
                "4:16",
                "expected a name for each role",
                "such as `{deploy: ARN}`",
            ],
            [
                "5:10",
                "expected a name for each role",
                "such as `{deploy: ARN}`",
            ],
        ],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {dev: 'arn:aws:iam:123456789012:role/x'}\n",
        &[[
            "3:21",
            "fewer than six parts",
            "write `arn:aws:iam::ACCOUNT:role/NAME`",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {dev: 'arn:aws:iam::1234-5678-9012:role/x'}\n",
        &[[
            "3:21",
            "is not a number of 12 digits",
            "with the account's 12 digits",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {dev: 'arn:aws:iam::999999999999:role/x'}\n",
        &[[
            "3:21",
            "the AWS account 999999999999 is not allowed here",
            "write a role of 123456789012, 123456789013",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {dev: {role_arn: ARN, expires: 20301231}}\n",
        &[["3:84", "`20301231` is not a date", "such as `2030-12-31`"]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {Prod: ARN}\n",
        &[["3:16", "has upper-case letters", "`match: [prod, Prod]`"]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {QA EU: ARN}\n",
        &[[
            "3:16",
            "Vault can hold no role",
            "add `qa-eu: {match: QA EU}`",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {prod/eu-west-1: ARN}\n",
        &[[
            "3:16",
            "Vault can hold no role",
            "add `prod-eu-west-1: {match: prod/eu-west-1, protected: true}`",
        ]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {qa-$CI_COMMIT_REF_SLUG: ARN}\n",
        &[["3:16", "Vault can hold no role", "add `qa: {match: qa-*}`"]],
    ),
    (
        "project: somenamespace/newproject\nid: 366\nenvironments: {\"${CI_COMMIT_REF_SLUG}\": ARN}\n",
        &[[
            "3:16",
            "Vault can hold no role",
            "a name that is a variable alone may be any",
        ]],
    ),
];

#[test]
fn each_mistake_of_a_first_mapping_has_one_message_that_says_what_to_write() {
    for (text, expected) in MISTAKES {
        let mappings = Mappings::shipped();
        mappings.write(FILE, text.replace("ARN", ARN));
        let run = Tool::offline(&mappings).run(["validate"]).assert().code(1);
        let said = stderr(&run);
        let messages: Vec<&str> = said.split("error[").skip(1).collect();
        assert_eq!(messages.len(), expected.len(), "{text}: {said}");
        for (message, [place, problem, help]) in messages.iter().zip(*expected) {
            let (problem_line, rest) = message.split_once('\n').unwrap();
            assert!(problem_line.contains(problem), "{text}: {said}");
            assert!(
                rest.contains(&format!(":{place}\n")),
                "{text}: {place}: {said}"
            );
            let (_, helped) = rest.split_once("= help: ").unwrap();
            assert!(
                helped.lines().next().unwrap().contains(help),
                "{text}: {said}"
            );
        }
    }
}

/// What to add to `mappings.environments` makes the file valid as it is.
#[test]
fn an_entry_that_a_message_suggests_can_be_pasted() {
    for name in [
        "QA 1",
        "a//b",
        ".a",
        "-a",
        "a.",
        "a-",
        "Canary",
        "x{y}",
        "a$",
        "1.5/x",
        "no/x",
        "2026/x",
        "qa-$X",
        "app/${X}/y",
        "prod/eu",
        "QA/1",
        "true",
    ] {
        let mappings = Mappings::shipped();
        mappings.write(
            FILE,
            format!(
                "project: somenamespace/newproject\nid: 366\nenvironments: {{{name:?}: {ARN}}}\n"
            ),
        );
        let tool = Tool::offline(&mappings);
        let said = stderr(&tool.run(["validate"]).assert());
        if !said.contains("error[") {
            continue;
        }
        let entry = said
            .split_once("= help: add `")
            .and_then(|(_, rest)| rest.split_once("` to `mappings.environments`"));
        let (entry, _) = entry.unwrap_or_else(|| panic!("{name}: {said}"));
        mappings.replace(
            "vault.yaml",
            "  environments:\n",
            &format!("  environments:\n    {entry}\n"),
        );
        let run = tool.run(["validate"]).assert();
        assert!(
            stdout(&run).contains("The files are valid."),
            "{name}: {entry}: {}",
            stderr(&run)
        );
    }
}
