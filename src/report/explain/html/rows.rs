//! The rows of an access page, as data for its script.
//!
//! Each text is written once, and rows name it by its number: most rows differ in a few texts only.

use std::collections::HashMap;
use std::io;

use crate::access::{Jwts, Unknown, Way};
use crate::report::explain::Out;
use crate::report::explain::content::Content;
use crate::report::explain::context::{Context, JobColumns};
use crate::report::page;
use crate::report::usage::shown_time;

/// Something that a reader filters by, as bits of a row's flags; the script has the same.
const UNPROTECTED: u32 = 1;
const UNKNOWN: u32 = 2;
const AFTER_LOGIN: u32 = 4;
const NOTE: u32 = 8;
const GROUP: u32 = 16;
const UNUSED: u32 = 32;

/// The columns with numbers, and those with texts.
const COLUMNS: [&str; 19] = [
    "flags",
    "line",
    "sessions",
    "who",
    "when",
    "ids",
    "projects",
    "environments",
    "issuers",
    "identity",
    "path",
    "via",
    "condition",
    "file",
    "key",
    "lines",
    "expires",
    "ttl",
    "used",
];

/// A row, before its texts are numbered.
#[derive(Default)]
struct PageRow {
    flags: u32,
    line: usize,
    sessions: u64,
    who: String,
    when: String,
    ids: String,
    projects: String,
    environments: String,
    issuers: String,
    identity: String,
    path: String,
    via: String,
    condition: String,
    file: String,
    key: String,
    lines: String,
    expires: String,
    ttl: String,
    used: String,
}

impl PageRow {
    fn texts(self) -> [String; COLUMNS.len() - 3] {
        [
            self.who,
            self.when,
            self.ids,
            self.projects,
            self.environments,
            self.issuers,
            self.identity,
            self.path,
            self.via,
            self.condition,
            self.file,
            self.key,
            self.lines,
            self.expires,
            self.ttl,
            self.used,
        ]
    }
}

/// The texts, each once.
#[derive(Default)]
struct NumberedTexts {
    numbers: HashMap<String, usize>,
    texts: Vec<String>,
}

impl NumberedTexts {
    fn number(&mut self, text: String) -> usize {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = self.texts.len();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

/// Writes the data: what is unknown first, then the other facts, then the ways.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write(content: &Content<'_, '_>, out: Out<'_>) -> io::Result<()> {
    let context = content.context;
    let mut texts = NumberedTexts::default();
    let columns = serde_json::to_string(&COLUMNS)?;
    let has_usage = context.usage.is_some();
    write!(
        out,
        "<script type=\"application/json\" id=\"data\">{{\"usage\":{has_usage},\"columns\":{columns},\n\"rows\":["
    )?;
    let unknown = content.unknown.iter().map(|one| of_unknown(context, one));
    let facts = content.facts.iter().map(|fact| PageRow {
        flags: NOTE,
        who: fact.clone(),
        ..PageRow::default()
    });
    let protected = Jwts::with(std::iter::once(("ref_protected", Some("true"))));
    let ways = content.ways.iter();
    let ways = ways.map(|way| of_way(context, way, &protected));
    for (index, row) in unknown.chain(facts).chain(ways).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}\n[{},{},{}", row.flags, row.line, row.sessions)?;
        for text in row.texts() {
            write!(out, ",{}", texts.number(text))?;
        }
        write!(out, "]")?;
    }
    write!(out, "],\n\"texts\":[")?;
    for (index, text) in texts.texts.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}\n{}", page::data(text))?;
    }
    writeln!(out, "]}}</script>")
}

fn of_unknown(context: &Context<'_>, unknown: &Unknown<'_>) -> PageRow {
    let target = unknown.target;
    let through: Vec<String> = unknown.through.iter().map(ToString::to_string).collect();
    PageRow {
        flags: UNKNOWN,
        condition: context.unknown(unknown),
        path: String::new(),
        via: through.join(", "),
        identity: target.map_or_else(|| "anything".to_owned(), |target| target.to_string()),
        ..of_jwts(context, &unknown.jwts)
    }
}

fn of_way(context: &Context<'_>, way: &Way<'_>, protected: &Jwts) -> PageRow {
    let row = of_jwts(context, &way.jwts);
    let mut flags = row.flags;
    if !protected.covers(&way.jwts) {
        flags |= UNPROTECTED;
    }
    if way.after.is_some() {
        flags |= AFTER_LOGIN;
    }
    let times = context.times_of(way);
    if times.is_some_and(|times| times.count == 0) {
        flags |= UNUSED;
    }
    let target = way.target;
    let path = target.path(way.credential_path);
    let mapping = context.lines.mapping(target.name);
    let line = match mapping {
        Some((line, _)) => Some(line),
        None => context.lines.aws_role(target.mount, target.name),
    };
    let ttl = target.role().map(|role| role.max_sts_ttl);
    let ttl = ttl.filter(|ttl| ttl.as_seconds() > 0);
    PageRow {
        flags,
        line: line.map_or(0, |line| line.line),
        sessions: times.map_or(0, |times| times.count),
        identity: way.identity.to_string(),
        via: context.way_without_request(way),
        condition: context.after(way).unwrap_or_default(),
        file: line.map_or_else(String::new, |line| line.path.to_owned()),
        key: mapping.map_or_else(String::new, |(_, key)| key.to_owned()),
        lines: context.lines_of(way).join(", "),
        expires: context
            .last_day(way)
            .map_or_else(String::new, |day| day.to_string()),
        ttl: ttl.map_or_else(String::new, |ttl| ttl.to_string()),
        used: times
            .and_then(|times| times.last)
            .map_or_else(String::new, shown_time),
        path,
        ..row
    }
}

fn of_jwts(context: &Context<'_>, jwts: &Jwts) -> PageRow {
    let JobColumns {
        ids,
        projects,
        issuers,
        environments,
        ..
    } = context.columns(jwts);
    let (who, when) = context.names.who_and_when(jwts);
    let groups = context.names.groups_of(jwts);
    let flags = if groups.is_some() { GROUP } else { 0 };
    PageRow {
        flags,
        who,
        when,
        ids,
        projects: groups.unwrap_or(projects),
        issuers,
        environments,
        ..PageRow::default()
    }
}
