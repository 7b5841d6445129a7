//! Who may log in with a JWT by a program: <https://openbao.org/api-docs/auth/jwt/#create-cel-role>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Managed, MountType, Place, Rank, UnmanagedKey};
use crate::value::{Leeway, Set};

/// Who may log in with a JWT, and what the token that they get is like, by a program in Google's Common Expression
/// Language. OpenBao only.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:
///     cel_roles:
///       release:                      # a job logs in at auth/gitlab/cel/login
///         bound_audiences: [https://vault.example.com]
///         cel_program:
///           expression: |-
///             claims.project_id == "365" ? pb.Auth{policies: ["aws"]} : false
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["cel_program"]))]
pub(crate) struct JwtCelRole {
    /// The program that decides. What it allows is not understood here: to every question about access, it may allow anything.
    pub(crate) cel_program: CelProgram,
    /// The JWT must have one of these in `aud`. A job's `aud` is what its `id_tokens` say.
    pub(crate) bound_audiences: Set,
    /// The message to logins that the program refuses.
    pub(crate) message: String,
    /// How long after `exp` a JWT is still valid.
    pub(crate) expiration_leeway: Leeway,
    /// How long before `nbf` a JWT is already valid.
    pub(crate) not_before_leeway: Leeway,
    /// How far the clocks of GitLab and OpenBao may differ.
    pub(crate) clock_skew_leeway: Leeway,
}

/// A program of Google's Common Expression Language: <https://openbao.org/docs/concepts/cel/>.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:
///     cel_roles:
///       release:
///         bound_audiences: [https://vault.example.com]
///         cel_program:
///           variables:
///             - {name: is_protected, expression: 'claims.ref_protected == "true"'}
///           expression: 'is_protected ? pb.Auth{policies: ["aws"]} : false'
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["expression"]))]
pub(crate) struct CelProgram {
    /// Named values, each of which those after it and the expression can use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) variables: Vec<CelVariable>,
    /// What the program comes to: a `pb.Auth` lets in, and says what the token may do; `false` refuses.
    pub(crate) expression: String,
}

/// A named value of a program.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:
///     cel_roles:
///       release:
///         cel_program:
///           variables:
///             - {name: is_ours, expression: 'claims.namespace_id == "72"'}
///           expression: 'is_ours ? pb.Auth{policies: ["aws"]} : false'
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CelVariable {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) expression: String,
}

/// OpenBao's own defaults.
impl Default for JwtCelRole {
    fn default() -> Self {
        let seconds = |seconds| Leeway::try_from(seconds).unwrap_or_default();
        Self {
            cel_program: CelProgram::default(),
            bound_audiences: Set::default(),
            message: String::new(),
            expiration_leeway: seconds(150),
            not_before_leeway: seconds(150),
            clock_skew_leeway: seconds(60),
        }
    }
}

impl Managed for JwtCelRole {
    const TITLE: &'static str = "JWT CEL role";
    const RANK: Rank = Rank::Roles;
    const PLACE: Place = Place::Listed(MountType::JWT, "cel/role");
    const KEY: &'static str = "cel_roles";
    const UNMANAGED: Option<UnmanagedKey> = Some(UnmanagedKey {
        key: "jwt_cel_roles",
        description: "Names of CEL roles of the JWT methods.",
        ignores_case: false,
    });
    const READ_ONLY: &'static [&'static str] = &["name"];
    const ESSENTIAL: &'static [&'static str] = &["cel_program"];
}
