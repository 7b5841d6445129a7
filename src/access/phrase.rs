//! Descriptions of sets of JWTs: the project, the environment, the ref and further conditions.

mod description;
mod jobs;
mod json;
mod names;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use self::description::Description;
#[cfg(test)]
pub(super) use self::description::in_one_line;
pub(super) use self::description::serialize_line;
pub(crate) use self::names::ProjectNames;
pub(super) use self::values::is;
