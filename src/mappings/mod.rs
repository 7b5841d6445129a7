//! Files -> Desired: the model of the files and its checks.
//!
//! [`crate::files`] reads the files, [`crate::yaml`] decodes them into the types of [`platform`] and [`project`],
//! [`checks`] compares the types with each other and [`build`] makes `Desired` of them. Each step reports all mistakes
//! that it finds and passes on the rest, so that one run shows every mistake in every file.

mod allow;
mod allow_places;
mod bound_environment;
mod build;
mod checks;
pub(crate) mod contract;
mod credentials;
mod declared;
mod edit;
mod environment_mapping;
mod environments;
mod for_each;
mod generated;
mod group;
mod group_roles;
mod identity;
mod load;
mod loaded;
mod mapped_role;
mod mapping_entry;
mod placeholder;
mod places;
pub(crate) mod platform;
mod policies;
pub(crate) mod project;
mod redact;
mod reference;
mod role_rules;
mod schema;
mod session_tags;
mod source_lines;
mod text_or_mapping;
mod trees;
mod unmanaged;
mod used_environments;

#[cfg(test)]
mod tests;

pub(crate) use allow::Allow;
pub(crate) use checks::is_taken_by_aws;
pub(crate) use checks::place_of_project;
pub(crate) use edit::{Edited, MappingOwnerToAdd, MappingsToAdd, NewMapping, edit};
#[cfg(test)]
pub(crate) use load::desired_of;
pub(crate) use load::{load, load_as, load_with};
pub(crate) use loaded::{Loaded, PlatformFile, ProjectFile, number_of};
pub(crate) use mapped_role::{MappedRole, ProjectsFolder};
pub(crate) use places::Places;
pub(crate) use schema::schema;
pub(crate) use source_lines::{SourceLine, SourceLines};
pub(crate) use trees::Trees;
