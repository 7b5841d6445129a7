//! The version of the files' format.

use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::loaded::PlatformFile;

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    if file.platform.version.is_none() && !file.root.was_reported("version") {
        let begin = file.root.span.begin();
        let error = Diagnostic::error(Code::MissingKey, "`version` is missing", begin)
            .with_help("begin the file with `version: 1`");
        let first = file.root.entries().first();
        // Not between braces.
        let is_a_line = first.is_some_and(|first| first.key_span.begin() == begin);
        diagnostics.push(if is_a_line {
            error.mended_by("version: 1\n")
        } else {
            error
        });
    }
}
