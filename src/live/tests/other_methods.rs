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
