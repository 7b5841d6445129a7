//! Which program answers, and its version.

/// What `sys/health` tells of the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServerVersion {
    /// It does not tell, or not in a form that is known.
    #[default]
    Unknown,
    /// HashiCorp Vault.
    Vault(VersionNumber),
    /// OpenBao.
    OpenBao(VersionNumber),
}

/// Major, minor and patch.
pub(crate) type VersionNumber = (u32, u32, u32);

impl ServerVersion {
    /// Reads `1.21.1`, `2.0.3+ent` or the like. Vault names its edition since 1.17, and OpenBao, which began with 2.0,
    /// never does.
    pub(super) fn read(text: &str, names_edition: bool) -> Self {
        match number(text) {
            None => Self::Unknown,
            Some(number) if names_edition || number.0 < 2 => Self::Vault(number),
            Some(number) => Self::OpenBao(number),
        }
    }
}

fn number(text: &str) -> Option<VersionNumber> {
    let text = text.trim_start_matches('v');
    let end = text.find(['+', '-']).unwrap_or(text.len());
    let mut parts = text[..end].split('.').map(str::parse);
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    Some((major.ok()?, minor.ok()?, patch.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_told_by_its_health() {
        use ServerVersion::{OpenBao, Unknown, Vault};
        for (text, names_edition, expected) in [
            ("1.21.1", true, Vault((1, 21, 1))),
            ("1.14.8", false, Vault((1, 14, 8))),
            ("2.0.3+ent", true, Vault((2, 0, 3))),
            ("2.7.2", false, OpenBao((2, 7, 2))),
            ("2.8.0-beta20260101", false, OpenBao((2, 8, 0))),
            ("dev", false, Unknown),
            ("", true, Unknown),
        ] {
            assert_eq!(ServerVersion::read(text, names_edition), expected, "{text}");
        }
    }
}
