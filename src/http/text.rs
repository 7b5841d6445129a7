//! Texts of servers, made safe to print.

use crate::diagnostic::is_hidden;

/// How many characters of one text are kept.
pub(crate) const LONGEST: usize = 500;

/// One printable line of limited length.
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
