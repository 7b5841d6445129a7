//! Which kinds of resources there are, and the order of their writes.

use serde::{Deserialize, Serialize};

/// Gives a macro the list of all kinds.
macro_rules! with_kinds {
    ($macro:ident) => {
        $macro! {
            AuthMount,
            SecretsMount,
            JwtConfig,
            AwsRoot,
            AwsLease,
            Policy,
            JwtRole,
            JwtCelRole,
            AwsRole,
            AwsStaticRole,
        }
    };
}
pub(super) use with_kinds;

macro_rules! declare {
    ($($kind:ident),* $(,)?) => {
        /// A kind of resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Kind {
            $(#[doc = concat!("See [`", stringify!($kind), "`](super::", stringify!($kind), ").")] $kind),*
        }

        impl Kind {
            /// Every kind.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];
        }
    };
}

with_kinds!(declare);

/// The order of writes; deletes go the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rank {
    /// Auth methods and secrets engines.
    Mounts,
    /// Configuration of a mount.
    Config,
    /// Policies, which may name a mount's accessor.
    Policies,
    /// Roles, which hand out policies and credentials.
    Roles,
}
