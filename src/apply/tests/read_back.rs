//! A change is done if and only if Vault holds it afterwards.

use super::*;

/// What goes wrong with the requests about a role, what Vault holds then, and what is said.
#[tokio::test]
async fn a_change_is_done_if_and_only_if_vault_holds_it() {
    let other = || json!({"role_arns": ["arn:aws:iam::123456789012:role/other"]});
    let no = |operation| refused(operation, ROLE, 400);
    let cases: [(&str, Operation, InjectedFault, &str); 7] = [
        (
            "refused",
            Operation::Write,
            InjectedFault::Refused(no(Operation::Write)),
            "refuses to write",
        ),
        (
            "never seen",
            Operation::Write,
            InjectedFault::Refused(lost()),
            "can't reach Vault",
        ),
        (
            "answer lost",
            Operation::Write,
            InjectedFault::AnswerLost(lost()),
            "done",
        ),
        (
            "not read back",
            Operation::Read,
            InjectedFault::Refused(no(Operation::Read)),
            "written, but not read back",
        ),
        (
            "changed by others",
            Operation::Write,
            InjectedFault::then(move |vault| vault.put(ROLE, other())),
            "role_arns differently",
        ),
        (
            "deleted by others",
            Operation::Write,
            InjectedFault::then(|vault| vault.remove(ROLE)),
            "holds nothing there",
        ),
        (
            "mount disabled",
            Operation::Write,
            InjectedFault::then(|vault| vault.remove("sys/mounts/aws")),
            "not read back: no engine",
        ),
    ];
    for (what, operation, fault, said) in cases {
        let vault = MemoryVault::default();
        let files = desired_of(FILES);
        vault.put("sys/mounts/aws", json!({"type": "aws"}));
        let plan = plan(&vault, &files).await;
        vault.fails(operation, ROLE, fault);
        let told = carry_out(&plan, &vault).await;
        assert!(told[ROLE].contains(said), "{what}: {}", told[ROLE]);
        vault.mend();
        assert!(all_done(&apply_files(&vault, &files).await), "{what}");
        assert!(self::plan(&vault, &files).await.is_empty(), "{what}");
    }
}

#[tokio::test]
async fn the_outcome_of_a_write_is_unknown_when_neither_answer_arrives() {
    let vault = MemoryVault::default();
    vault.fails(Operation::Write, ROLE, InjectedFault::AnswerLost(lost()));
    vault.fails(Operation::Read, ROLE, InjectedFault::Refused(lost()));
    let told = apply_files(&vault, &desired_of(FILES)).await;
    assert!(
        told[ROLE].ends_with("it is unknown whether Vault carried out the change"),
        "{}",
        told[ROLE]
    );
    assert!(vault.holds(ROLE).is_some());
}

#[tokio::test]
async fn a_delete_is_done_if_and_only_if_vault_holds_nothing() {
    let back = || json!({"role_arns": ["arn:aws:iam::123456789012:role/back"]});
    let stray = "aws/roles/stray";
    let cases: [(&str, InjectedFault, &str); 4] = [
        ("answer lost", InjectedFault::AnswerLost(lost()), "done"),
        (
            "refused",
            InjectedFault::Refused(refused(Operation::Delete, stray, 400)),
            "refuses to delete",
        ),
        (
            "written again",
            InjectedFault::then(move |vault| vault.put("aws/roles/stray", back())),
            "still holds it",
        ),
        (
            "mount disabled",
            InjectedFault::then(|vault| vault.remove("sys/mounts/aws")),
            "not read back",
        ),
    ];
    for (what, fault, said) in cases {
        let vault = MemoryVault::default();
        let files = desired_of(FILES);
        assert!(all_done(&apply_files(&vault, &files).await));
        vault.put(stray, back());
        vault.fails(Operation::Delete, stray, fault);
        let told = apply_files(&vault, &files).await;
        assert!(told[stray].contains(said), "{what}: {}", told[stray]);
        vault.mend();
        assert!(all_done(&apply_files(&vault, &files).await), "{what}");
    }
}

/// Vault can't give a static role another user.
#[tokio::test]
async fn what_cannot_be_changed_in_place_is_deleted_and_created_again() {
    let role = "aws/static-roles/mail";
    let files = |user: &str| {
        let roles = "\n    static_roles: {mail: {username: USER, rotation_period: 1h}}\npolicies:";
        desired_of(&FILES.replace("\npolicies:", &roles.replace("USER", user)))
    };
    let no = |operation| InjectedFault::Refused(refused(operation, role, 400));
    let cases = [
        (None, "done", Some("two")),
        (Some(Operation::Delete), "refuses to delete", Some("one")),
        (
            Some(Operation::Write),
            "deleted in order to create it with the new value, which failed: Vault refuses to write",
            None,
        ),
    ];
    for (refused, said, user) in cases {
        let vault = MemoryVault::default();
        assert!(all_done(&apply_files(&vault, &files("one")).await));
        if let Some(operation) = refused {
            vault.fails(operation, role, no(operation));
        }
        let told = apply_files(&vault, &files("two")).await;
        assert!(told[role].contains(said), "{}", told[role]);
        let held = vault.holds(role);
        let held = held.as_ref().map(|role| role["username"].as_str().unwrap());
        assert_eq!(held, user, "{said}");
        vault.mend();
        assert!(
            all_done(&apply_files(&vault, &files("two")).await),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_field_that_the_server_drops_is_named() {
    let vault = MemoryVault::default().without_fields(["external_id", "session_tags"]);
    let arn = "role_arns: [\"arn:aws:iam::123456789012:role/dev\"]";
    let fields = format!("{arn}, external_id: x, session_tags: {{a: b}}");
    let told = apply_files(&vault, &desired_of(&FILES.replace(arn, &fields))).await;
    assert!(
        told[ROLE].contains(
            "keeps external_id, session_tags differently; this server may not know those fields"
        ),
        "{}",
        told[ROLE]
    );
}

#[tokio::test]
async fn a_write_carries_what_the_files_cannot_hold_where_it_would_be_cleared() {
    let vault = MemoryVault::default();
    assert!(all_done(&apply_files(&vault, &desired_of(FILES)).await));
    let config = json!({"jwks_url": "https://git.example.com/-/jwks", "new_in_vault_9": "theirs"});
    vault.put("auth/gitlab/config", config);
    let files = FILES.replace("/-/jwks\"}", "/-/jwks\", default_role: job}");
    assert!(all_done(&apply_files(&vault, &desired_of(&files)).await));
    let config = vault.holds("auth/gitlab/config").unwrap();
    assert_eq!(
        (&config["new_in_vault_9"], &config["default_role"]),
        (&json!("theirs"), &json!("job"))
    );
}

/// A mount says only once it is there which fields it takes: a resource with another one is not written, nor what needs it.
#[tokio::test]
async fn what_a_new_mount_does_not_take_is_not_written_and_the_rest_is() {
    let files = FILES.replace(
        "dev: {role_arns",
        "tagged: {role_arns: [\"arn:aws:iam::123456789012:role/tagged\"], session_tags: {a: b}, external_id: x}\n      \
         dev: {role_arns",
    );
    let files = desired_of(&files);
    let tagged = "aws/roles/tagged";
    let lacks = "not written, as this server does not have `session_tags`, `external_id`, which the AWS engine of newer versions of HashiCorp Vault, such as 1.21 has";
    for (names, expected, is_written) in [
        (&["role_arns"][..], lacks, false),
        (&["role_arns", "session_tags", "external_id"], "done", true),
    ] {
        let vault = MemoryVault::default().with_help(tagged, names);
        let told = apply_files(&vault, &files).await;
        for (path, outcome) in &told {
            let expected = if path == tagged { expected } else { "done" };
            assert_eq!(outcome, expected, "{path}");
        }
        assert_eq!(
            vault.changed().iter().any(|path| path == tagged),
            is_written
        );
    }
}

/// Without its mount, a resource is not tried at all, and no help is asked for.
#[tokio::test]
async fn a_mount_that_is_not_made_is_asked_for_nothing() {
    let files =
        desired_of(&FILES.replace("dev: {role_arns", "dev: {session_tags: {a: b}, role_arns"));
    let vault = MemoryVault::default().with_help(ROLE, &["role_arns"]);
    let refusal = refused(Operation::Write, "sys/mounts/aws", 400);
    vault.fails(
        Operation::Write,
        "sys/mounts/aws",
        InjectedFault::Refused(refusal),
    );
    let told = apply_files(&vault, &files).await;
    assert_eq!(
        told[ROLE],
        "not tried: it needs sys/mounts/aws, which failed"
    );
    vault.mend();
}
