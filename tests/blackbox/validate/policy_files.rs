//! Mistakes in policies that have a file of their own.

use super::policies::RULES;
use super::{good, mistakes};

/// What is said of a policy in a file of its own with this text.
fn mistakes_in_file(text: &str) -> String {
    let mappings = good();
    mappings.replace("vault.yaml", RULES, "    file: policies/aws.hcl\n");
    mappings.write("policies/aws.hcl", text);
    mistakes(&mappings)
}

#[test]
fn a_policys_file_is_in_the_folder_and_says_something() {
    let mappings = good();
    mappings.write("empty.hcl", "\n");
    mappings.write("folder.hcl/x", "");
    let mut said = String::new();
    for file in [
        "missing.hcl",
        "../secrets.hcl",
        "/etc/passwd",
        "empty.hcl",
        "folder.hcl",
    ] {
        let mappings = good();
        mappings.write("empty.hcl", "\n");
        mappings.write("folder.hcl/x", "");
        mappings.replace("vault.yaml", RULES, &format!("    file: {file}\n"));
        said += &mistakes(&mappings);
    }
    insta::assert_snapshot!(said, @"
    error[missing-file]: there is no such file
      --> mappings/vault.yaml:23:11
       |
    23 |     file: missing.hcl
       |           ^^^^^^^^^^^ named here
       |
       = help: create it, or correct its name

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[outside]: this path leads outside the mappings directory
      --> mappings/vault.yaml:23:11
       |
    23 |     file: ../secrets.hcl
       |           ^^^^^^^^^^^^^^ named here
       |
       = help: put the file into the mappings directory, and name it relative to that

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[outside]: this path leads outside the mappings directory
      --> mappings/vault.yaml:23:11
       |
    23 |     file: /etc/passwd
       |           ^^^^^^^^^^^ named here
       |
       = help: put the file into the mappings directory, and name it relative to that

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: the policy `aws` is empty, and Vault refuses that
      --> mappings/vault.yaml:23:11
       |
    23 |     file: empty.hcl
       |           ^^^^^^^^^
       |
       = help: write a rule, or remove the policy; a shell empties the file behind `>` before the command runs, so write a computed policy with `vault-provisioner policy --out FILE`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[not-a-file]: this is a directory, not a file
      --> mappings/vault.yaml:23:11
       |
    23 |     file: folder.hcl
       |           ^^^^^^^^^^ named here
       |
       = help: put a file in its place

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn mistakes_in_a_policys_file_are_shown_there() {
    let mut said = String::new();
    for text in [
        "path \"aws/sts/x\" {\n  capabilities = [\"update\"]\n",
        "# The engine\npath \"${secrets.aws.path}/sts/x\" { capabilities = [\"write\"] }\n",
        "path \"a\" {\n  capability = [\"read\"]\n}\npath \"b\" {\n  capabilities = \"read\"\n}\n",
        "paths \"a\" { capabilities = [\"read\"] }\n",
        "path \"a/+*\" { capabilities = [\"read\"] }\n",
        "path \"a/{{identity.entity.id}\" { capabilities = [\"read\"] }\n",
        "path \"a\" {\r\n  capabilities = [read]\r\n}\r\n",
        "path \"a/${auth.git.accessor}\" { capabilities = [\"read\"] }\n",
    ] {
        said += &mistakes_in_file(text);
    }
    insta::assert_snapshot!(said, @r#"
    error[policy]: expected a name, found the end
      --> mappings/policies/aws.hcl:3:1
       |
     3 |
       | ^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: close each `{` with `}` and each `[` with `]`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: unknown capability `write`
      --> mappings/policies/aws.hcl:2:52
       |
     2 | path "${secrets.aws.path}/sts/x" { capabilities = ["write"] }
       |                                                    ^^^^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: known are create, read, update, delete, list, sudo, deny, patch, scan, subscribe, recover

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: unknown key `capability` in a rule
      --> mappings/policies/aws.hcl:2:3
       |
     2 |   capability = ["read"]
       |   ^^^^^^^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: a rule reads `path "aws/sts/x" { capabilities = ["update"] }`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: unknown key `paths`
      --> mappings/policies/aws.hcl:1:1
       |
     1 | paths "a" { capabilities = ["read"] }
       | ^^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: a policy consists of `path "…" { … }` blocks

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: `+*` is forbidden in a path, because `+` matches a whole segment
      --> mappings/policies/aws.hcl:1:6
       |
     1 | path "a/+*" { capabilities = ["read"] }
       |      ^^^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: write `+/*` or `*`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: unbalanced `{{` and `}}` in a path
      --> mappings/policies/aws.hcl:1:6
       |
     1 | path "a/{{identity.entity.id}" { capabilities = ["read"] }
       |      ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: close each `{{` with `}}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[policy]: expected a value, found `read`
      --> mappings/policies/aws.hcl:2:19
       |
     2 |   capabilities = [read]
       |                   ^^^^
       |
      ::: mappings/vault.yaml:23:11
       |
    23 |     file: policies/aws.hcl
       |           ---------------- named here
       |
       = help: a rule reads `path "aws/sts/x" { capabilities = ["update"] }`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    error[reference]: these files have no auth mount `git`
     --> mappings/policies/aws.hcl:1:9
      |
    1 | path "a/${auth.git.accessor}" { capabilities = ["read"] }
      |         ^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `gitlab`, or add it under `auth`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn a_mistake_in_a_file_is_reported_once_for_all_references_to_it() {
    let two = "    file: policies/aws.hcl\n  other: {file: policies/aws.hcl}\n";
    for has_project in [true, false] {
        let mappings = good();
        if !has_project {
            mappings.remove("projects/team/app.yaml");
        }
        mappings.replace("vault.yaml", RULES, two);
        mappings.write(
            "policies/aws.hcl",
            "path \"a/${auth.git.accessor}\" { capabilities = [\"read\"] }\n",
        );
        let said = mistakes(&mappings);
        assert_eq!(said.matches("error[reference]").count(), 1, "{said}");
        assert!(said.contains("error: 1 error in the files"), "{said}");
    }
}
