//! What the paths of rules are made of.

/// A piece of a rule's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Piece {
    /// The same for every login.
    Text(String),
    /// The value of a claim.
    Claim(String),
    /// A text that no claim decides: the name of an entity or group, the time.
    Unknown,
}

/// What stands for a directive once a job has logged in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DirectiveValue {
    /// This piece.
    Piece(Piece),
    /// Never anything, so that the rule does not count.
    Nothing,
}

/// There are too many ways in which a rule could match a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooComplex;
