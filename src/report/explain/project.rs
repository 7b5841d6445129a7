//! The answer of `explain --project`: what the jobs of one project get.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Serialize;

use super::content::Content;
use super::context::Context;
use super::record::{self, UnknownRecord, WayRecord};
use super::{FORMAT_VERSION, Out, View};
use crate::access::{Jwts, LoginRole, Target, Unknown, Verdict, Way};
use crate::report::{Shown, Styles, markdown};

/// How many names a line lists; the others are counted.
const FEW: usize = 3;

/// The answer to what the jobs of a project get.
pub(crate) struct ProjectAnswer<'a, 'c> {
    /// One block for each job.
    pub(crate) jobs: Vec<JobAnswer<'c>>,
    /// What is unknown and may lead to any AWS role.
    pub(crate) unknown: Vec<Unknown<'c>>,
    /// The ways that the jobs of every project have.
    pub(crate) everybodys: Vec<Way<'c>>,
    /// What it is based on.
    pub(crate) context: Context<'a>,
}

/// What one job gets.
pub(crate) struct JobAnswer<'c> {
    /// Which job.
    pub(crate) title: String,
    /// What is known of its JWTs.
    pub(crate) job: Jwts,
    /// The project's id, if it is known.
    pub(crate) project_id: Option<String>,
    /// The environment, if the question names one.
    pub(crate) environment: Option<String>,
    /// The AWS role that the files map to it.
    pub(crate) mapped: Option<Target<'c>>,
    /// Whether it reaches that role; `None` if there is no such role.
    pub(crate) verdict: Option<Verdict>,
    /// Why it does not reach the role, or why there is no role.
    pub(crate) reason: Option<String>,
    /// Its ways, except those that every job has.
    pub(crate) ways: Vec<Way<'c>>,
    /// If the project's id is unknown, the ids of projects that have more ways.
    pub(crate) ids: BTreeSet<String>,
}

impl<'c> JobAnswer<'c> {
    /// The conditions of a way, besides what is known about the job.
    fn conditions(&self, context: &Context<'_>, jwts: &Jwts) -> String {
        context.names.conditions(&jwts.beyond(&self.job))
    }

    fn headline(&self, context: &Context<'_>) -> String {
        let answer = match self.verdict {
            Some(Verdict::Yes) => "yes".to_owned(),
            Some(Verdict::OnlyIf) => {
                let all = self
                    .ways
                    .iter()
                    .filter(|way| way.after.is_none())
                    .filter(|way| Some(way.target) == self.mapped)
                    .fold(Jwts::none(), |all, way| all.or(&way.jwts));
                format!("only under conditions: {}", self.conditions(context, &all))
            }
            Some(Verdict::AfterLogin) => {
                "not by itself, but once another job with the same alias has logged in".into()
            }
            Some(Verdict::Unknown) => "unknown".into(),
            Some(Verdict::No) => "no".into(),
            None if !self.ids.is_empty() => "depends on its id".into(),
            None => "no AWS role of its own".into(),
        };
        format!("{}: {answer}", self.title)
    }

    /// Describes a way without its identity: the path and the conditions.
    fn way(&self, context: &Context<'_>, way: &Way<'_>) -> String {
        let conditions = self.conditions(context, &way.jwts);
        let conditions = (!conditions.is_empty()).then(|| format!("condition: {conditions}"));
        let parts = [Some(context.path_of(way)), conditions, context.after(way)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join("; ")
    }

    /// The lines that are not about ways.
    fn notes(&self, context: &Context<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(target) = self.mapped {
            notes.push(format!(
                "{target} gives {}",
                target.identities().join(" or ")
            ));
        }
        notes.extend(self.reason.clone());
        if !self.ids.is_empty() {
            let names = self
                .ids
                .iter()
                .take(FEW)
                .map(|id| context.names.project_of(id));
            let mut names: Vec<String> = names.collect();
            if self.ids.len() > FEW {
                names.push(format!("one of {} more", self.ids.len() - FEW));
            }
            notes.push(format!(
                "it has the ways of project {} if that is its id",
                names.join(" or ")
            ));
        }
        notes
    }

    /// What its logins need: one line if all of them need the same.
    fn needs(&self) -> Vec<String> {
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for way in &self.ways {
            let of_role = roles.entry(needs(way.through)).or_default();
            of_role.insert(way.through.to_string());
        }
        let is_one = roles.len() == 1;
        roles
            .into_iter()
            .map(|(need, roles)| {
                if is_one {
                    return format!("it needs {need}");
                }
                let roles: Vec<String> = roles.into_iter().collect();
                format!("for {} it needs {need}", roles.join(" and "))
            })
            .collect()
    }

    fn record(&self, context: &Context<'_>) -> JobRecord<'_> {
        JobRecord {
            job: &self.title,
            project_id: self.project_id.as_deref(),
            environment: self.environment.as_deref(),
            answer: self.verdict,
            aws_role: self.mapped.map(|target| target.to_string()),
            reason: self.reason.as_deref(),
            depends_on_ids: &self.ids,
            ways: context.way_records(&self.ways),
        }
    }
}

/// The audience that a job's JWT needs, and the networks in which its token works.
fn needs(role: &LoginRole<'_>) -> String {
    let audiences: Vec<&str> = role.role.bound_audiences.iter().collect();
    let mut need = match audiences.as_slice() {
        [] => {
            "a JWT without `aud`, which GitLab's id_tokens always have: add bound_audiences".into()
        }
        audiences => format!("a JWT with the `aud` {}", audiences.join(" or ")),
    };
    let networks: Vec<&str> = role.role.token_bound_cidrs.iter().collect();
    if !networks.is_empty() {
        need.push_str(&format!(" and a runner in {}", networks.join(" or ")));
    }
    need
}

impl ProjectAnswer<'_, '_> {
    fn facts(&self) -> Vec<String> {
        self.jobs
            .iter()
            .flat_map(|job| {
                let notes = job
                    .notes(&self.context)
                    .into_iter()
                    .chain(job.needs())
                    .map(|note| format!("{}: {note}", job.title));
                std::iter::once(job.headline(&self.context)).chain(notes)
            })
            .collect()
    }

    /// The ways that every job has, in one line.
    fn everybodys(&self) -> Option<String> {
        let mut said: Vec<String> = self
            .everybodys
            .iter()
            .take(FEW)
            .map(|way| format!("{}  [{}]", way.identity, self.context.path_of(way)))
            .collect();
        if self.everybodys.len() > FEW {
            said.push(format!("{} more", self.everybodys.len() - FEW));
        }
        (!said.is_empty()).then(|| format!("Every job of any project has: {}", said.join(", ")))
    }
}

impl<'c> View<'c> for ProjectAnswer<'_, 'c> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn content(&self) -> Content<'_, 'c> {
        let ways = self.jobs.iter().flat_map(|job| &job.ways);
        let jobs: Vec<&str> = self.jobs.iter().map(|job| job.title.as_str()).collect();
        Content {
            question: format!("What the jobs get: {}", jobs.join("; ")),
            unknown: self.unknown.iter().collect(),
            ways: ways.chain(&self.everybodys).collect(),
            facts: self.facts(),
            context: &self.context,
        }
    }

    fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()> {
        self.context.write_unknown(&self.unknown, styles, out)?;
        for job in &self.jobs {
            let headline = job.headline(&self.context);
            writeln!(out, "{}", Shown::text(&headline))?;
            for note in job.notes(&self.context) {
                writeln!(out, "  {}", Shown::text(&note))?;
            }
            for way in &job.ways {
                let is_sure = way.jwts.covers(&job.job);
                let (style, sign) = match way.after {
                    Some(_) => (styles.changed(), '~'),
                    None if is_sure => (styles.added(), '+'),
                    None => (styles.changed(), '?'),
                };
                let fact = format!("{}  [{}]", way.identity, job.way(&self.context, way));
                writeln!(out, "  {style}{sign}{style:#} {}", Shown::text(&fact))?;
            }
            for need in job.needs() {
                writeln!(out, "  {}", Shown::text(&need))?;
            }
        }
        if let Some(everybodys) = self.everybodys() {
            writeln!(out, "{}", Shown::text(&everybodys))?;
        }
        self.context.write_scope(out)
    }

    fn markdown(&self, out: Out<'_>) -> io::Result<()> {
        let mut text = Vec::new();
        self.text(&Styles::default(), &mut text)?;
        let text = String::from_utf8_lossy(&text);
        out.write_all(markdown::text_block(&text).as_bytes())
    }

    fn json(&self, out: Out<'_>) -> io::Result<()> {
        let jobs = self.jobs.iter().map(|job| job.record(&self.context));
        let answer = ProjectRecord {
            format_version: FORMAT_VERSION,
            unknown: self.context.unknown_records(&self.unknown),
            jobs: jobs.collect(),
            everybodys: self.context.way_records(&self.everybodys),
            looked_at: &self.context.looked_at,
            live: self.context.is_live,
            not_looked_at: self.context.not_looked_at(),
        };
        record::write(&answer, out)
    }
}

#[derive(Debug, Serialize)]
struct ProjectRecord<'a> {
    format_version: u32,
    unknown: Vec<UnknownRecord>,
    jobs: Vec<JobRecord<'a>>,
    /// The ways that the jobs of every project have.
    everybodys: Vec<WayRecord>,
    looked_at: &'a str,
    /// Whether the roles and policies come from Vault.
    live: bool,
    not_looked_at: String,
}

#[derive(Debug, Serialize)]
struct JobRecord<'a> {
    job: &'a str,
    project_id: Option<&'a str>,
    environment: Option<&'a str>,
    /// Whether it reaches the AWS role that the files map to it; null if there is none.
    answer: Option<Verdict>,
    aws_role: Option<String>,
    /// Why it does not reach the role, or why there is no role.
    reason: Option<&'a str>,
    /// If the id is unknown, the ids of projects that have more ways.
    depends_on_ids: &'a BTreeSet<String>,
    ways: Vec<WayRecord>,
}
