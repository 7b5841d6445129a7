//! What could not be looked at, and may allow anything.

use crate::access::jwts::Jwts;
use crate::access::login_role::LoginRole;
use crate::access::target::Target;

/// Something whose effect is not known. Whatever depends on it is possible, and nothing that depends on it is sure.
#[derive(Debug, Clone)]
pub(crate) struct Unknown<'c> {
    /// What it is: `policy breakglass`, `rule 2 of aws`.
    pub(crate) what: String,
    /// Why it is not known, to go on with after "as".
    pub(crate) why: String,
    /// What kind of thing it is.
    pub(crate) cause: Cause,
    /// The JWTs that it may allow something.
    pub(crate) jwts: Jwts,
    /// The roles that admit them.
    pub(crate) through: Vec<&'c LoginRole<'c>>,
    /// The AWS role that it may give; any where there is none.
    pub(crate) target: Option<Target<'c>>,
}

/// Why the effect of something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It could not be read, or not understood.
    Unread,
    /// It is known what it allows, but not whom.
    Login,
    /// It is known who gets credentials of it, but not which.
    Credentials,
    /// It lets its holders write what decides.
    Power,
}
