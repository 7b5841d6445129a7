//! What the entries of a log add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use memchr::memmem::Finder;

use super::entry::AuditEntry;
use crate::desired::Desired;
use crate::resource::{Address, Kind};

/// How many different refusals are kept apart: callers choose what they ask for.
const MAX_REFUSED: usize = 10_000;

/// The longest path that is kept, in bytes; Vault takes requests with longer ones.
const LONGEST_PATH: usize = 1024;

/// How often something happened, and when last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// How often.
    pub(crate) count: u64,
    /// When last.
    pub(crate) last: Option<SystemTime>,
}

impl Times {
    fn add(&mut self, time: Option<SystemTime>) {
        self.count += 1;
        self.last = self.last.max(time);
    }
}

/// A request for credentials that gave none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refused {
    /// The path that was asked for.
    pub(crate) path: String,
    /// The role that gives credentials there.
    pub(crate) target: Address,
    /// The JWT role of the token.
    pub(crate) role: Option<String>,
    /// The project of the token, where its metadata has `project_id`.
    pub(crate) project_id: Option<String>,
}

/// What a log says of the mounts of the files.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The first and the last entry.
    pub(crate) period: Option<(SystemTime, SystemTime)>,
    /// How many lines the log has.
    pub(crate) lines: u64,
    /// How many of them are no entries of an audit log.
    pub(crate) unreadable: u64,
    /// How many entries are of other namespaces.
    pub(crate) elsewhere: u64,
    /// Sessions and keys that were given, by the role of the AWS engine.
    pub(crate) given: BTreeMap<Address, Times>,
    /// How many of them each JWT role's tokens were given.
    pub(crate) given_by: BTreeMap<Address, BTreeMap<String, Times>>,
    /// Requests for credentials that gave none.
    pub(crate) refused: BTreeMap<Refused, Times>,
    /// Refused requests besides, of which each may differ from all others.
    pub(crate) other_refused: Times,
    /// Logins that gave a token, by JWT role.
    pub(crate) logins: BTreeMap<Address, Times>,
    /// Logins that were refused, by the API path of the auth mount.
    pub(crate) refused_logins: BTreeMap<String, Times>,
}

/// The paths that matter.
pub(super) struct Paths {
    /// What the paths of credentials begin with, the kind of the roles and the mount.
    credentials: BTreeSet<(String, Kind, String)>,
    /// The paths of logins, with the mount.
    logins: BTreeMap<String, String>,
    namespace: String,
    /// How the paths stand in an entry.
    written: Vec<Finder<'static>>,
}

impl Paths {
    /// Those of the mounts of the files, which are in this namespace.
    pub(super) fn new(desired: &Desired, namespace: &str) -> Self {
        let mut credentials = BTreeSet::new();
        let mut logins = BTreeMap::new();
        for folder in &desired.owned {
            let Address { kind, mount, .. } = folder.item("");
            for path in kind.credentials() {
                credentials.insert((format!("{mount}/{path}/"), kind, mount.clone()));
            }
            if kind == Kind::JwtRole {
                logins.insert(format!("auth/{mount}/login"), mount);
            }
        }
        let written = credentials
            .iter()
            .map(|(prefix, ..)| format!("\"{prefix}"))
            .chain(logins.keys().map(|login| format!("\"{login}\"")))
            .map(|text| Finder::new(&text).into_owned());
        Self {
            written: written.collect(),
            credentials,
            logins,
            namespace: namespace.trim_matches('/').to_owned(),
        }
    }

    /// Whether a line may be about one of them: most are not, and reading them as JSON takes most of the time.
    pub(super) fn may_be_in(&self, line: &[u8]) -> bool {
        self.written.iter().any(|path| path.find(line).is_some())
    }
}

impl Tally {
    /// Counts an entry.
    pub(super) fn add(&mut self, entry: &AuditEntry<'_>, paths: &Paths) {
        let time = entry.time();
        self.extend(time);
        if !entry.is_answer() {
            return;
        }
        if entry.namespace() != paths.namespace {
            self.elsewhere += 1;
            return;
        }
        let path = entry.path();
        let mut credentials = paths.credentials.iter();
        if let Some((role, kind, mount)) = credentials.find_map(|(prefix, kind, mount)| {
            Some((path.strip_prefix(prefix.as_str())?, *kind, mount))
        }) {
            let role = Address::of_role(kind, mount, role);
            if entry.gave_credentials() {
                if let Some(jwt_role) = entry.metadata("role") {
                    let by = self.given_by.entry(role.clone()).or_default();
                    by.entry(jwt_role.to_owned()).or_default().add(time);
                }
                self.given.entry(role).or_default().add(time);
            } else {
                self.refuse(entry, role, time);
            }
        } else if let Some(mount) = paths.logins.get(path) {
            match entry.metadata("role") {
                Some(role) => {
                    let role = Address::of_role(Kind::JwtRole, mount, role);
                    self.logins.entry(role).or_default().add(time);
                }
                None => self
                    .refused_logins
                    .entry(format!("auth/{mount}"))
                    .or_default()
                    .add(time),
            }
        }
    }

    /// Counts a time for the period.
    pub(super) fn extend(&mut self, time: Option<SystemTime>) {
        if let Some(time) = time {
            let (first, last) = self.period.unwrap_or((time, time));
            self.period = Some((first.min(time), last.max(time)));
        }
    }

    fn refuse(&mut self, entry: &AuditEntry<'_>, target: Address, time: Option<SystemTime>) {
        if entry.path().len() > LONGEST_PATH {
            self.other_refused.add(time);
            return;
        }
        let refused = Refused {
            path: entry.path().to_owned(),
            target,
            role: entry.metadata("role").map(str::to_owned),
            project_id: entry.metadata("project_id").map(str::to_owned),
        };
        if self.refused.len() < MAX_REFUSED || self.refused.contains_key(&refused) {
            self.refused.entry(refused).or_default().add(time);
        } else {
            self.other_refused.add(time);
        }
    }
}
