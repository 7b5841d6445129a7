//! Who reaches an identity in AWS: every way, what is not known, and what was looked at.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;

use super::mermaid::label;
use super::{Out, json};
use crate::access::{
    Jwts, LoginRole, NOT_LOOKED_AT, ProjectNames, Reachability, Unknown, Way, user_claim,
};
use crate::report::{Shown, Styles, markdown};

/// The answer to who reaches some identities in AWS.
pub(crate) struct WaysAnswer<'a, 'c> {
    /// The name or glob that was asked about.
    pub(crate) asked: &'a str,
    /// The ways.
    pub(crate) found: Reachability<'c>,
    /// What people call the projects.
    pub(crate) names: &'a ProjectNames,
    /// The mounts, roles and policies.
    pub(crate) looked_at: String,
    /// Whether these are those of Vault, and not of the files.
    pub(crate) is_live: bool,
}

impl WaysAnswer<'_, '_> {
    /// For a terminal or a job's log.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()> {
        let style = styles.changed();
        for unknown in &self.found.unknown {
            let line = self.unknown(unknown);
            writeln!(out, "{style}!{style:#} {}", Shown::text(&line))?;
        }
        if self.found.is_nobody() {
            let answer = format!("nobody can reach {}", self.asked);
            writeln!(out, "{}", Shown::text(&answer))?;
        }
        let ways = &self.found.ways;
        for of_identity in ways.chunk_by(|a, b| a.identity == b.identity) {
            writeln!(out, "{}", Shown::text(&of_identity[0].identity.to_string()))?;
            for way in of_identity {
                let (style, sign) = match way.after {
                    None => (styles.added(), '+'),
                    Some(_) => (styles.changed(), '~'),
                };
                let who = self.who(way);
                writeln!(out, "  {style}{sign}{style:#} {}", Shown::text(&who))?;
                writeln!(out, "      {}", Shown::text(&path_of(way)))?;
            }
        }
        writeln!(out, "{}", Shown::text(&self.scope()))
    }

    /// For a merge request or an issue.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn markdown(&self, out: Out<'_>) -> io::Result<()> {
        let cell = |text: &str| markdown::code(&Shown::text(text));
        writeln!(out, "| In AWS | Who | Way |\n|---|---|---|")?;
        for unknown in &self.found.unknown {
            writeln!(out, "| unknown | {} | |", cell(&self.unknown(unknown)))?;
        }
        if self.found.is_nobody() {
            writeln!(out, "| {} | nobody | |", cell(self.asked))?;
        }
        for way in &self.found.ways {
            let (identity, who) = (way.identity.to_string(), self.who(way));
            let path = path_of(way);
            writeln!(
                out,
                "| {} | {} | {} |",
                cell(&identity),
                cell(&who),
                cell(&path)
            )?;
        }
        writeln!(out, "\n{}", cell(&self.scope()))
    }

    /// As a diagram that GitLab draws.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn mermaid(&self, out: Out<'_>) -> io::Result<()> {
        writeln!(out, "flowchart LR")?;
        let mut identities = BTreeMap::new();
        let ways = self
            .found
            .ways
            .iter()
            .map(|way| (way.identity.to_string(), self.who(way)));
        let unknown = self.found.unknown.iter();
        let unknown =
            unknown.map(|one| (self.asked.to_owned(), format!("! {}", self.unknown(one))));
        for (index, (identity, who)) in ways.chain(unknown).enumerate() {
            let next = identities.len();
            let place = *identities.entry(identity.clone()).or_insert(next);
            if place == next {
                writeln!(out, "  aws{place}([\"{}\"])", label(&identity))?;
            }
            writeln!(out, "  who{index}[\"{}\"] --> aws{place}", label(&who))?;
        }
        Ok(())
    }

    /// For programs.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn json(&self, out: Out<'_>) -> io::Result<()> {
        let answer = Answer {
            format_version: json::FORMAT_VERSION,
            asked: self.asked,
            nobody: self.found.is_nobody(),
            unknown: self
                .found
                .unknown
                .iter()
                .map(|one| self.unknown_record(one))
                .collect(),
            ways: self
                .found
                .ways
                .iter()
                .map(|way| self.way_record(way))
                .collect(),
            looked_at: &self.looked_at,
            live: self.is_live,
            not_looked_at: NOT_LOOKED_AT,
        };
        json::write(&answer, out)
    }

    fn who(&self, way: &Way<'_>) -> String {
        let who = self.names.who(&way.jwts);
        let Some(after) = &way.after else {
            return who;
        };
        let other = self.names.who(&after.jwts);
        let roles = names(&after.roles);
        let alias = match after.roles.as_slice() {
            [first, ..] if user_claim(first.role) == user_claim(way.through.role) => {
                user_claim(first.role).to_owned()
            }
            [first, ..] => format!(
                "{} as this one's {}",
                user_claim(first.role),
                user_claim(way.through.role)
            ),
            [] => "alias".to_owned(),
        };
        format!("{who}; once another job with the same {alias} has logged in by {roles}: {other}")
    }

    fn unknown(&self, unknown: &Unknown<'_>) -> String {
        let who = self.names.who(&unknown.jwts);
        let target = match unknown.target {
            Some(target) => format!("{target}"),
            None => "anything".into(),
        };
        format!(
            "unknown: {} may allow {target}, as {}; its tokens are those of {who} through {}",
            unknown.what,
            unknown.why,
            names(&unknown.through)
        )
    }

    fn scope(&self) -> String {
        let place = if self.is_live {
            "in Vault"
        } else {
            "in the files"
        };
        format!(
            "Looked at: {} {place}. Not looked at: {NOT_LOOKED_AT}.",
            self.looked_at
        )
    }

    fn unknown_record(&self, unknown: &Unknown<'_>) -> UnknownRecord {
        UnknownRecord {
            what: unknown.what.clone(),
            why: unknown.why.clone(),
            who: self.names.who(&unknown.jwts),
            jwts: unknown.jwts.clone(),
            through: unknown.through.iter().map(ToString::to_string).collect(),
            aws_role: unknown.target.map(|target| target.to_string()),
        }
    }

    fn way_record(&self, way: &Way<'_>) -> WayRecord {
        WayRecord {
            identity: way.identity.name.clone(),
            session_policy: way.identity.session_policy.clone(),
            aws_role: way.target.to_string(),
            path: way.target.path(way.door),
            capability: way.capability.to_string(),
            parameters: way.request.parameters.clone(),
            wrapped: way.request.wrapped,
            mount: way.through.mount.to_owned(),
            role: way.through.name.to_owned(),
            rules: way.rules.iter().map(json::Rule::from).collect(),
            who: self.names.who(&way.jwts),
            example: way.jwts.example(),
            jwts: way.jwts.clone(),
            after_login: way.after.as_ref().map(|after| OtherLogin {
                roles: after
                    .roles
                    .iter()
                    .map(|role| role.name.to_owned())
                    .collect(),
                who: self.names.who(&after.jwts),
                jwts: after.jwts.clone(),
            }),
        }
    }
}

/// `aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of p, with the parameter …`
fn path_of(way: &Way<'_>) -> String {
    let rules: Vec<String> = way
        .rules
        .iter()
        .map(|rule| format!("rule {} of {}", rule.number, rule.policy))
        .collect();
    let mut path = format!(
        "{} through {} by {}",
        way.target.path(way.door),
        way.through,
        rules.join(" and ")
    );
    for (name, value) in &way.request.parameters {
        path.push_str(&format!(", with {name}={value}"));
    }
    if way.request.wrapped {
        path.push_str(", wrapped");
    }
    path
}

/// The first role, and how many others there are.
fn names(roles: &[&LoginRole<'_>]) -> String {
    match roles {
        [] => "no role".into(),
        [one] => one.to_string(),
        [first, others @ ..] => format!("{first} or {} more", others.len()),
    }
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    format_version: u32,
    asked: &'a str,
    /// Whether nobody reaches it, as far as was looked.
    nobody: bool,
    unknown: Vec<UnknownRecord>,
    ways: Vec<WayRecord>,
    looked_at: &'a str,
    /// Whether the roles and policies are those of Vault.
    live: bool,
    not_looked_at: &'static str,
}

#[derive(Debug, Serialize)]
struct UnknownRecord {
    what: String,
    why: String,
    who: String,
    jwts: Jwts,
    through: Vec<String>,
    /// The AWS role that it may give; null for any.
    aws_role: Option<String>,
}

#[derive(Debug, Serialize)]
struct WayRecord {
    identity: String,
    /// A digest of the session policy, if there is one.
    session_policy: Option<String>,
    aws_role: String,
    /// The path of the request.
    path: String,
    /// `update` for a POST, `read` for a GET.
    capability: String,
    /// What the request has to have.
    parameters: BTreeMap<String, String>,
    wrapped: bool,
    mount: String,
    role: String,
    rules: Vec<json::Rule>,
    who: String,
    /// The claims of one such JWT.
    example: Option<BTreeMap<String, Value>>,
    /// All such JWTs: alternatives, each with what claims have to be.
    jwts: Jwts,
    after_login: Option<OtherLogin>,
}

#[derive(Debug, Serialize)]
struct OtherLogin {
    roles: Vec<String>,
    who: String,
    jwts: Jwts,
}
