//! Comments of policies: as descriptions of rules where nothing is lost, otherwise in the file's text.

use serde_json::json;

use super::{import, imported, plan_imported};
use crate::support::{Mappings, Tool, Vault, stderr};

/// A policy with comments in odd places, and what of each comment has to be in the imported files.
struct CommentedPolicy {
    text: &'static str,
    comments: &'static [&'static str],
    /// Whether rules hold all of it.
    is_rules: bool,
}

const fn rules(text: &'static str, comments: &'static [&'static str]) -> CommentedPolicy {
    CommentedPolicy {
        text,
        comments,
        is_rules: true,
    }
}

const fn file(text: &'static str, comments: &'static [&'static str]) -> CommentedPolicy {
    CommentedPolicy {
        text,
        comments,
        is_rules: false,
    }
}

const POLICIES: &[CommentedPolicy] = &[
    rules("path \"a\" { capabilities = [\"read\"] }", &[]),
    rules(
        "# above\npath \"a\" { capabilities = [\"read\"] }\n",
        &["above"],
    ),
    rules(
        "# one\n# two\npath \"a\" {\n\tcapabilities = [\"read\"]\n}\n\n// three\npath \"b\" { capabilities = [\"list\"] }",
        &["one", "two", "three"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] } # at the end of a line\n",
        &["# at the end of a line"],
    ),
    file(
        "path \"a\" { # behind a brace\n  capabilities = [\"read\"]\n}\n",
        &["# behind a brace"],
    ),
    file(
        "path \"a\" {\n  capabilities = [\"read\", # in a list\n    \"list\"]\n}\n",
        &["# in a list"],
    ),
    file(
        "path \"a\" {\n  capabilities /* before the sign */ = /* and behind it */ [\"read\"]\n}\n",
        &["/* before the sign */", "/* and behind it */"],
    ),
    file(
        "# of the whole file\n\n# of the rule\npath \"a\" { capabilities = [\"read\"] }\n",
        &["of the whole file", "of the rule"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] }\n\n# the last word",
        &["# the last word"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] }\n/*\n * several\n *   lines\n */\n",
        &[" * several\n", " *   lines\n"],
    ),
    file(
        "path \"a\" {\n  capabilities = [\"read\"]\n      # at another indent\n}\n",
        &["      # at another indent\n"],
    ),
    file(
        "path \"a\" {\n  capabilities = [\"update\"]\n  allowed_parameters = { x = [<<EOF\n# no comment\nEOF\n  ] }\n} # a comment\n",
        &["# no comment\n", "# a comment"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] }\n# path \"b\" { capabilities = [\"sudo\"] }\n",
        &["# path \"b\" { capabilities = [\"sudo\"] }"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] } # costs ${5} a year\n",
        &["costs \\u0024{5} a year"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] } # äöü, 日本語 and 🙂\n",
        &["# äöü, 日本語 and 🙂"],
    ),
    file(
        "path \"a\" {\n  # why\n  policy = \"read\"\n}\n",
        &["# why"],
    ),
    file(
        "# with what rules can't hold\npath \"a\" { capabilities = [\"read\"] mfa_methods = [\"x\"] }\n",
        &["# with what rules can't hold"],
    ),
    file(
        "path \"a\" { capabilities = [\"read\"] } # with CRLF\r\n# and again\r\n",
        &["# with CRLF\r\n", "# and again\r\n"],
    ),
    file("# nothing but this\n", &["# nothing but this"]),
];

#[test]
fn each_comment_of_a_policy_is_in_the_imported_files() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    for (number, policy) in POLICIES.iter().enumerate() {
        let path = format!("sys/policies/acl/p{number:02}");
        vault.root.write(&path, &json!({"policy": policy.text}));
    }
    let tool = Tool::new(&vault, &mappings);
    let run = import(&tool, &["--policies", "p*"]).success();
    assert_eq!(stderr(&run), "");
    plan_imported(&tool).code(0);
    let files = imported(&tool);
    let (_, platform) = files.split_once("vault.yaml <==\n").unwrap();
    for (number, policy) in POLICIES.iter().enumerate() {
        let name = format!("p{number:02}");
        let (_, entry) = platform.split_once(&format!("\n  {name}:\n")).unwrap();
        let (entry, _) = entry.split_once("\n  p").unwrap_or((entry, ""));
        assert_eq!(
            entry.contains("rules:"),
            policy.is_rules,
            "{name}: {}\n{entry}",
            policy.text
        );
        let text = if policy.is_rules {
            entry.to_owned()
        } else {
            let path = tool.home().join(format!("imported/policies/{name}.hcl"));
            std::fs::read_to_string(path).unwrap()
        };
        for comment in policy.comments {
            assert!(
                text.contains(comment),
                "{name}: {comment:?} is not in\n{text}"
            );
        }
        if !policy.is_rules {
            // `${` would begin a reference in a file; a comment in vault.yaml says that it is escaped.
            let escaped = policy.text.replace("${", "\\u0024{");
            assert_eq!(text.trim_end(), escaped.trim_end(), "{name}");
        }
    }
}
