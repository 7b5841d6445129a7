//! The registry of codes: every kind of message, each with its name and its page in `docs/messages`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Declares [`Code`] from one list; a code is in it once, with its topic, its name and its page.
macro_rules! codes {
    ($($topic:ident { $($variant:ident = $name:literal,)* })*) => {
        /// What a code is about, in the order of the index.
        #[cfg(test)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Topic {
            $($topic,)*
        }

        /// The kind of a message: a stable name to search for, to filter by and to look up with `--explain`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code {
            $($(#[doc = concat!("`", $name, "`")] $variant,)*)*
        }

        impl Code {
            /// Every code, by topic.
            pub(crate) const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// Its name, in kebab case.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)*)*
                }
            }

            /// Its page in Markdown: what it means, why it matters, an example, and what to do.
            pub(crate) fn page(self) -> &'static str {
                match self {
                    $($(Self::$variant => include_str!(concat!(
                        env!("CARGO_MANIFEST_DIR"), "/docs/messages/", $name, ".md"
                    )),)*)*
                }
            }

            /// Whether its messages are about a place in the files.
            #[cfg(test)]
            pub(crate) fn is_about_files(self) -> bool {
                use Topic::{Configuration, Contract, Folder, Lint, Value, Yaml};
                matches!(self.topic(), Yaml | Folder | Value | Configuration | Contract | Lint)
            }

            /// What it is about.
            #[cfg(test)]
            fn topic(self) -> Topic {
                match self {
                    $($(Self::$variant => Topic::$topic,)*)*
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
        Contract = "contract",
        Credentials = "credentials",
        DuplicateGroup = "duplicate-group",
        DuplicateProject = "duplicate-project",
        DuplicateRole = "duplicate-role",
        Environment = "environment",
        ExpiredMapping = "expired-mapping",
        ExpiringMapping = "expiring-mapping",
        ForEach = "for-each",
        Glob = "glob",
        JwtConfig = "jwt-config",
        JwtRole = "jwt-role",
        LateExpiry = "late-expiry",
        MisplacedFile = "misplaced-file",
        Mount = "mount",
        Network = "network",
        Policy = "policy",
        Reference = "reference",
        Removed = "removed",
        RoleName = "role-name",
        RootToken = "root-token",
        SessionTtl = "session-ttl",
        TtlOrder = "ttl-order",
        UnknownClaim = "unknown-claim",
        UnknownRole = "unknown-role",
        Unmanaged = "unmanaged",
    }
    Contract {
        BrokenExpectation = "broken-expectation",
        IdleExpectation = "idle-expectation",
        MissingIssuer = "missing-issuer",
        ProtectedAccount = "protected-account",
    }
    Lint {
        AbsentClaim = "absent-claim",
        AnyAccount = "any-account",
        ChosenUserClaim = "chosen-user-claim",
        ClosingValue = "closing-value",
        DeadRule = "dead-rule",
        EmptyClaim = "empty-claim",
        ExpiredPolicy = "expired-policy",
        ForkMergeRequests = "fork-merge-requests",
        ImpossibleClaim = "impossible-claim",
        InsecureUrl = "insecure-url",
        IssuerMismatch = "issuer-mismatch",
        LongLeeway = "long-leeway",
        LongLivedKey = "long-lived-key",
        LostMetadata = "lost-metadata",
        MixedUserClaims = "mixed-user-claims",
        NoAudience = "no-audience",
        NoIssuer = "no-issuer",
        OpenRole = "open-role",
        OutrankedDeny = "outranked-deny",
        OwnPolicy = "own-policy",
        PathWithoutId = "path-without-id",
        RefusedAllow = "refused-allow",
        RootLikePath = "root-like-path",
        SharedArn = "shared-arn",
        SharedMetadata = "shared-metadata",
        Sudo = "sudo",
        TtlBeyondLease = "ttl-beyond-lease",
        UnapprovedAction = "unapproved-action",
        UndeclaredEnvironment = "undeclared-environment",
        UnknownPolicy = "unknown-policy",
        UnprotectedEnvironment = "unprotected-environment",
        UnprotectedProvisioner = "unprotected-provisioner",
        UnreachableMapping = "unreachable-mapping",
        UnusedAllow = "unused-allow",
        UnusedPolicy = "unused-policy",
        UnusedProtectedEnvironment = "unused-protected-environment",
        UnusedRole = "unused-role",
        UselessToken = "useless-token",
        WideGlob = "wide-glob",
    }
    Plan {
        ChangedMeanwhile = "changed-meanwhile",
        DamagedPlan = "damaged-plan",
        ForeignIdentity = "foreign-identity",
        ForeignPolicy = "foreign-policy",
        IncompleteApply = "incomplete-apply",
        KeptDifferently = "kept-differently",
        LostAttribute = "lost-attribute",
        MissingCapability = "missing-capability",
        MissingSecret = "missing-secret",
        MountContentDeleted = "mount-content-deleted",
        NeedsAdministrator = "needs-administrator",
        NoAccessor = "no-accessor",
        NotAPlan = "not-a-plan",
        NotApproved = "not-approved",
        NotCreatedAgain = "not-created-again",
        NotReadBack = "not-read-back",
        OtherServer = "other-server",
        OutcomeUnknown = "outcome-unknown",
        PlanVersion = "plan-version",
        Replaced = "replaced",
        RolesNotListed = "roles-not-listed",
        RotatedKey = "rotated-key",
        SecretNotCompared = "secret-not-compared",
        StalePlan = "stale-plan",
        TooManyDeletes = "too-many-deletes",
        UnmodelledFields = "unmodelled-fields",
    }
    Vault {
        CaCert = "ca-cert",
        DamagedAnswer = "damaged-answer",
        DisasterRecovery = "disaster-recovery",
        Forbidden = "forbidden",
        InvalidAddress = "invalid-address",
        InvalidPath = "invalid-path",
        InvalidToken = "invalid-token",
        LoginEnded = "login-ended",
        LoginRefused = "login-refused",
        MissingMount = "missing-mount",
        MountType = "mount-type",
        NoActiveNode = "no-active-node",
        NoAddress = "no-address",
        NoLogin = "no-login",
        NoNamespace = "no-namespace",
        NoSuchKind = "no-such-kind",
        NotInitialised = "not-initialised",
        NotVault = "not-vault",
        Redirect = "redirect",
        Rejected = "rejected",
        Sealed = "sealed",
        Tls = "tls",
        Unreachable = "unreachable",
        UnreadableValue = "unreadable-value",
        UnsupportedField = "unsupported-field",
        UnsupportedPath = "unsupported-path",
        WrongScheme = "wrong-scheme",
    }
    GitLab {
        ArchivedProject = "archived-project",
        DeletionScheduled = "deletion-scheduled",
        GitlabJob = "gitlab-job",
        GitlabLabel = "gitlab-label",
        GitlabRedirect = "gitlab-redirect",
        GitlabRefused = "gitlab-refused",
        GitlabToken = "gitlab-token",
        GitlabUnreachable = "gitlab-unreachable",
        GitlabUser = "gitlab-user",
        MissingEnvironment = "missing-environment",
        NotCompared = "not-compared",
        NotGitlab = "not-gitlab",
        NotVisible = "not-visible",
        OpenEnvironment = "open-environment",
        ProjectSettings = "project-settings",
        OtherPath = "other-path",
    }
    Command {
        BoundedPlan = "bounded-plan",
        CannotRead = "cannot-read",
        CannotWrite = "cannot-write",
        DiagramTooLarge = "diagram-too-large",
        FolderInUse = "folder-in-use",
        MissingOption = "missing-option",
        Internal = "internal",
        Interrupted = "interrupted",
        InvalidJwt = "invalid-jwt",
        NoCredentials = "no-credentials",
        NoIamRole = "no-iam-role",
        NoKeys = "no-keys",
        NoMapping = "no-mapping",
        NoPrincipal = "no-principal",
        NoProjectId = "no-project-id",
        NoRevision = "no-revision",
        NotTrusted = "not-trusted",
        NothingToExplain = "nothing-to-explain",
        NothingToImport = "nothing-to-import",
        OneStdout = "one-stdout",
        PolicyPath = "policy-path",
        ProjectList = "project-list",
        TwoRoles = "two-roles",
    }
}

impl Code {
    /// Whether it is about an expectation of the contract.
    pub(crate) fn is_of_contract(self) -> bool {
        matches!(
            self,
            Self::BrokenExpectation
                | Self::IdleExpectation
                | Self::MissingIssuer
                | Self::ProtectedAccount
        )
    }

    /// Whether its messages come with time, without a change of the files.
    pub(crate) fn comes_with_time(self) -> bool {
        matches!(self, Self::ExpiredMapping | Self::ExpiringMapping)
    }

    /// The code of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The three codes whose names are most similar to this one, the most similar first.
    pub(crate) fn similar(name: &str) -> [Self; 3] {
        let likeness = |code: &Self| strsim::jaro(code.name(), name);
        let mut codes = Self::ALL.to_vec();
        codes.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)).then_with(|| a.cmp(b)));
        [codes[0], codes[1], codes[2]]
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

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::find(&name).ok_or_else(|| de::Error::custom("there is no such code"))
    }
}

#[cfg(test)]
mod tests;
