//! The version of the files' format.

use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::loaded::PlatformFile;

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    if file.platform.version.is_none() && !file.root.was_reported("version") {
        diagnostics.push(
            Diagnostic::error(
                Code::MissingKey,
                "`version` is missing",
                file.root.span.begin(),
            )
            .with_help("begin the file with `version: 1`"),
        );
    }
}
