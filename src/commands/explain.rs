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
use super::usage::read_logs;
use super::{Error, Exit, files, page_origin, printed};
use crate::access::{self, Configuration, Jwts, ProjectNames, Ways};
use crate::cli::{ExplainArgs as Args, ExplainFormat, Global};
use crate::contract;
use crate::desired::Desired;
use crate::log::note;
use crate::mappings::Loaded;
use crate::report::explain::{
    Context, ExpiredMapping, IdentitiesAnswer, MatrixAnswer, PageHeader, View,
};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let identities = Identities::asked(args)?;
    let (desired, loaded) = files(global)?;
    let usage = match args.usage.as_slice() {
        [] => None,
        logs => Some(read_logs(global, logs, &desired)?),
    };
    let lines = loaded.source_lines();
    let source = if args.live {
        Source::live(global, &desired).await?
    } else {
        Source::files(&desired)
    };
    let trusted = desired.unchanged_apply_policies(&source.resources, &source.accessors);
    let configuration = Configuration::new(&source.resources, &source.accessors)
        .beside_unreadable(&source.unreadable)
        .trusting(trusted)
        .on(source.version);
    let filter = Filter::new(args, &desired, &configuration)?;
    identities.check(&configuration, &desired)?;
    let names = ProjectNames::new(&desired, &[&configuration]);
    let context = Context {
        names: &names,
        desired: &desired,
        looked_at: access::looked_at(&configuration),
        is_live: args.live,
        is_narrowed: filter.is_narrow(),
        unlistable: &source.other_grants.unlistable,
        lines: &lines,
        usage: usage.as_ref(),
    };
    let writer = AnswerWriter {
        global,
        format: args.format,
        header: (args.format == ExplainFormat::Html)
            .then(|| header(global, &loaded, &desired, &source)),
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
            writer.write(&project::answer(project, &filter, sources, context))
        }
        (None, Identities::All) => {
            let answer = MatrixAnswer {
                unreached: unreached(&desired, &found, &filter, &names),
                found,
                context,
            };
            writer.write(&answer)
        }
        (None, asked) => {
            let answer = IdentitiesAnswer {
                asked: &asked.to_string(),
                is_given: configuration
                    .targets()
                    .flat_map(|target| target.identities())
                    .any(|identity| asked.include(&identity)),
                expired: desired
                    .expired
                    .iter()
                    .filter(|(_, mapping)| asked.include(mapping.role_arn.as_str()))
                    .map(|(role, mapping)| {
                        let live = args.live.then(|| source.resources.contains_key(role));
                        ExpiredMapping::new(role, mapping, live)
                    })
                    .collect(),
                found,
                context,
            };
            writer.write(&answer)
        }
    }
}

/// What the head of a page says besides the answer.
fn header(global: &Global, loaded: &Loaded, desired: &Desired, source: &Source<'_>) -> PageHeader {
    PageHeader {
        origin: page_origin(global),
        server: source.server.clone(),
        contract: contract::has_contract(loaded)
            .then(|| contract::check(loaded, desired, &source.resources, &source.accessors)),
        drift: source.drift.clone(),
    }
}

/// Writes an answer in the format that was asked for.
struct AnswerWriter<'g> {
    global: &'g Global,
    format: ExplainFormat,
    /// The head of a page.
    header: Option<PageHeader>,
}

impl AnswerWriter<'_> {
    fn write<'c>(&self, answer: &dyn View<'c>) -> Result<Exit, Error> {
        let diagram = match self.format {
            ExplainFormat::Mermaid => answer.mermaid()?,
            _ => String::new(),
        };
        let mut out = io::BufWriter::new(io::stdout().lock());
        let out = &mut out;
        let written = match (self.format, &self.header) {
            (ExplainFormat::Html, Some(header)) => answer.html(header, out),
            (ExplainFormat::Text | ExplainFormat::Html, _) => {
                answer.text(&self.global.styles(), out)
            }
            (ExplainFormat::Markdown, _) => answer.markdown(out),
            (ExplainFormat::Json, _) => answer.json(out),
            (ExplainFormat::Csv, _) => answer.csv(out),
            (ExplainFormat::Mermaid, _) => out.write_all(diagram.as_bytes()),
        };
        printed(written.and_then(|()| out.flush()))?;
        if self.format == ExplainFormat::Csv {
            note(&answer.context().scope());
        }
        Ok(Exit::Success)
    }
}
