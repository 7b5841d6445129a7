//! What import finds, on a server in memory.

use super::*;
use crate::live::{DiscoverError, Discovery, Selection};

async fn discover(vault: &MemoryVault, selection: &Selection) -> Result<Discovery, DiscoverError> {
    Discovery::read(vault, selection, &Progress::on_terminal()).await
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn jwt_methods_and_aws_engines_are_found_with_their_content_and_the_policies_of_their_roles()
{
    let vault = vault();
    let role = json!({"user_claim": "sub", "token_policies": ["default", "p", "{{ a }}", "none"]});
    vault.put("auth/gitlab/role/login", role);
    let found = discover(&vault, &Selection::default()).await.unwrap();
    assert_eq!(
        paths(&found.live),
        [
            "sys/auth/gitlab",
            "sys/mounts/aws",
            "auth/gitlab/config",
            "aws/config/lease",
            "sys/policies/acl/p",
            "auth/gitlab/role/login",
            "auth/gitlab/role/stray",
            "aws/roles/legacy-1",
            "aws/roles/stray",
            "aws/roles/wanted",
        ]
    );
    assert_eq!(found.unreadable, [].into());
    assert_eq!(vault.changed(), [""; 0]);
}

#[tokio::test]
async fn what_is_asked_for_by_name_has_to_be_there() {
    let vault = vault();
    let selections = [
        (
            Selection {
                auth: names(&["none"]),
                ..Selection::default()
            },
            "nothing is mounted at sys/auth/none",
        ),
        (
            Selection {
                secrets: names(&["aws-2"]),
                ..Selection::default()
            },
            "nothing is mounted at sys/mounts/aws-2",
        ),
        (
            Selection {
                policies: names(&["p", "none*"]),
                ..Selection::default()
            },
            "no policy is named none*",
        ),
    ];
    for (selection, said) in selections {
        let error = discover(&vault, &selection).await.unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
    }
    let policies = names(&["THE*", "p"]);
    let selection = Selection {
        policies,
        ..Selection::default()
    };
    let found = discover(&vault, &selection).await.unwrap();
    let policies: Vec<String> = paths(&found.live);
    let policies = policies
        .iter()
        .filter(|path| path.starts_with("sys/policies"));
    assert_eq!(
        policies.collect::<Vec<_>>(),
        ["sys/policies/acl/p", "sys/policies/acl/theirs"]
    );
}

/// Files without roles that are there would delete them.
#[tokio::test]
async fn a_folder_that_the_token_may_not_list_ends_the_import() {
    let vault = vault().with_token(without("aws/roles", Capability::List));
    let error = discover(&vault, &Selection::default()).await.unwrap_err();
    let DiscoverError::Live(LiveError::Vault(error)) = &error else {
        panic!("{error}")
    };
    assert!(error.lacks(Capability::List), "{error}");
}
