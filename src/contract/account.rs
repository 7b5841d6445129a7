//! `mappings.protected_accounts`, as expectations: every JWT that reaches an IAM role of the account is of a protected ref.

use crate::diagnostic::Span;
use crate::mappings::PlatformFile;
use crate::mappings::contract::{Demand, Expectation, Only};
use crate::value::{AccountId, BoundClaims};
use crate::yaml::item_span;

/// Where the accounts are in `vault.yaml`.
pub(super) const KEYS: [&str; 2] = ["mappings", "protected_accounts"];

/// The protected accounts.
pub(super) fn ids(file: &PlatformFile) -> &[AccountId] {
    let rules = file.platform.mappings.as_ref();
    rules
        .map(|rules| rules.protected_accounts.as_slice())
        .unwrap_or_default()
}

/// What must hold for each protected account, with the place that asks for it.
pub(super) fn expectations(file: &PlatformFile) -> Vec<(Expectation, Span)> {
    let of_account = |account: &AccountId| {
        let id = account.as_str();
        let protected = std::iter::once("true".to_owned()).collect();
        let demand = Demand::Only {
            roles: vec![format!("arn:*:iam::{id}:*").parse().ok()?],
            only: Only::Claims(BoundClaims::from([("ref_protected".to_owned(), protected)])),
        };
        let name = format!("the account {id} is for protected refs only");
        Some((
            Expectation { name, demand },
            item_span(&file.root, KEYS, id),
        ))
    };
    ids(file).iter().filter_map(of_account).collect()
}
