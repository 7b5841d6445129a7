//! The claims of a job's JWT: for people, and for programs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{CheckFormat, Shown, shown};
use crate::diagnostic::escaped_json;
use crate::id_token::VerifiedJwt;
use crate::value::GitLabClaim;

/// The version of the JSON. It increases when a field is removed or changes its meaning, not when one is added.
const FORMAT_VERSION: u32 = 1;

/// The longest that a value is shown, in characters.
const LONGEST_VALUE: usize = 200;

/// The claims of a JWT, and what they are for.
pub(crate) struct WhoAmI<'a> {
    /// The JWT.
    pub(crate) jwt: &'a VerifiedJwt,
    /// Where the keys are.
    pub(crate) jwks_url: &'a str,
    /// The claims by which the JWT roles of the files decide; `None` where there are no files.
    pub(crate) deciding: Option<&'a BTreeSet<String>>,
}

/// The claims for programs.
#[derive(Serialize)]
struct WhoAmIDocument<'a> {
    format_version: u32,
    jwks_url: &'a str,
    key_id: &'a str,
    valid_until: String,
    claims: &'a BTreeMap<String, Value>,
    /// Null where there are no files.
    decided_by: Option<&'a BTreeSet<String>>,
}

impl WhoAmI<'_> {
    /// In a format.
    pub(crate) fn write(&self, format: CheckFormat) -> String {
        match format {
            CheckFormat::Text => self.text(),
            CheckFormat::Json => self.json(),
        }
    }

    fn text(&self) -> String {
        let mut rows = vec![[
            "claim".into(),
            "value".into(),
            "who can change it".to_owned(),
        ]];
        rows.extend(self.jwt.claims.iter().map(|(name, value)| {
            let known = GitLabClaim::named(name);
            let who = known.map_or_else(|| "unknown".to_owned(), about);
            [
                self.marked(name),
                Shown::clipped(&plain(value), LONGEST_VALUE).to_string(),
                who,
            ]
        }));
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let (names, values) = (width(0), width(1));
        let mut text = format!(
            "Verified with the keys at {}: valid until {}.\n\n",
            Shown::text(self.jwks_url),
            self.valid_until()
        );
        for [name, value, who] in &rows {
            text.push_str(&format!("{name:names$}  {value:values$}  {who}\n"));
        }
        let absent = GitLabClaim::all().filter(|claim| !self.jwt.claims.contains_key(claim.name));
        let absent: Vec<String> = absent
            .map(|claim| format!("{} ({})", claim.name, claim.presence.described()))
            .collect();
        if !absent.is_empty() {
            text.push_str(&format!("\nNot in this JWT: {}.\n", absent.join(", ")));
        }
        text.push_str(match self.deciding {
            Some(_) => "\n* A JWT role of the files decides by it.\n",
            None => "\nThere are no files here, so which of these Vault decides by is unknown.\n",
        });
        text
    }

    fn json(&self) -> String {
        let document = WhoAmIDocument {
            format_version: FORMAT_VERSION,
            jwks_url: self.jwks_url,
            key_id: &self.jwt.key_id,
            valid_until: self.valid_until(),
            claims: &self.jwt.claims,
            decided_by: self.deciding,
        };
        // Fails only for a map whose keys are not strings, and there is none.
        let json = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
        escaped_json(&json, |c| c == '\n' || shown::is_plain(c))
    }

    fn valid_until(&self) -> String {
        humantime::format_rfc3339_seconds(self.jwt.expires).to_string()
    }

    fn marked(&self, name: &str) -> String {
        let is_deciding = self.deciding.is_some_and(|names| names.contains(name));
        let star = if is_deciding { " *" } else { "" };
        format!("{}{star}", Shown::text(name))
    }
}

/// Who can change a claim, since which version of GitLab there is one, and what else is to be known.
fn about(claim: GitLabClaim) -> String {
    let since = match claim.since {
        "" => String::new(),
        version => format!("; since GitLab {version}"),
    };
    let remark = match claim.remark() {
        "" => String::new(),
        remark => format!("; {remark}"),
    };
    format!("{}{since}{remark}", claim.chosen_by.described())
}

/// A string without quotes, and everything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
