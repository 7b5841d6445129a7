//! Names that are probably another one misspelt.

/// Whether `name` is probably `known`, misspelt.
pub(crate) fn is_close(name: &str, known: &str) -> bool {
    let name = &name.to_lowercase();
    let (length, known_length) = (name.chars().count(), known.chars().count());
    let most = 1 + length / 4;
    length.abs_diff(known_length) <= most && strsim::damerau_levenshtein(name, known) <= most
}
