//! `contract.yaml`: what must hold, overriding the other files.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess};

use super::platform::Version;
use super::text_or_mapping::{self, TextOrMapping};
use crate::value::{ArnGlob, BoundClaims, Invalid, ProjectPath, RoleArn};

/// What must hold, overriding the other files. `validate`, `plan` and `apply` prove it for every JWT that GitLab can sign.
///
/// ```yaml mappings/contract.yaml
/// version: 1
/// expect:
///   - name: the production account is for protected refs
///     roles: ["arn:aws:iam::123456789013:role/*"]
///     only: {ref_protected: "true", environment: prod}
///   - name: nobody is admin
///     roles: ["arn:aws:iam::*:role/admin"]
///     only: nobody
///   - name: someproject deploys to dev
///     job: {project: somenamespace/someproject, environment: dev}
///     reaches: [arn:aws:iam::123456789012:role/gitlab-service-role]
/// ```
///
/// [The contract](contract.md) says what is proved, and how a broken expectation is shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contract {
    /// The version of the file's format.
    #[expect(dead_code, reason = "there is one version")]
    pub(crate) version: Version,
    /// What must hold.
    #[schemars(with = "Vec<ExpectationEntry>", length(min = 1))]
    pub(crate) expect: Vec<Expectation>,
}

/// One thing that must hold.
#[derive(Debug, Deserialize)]
#[serde(try_from = "ExpectationEntry")]
pub(crate) struct Expectation {
    /// What messages call it.
    pub(crate) name: String,
    /// What must hold.
    pub(crate) demand: Demand,
}

/// What an expectation demands.
#[derive(Debug)]
pub(crate) enum Demand {
    /// Nobody else reaches some IAM roles.
    Only {
        /// The IAM roles.
        roles: Vec<ArnGlob>,
        /// Who may reach them.
        only: Only,
    },
    /// A job reaches some IAM roles.
    Reaches {
        /// The job.
        job: ExpectedJob,
        /// The IAM roles.
        reaches: Vec<RoleArn>,
    },
}

/// One thing that must hold: `roles` with `only`, or `job` with `reaches`.
///
/// ```yaml mappings/contract.yaml
/// version: 1
/// expect:
///   - name: the website's production is for its protected refs
///     roles: ["arn:aws:iam::123456789013:role/website"]
///     only: {project_id: "412", ref_protected: "true"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = [{"required": ["roles", "only"]}, {"required": ["job", "reaches"]}],
    "maxProperties" = 3
))]
struct ExpectationEntry {
    /// What it is about, in your words: messages name it.
    #[schemars(length(min = 1))]
    name: String,
    /// IAM roles, by their ARNs.
    #[schemars(length(min = 1))]
    roles: Option<Vec<ArnGlob>>,
    /// The claims that every JWT has which reaches one of `roles`, each with a value, a list of values or a glob as in
    /// `bound_claims`; or `nobody`.
    only: Option<Only>,
    /// A job. Every JWT of such a job reaches each of `reaches`.
    job: Option<ExpectedJob>,
    /// The ARNs of IAM roles.
    #[schemars(length(min = 1))]
    reaches: Option<Vec<RoleArn>>,
}

/// Who may reach an IAM role.
#[derive(Debug)]
pub(crate) enum Only {
    /// No JWT.
    Nobody,
    /// JWTs with these claims.
    Claims(BoundClaims),
}

/// A job, by the claims of its JWT.
///
/// ```yaml mappings/contract.yaml
/// version: 1
/// expect:
///   - name: the website deploys to production
///     job: {project: somenamespace/website, environment: prod, claims: {ref_protected: "true"}}
///     reaches: [arn:aws:iam::123456789013:role/website]
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedJob {
    /// The path of a project that has a file; the job has its number.
    pub(crate) project: ProjectPath,
    /// The job's environment, by GitLab's name or by that of an entry under `mappings.environments`, which stands for every
    /// name that GitLab has for it. Without it, the job has none. The job deploys to it (`environment_action: start`, GitLab's
    /// default), unless `claims` has another action.
    #[schemars(length(min = 1))]
    pub(crate) environment: Option<String>,
    /// More claims of the job, each with a value, a list of values or a glob as in `bound_claims`. A claim that is not
    /// here may have any value.
    #[serde(default)]
    pub(crate) claims: BoundClaims,
}

const NOBODY: &str = "nobody";

impl TryFrom<ExpectationEntry> for Expectation {
    type Error = Invalid;

    fn try_from(entry: ExpectationEntry) -> Result<Self, Invalid> {
        let demand = match (entry.roles, entry.only, entry.job, entry.reaches) {
            (Some(roles), Some(only), None, None) => Demand::Only { roles, only },
            (None, None, Some(job), Some(reaches)) => Demand::Reaches { job, reaches },
            _ => {
                return Err(Invalid {
                    problem: "an expectation has either `roles` and `only`, or `job` and `reaches`"
                        .into(),
                    help: "write `roles` and `only` for who may reach IAM roles, or `job` and `reaches` for what a \
                           job gets"
                        .into(),
                });
            }
        };
        Ok(Self {
            name: entry.name,
            demand,
        })
    }
}

impl<'de> Deserialize<'de> for Only {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_mapping::deserialize(deserializer)
    }
}

impl TextOrMapping for Only {
    const FORMS: &'static str = "`nobody`, or a mapping of claims";

    fn from_text<E: de::Error>(text: &str) -> Result<Self, E> {
        match text {
            NOBODY => Ok(Only::Nobody),
            other => Err(E::custom(format!(
                "`{other}` is not known here; write `nobody`, or a mapping of claims such as \
                 `{{project_id: \"365\"}}`"
            ))),
        }
    }

    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        BoundClaims::deserialize(MapAccessDeserializer::new(map)).map(Only::Claims)
    }
}

impl JsonSchema for Only {
    fn schema_name() -> Cow<'static, str> {
        "Only".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut claims = generator.subschema_for::<BoundClaims>();
        claims.insert("minProperties".into(), 1.into());
        json_schema!({"anyOf": [{"const": NOBODY}, claims]})
    }
}
