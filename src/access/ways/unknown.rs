//! What could not be looked at, and may allow anything.

use crate::access::configuration::Target;
use crate::access::jwts::Jwts;
use crate::access::login_role::LoginRole;

/// Something whose effect is not known. Whatever depends on it is possible, and nothing that depends on it is sure.
#[derive(Debug, Clone)]
pub(crate) struct Unknown<'c> {
    /// What it is: `policy breakglass`, `rule 2 of aws`.
    pub(crate) what: String,
    /// Why it is not known.
    pub(crate) why: String,
    /// The JWTs that it may allow something.
    pub(crate) jwts: Jwts,
    /// The roles that admit them.
    pub(crate) through: Vec<&'c LoginRole<'c>>,
    /// The AWS role that it may give; any where there is none.
    pub(crate) target: Option<Target<'c>>,
}
