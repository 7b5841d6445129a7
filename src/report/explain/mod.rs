//! Renders the answers of `explain`.

mod content;
mod context;
mod csv;
mod expired;
mod html;
mod identities;
mod matrix;
mod mermaid;
mod output;
mod project;
mod record;
mod view;

pub(crate) use context::Context;
pub(crate) use expired::ExpiredMapping;
pub(crate) use html::PageHeader;
pub(crate) use identities::IdentitiesAnswer;
pub(crate) use matrix::{MatrixAnswer, UnreachedMapping};
pub(crate) use mermaid::DiagramTooLarge;
pub(crate) use output::Out;
pub(crate) use project::{JobAnswer, ProjectAnswer};
use record::FORMAT_VERSION;
pub(crate) use view::View;
