//! Keeps Vault's configuration for GitLab jobs as the mapping files say.

mod vault;

fn main() {}
