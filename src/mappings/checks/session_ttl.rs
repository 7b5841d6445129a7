//! How long AWS lets a session live.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>.

use super::tree::Bounded;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::platform::SecretsEntry;
use crate::resource::CredentialType;
use crate::value::Ttl;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The shortest session that AWS gives, of any type.
const SHORTEST: Ttl = Ttl::seconds(15 * MINUTE);

/// The longest session that AWS gives, and of what.
#[derive(Clone, Copy)]
pub(super) struct Longest {
    ttl: Ttl,
    of: &'static str,
    /// The `max_lease_ttl` of the engine, to which it shortens sessions of roles without `max_sts_ttl`.
    lease: Ttl,
}

/// The TTLs of an AWS role, by their keys.
pub(super) fn sts_ttls(default: Ttl, max: Ttl) -> Bounded {
    Bounded {
        ttl: ("default_sts_ttl", default),
        max: ("max_sts_ttl", max),
    }
}

/// Reports TTLs of an AWS role that contradict each other, or that AWS refuses.
pub(super) fn check(
    ttls: &Bounded,
    longest: Option<Longest>,
    place: impl Fn(&str) -> Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    ttls.check(&place, diagnostics);
    if let Some(longest) = longest {
        longest.check(ttls.ttl, &place, diagnostics);
        longest.check(ttls.max, &place, diagnostics);
        if ttls.max.1.is_default() && !longest.lease.is_default() && longest.lease < SHORTEST {
            let lease = longest.lease;
            let problem = format!(
                "`max_lease_ttl: {lease}` of the engine shortens every session of this role, and AWS gives none of less than {SHORTEST}"
            );
            diagnostics.push(
                Diagnostic::error(Code::SessionTtl, problem, place("max_sts_ttl")).with_help(
                    format!("write `max_lease_ttl: {SHORTEST}` or more for the engine, or `max_sts_ttl` for the role"),
                ),
            );
        }
    }
}

impl Longest {
    /// For credentials of this type from this engine; none for IAM users, which have no session.
    pub(super) fn of(credential_type: CredentialType, engine: &SecretsEntry) -> Option<Self> {
        let config = engine.keys.config.as_ref();
        let is_chained = config.is_some_and(|config| !config.role_arn.is_empty());
        let (hours, of) = match credential_type {
            CredentialType::AssumedRole if is_chained => {
                (1, "an assumed role, as the engine itself runs on one")
            }
            CredentialType::AssumedRole => (12, "an assumed role"),
            CredentialType::FederationToken | CredentialType::SessionToken => (36, "this type"),
            CredentialType::IamUser => return None,
        };
        let ttl = Ttl::seconds(hours * HOUR);
        Some(Self {
            ttl,
            of,
            lease: engine.resource.max_lease_ttl,
        })
    }

    /// Reports a TTL that AWS refuses; 0 is the server's default.
    fn check(
        self,
        (key, ttl): (&str, Ttl),
        place: impl Fn(&str) -> Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if ttl.is_default() || (SHORTEST..=self.ttl).contains(&ttl) {
            return;
        }
        let Self {
            ttl: longest, of, ..
        } = self;
        let problem = if ttl < SHORTEST {
            format!("`{key}: {ttl}` is too short: AWS gives no session of less than {SHORTEST}")
        } else {
            format!(
                "`{key}: {ttl}` is too long: AWS gives no session of more than {longest} of {of}"
            )
        };
        diagnostics.push(
            Diagnostic::error(Code::SessionTtl, problem, place(key))
                .with_help(format!("write a TTL from {SHORTEST} to {longest}")),
        );
    }
}
