//! Auth methods that the files do not have.

use super::*;
use crate::live::other_grants::{METHODS, UNTRIED_METHODS};

/// Besides the types that this program has read on no server: one that it does not know, a plugin, and none.
#[tokio::test]
async fn what_a_method_that_was_never_tried_grants_is_unknown() {
    let untried = UNTRIED_METHODS.iter().map(|(name, _)| *name);
    for name in untried.chain(["saml", "spiffe", "our-own-plugin", ""]) {
        let vault = vault();
        vault.put("sys/auth/other", json!({"type": name}));
        let mut live = read(&vault, &desired()).await.unwrap();
        let other_grants = live.read_other_grants(&vault).await;
        let why = other_grants.unread.get("auth/other");
        assert!(why.is_some_and(|why| why.contains(name)), "{name}: {why:?}");
    }
    for (name, _) in METHODS {
        let vault = vault();
        vault.put("sys/auth/other", json!({"type": name}));
        let mut live = read(&vault, &desired()).await.unwrap();
        let other_grants = live.read_other_grants(&vault).await;
        assert_eq!(other_grants.unread.get("auth/other"), None, "{name}");
    }
}

/// What their documentation says of groups, roles and users is read all the same, so that the answer names them.
#[tokio::test]
async fn the_groups_of_a_method_that_was_never_tried_are_named() {
    let vault = vault();
    vault.put("sys/auth/ldap", json!({"type": "ldap"}));
    vault.put("auth/ldap/groups/operators", json!({"policies": ["aws"]}));
    let mut live = read(&vault, &desired()).await.unwrap();
    let holders = live.read_other_grants(&vault).await.holders;
    let named: Vec<&str> = holders.iter().map(|holder| holder.path.as_str()).collect();
    assert_eq!(named, ["auth/ldap/groups/operators"]);
}
