//! Pages for a browser: one file each, with nothing from elsewhere. Only the page's own style and script take effect.

mod escape;
mod origin;
mod shell;

pub(super) use escape::{data, text};
pub(crate) use origin::PageOrigin;
pub(super) use shell::{Shell, facts};
