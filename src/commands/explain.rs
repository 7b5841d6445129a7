//! `explain`: says what a project's jobs could get, or who can reach an IAM role, and why.

mod job;
mod question;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::question::{Filter, Identities};
use super::{Error, Exit, desired, printed, unless_stopped, with_vault};
use crate::access::{self, Configuration, Everybody, Judge, ProjectNames, Ways};
use crate::cli::{Explain as Args, ExplainFormat, Global};
use crate::desired::Desired;
use crate::live::{self, Live};
use crate::progress::Progress;
use crate::report::explain::{self, Row, WaysAnswer};
use crate::resource::{self, Accessors, Address, JwtRole, Policy, Resource};
use crate::vault::Reader;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let identities = Identities::asked(args)?;
    let desired = desired(global)?;
    let live = if args.live {
        Some(read_live(global, &desired).await?)
    } else {
        None
    };
    let none = Accessors::new();
    let (resources, accessors) = live
        .as_ref()
        .map_or((&desired.resources, &none), |(resources, accessors)| {
            (resources, accessors)
        });
    let configuration = Configuration::new(resources, accessors);
    let filter = Filter::new(args, &configuration)?;
    identities.check(&configuration)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match (&args.project, &identities) {
        (Some(project), _) => {
            let everybody = Everybody::new(&desired, resources.keys());
            let judge = Judge::new(&configuration, &everybody.projects);
            let answers = job::answers(project, &filter, &judge, &desired);
            write_jobs(&answers, &filter, args.format, global, &mut out)
        }
        (None, Identities::All) => {
            let everybody = Everybody::new(&desired, resources.keys());
            let judge = Judge::new(&configuration, &everybody.projects);
            write_matrix(&judge, &everybody, &filter, args.format, global, &mut out)
        }
        (None, asked) => {
            let names = ProjectNames::new(&desired, &[&configuration]);
            let ways = Ways::new(&configuration);
            let mut found = access::reachability(&ways, |name| asked.include(name), &filter.jwts());
            found.keep_logins_with(|role| filter.admits(role));
            let answer = WaysAnswer {
                asked: &asked.to_string(),
                found,
                names: &names,
                looked_at: access::looked_at(&configuration),
                is_live: args.live,
            };
            write_ways(&answer, args.format, global, &mut out)
        }
    };
    printed(written.and_then(|()| out.flush()))?;
    Ok(Exit::Success)
}

fn write_jobs(
    answers: &[explain::JobAnswer<'_>],
    filter: &Filter<'_>,
    format: ExplainFormat,
    global: &Global,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_one = filter.environment.is_some();
    match format {
        ExplainFormat::Text => {
            out.write_all(explain::jobs_text(answers, &global.styles()).as_bytes())
        }
        ExplainFormat::Markdown => out.write_all(explain::jobs_markdown(answers).as_bytes()),
        ExplainFormat::Json => explain::jobs_json(answers, is_one, out),
        ExplainFormat::Mermaid => explain::jobs_mermaid(answers, out),
    }
}

/// Answers for all jobs that the files know.
fn write_matrix(
    judge: &Judge<'_>,
    everybody: &Everybody,
    filter: &Filter<'_>,
    format: ExplainFormat,
    global: &Global,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = filter.jobs(everybody).into_iter().map(|who| {
        let mut accesses =
            access::accesses(judge, &everybody.projects, &who, |job| filter.narrow(job));
        accesses.retain(|access| filter.admits(access.through.name));
        Row {
            who,
            accesses: access::surest(accesses),
        }
    });
    let shows_all = !filter.has_claims();
    let mut rows = rows
        .filter(|row| shows_all || !row.accesses.is_empty())
        .peekable();
    if rows.peek().is_none() && format == ExplainFormat::Text {
        return out.write_all(explain::nobody("anything").as_bytes());
    }
    match format {
        ExplainFormat::Text => explain::rows_text(rows, &global.styles(), out),
        ExplainFormat::Markdown => explain::rows_markdown(rows, out),
        ExplainFormat::Json => explain::rows_json(rows, out),
        ExplainFormat::Mermaid => explain::rows_mermaid(rows, out),
    }
}

/// Answers who reaches certain identities, among all JWTs.
fn write_ways(
    answer: &WaysAnswer<'_, '_>,
    format: ExplainFormat,
    global: &Global,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ExplainFormat::Text => answer.text(&global.styles(), out),
        ExplainFormat::Markdown => answer.markdown(out),
        ExplainFormat::Json => answer.json(out),
        ExplainFormat::Mermaid => answer.mermaid(out),
    }
}

/// What Vault holds of what the files are about, and the policies that its roles name besides.
async fn read_live(
    global: &Global,
    desired: &Desired,
) -> Result<(BTreeMap<Address, Resource>, Accessors), Error> {
    with_vault(global, async |session, stop| {
        let reader = session.reader();
        let progress = Progress::on_terminal();
        let mut live = unless_stopped(stop, Live::read(&reader, desired, &progress)).await?;
        for policy in policies_elsewhere(&live.resources) {
            read_policy(&reader, policy, &mut live.resources).await;
        }
        Ok((live.resources, live.accessors))
    })
    .await
}

/// Policies that roles name and that the files know nothing of.
fn policies_elsewhere(resources: &BTreeMap<Address, Resource>) -> Vec<Address> {
    let roles = resource::of_type::<JwtRole>(resources);
    let names = roles.flat_map(|(_, role)| role.token_policies.iter().chain(["default"]));
    let mut policies: Vec<Address> = names.map(Address::of_policy).collect();
    policies.sort();
    policies.dedup();
    policies.retain(|policy| !resources.contains_key(policy));
    policies
}

/// A policy that is not there allows nothing; one that may not be read stays unknown.
async fn read_policy(
    reader: &Reader,
    address: Address,
    resources: &mut BTreeMap<Address, Resource>,
) {
    match live::read_one(reader, &address).await {
        Ok(policy) => {
            let policy = policy.unwrap_or_else(|| Policy::default().into());
            resources.insert(address, policy);
        }
        Err(error) => tracing::warn!("{address} can't be read: {error}"),
    }
}
