//! The answer of `explain --matrix`: who reaches what, with a row for all JWTs that have the same ways.

use std::io;

use serde::{Serialize, Serializer};

use super::content::Content;
use super::context::{Context, cell};
use super::record::{self, Each, UnknownRecord, WayRecord};
use super::{FORMAT_VERSION, Out, View};
use crate::access::{Jwts, Reachability, Row, Way};
use crate::report::{Shown, Styles};
use crate::value::{GroupId, ProjectId};

/// The answer to who reaches what.
pub(crate) struct MatrixAnswer<'a, 'c> {
    /// All ways.
    pub(crate) found: Reachability<'c>,
    /// The mappings whose jobs do not reach their AWS role.
    pub(crate) unreached: Vec<UnreachedMapping>,
    /// What it is based on.
    pub(crate) context: Context<'a>,
}

/// A mapping whose jobs do not reach its AWS role.
#[derive(Debug, Serialize)]
pub(crate) struct UnreachedMapping {
    /// Describes the jobs.
    pub(crate) who: String,
    /// The project's id; none for a group's mapping.
    #[serde(serialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub(crate) project_id: Option<ProjectId>,
    /// The id of the group or subgroup; none for a project's mapping.
    #[serde(serialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<GroupId>,
    /// The environment; null for jobs without one.
    pub(crate) environment: Option<String>,
    /// The AWS role that it does not reach.
    pub(crate) aws_role: String,
}

/// Writes an id as a string, as JWTs hold it.
fn text<T: ToString, S: Serializer>(id: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    id.as_ref().map(T::to_string).serialize(serializer)
}

impl<'c> MatrixAnswer<'_, 'c> {
    /// The rows. Those for projects that are not listed one by one come first.
    fn rows(&self) -> Vec<(String, Row<'_, 'c>)> {
        let mut rows = self.found.rows(self.context.names);
        rows.sort_by_cached_key(|(who, row)| (row.jwts.names_each("project_id"), who.clone()));
        rows
    }

    /// Describes a way without its identity.
    fn facts(&self) -> Vec<String> {
        let nobody = self.found.is_nobody();
        let nobody = nobody.then(|| format!("{} can reach anything", self.context.nobody()));
        let unreached = self.unreached.iter().map(|unreached| {
            let UnreachedMapping { who, aws_role, .. } = unreached;
            format!("{who}: can't reach {aws_role}, which the files map to it")
        });
        nobody.into_iter().chain(unreached).collect()
    }

    fn way(&self, way: &Way<'_>) -> String {
        match self.context.after(way) {
            None => self.context.path_of(way),
            Some(after) => format!("{}; {after}", self.context.path_of(way)),
        }
    }
}

impl<'c> View<'c> for MatrixAnswer<'_, 'c> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn content(&self) -> Content<'_, 'c> {
        let rows = self.rows().into_iter();
        Content {
            question: "Who reaches what".into(),
            unknown: self.found.unknown.iter().collect(),
            ways: rows.flat_map(|(_, row)| row.ways).collect(),
            facts: self.facts(),
            context: &self.context,
        }
    }

    fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()> {
        self.context
            .write_unknown(&self.found.unknown, styles, out)?;
        for (who, row) in self.rows() {
            writeln!(out, "{}", Shown::text(&who))?;
            for way in row.ways {
                let (style, sign) = match way.after {
                    None => (styles.added(), '+'),
                    Some(_) => (styles.changed(), '~'),
                };
                let fact = format!("{}  [{}]", way.identity, self.way(way));
                writeln!(out, "  {style}{sign}{style:#} {}", Shown::text(&fact))?;
            }
        }
        for fact in self.facts() {
            writeln!(out, "{}", Shown::text(&fact))?;
        }
        self.context.write_scope(out)
    }

    fn markdown(&self, out: Out<'_>) -> io::Result<()> {
        writeln!(out, "| Who | In AWS | Way |\n|---|---|---|")?;
        self.context.write_unknown_rows(&self.found.unknown, out)?;
        for (who, row) in self.rows() {
            let who = cell(&who);
            for way in row.ways {
                let (identity, way) = (cell(&way.identity.to_string()), cell(&self.way(way)));
                writeln!(out, "| {who} | {identity} | {way} |")?;
            }
        }
        for UnreachedMapping { who, aws_role, .. } in &self.unreached {
            let fact = format!("can't reach {aws_role}");
            writeln!(out, "| {} | nothing | {} |", cell(who), cell(&fact))?;
        }
        writeln!(out, "\n{}", cell(&self.context.scope()))
    }

    fn json(&self, out: Out<'_>) -> io::Result<()> {
        let rows = self.rows();
        let records = || {
            rows.iter().map(|(who, row)| RowRecord {
                who,
                jwts: row.jwts,
                ways: self.context.way_records(row.ways.iter().copied()),
            })
        };
        let matrix = MatrixRecord {
            format_version: FORMAT_VERSION,
            unknown: self.context.unknown_records(&self.found.unknown),
            rows: Each(records),
            unreached: &self.unreached,
            looked_at: &self.context.looked_at,
            live: self.context.is_live,
            not_looked_at: self.context.not_looked_at(),
        };
        record::write(&matrix, out)
    }
}

#[derive(Debug, Serialize)]
struct MatrixRecord<'a, R> {
    format_version: u32,
    unknown: Vec<UnknownRecord>,
    rows: R,
    unreached: &'a [UnreachedMapping],
    looked_at: &'a str,
    /// Whether the roles and policies come from Vault.
    live: bool,
    not_looked_at: String,
}

#[derive(Debug, Serialize)]
struct RowRecord<'a> {
    who: &'a str,
    jwts: &'a Jwts,
    ways: Vec<WayRecord>,
}
