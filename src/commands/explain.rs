//! `explain`: shows what a project's jobs could get, or who can reach an IAM role, and why.

mod live;
mod matrix;
mod project;
mod question;

use std::io::{self, Write};

use self::live::Source;
use self::matrix::unreached;
use self::project::AnswerSources;
use self::question::{Filter, Identities};
use super::{Error, Exit, desired, printed};
use crate::access::{self, Configuration, Jwts, ProjectNames, Ways};
use crate::cli::{ExplainArgs as Args, ExplainFormat, Global};
use crate::log::note;
use crate::report::explain::{Context, IdentitiesAnswer, MatrixAnswer, View};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let identities = Identities::asked(args)?;
    let desired = desired(global)?;
    let source = if args.live {
        Source::live(global, &desired).await?
    } else {
        Source::files(&desired)
    };
    let trusted = desired.unchanged_apply_policies(&source.resources);
    let configuration = Configuration::new(&source.resources, &source.accessors)
        .beside_unreadable(&source.unreadable)
        .trusting(trusted)
        .on(source.version);
    let filter = Filter::new(args, &desired, &configuration)?;
    identities.check(&configuration)?;
    let names = ProjectNames::new(&desired, &[&configuration]);
    let context = Context {
        names: &names,
        desired: &desired,
        looked_at: access::looked_at(&configuration),
        is_live: args.live,
    };
    let ways = Ways::new(&configuration);
    let within = match args.project {
        // The ways of every job are split off before the question is narrowed.
        Some(_) => Jwts::any(),
        None => filter.jwts(),
    };
    let mut found = access::reachability(&ways, |name| identities.include(name), &within);
    found.keep_logins_with(|role| filter.admits(role));
    found.unknown.extend(match args.project {
        Some(_) => access::unread(&source.other_grants),
        None => source.beside_jwts(&configuration, |name| identities.include(name)),
    });
    match (&args.project, &identities) {
        (Some(project), _) => {
            let sources = AnswerSources {
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
                is_given: configuration
                    .targets()
                    .flat_map(|target| target.identities())
                    .any(|identity| asked.include(&identity)),
                found,
                context,
            };
            write(&answer, args, global)
        }
    }
}

fn write<'c>(answer: &dyn View<'c>, args: &Args, global: &Global) -> Result<Exit, Error> {
    let diagram = match args.format {
        ExplainFormat::Mermaid => answer.mermaid()?,
        _ => String::new(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let out = &mut out;
    let written = match args.format {
        ExplainFormat::Text => answer.text(&global.styles(), out),
        ExplainFormat::Markdown => answer.markdown(out),
        ExplainFormat::Json => answer.json(out),
        ExplainFormat::Csv => answer.csv(out),
        ExplainFormat::Mermaid => out.write_all(diagram.as_bytes()),
        ExplainFormat::Html => answer.html(out),
    };
    printed(written.and_then(|()| out.flush()))?;
    if args.format == ExplainFormat::Csv {
        note(&answer.context().scope());
    }
    Ok(Exit::Success)
}
