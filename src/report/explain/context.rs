//! What all answers have in common: the names of projects, and the scope.

use std::collections::BTreeSet;
use std::io;

use super::Out;
use super::record::{OtherLogin, UnknownRecord, UseRecord, WayRecord, WaySources};
use crate::access::{
    Cause, Jwts, LoginRole, ProjectNames, Unknown, Way, not_looked_at, user_claim,
};
use crate::desired::Desired;
use crate::mappings::{SourceLine, SourceLines};
use crate::report::usage::{log_read, shown_time};
use crate::report::{Shown, Styles, markdown, plural};
use crate::resource::{Address, Kind};
use crate::usage::{Tally, Times};
use crate::value::Date;

/// The names of projects, and what an answer is based on.
pub(crate) struct Context<'a> {
    /// The paths of projects by id.
    pub(crate) names: &'a ProjectNames,
    /// The files, which say when access ends.
    pub(crate) desired: &'a Desired,
    /// The mounts, roles and policies that were looked at.
    pub(crate) looked_at: String,
    /// Whether these come from Vault and not from the files.
    pub(crate) is_live: bool,
    /// Whether the question is about some logins only.
    pub(crate) is_narrowed: bool,
    /// The API paths that the server can't list, so that only what the files declare was read there.
    pub(crate) unlistable: &'a BTreeSet<String>,
    /// Where the files declare what decides.
    pub(crate) lines: &'a SourceLines<'a>,
    /// What an audit log says, if one was read.
    pub(crate) usage: Option<&'a Tally>,
}

/// Whose JWTs they are, for tables: the ids and paths of projects, the issuers and the environments, `*` if they are not
/// listed one by one.
pub(super) struct JobColumns {
    pub(super) ids: String,
    pub(super) projects: String,
    pub(super) issuers: String,
    pub(super) environments: String,
    /// The description.
    pub(super) who: String,
}

impl Context<'_> {
    /// Who can reach something if the answer has no way.
    pub(super) const fn nobody(&self) -> &'static str {
        if self.is_narrowed {
            "no login that matches the filters"
        } else {
            "nobody"
        }
    }

    /// Describes the jobs that have a way.
    pub(super) fn who(&self, way: &Way<'_>) -> String {
        let who = self.names.who(&way.jwts);
        match self.after(way) {
            None => who,
            Some(after) => format!("{who}; {after}"),
        }
    }

    /// The path of a way, when it ends, and when it was last used.
    pub(super) fn path_of(&self, way: &Way<'_>) -> String {
        let request = way.target.path(way.credential_path);
        let path = format!("{request} {}", self.way_without_request(way));
        let parts = [Some(path), self.end(way), self.last_use(way)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join("; ")
    }

    /// How a way leads to its request: `through auth/gitlab/role/aws by rule 1 of p, with the parameter …`
    pub(super) fn way_without_request(&self, way: &Way<'_>) -> String {
        let mut path = format!("through {} by {}", way.through, rules_of(way));
        for (name, value) in &way.request.parameters {
            path.push_str(&format!(", with {name}={value}"));
        }
        if way.request.wrapping.is_required() {
            path.push_str(&format!(", {}", way.request.wrapping));
        }
        path
    }

    /// How often the AWS role of a way gave credentials, and when last; `None` if no log was read.
    pub(super) fn times_of(&self, way: &Way<'_>) -> Option<Times> {
        let given = &self.usage?.given;
        Some(given.get(&role_of(way)).copied().unwrap_or_default())
    }

    /// `last used at 2026-11-27T08:00:00Z`
    fn last_use(&self, way: &Way<'_>) -> Option<String> {
        Some(match self.times_of(way)?.last {
            Some(last) => format!("last used at {}", shown_time(last)),
            None => "not used in the log".into(),
        })
    }

    /// The lines of the files that declare the login role and the rules of a way.
    pub(super) fn lines_of(&self, way: &Way<'_>) -> Vec<String> {
        let through = way.through;
        let role = self.lines.jwt_role(through.mount, through.name);
        let role = role.map(|line| format!("{through} ({line})"));
        let rules = way.rules.iter().filter_map(|rule| {
            let line = self.lines.rule(&rule.policy, rule.number)?;
            Some(format!("rule {} of {} ({line})", rule.number, rule.policy))
        });
        role.into_iter().chain(rules).collect()
    }

    /// The line that makes the AWS role of a way: a mapping, or an entry of `vault.yaml`.
    pub(super) fn line_of_target(&self, way: &Way<'_>) -> Option<SourceLine<'_>> {
        let mapping = self.lines.mapping(way.target.name);
        let mapping = mapping.map(|(line, _)| line);
        mapping.or_else(|| self.lines.aws_role(way.target.mount, way.target.name))
    }

    /// The lines of a way.
    pub(super) fn sources_of(&self, way: &Way<'_>) -> WaySources {
        let text = |line: SourceLine<'_>| line.to_string();
        let rules = way.rules.iter();
        let rules = rules.filter_map(|rule| self.lines.rule(&rule.policy, rule.number));
        let rules: BTreeSet<SourceLine<'_>> = rules.collect();
        WaySources {
            aws_role: self.line_of_target(way).map(text),
            login_role: self
                .lines
                .jwt_role(way.through.mount, way.through.name)
                .map(text),
            rules: rules.into_iter().map(text).collect(),
        }
    }

    /// Whose JWTs they are.
    pub(super) fn columns(&self, jwts: &Jwts) -> JobColumns {
        let any = || "*".to_owned();
        let ids = jwts.texts_of("project_id");
        let projects = ids.as_ref().map_or_else(any, |ids| {
            let paths = ids.iter().filter_map(|id| self.names.path_of(id));
            paths.collect::<Vec<_>>().join(" ")
        });
        let listed = |claim| {
            let texts = jwts.texts_of(claim);
            texts.map_or_else(any, |texts| texts.into_iter().collect::<Vec<_>>().join(" "))
        };
        JobColumns {
            ids: listed("project_id"),
            projects,
            issuers: listed("iss"),
            environments: listed("environment"),
            who: self.names.who(jwts),
        }
    }

    /// What was looked at, and where.
    pub(super) fn looked_at_where(&self) -> String {
        let place = if self.is_live {
            "in Vault"
        } else {
            "in the files"
        };
        format!("{} {place}", self.looked_at)
    }

    /// When a way ends: `until the end of 2026-12-31 (UTC)`.
    pub(super) fn end(&self, way: &Way<'_>) -> Option<String> {
        let role = role_of(way);
        match self.desired.expired.get(&role) {
            Some(mapping) => mapping.end(),
            None => {
                let day = self.last_day(way)?;
                Some(format!("until the end of {day} (UTC)"))
            }
        }
    }

    /// The last day of the mapping whose AWS role a way gives.
    pub(super) fn last_day(&self, way: &Way<'_>) -> Option<Date> {
        self.desired.mapping(&role_of(way))?.expires
    }

    /// Describes the other login that a way needs.
    pub(super) fn after(&self, way: &Way<'_>) -> Option<String> {
        let after = way.after.as_ref()?;
        let other = self.names.who(&after.jwts);
        let roles = names(&after.roles);
        let own = user_claim(way.through.role);
        let alias = match after.roles.as_slice() {
            [first, ..] if user_claim(first.role) == own => own.to_owned(),
            [first, ..] => format!("{} as this one's {own}", user_claim(first.role)),
            [] => "alias".to_owned(),
        };
        Some(format!(
            "once another job with the same {alias} has logged in by {roles}: {other}"
        ))
    }

    /// Describes something unknown.
    pub(super) fn unknown(&self, unknown: &Unknown<'_>) -> String {
        let Unknown { what, why, .. } = unknown;
        let target = match unknown.target {
            Some(target) => target.to_string(),
            None => "anything".into(),
        };
        let who = self.names.who(&unknown.jwts);
        let through = names(&unknown.through);
        match unknown.cause {
            Cause::Power => {
                format!(
                    "unknown: {who} through {through} may get anything by {what}, because {why}"
                )
            }
            Cause::Credentials => {
                format!("unknown: {who} through {through} may get {target} by {what}, as {why}")
            }
            Cause::Unread if !unknown.through.is_empty() => format!(
                "unknown: {what} may allow {target}, because {why}; its tokens are those of {who} through {through}"
            ),
            Cause::Unread | Cause::Login => {
                format!("unknown: {what} may allow {target}, because {why}")
            }
        }
    }

    /// What was not looked at.
    pub(super) fn not_looked_at(&self) -> String {
        let unlistable = self.unlistable.iter();
        let unlistable = unlistable
            .map(|path| format!("what else is in {path}, which this server can't list; "));
        unlistable
            .chain([not_looked_at(self.is_live).to_owned()])
            .collect()
    }

    /// What was looked at, and what was not.
    pub(crate) fn scope(&self) -> String {
        let log = self
            .usage
            .map(|usage| format!(" Audit log: {}.", log_read(usage)));
        format!(
            "Looked at: {}. Not looked at: {}.{}",
            self.looked_at_where(),
            self.not_looked_at(),
            log.unwrap_or_default()
        )
    }

    /// Writes the lines about what is unknown, which come first.
    pub(super) fn write_unknown(
        &self,
        unknown: &[Unknown<'_>],
        styles: &Styles,
        out: Out<'_>,
    ) -> io::Result<()> {
        let style = styles.changed();
        for unknown in unknown {
            let line = self.unknown(unknown);
            writeln!(out, "{style}!{style:#} {}", Shown::text(&line))?;
        }
        Ok(())
    }

    /// Writes the rows of a table with three columns about what is unknown.
    pub(super) fn write_unknown_rows(
        &self,
        unknown: &[Unknown<'_>],
        out: Out<'_>,
    ) -> io::Result<()> {
        for unknown in unknown {
            let text = cell(&self.unknown(unknown));
            writeln!(out, "| unknown | {text} | |")?;
        }
        Ok(())
    }

    /// Writes the last line of a text, about the scope.
    pub(super) fn write_scope(&self, out: Out<'_>) -> io::Result<()> {
        writeln!(out, "{}", Shown::text(&self.scope()))
    }

    pub(super) fn unknown_records(&self, unknown: &[Unknown<'_>]) -> Vec<UnknownRecord> {
        let records = unknown.iter().map(|unknown| UnknownRecord {
            what: unknown.what.clone(),
            why: unknown.why.clone(),
            who: self.names.who(&unknown.jwts),
            jwts: unknown.jwts.clone(),
            through: unknown.through.iter().map(ToString::to_string).collect(),
            aws_role: unknown.target.map(|target| target.to_string()),
        });
        records.collect()
    }

    pub(super) fn way_records<'w, 'c: 'w>(
        &self,
        ways: impl IntoIterator<Item = &'w Way<'c>>,
    ) -> Vec<WayRecord> {
        ways.into_iter().map(|way| self.way_record(way)).collect()
    }

    pub(super) fn way_record(&self, way: &Way<'_>) -> WayRecord {
        let after = way.after.as_ref().map(|after| OtherLogin {
            roles: after
                .roles
                .iter()
                .map(|role| role.name.to_owned())
                .collect(),
            who: self.names.who(&after.jwts),
            jwts: after.jwts.clone(),
        });
        WayRecord::new(way, self.names.who(&way.jwts), after)
            .ending(self.last_day(way))
            .declared_at(self.sources_of(way))
            .used(self.times_of(way).map(UseRecord::from))
    }
}

fn role_of(way: &Way<'_>) -> Address {
    Address::of_role(Kind::AwsRole, way.target.mount, way.target.name)
}

/// `rule 1 of p and rule 2 of q`
pub(super) fn rules_of(way: &Way<'_>) -> String {
    let rules = way.rules.iter();
    let rules = rules.map(|rule| format!("rule {} of {}", rule.number, rule.policy));
    rules.collect::<Vec<_>>().join(" and ")
}

/// The name of the first role, and the number of the others.
fn names(roles: &[&LoginRole<'_>]) -> String {
    match roles {
        [] => "no role".into(),
        [one] => one.to_string(),
        [first, others @ ..] => format!("{first} or {}", plural(others.len(), "other role")),
    }
}

/// Data within a table.
pub(super) fn cell(text: &str) -> String {
    markdown::cell(&Shown::text(text))
}
