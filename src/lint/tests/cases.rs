//! One mistake a case, in one table a topic.

mod allow;
mod issuer;
mod lifetime;
mod login;
mod mapping;
mod metadata;
mod power;

use super::Edit;

/// A mistake, and the lints that it is for.
pub(super) type Case = (&'static [Edit], &'static [&'static str]);

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    let tables = [
        allow::CASES,
        issuer::CASES,
        lifetime::CASES,
        login::CASES,
        mapping::CASES,
        metadata::CASES,
        power::CASES,
    ];
    tables.into_iter().flatten()
}
