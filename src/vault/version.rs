//! Which program answers, and its version.

/// The program, according to `sys/health`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServerVersion {
    /// Unknown: the server does not say, or not in a known form.
    #[default]
    Unknown,
    /// HashiCorp Vault.
    Vault(VersionNumber, Edition),
    /// OpenBao.
    OpenBao(VersionNumber),
}

/// Whether it is the community edition of HashiCorp Vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edition {
    /// It is.
    Community,
    /// It is Vault Enterprise.
    Enterprise,
    /// It does not tell, as before 1.17.
    Unknown,
}

/// Major, minor and patch.
pub(crate) type VersionNumber = (u32, u32, u32);

impl ServerVersion {
    /// Reads a version such as `1.21.1` or `2.0.3+ent`. Vault names its edition since 1.17, and OpenBao, which began with 2.0,
    /// never does.
    pub(super) fn read(text: &str, is_enterprise: Option<bool>) -> Self {
        let edition = match is_enterprise {
            Some(true) => Edition::Enterprise,
            Some(false) => Edition::Community,
            None => Edition::Unknown,
        };
        match number(text) {
            None => Self::Unknown,
            Some(number) if is_enterprise.is_some() || number.0 < 2 => Self::Vault(number, edition),
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
    fn the_program_and_its_edition_follow_from_its_health() {
        use ServerVersion::{OpenBao, Unknown, Vault};
        for (text, is_enterprise, expected) in [
            ("1.21.1", Some(false), Vault((1, 21, 1), Edition::Community)),
            ("1.14.8", None, Vault((1, 14, 8), Edition::Unknown)),
            (
                "2.0.3+ent",
                Some(true),
                Vault((2, 0, 3), Edition::Enterprise),
            ),
            ("2.7.2", None, OpenBao((2, 7, 2))),
            ("2.8.0-beta20260101", None, OpenBao((2, 8, 0))),
            ("dev", None, Unknown),
            ("", Some(true), Unknown),
        ] {
            assert_eq!(ServerVersion::read(text, is_enterprise), expected, "{text}");
        }
    }
}
