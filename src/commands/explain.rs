//! `explain`: says what a project's jobs could get, or who can reach an IAM role, and why.

mod matrix;
mod project;
mod question;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::matrix::unreached;
use self::project::Sources;
use self::question::{Filter, Identities};
use super::{Error, Exit, desired, note, printed, unless_stopped, with_vault};
use crate::access::{self, Configuration, Jwts, ProjectNames, Ways};
use crate::cli::{Explain as Args, ExplainFormat, Global};
use crate::desired::Desired;
use crate::live::{self, Live};
use crate::progress::Progress;
use crate::report::explain::{Context, IdentitiesAnswer, MatrixAnswer, View};
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
    let names = ProjectNames::new(&desired, &[&configuration]);
    let context = Context {
        names: &names,
        looked_at: access::looked_at(&configuration),
        is_live: args.live,
    };
    let ways = Ways::new(&configuration);
    let within = match args.project {
        // What every job has is told apart before the question is narrowed.
        Some(_) => Jwts::any(),
        None => filter.jwts(),
    };
    let mut found = access::reachability(&ways, |name| identities.include(name), &within);
    found.keep_logins_with(|role| filter.admits(role));
    match (&args.project, &identities) {
        (Some(project), _) => {
            let sources = Sources {
                desired: &desired,
                configuration: &configuration,
                ways: &ways,
                found,
            };
            write(
                &project::answer(project, &filter, sources, context),
                args,
                global,
            )
        }
        (None, Identities::All) => {
            let answer = MatrixAnswer {
                unreached: unreached(&desired, &found, &filter, &names),
                found,
                context,
            };
            write(&answer, args, global)
        }
        (None, asked) => {
            let answer = IdentitiesAnswer {
                asked: &asked.to_string(),
                found,
                context,
            };
            write(&answer, args, global)
        }
    }
}

fn write<'c>(answer: &dyn View<'c>, args: &Args, global: &Global) -> Result<Exit, Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let out = &mut out;
    let written = match args.format {
        ExplainFormat::Text => answer.text(&global.styles(), out),
        ExplainFormat::Markdown => answer.markdown(out),
        ExplainFormat::Json => answer.json(out),
        ExplainFormat::Csv => answer.csv(out),
        ExplainFormat::Mermaid => answer.mermaid(out),
    };
    printed(written.and_then(|()| out.flush()))?;
    if args.format == ExplainFormat::Csv {
        note(&answer.context().scope());
    }
    Ok(Exit::Success)
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
