//! The pieces of the paths of rules.

/// A piece of a rule's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Piece {
    /// Literal text.
    Text(String),
    /// The value of a claim.
    Claim(String),
    /// A value that no claim decides: the name of an entity or group, or the time.
    Unknown,
}

/// The value of a directive after a job has logged in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DirectiveValue {
    /// This piece.
    Piece(Piece),
    /// There is never a value, so that the rule has no effect.
    Nothing,
}

/// There are too many ways in which a rule could match a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooComplex;
