//! Names that are probably another one misspelt.

/// Whether `name` is probably `known`, misspelt.
pub(crate) fn is_close(name: &str, known: &str) -> bool {
    let name = &name.to_lowercase();
    let (length, known_length) = (name.chars().count(), known.chars().count());
    let most = 1 + length / 4;
    length.abs_diff(known_length) <= most && strsim::damerau_levenshtein(name, known) <= most
}

/// Whether `name` has some of the words of `known` and no other, such as `arn` of `role_arn`.
pub(crate) fn is_part(name: &str, known: &str) -> bool {
    let mut words = name.split(['_', '-']);
    words.all(|word| known.split('_').any(|known| known == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_has_only_its_words() {
        for (name, expected) in [
            ("arn", true),
            ("role", true),
            ("role-arn", true),
            ("roles", false),
            ("role_name", false),
            ("", false),
        ] {
            assert_eq!(is_part(name, "role_arn"), expected, "{name}");
        }
    }
}
