//! `explain`: says what a job could get, or who can reach an IAM role, and why.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Error, Exit, desired, printed, unless_stopped, with_vault};
use crate::access::{self, Configuration, Everybody, Judge};
use crate::cli::{Explain as Args, ExplainFormat, Global};
use crate::desired::{Desired, Mapping};
use crate::live::{self, Live};
use crate::progress::Progress;
use crate::report::explain::{self, Asked, Row};
use crate::resource::{Accessors, Address, Policy, Resource};
use crate::vault::Reader;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let desired = desired(global)?;
    let (resources, accessors) = match args.live {
        true => read_live(global, &desired).await?,
        false => (desired.resources.clone(), Accessors::new()),
    };
    let configuration = Configuration::new(&resources, &accessors);
    let everybody = Everybody::new(&desired, resources.keys());
    let judge = Judge::new(&configuration, &everybody.projects);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match (&args.project, &args.arn) {
        (Some(project), _) => {
            let question = Question::new(project, args, &desired);
            question.answer(&judge, args, global, &mut out)
        }
        (None, arn) => rows(
            &judge,
            &everybody,
            arn.as_deref(),
            args.format,
            global,
            &mut out,
        ),
    };
    printed(written.and_then(|()| out.flush()))?;
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
    let roles = resources.values().filter_map(|resource| match resource {
        Resource::JwtRole(role) => Some(role),
        _ => None,
    });
    let names = roles.flat_map(|role| role.token_policies.iter().chain(["default"]));
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

/// A question about one job.
struct Question {
    asked: Asked,
    job: access::Job,
    mapping: Option<Address>,
}

impl Question {
    fn new(project: &str, args: &Args, desired: &Desired) -> Self {
        let mappings = || {
            let mappings = desired.mappings.iter();
            mappings.filter(|(_, mapping)| is_of(mapping, project))
        };
        let environment = args.environment.as_deref();
        let known = mappings().next().map(|(_, mapping)| mapping);
        let (id, path) = match known {
            Some(known) => (
                Some(known.project_id.to_string()),
                Some(known.project.as_str()),
            ),
            None if project.contains('/') => (None, Some(project)),
            None => (Some(project.to_owned()), None),
        };
        let job = access::Job::of_project(id.as_deref(), path).in_environment(environment);
        let mapping = mappings().find(|(_, mapping)| environment_of(mapping) == environment);
        let missing = match (known, mapping) {
            (_, Some(_)) => None,
            (Some(known), None) => {
                let mappings = mappings().map(|(_, mapping)| mapping);
                Some(no_environment(known, mappings, environment))
            }
            (None, None) => Some(no_project(project, desired)),
        };
        Self {
            asked: Asked {
                job: title(project, known, environment),
                missing,
            },
            job: with_claims(job, args),
            mapping: mapping.map(|(role, _)| role.clone()),
        }
    }

    fn answer(
        mut self,
        judge: &Judge<'_>,
        args: &Args,
        global: &Global,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let target = self.mapping.as_ref().and_then(|role| {
            let target = judge.configuration().target(&role.mount, &role.name);
            if target.is_none() {
                self.asked.missing = Some(format!("Vault has no {role}, which the files have"));
            }
            target
        });
        let mut explanation = access::explain(judge, &self.job, target);
        if let Some(role) = &args.role {
            let all: Vec<&str> = explanation
                .answers
                .iter()
                .map(|answer| answer.through.name)
                .collect();
            if !all.contains(&role.as_str()) {
                let hint = near(role, all.into_iter());
                self.asked.missing = Some(format!("there is no login role {role}{hint}"));
            }
            explanation
                .answers
                .retain(|answer| answer.through.name == *role);
        }
        let asked = &self.asked;
        match args.format {
            ExplainFormat::Text => {
                let text = explain::job_text(asked, &explanation, &global.styles());
                out.write_all(text.as_bytes())
            }
            ExplainFormat::Markdown => {
                out.write_all(explain::job_markdown(asked, &explanation).as_bytes())
            }
            ExplainFormat::Json => explain::job_json(asked, &explanation, out),
            ExplainFormat::Mermaid => explain::job_mermaid(asked, &explanation, out),
        }
    }
}

fn is_of(mapping: &Mapping, project: &str) -> bool {
    mapping.project.as_str() == project || mapping.project_id.to_string() == project
}

fn environment_of(mapping: &Mapping) -> Option<&str> {
    mapping
        .environment
        .as_ref()
        .map(|environment| environment.as_str())
}

fn with_claims(mut job: access::Job, args: &Args) -> access::Job {
    if let Some(name) = &args.r#ref {
        job = job.with("ref", name);
    }
    if let Some(protected) = args.ref_protected {
        job = job.with("ref_protected", &protected.to_string());
    }
    for (claim, value) in &args.claim {
        job = job.with(claim, value);
    }
    job.completed()
}

fn title(project: &str, known: Option<&Mapping>, environment: Option<&str>) -> String {
    let project = match known {
        Some(known) => format!("{} ({})", known.project, known.project_id),
        None => project.to_owned(),
    };
    match environment {
        Some(environment) => format!("{project}, environment {environment}"),
        None => format!("{project}, no environment"),
    }
}

fn no_environment<'d>(
    known: &Mapping,
    mappings: impl Iterator<Item = &'d Mapping>,
    environment: Option<&str>,
) -> String {
    let id = known.project_id;
    let Some(environment) = environment else {
        return format!("no default mapping of project {id}, for jobs without an environment");
    };
    let hint = near(environment, mappings.filter_map(environment_of));
    format!("no mapping for environment {environment} of project {id}{hint}")
}

fn no_project(project: &str, desired: &Desired) -> String {
    let projects = desired
        .mappings
        .values()
        .map(|mapping| mapping.project.as_str());
    let hint = near(project, projects);
    format!("the files have no project {project}{hint}")
}

/// How many known names are listed.
const LISTED: usize = 10;

/// The known names, the likeliest first.
fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    known.sort_by_key(|known| strsim::damerau_levenshtein(name, known));
    known.truncate(LISTED);
    match known.as_slice() {
        [] => String::new(),
        known => format!("; there is {}", known.join(", ")),
    }
}

/// Answers for everybody, or for those who reach an ARN.
fn rows(
    judge: &Judge<'_>,
    everybody: &Everybody,
    arn: Option<&str>,
    format: ExplainFormat,
    global: &Global,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = everybody.jobs.iter().map(|who| {
        let accesses = access::accesses(judge, &everybody.projects, who);
        Row {
            who: who.clone(),
            accesses: match arn {
                Some(arn) => accesses
                    .into_iter()
                    .filter(|access| access.identity == arn)
                    .collect(),
                None => access::surest(accesses),
            },
        }
    });
    let mut rows = rows
        .filter(|row| arn.is_none() || !row.accesses.is_empty())
        .peekable();
    if let (Some(arn), None, true) = (arn, rows.peek(), format == ExplainFormat::Text) {
        let identities: Vec<String> = judge
            .configuration()
            .targets()
            .flat_map(|target| target.identities())
            .collect();
        let known = if identities.iter().any(|identity| identity == arn) {
            String::new()
        } else {
            near(arn, identities.iter().map(String::as_str))
        };
        let answer = format!("nobody can reach {arn}{known}");
        return writeln!(out, "{}", crate::report::Shown::text(&answer));
    }
    match format {
        ExplainFormat::Text => explain::rows_text(rows, &global.styles(), out),
        ExplainFormat::Markdown => explain::rows_markdown(rows, out),
        ExplainFormat::Json => explain::rows_json(rows, out),
        ExplainFormat::Mermaid => explain::rows_mermaid(rows, out),
    }
}
