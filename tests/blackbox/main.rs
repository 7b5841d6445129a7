//! Black-box tests: the built binary against real servers, one module a topic.
//!
//! The servers are those of `dev/servers`; what is missing for them is said by `dev/setup`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod add;
mod article;
mod aws_root;
mod cel_roles;
mod check;
mod clients;
mod contract;
mod credentials;
mod diff;
mod docs;
mod drift;
mod environment_roles;
mod expiry;
mod explain;
mod faults;
mod fields;
mod foreign;
mod groups;
mod identity;
mod import;
mod init;
mod invocation;
mod jwt_config;
mod layout;
mod lint;
mod messages;
mod mounts;
mod note;
mod observability;
mod oddities;
mod old_names;
mod ownership;
mod pipeline;
mod policy;
mod policy_settings;
mod policy_texts;
mod refused;
mod release;
mod reports;
mod safe_default;
mod saved_plan;
mod servers;
mod static_roles;
mod strays;
mod support;
mod template;
mod terraform;
mod trust_policy;
mod usage;
mod validate;
mod whoami;
