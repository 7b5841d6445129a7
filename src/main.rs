//! Keeps Vault's configuration for GitLab jobs as the mapping files say.

mod acl;
mod apply;
mod cli;
mod desired;
mod diagnostic;
mod live;
mod mappings;
mod plan;
mod progress;
mod resource;
mod stop;
mod value;
mod vault;

fn main() {}
