//! When mappings were used: for people, for spreadsheets and for programs.

mod text;

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Shown, plural};
use crate::desired::{Desired, MappingOwner};
use crate::mappings::SourceLines;
use crate::resource::Address;
use crate::usage::{Tally, Times};
use crate::value::{EnvironmentName, EnvironmentRole, GroupId, ProjectId};

/// The use of the mappings, by audit logs.
pub(crate) struct UsageAnswer<'a> {
    /// What the logs add up to.
    pub(crate) tally: &'a Tally,
    /// What the files declare.
    pub(crate) desired: &'a Desired,
    /// Where the mappings are written.
    pub(crate) lines: &'a SourceLines<'a>,
    /// Which mappings count as unused, if that is asked.
    pub(crate) unused: Option<Unused>,
}

/// How long a mapping must have been without use to be listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unused {
    time: Duration,
    since: Option<SystemTime>,
}

impl Unused {
    /// Unused for this long before `now`.
    pub(crate) fn for_at_least(time: Duration, now: SystemTime) -> Self {
        let since = now.checked_sub(time);
        Self { time, since }
    }
}

/// When a mapping was last used, relative to the time that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum LastUse {
    /// Within that time.
    Used,
    /// Before that time, or never.
    Unused,
    /// Unknown, because the log begins later.
    Unknown,
}

/// One role that gives credentials.
#[derive(Serialize)]
struct UsageRow<'a> {
    path: String,
    project: Option<&'a str>,
    project_id: Option<ProjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<GroupId>,
    environment: Option<&'a str>,
    /// Which of several roles of the environment it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    sessions: u64,
    last_use: Option<String>,
    /// The JWT roles whose tokens were given the sessions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    jwt_roles: Vec<SessionsByJwtRole<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#use: Option<LastUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// How many sessions the tokens of a JWT role were given.
#[derive(Serialize)]
struct SessionsByJwtRole<'a> {
    jwt_role: &'a str,
    sessions: u64,
    last_use: Option<String>,
}

/// A refusal, or a login by a role that the files lack.
#[derive(Serialize)]
struct UsageEvent {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    /// Of a refusal, whether the files have the role that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_files: Option<bool>,
    count: u64,
    last: Option<String>,
}

#[derive(Serialize)]
struct UsageDocument<'a> {
    version: u8,
    from: Option<String>,
    to: Option<String>,
    lines: u64,
    unreadable: u64,
    other_namespaces: u64,
    mappings: Vec<UsageRow<'a>>,
    refused: Vec<UsageEvent>,
    other_refused: u64,
    foreign_logins: Vec<UsageEvent>,
    refused_logins: Vec<UsageEvent>,
}

impl<'a> UsageAnswer<'a> {
    /// For a spreadsheet: one line for each mapping.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record([
            "path",
            "project",
            "project_id",
            "environment",
            "sessions",
            "last_use",
            "use",
            "file",
            "line",
            "key",
            "role",
            "group",
            "group_id",
        ])?;
        for row in self.rows() {
            let id = row.project_id.map(|id| id.to_string());
            let used = row.r#use.map(|used| match used {
                LastUse::Used => "used",
                LastUse::Unused => "unused",
                LastUse::Unknown => "unknown",
            });
            csv.write_record([
                cell(&row.path),
                cell(row.project.unwrap_or_default()),
                id.unwrap_or_default(),
                cell(row.environment.unwrap_or_default()),
                row.sessions.to_string(),
                row.last_use.unwrap_or_default(),
                used.unwrap_or_default().to_owned(),
                cell(row.file.unwrap_or_default()),
                row.line.map_or_else(String::new, |line| line.to_string()),
                cell(&row.key.unwrap_or_default()),
                cell(row.role.unwrap_or_default()),
                cell(row.group.unwrap_or_default()),
                row.group_id.map(|id| id.to_string()).unwrap_or_default(),
            ])?;
        }
        csv.flush()
    }

    /// For programs.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(crate) fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let tally = self.tally;
        let document = UsageDocument {
            version: 1,
            from: tally.period.map(|(first, _)| shown_time(first)),
            to: tally.period.map(|(_, last)| shown_time(last)),
            lines: tally.lines,
            unreadable: tally.unreadable,
            other_namespaces: tally.elsewhere,
            mappings: self.rows(),
            refused: self.refused(),
            other_refused: tally.other_refused.count,
            foreign_logins: self.foreign_logins(),
            refused_logins: self.refused_logins(),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    /// What was read, and what could not be parsed.
    fn looked_at(&self) -> String {
        format!("Log: {}.", log_read(self.tally))
    }

    /// Every role that gives credentials: those of the files, and others that appear in the log.
    fn rows(&self) -> Vec<UsageRow<'a>> {
        let gives = |address: &&Address| !address.kind.credentials().is_empty();
        let declared = self.desired.resources.keys().filter(gives);
        let given = self.tally.given.keys();
        let mut addresses: Vec<&Address> = declared.chain(given).collect();
        addresses.sort();
        addresses.dedup();
        addresses
            .into_iter()
            .map(|address| self.row(address))
            .collect()
    }

    fn row(&self, address: &'a Address) -> UsageRow<'a> {
        let times = self.tally.given.get(address).copied().unwrap_or_default();
        let mapping = self.desired.mappings.get(address);
        let environment = mapping.and_then(|mapping| mapping.environment.as_ref());
        let owner = mapping.map(|mapping| &mapping.owner);
        let project_id = owner.and_then(MappingOwner::project_id);
        let group_id = owner.and_then(MappingOwner::group_id);
        let path = owner.map(MappingOwner::path);
        let written = mapping.and_then(|_| self.lines.mapping(&address.name));
        let jwt_roles = self.tally.given_by.get(address).into_iter().flatten();
        let jwt_roles = jwt_roles.map(|(jwt_role, times)| SessionsByJwtRole {
            jwt_role,
            sessions: times.count,
            last_use: times.last.map(shown_time),
        });
        UsageRow {
            path: address.path(),
            project: path.filter(|_| project_id.is_some()),
            project_id,
            group: path.filter(|_| group_id.is_some()),
            group_id,
            environment: environment.map(EnvironmentName::as_str),
            role: mapping
                .and_then(|mapping| mapping.role.as_ref())
                .map(EnvironmentRole::as_str),
            sessions: times.count,
            last_use: times.last.map(shown_time),
            jwt_roles: jwt_roles.collect(),
            r#use: self.unused.map(|unused| self.used(times, unused)),
            file: written.map(|(line, _)| line.path),
            line: written.map(|(line, _)| line.line),
            key: written.map(|(_, key)| key.to_owned()),
        }
    }

    fn used(&self, times: Times, unused: Unused) -> LastUse {
        let first = self.tally.period.map(|(first, _)| first);
        if times.last.is_some_and(|last| Some(last) >= unused.since) {
            LastUse::Used
        } else if times.last.is_some() || first.is_some_and(|first| Some(first) <= unused.since) {
            LastUse::Unused
        } else {
            LastUse::Unknown
        }
    }

    fn owner(&self, row: &UsageRow<'_>) -> String {
        let project = row.project.zip(row.project_id);
        let project = project.map(|(path, id)| ("project", path, id.get()));
        let group = row.group.zip(row.group_id);
        let group = group.map(|(path, id)| ("group", path, id.get()));
        match project.or(group) {
            Some((of, path, id)) => {
                let environment = row.environment.unwrap_or("default");
                let role = row.role.map(|role| format!(", role {}", Shown::text(role)));
                format!(
                    "  ({of} {id} ({}), {}{})",
                    Shown::text(path),
                    Shown::text(environment),
                    role.unwrap_or_default()
                )
            }
            _ if self
                .desired
                .resources
                .keys()
                .any(|address| address.path() == row.path) =>
            {
                String::new()
            }
            _ => "  (not in the files)".into(),
        }
    }

    fn refused(&self) -> Vec<UsageEvent> {
        let refused = self.tally.refused.iter();
        let events = refused.map(|(refused, times)| UsageEvent {
            role: refused.role.clone(),
            project_id: refused.project_id.clone(),
            in_files: Some(self.desired.resources.contains_key(&refused.target)),
            ..UsageEvent::new(refused.path.clone(), *times)
        });
        events.collect()
    }

    fn foreign_logins(&self) -> Vec<UsageEvent> {
        let foreign = self.tally.logins.iter();
        let foreign = foreign.filter(|(role, _)| !self.desired.resources.contains_key(role));
        let events = foreign.map(|(role, times)| UsageEvent {
            role: Some(role.name.clone()),
            ..UsageEvent::new(format!("auth/{}", role.mount), *times)
        });
        events.collect()
    }

    fn refused_logins(&self) -> Vec<UsageEvent> {
        let refused = self.tally.refused_logins.iter();
        let events = refused.map(|(mount, times)| UsageEvent::new(mount.clone(), *times));
        events.collect()
    }
}

impl UsageEvent {
    fn new(path: String, times: Times) -> Self {
        Self {
            path,
            role: None,
            project_id: None,
            in_files: None,
            count: times.count,
            last: times.last.map(shown_time),
        }
    }
}

/// What was read of a log, and what could not be parsed.
pub(super) fn log_read(tally: &Tally) -> String {
    let lines = plural_of(tally.lines, "line");
    let mut text = match tally.period {
        Some((first, last)) => {
            format!("{} to {}, {lines}", shown_time(first), shown_time(last))
        }
        None => format!("{lines}, and no entry with a time"),
    };
    if tally.unreadable > 0 {
        let lines = plural_of(tally.unreadable, "line");
        text += &format!("; not an entry of an audit log: {lines}");
    }
    if tally.elsewhere > 0 {
        let answers = plural_of(tally.elsewhere, "answer");
        text += &format!("; of other namespaces, and not counted: {answers}");
    }
    text
}

/// In days if it is a whole number of days: users ask for 90 days, not for two months and 29 days.
fn shown_duration(time: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    match time.as_secs() {
        seconds if seconds > 0 && seconds % DAY == 0 => plural_of(seconds / DAY, "day"),
        _ => humantime::format_duration(time).to_string(),
    }
}

/// A time as all reports show it.
pub(super) fn shown_time(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

fn plural_of(count: u64, noun: &str) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

/// A cell that no spreadsheet reads as a formula: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    let text = Shown::text(text).to_string();
    if text.starts_with(['=', '+', '-', '@']) {
        return format!("'{text}");
    }
    text
}
