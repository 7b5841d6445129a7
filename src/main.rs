//! Keeps Vault's configuration for GitLab jobs as the mapping files say.

mod acl;

fn main() {}
