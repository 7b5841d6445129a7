//! What servers say, made safe to print.

use crate::diagnostic::is_hidden;

/// The most characters of one text that are kept.
pub(crate) const LONGEST: usize = 500;

/// One printable line of bounded length.
pub(crate) fn one_line(text: &str) -> String {
    let mut kept: String = text
        .chars()
        .filter(|&c| !is_hidden(c))
        .take(LONGEST + 1)
        .collect();
    if kept.chars().count() > LONGEST {
        kept.pop();
        kept.push('…');
    }
    kept
}
