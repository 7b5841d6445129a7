//! The registry of codes: every kind of message, each with its name and its page.

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares [`Code`] from one list; a code is in it once, with its topic, its name and its page.
macro_rules! codes {
    ($($topic:ident { $($variant:ident = $name:literal,)* })*) => {
        /// The kind of a message: a stable name to search for, to filter by and to look up with `--explain`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code {
            $($(#[doc = concat!("`", $name, "`")] $variant,)*)*
        }

        impl Code {
            /// Every code, by topic.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// Its name, in kebab case.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)*)*
                }
            }
        }
    };
}

codes! {
    Yaml {
        Alias = "alias",
        Anchor = "anchor",
        DuplicateKey = "duplicate-key",
        EmptyFile = "empty-file",
        HiddenCharacter = "hidden-character",
        KeyType = "key-type",
        MergeKey = "merge-key",
        MultipleDocuments = "multiple-documents",
        NotUtf8 = "not-utf8",
        Syntax = "syntax",
        Tag = "tag",
        TooDeep = "too-deep",
        TooLarge = "too-large",
    }
    Folder {
        FileName = "file-name",
        IgnoredFile = "ignored-file",
        LinkedDirectory = "linked-directory",
        MissingDirectory = "missing-directory",
        MissingFile = "missing-file",
        NotADirectory = "not-a-directory",
        NotAFile = "not-a-file",
        Outside = "outside",
        Unreadable = "unreadable",
    }
    Value {
        InvalidValue = "invalid-value",
        MissingKey = "missing-key",
        TooManyMistakes = "too-many-mistakes",
        UnknownKey = "unknown-key",
        UnknownValue = "unknown-value",
        WrongType = "wrong-type",
    }
    Configuration {
        Account = "account",
        Add = "add",
        AwsRole = "aws-role",
        BatchToken = "batch-token",
        ClaimMapping = "claim-mapping",
        ClaimType = "claim-type",
        Credentials = "credentials",
        DuplicateProject = "duplicate-project",
        DuplicateRole = "duplicate-role",
        ForEach = "for-each",
        Glob = "glob",
        JwtConfig = "jwt-config",
        JwtRole = "jwt-role",
        Mount = "mount",
        Network = "network",
        Policy = "policy",
        Reference = "reference",
        Removed = "removed",
        RoleName = "role-name",
        RootToken = "root-token",
        TtlOrder = "ttl-order",
        UnknownPolicy = "unknown-policy",
        UnknownRole = "unknown-role",
        Unmanaged = "unmanaged",
    }
    Lint {
        AnyAccount = "any-account",
        ChosenUserClaim = "chosen-user-claim",
        ClosingValue = "closing-value",
        EmptyClaim = "empty-claim",
        LostMetadata = "lost-metadata",
        MixedUserClaims = "mixed-user-claims",
        NoAudience = "no-audience",
        OpenRole = "open-role",
        OwnPolicy = "own-policy",
        PathWithoutId = "path-without-id",
        RootLikePath = "root-like-path",
        SharedArn = "shared-arn",
        SharedMetadata = "shared-metadata",
        Sudo = "sudo",
        TtlBeyondLease = "ttl-beyond-lease",
        UnprotectedEnvironment = "unprotected-environment",
        UnprotectedProvisioner = "unprotected-provisioner",
        UnreachableMapping = "unreachable-mapping",
        UnusedAllow = "unused-allow",
        UnusedPolicy = "unused-policy",
        UnusedProtectedEnvironment = "unused-protected-environment",
        UnusedRole = "unused-role",
        WideGlob = "wide-glob",
    }
}

/// By name, so that the order of messages does not depend on the order of the registry.
impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_that_is_its_variant_in_kebab_case() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let of_variant: String = format!("{code:?}")
                .chars()
                .flat_map(|c| {
                    c.is_uppercase()
                        .then_some('-')
                        .into_iter()
                        .chain([c.to_ascii_lowercase()])
                })
                .skip(1)
                .collect();
            assert_eq!(code.name(), of_variant);
        }
    }
}
