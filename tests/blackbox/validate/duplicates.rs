//! Two files for one project, and two mappings for one role.

use super::{PROJECT, good, mistakes};

#[test]
fn one_project_has_one_file() {
    let mappings = good();
    mappings.write("projects/team/copy.yaml", PROJECT.replace("dev", "prod"));
    mappings.write(
        "projects/team/other.yaml",
        PROJECT.replace("team/app", "team/other"),
    );
    mappings.write(
        "projects/team/renamed.yaml",
        PROJECT
            .replace("team/app", "Team/App")
            .replace("365", "366"),
    );
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[duplicate-project]: another file also declares the project team/app
     --> mappings/projects/team/copy.yaml:1:10
      |
    1 | project: team/app
      |          ^^^^^^^^
      |
     ::: mappings/projects/team/app.yaml:1:10
      |
    1 | project: team/app
      |          -------- first here
      |
      = help: write all environments of a project into one file

    error[duplicate-project]: another project also has the id 365
     --> mappings/projects/team/other.yaml:2:5
      |
    2 | id: 365
      |     ^^^
      |
     ::: mappings/projects/team/app.yaml:2:5
      |
    2 | id: 365
      |     --- first here
      |
      = help: write each project's own id: GitLab shows it on the project's page

    error[duplicate-project]: another file also declares the project Team/App
     --> mappings/projects/team/renamed.yaml:1:10
      |
    1 | project: Team/App
      |          ^^^^^^^^
      |
     ::: mappings/projects/team/app.yaml:1:10
      |
    1 | project: team/app
      |          -------- first here
      |
      = help: write all environments of a project into one file

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn one_role_belongs_to_one_project() {
    let mappings = good();
    mappings.replace("vault.yaml", "      tools: {", "      365-dev: {");
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[duplicate-role]: this becomes the role `365-dev`, and another role has this name
      --> mappings/projects/team/app.yaml:4:3
       |
     4 |   dev: arn:aws:iam::123456789012:role/app
       |   ^^^
       |
      ::: mappings/vault.yaml:20:7
       |
    20 |       365-dev: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ------- the other one
       |
       = help: rename or remove one of the two: otherwise one team would get the other's credentials

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}
