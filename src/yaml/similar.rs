//! Names that are probably another one misspelt.

/// Whether `name` is probably `known`, misspelt.
pub(crate) fn is_close(name: &str, known: &str) -> bool {
    let name = &name.to_lowercase();
    strsim::damerau_levenshtein(name, known) <= 1 + name.chars().count() / 4
}
