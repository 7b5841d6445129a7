//! Roles that are in Vault and not in the files are deleted, except those that `unmanaged` names.

use super::*;
use crate::mappings::desired_of;
use crate::progress::Progress;
use crate::vault::memory::MemoryVault;

#[tokio::test]
async fn a_role_that_nobody_wrote_into_the_files_is_deleted_unless_it_is_unmanaged() {
    let vault = MemoryVault::default();
    vault.put("sys/auth/gitlab", json!({"type": "jwt"}));
    vault.put("sys/mounts/aws", json!({"type": "aws"}));
    for name in ["legacy-1", "Legacy-1", "legacy", "365-dev.old", "a@b"] {
        let role = json!({"role_arns": ["arn:aws:iam::123456789012:role/r"]});
        vault.put(&format!("aws/roles/{name}"), role);
    }
    for name in ["people", "machine-1", "machine-2"] {
        let role = json!({"user_claim": "sub", "bound_subject": "x"});
        vault.put(&format!("auth/gitlab/role/{name}"), role);
    }
    let machines = ["auth/gitlab/role/machine-1", "auth/gitlab/role/machine-2"];
    let people = "auth/gitlab/role/people";
    let aws = [
        "aws/roles/365-dev.old",
        "aws/roles/Legacy-1",
        "aws/roles/a@b",
        "aws/roles/legacy",
        "aws/roles/legacy-1",
    ];
    let all = [&machines[..], &[people], &aws].concat();
    let cases: [(&str, &[&str]); 7] = [
        ("{}", &all),
        (
            "{aws_roles: ['*[!v]'], jwt_roles: ['{people,machine-*}']}",
            &[],
        ),
        // The names of JWT roles have no upper case in Vault; those of AWS roles do.
        (
            "{aws_roles: ['legacy*'], jwt_roles: [PEOPLE, 'Machine-*']}",
            &aws[..3],
        ),
        (
            "{aws_roles: ['[lL]egacy-?', legacy, '365-dev.*', 'a@b'], jwt_roles: [people, machine-1]}",
            &machines[1..],
        ),
        // A name is a name, not the beginning of one.
        (
            "{aws_roles: [legacy, Legacy-1, '*.old', a?b], jwt_roles: ['m*-*', 'p*e']}",
            &aws[4..],
        ),
        // What is left alone among one kind of roles says nothing about the other.
        (
            "{aws_roles: [people, 'machine-*', '[!3]*', '*.old'], jwt_roles: []}",
            &[machines[0], machines[1], people],
        ),
        (
            "{aws_roles: ['*.old', 'l*', 'L*', 'a\\@b'], jwt_roles: ['*[0-9]', people]}",
            &[],
        ),
    ];
    for (unmanaged, expected) in cases {
        let desired = desired_of(&format!(
            "version: 1\nauth: {{gitlab: {{type: jwt, roles: {{}}}}}}\nsecrets: {{aws: {{type: aws, roles: {{}}}}}}\n\
             unmanaged: {unmanaged}\n"
        ));
        let live = Live::read(&vault, &desired, &Progress::on_terminal())
            .await
            .unwrap();
        let plan = Plan::new(&desired, &live);
        let is_delete = |change: &Change| matches!(change.action, Action::Delete { .. });
        assert!(plan.changes.iter().all(is_delete), "{unmanaged}");
        let paths: Vec<String> = plan
            .changes
            .iter()
            .map(|change| change.address.path())
            .collect();
        assert_eq!(paths, expected, "{unmanaged}");
    }
}
