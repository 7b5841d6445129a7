//! How much of identity is read.

use super::*;
use crate::live::other_grants::MOST_ITEMS;

const ENTITIES: &str = "identity/entity/id";

/// A server with this many entities that have a policy.
fn with_entities(number: usize) -> MemoryVault {
    let vault = vault();
    vault.put("sys/mounts/identity", json!({"type": "identity"}));
    for entity in 0..number {
        let path = format!("{ENTITIES}/{entity}");
        vault.put(&path, json!({"name": "bot", "policies": ["p"]}));
    }
    vault
}

#[tokio::test]
async fn more_entities_than_the_bound_are_counted_and_not_read() {
    for (number, unread) in [
        (2, None),
        (
            MOST_ITEMS + 1,
            Some(format!("only {MOST_ITEMS} of {} are read", MOST_ITEMS + 1)),
        ),
    ] {
        let vault = with_entities(number);
        let mut live = read(&vault, &desired()).await.unwrap();
        let other_grants = live.read_identity_policies(&vault).await;
        assert_eq!(other_grants.unread.get(ENTITIES), unread.as_ref());
        assert_eq!(other_grants.holders.len(), number.min(MOST_ITEMS));
    }
}
