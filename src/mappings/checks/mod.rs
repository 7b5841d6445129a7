//! What no single value can show: the files compared with each other, and with what Vault accepts.
//!
//! A check is a function and an entry in `CHECKS` with the codes of its messages.

mod auth;
mod claims;
mod contract;
mod environment_roles;
mod environments;
mod expiry;
mod groups;
mod jwt_role;
mod list;
mod ownership;
mod place;
mod projects;
mod secrets;
mod session;
mod session_ttl;
mod tree;
mod version;

pub(super) use contract::check_contract;
pub(super) use environments::how_to_name;
pub(super) use list::check;
pub(crate) use place::place_of_project;
pub(super) use place::{check_places, place_of_group};
pub(crate) use session::is_taken_by_aws;
pub(super) use tree::{Bounded, declares};
