//! Keeps Vault's configuration for GitLab jobs as the mapping files say.

mod acl;
mod desired;
mod resource;
mod value;

fn main() {}
