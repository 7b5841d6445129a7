//! The answer of `explain --arn` and `--account`: who reaches some identities in AWS.

use std::io;

use serde::Serialize;

use super::content::Content;
use super::context::{Context, cell};
use super::record::{self, Each, UnknownRecord};
use super::{ExpiredMapping, FORMAT_VERSION, Out, View};
use crate::access::Reachability;
use crate::report::{Shown, Styles};

/// The answer to who reaches some identities in AWS.
pub(crate) struct IdentitiesAnswer<'a, 'c> {
    /// The name or glob that was asked about.
    pub(crate) asked: &'a str,
    /// The ways to them, and what is unknown.
    pub(crate) found: Reachability<'c>,
    /// Whether any AWS role gives such an identity.
    pub(crate) is_given: bool,
    /// The mappings to such an identity that have expired.
    pub(crate) expired: Vec<ExpiredMapping>,
    /// What it is based on.
    pub(crate) context: Context<'a>,
}

impl IdentitiesAnswer<'_, '_> {
    fn facts(&self) -> Vec<String> {
        let why = if self.is_given {
            ""
        } else {
            ": no AWS role gives it"
        };
        let nobody = self.found.is_nobody();
        let nobody =
            nobody.then(|| format!("{} can reach {}{why}", self.context.nobody(), self.asked));
        let expired = self.expired.iter().map(ToString::to_string);
        nobody.into_iter().chain(expired).collect()
    }
}

impl<'c> View<'c> for IdentitiesAnswer<'_, 'c> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn content(&self) -> Content<'_, 'c> {
        Content {
            question: format!("Who can reach {}", self.asked),
            unknown: self.found.unknown.iter().collect(),
            ways: self.found.ways.iter().collect(),
            facts: self.facts(),
            context: &self.context,
        }
    }

    fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()> {
        self.context
            .write_unknown(&self.found.unknown, styles, out)?;
        for fact in self.facts() {
            writeln!(out, "{}", Shown::text(&fact))?;
        }
        let ways = &self.found.ways;
        for of_identity in ways.chunk_by(|a, b| a.identity == b.identity) {
            let identity = of_identity[0].identity.to_string();
            writeln!(out, "{}", Shown::text(&identity))?;
            for way in of_identity {
                let (style, sign) = match way.after {
                    None => (styles.added(), '+'),
                    Some(_) => (styles.changed(), '~'),
                };
                let fact = format!("{}  [{}]", self.context.who(way), self.context.path_of(way));
                writeln!(out, "  {style}{sign}{style:#} {}", Shown::text(&fact))?;
            }
        }
        self.context.write_scope(out)
    }

    fn markdown(&self, out: Out<'_>) -> io::Result<()> {
        writeln!(out, "| In AWS | Who | Way |\n|---|---|---|")?;
        self.context.write_unknown_rows(&self.found.unknown, out)?;
        if self.found.is_nobody() {
            let nobody = self.context.nobody();
            writeln!(out, "| {} | {nobody} | |", cell(self.asked))?;
        }
        for way in &self.found.ways {
            let columns = [
                way.identity.to_string(),
                self.context.who(way),
                self.context.path_of(way),
            ];
            let [identity, who, path] = columns.map(|text| cell(&text));
            writeln!(out, "| {identity} | {who} | {path} |")?;
        }
        for expired in &self.expired {
            writeln!(out, "\n{}", cell(&expired.to_string()))?;
        }
        writeln!(out, "\n{}", cell(&self.context.scope()))
    }

    fn json(&self, out: Out<'_>) -> io::Result<()> {
        let answer = IdentitiesRecord {
            format_version: FORMAT_VERSION,
            asked: self.asked,
            nobody: self.found.is_nobody(),
            unknown: self.context.unknown_records(&self.found.unknown),
            ways: Each(|| {
                self.found
                    .ways
                    .iter()
                    .map(|way| self.context.way_record(way))
            }),
            expired: &self.expired,
            looked_at: &self.context.looked_at,
            live: self.context.is_live,
            not_looked_at: self.context.not_looked_at(),
        };
        record::write(&answer, out)
    }
}

#[derive(Debug, Serialize)]
struct IdentitiesRecord<'a, W> {
    format_version: u32,
    asked: &'a str,
    /// Whether nobody reaches it, within the scope of the answer.
    nobody: bool,
    unknown: Vec<UnknownRecord>,
    ways: W,
    /// The mappings to it that have expired.
    expired: &'a [ExpiredMapping],
    looked_at: &'a str,
    /// Whether the roles and policies come from Vault.
    live: bool,
    not_looked_at: String,
}
