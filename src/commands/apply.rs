//! `apply`: carries out a saved plan, or plans, asks and applies.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, BufRead, IsTerminal, Write};
use std::thread;

use tokio::sync::oneshot;

use super::contract::Contracted;
use super::load::show_messages;
use super::{
    Error, Exit, Looks, Sides, contract, files, findings, is_stdout, printed, unless_stopped,
    with_vault,
};
use crate::apply::{self, Events, Origin, Outcome, Pipeline};
use crate::cli::{ApplyArgs as Args, Global};
use crate::desired::Desired;
use crate::gitlab::Job;
use crate::live::Live;
use crate::log::note;
use crate::mappings::Loaded;
use crate::plan::{Plan, Saved, Verified};
use crate::privilege;
use crate::progress::Progress;
use crate::report::{self, Findings, Review, Styles};
use crate::resource::Address;
use crate::stop::Stop;
use crate::vault::{ReadVault, Reader, ServerId};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let saved = args.plan.as_deref().map(Saved::read).transpose()?;
    // A saved plan is applied only if it matches the files, so `apply` always needs them.
    let (desired, contracted) = if args.expired {
        let (desired, loaded) = files(global)?;
        (desired, Contracted::unproved(loaded))
    } else {
        contract::desired(global)?
    };
    let looks = if args.expired {
        Looks::Expired(contracted.files())
    } else {
        Looks::Plan(&contracted)
    };
    let events = args
        .events
        .as_deref()
        .map(Events::create)
        .transpose()?
        .unwrap_or_default();
    let screen = Screen::of(args);
    with_vault(global, async |session, stop| {
        let progress = Progress::on_terminal();
        let reader = session.reader();
        if let Some(plan) = &saved {
            check_server(plan, &reader)?;
            check_credentials(plan, &desired)?;
        }
        let read = || unless_stopped(stop, Live::read(&reader, &desired, &progress));
        let live = read().await?;
        let mut work = match &saved {
            Some(plan) => plan.verify(&desired, &live)?,
            None => Verified::from(Plan::new(&desired, &live)),
        };
        if args.expired {
            let (expired, others) = work.left.of_expired(&desired, &live);
            note_others(others);
            work = Verified::from(expired);
        }
        let sides = Sides {
            desired: &desired,
            live: &live,
            reader: &reader,
            stop,
        };
        let findings = findings(global, sides, &work.left, looks).await?;
        if args.expired && work.left.is_empty() {
            let text = report::nothing_expired(&desired, &live);
            printed(screen.out().write_all(text.as_bytes()))?;
        } else if !work.left.is_empty() || work.done.is_empty() {
            show(&work, findings, global, screen)?;
        }
        work.left.check_deletes(args.allow_deletes)?;
        unless_stopped(stop, privilege::check(&work.left, &reader)).await?;
        if saved.is_none() && !work.left.is_empty() && !args.auto_approve {
            ask(stop).await?;
            // Vault may have changed while the user was asked. What has expired is deleted, whatever it is by now.
            if !args.expired {
                work = work.left.verify(&desired, &read().await?)?;
            }
        }
        check_credentials(&work.left, &desired)?;
        let events = events.from(origin(&reader));
        work.done
            .iter()
            .for_each(|change| events.already_done(change));
        let writer = session.writer();
        let outcomes = tokio::select! {
            outcomes = apply::apply(&work.left, &writer, stop, &events, &progress) => outcomes,
            never = announce_stop(stop) => match never {},
        };
        show_unsupported(&outcomes, contracted.files(), global);
        finish(&work, &outcomes, global, screen)
    })
    .await
}

/// Says that there is more to change than what has expired.
fn note_others(others: usize) {
    if others > 0 {
        let others = report::plural(others, "other change");
        note(&format!("Left for `apply` without --expired: {others}."));
    }
}

/// Shows what is about to be written, as `plan` does, and what a saved plan does not contain.
fn show(
    work: &Verified,
    mut findings: Findings,
    global: &Global,
    screen: Screen,
) -> Result<(), Error> {
    findings.not_in_plan = work.not_in_plan.iter().map(Address::path).collect();
    let review = Review {
        plan: &work.left,
        findings: Some(&findings),
    };
    let (styles, out) = (screen.styles(global), &mut screen.out());
    printed(report::write(
        review,
        report::Format::Text,
        None,
        &styles,
        out,
    ))
}

/// Where the plan and its outcome are printed: standard error if the events go to standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    Stdout,
    Stderr,
}

impl Screen {
    fn of(args: &Args) -> Self {
        match &args.events {
            Some(path) if is_stdout(path) => Self::Stderr,
            _ => Self::Stdout,
        }
    }

    fn out(self) -> Box<dyn Write> {
        match self {
            Self::Stdout => Box::new(io::stdout()),
            Self::Stderr => Box::new(io::stderr()),
        }
    }

    fn styles(self, global: &Global) -> Styles {
        match self {
            Self::Stdout => global.styles(),
            Self::Stderr => Styles::new(global.colors(&io::stderr())),
        }
    }
}

/// The origin of the events, as far as GitLab's variables say.
fn origin(reader: &Reader) -> Origin {
    let job = Job::from_environment();
    let pipeline = Pipeline {
        id: job.pipeline_id,
        url: job.pipeline_url,
    };
    let is_known = pipeline.id.is_some() || pipeline.url.is_some();
    Origin {
        commit: job.commit,
        pipeline: is_known.then_some(pipeline),
        server: reader.server_id(),
    }
}

/// Refuses a plan for another Vault.
fn check_server(plan: &Plan, reader: &Reader) -> Result<(), Error> {
    let here = reader.server_id();
    if here == plan.server {
        return Ok(());
    }
    let name = |server: &ServerId| match server.namespace.as_str() {
        "" => format!("cluster {}", server.cluster_id),
        namespace => format!("cluster {}, namespace {namespace}", server.cluster_id),
    };
    Err(Error::OtherServer {
        planned: name(&plan.server),
        here: name(&here),
    })
}

/// Checks before the first write that every secret can be read.
fn check_credentials(plan: &Plan, desired: &Desired) -> Result<(), Error> {
    let addresses = plan.changes.iter().map(|change| &change.address);
    for credentials in addresses.filter_map(|address| desired.credentials.get(address)) {
        credentials.access_key.read()?;
        credentials.secret_key.read()?;
    }
    Ok(())
}

/// Waits for `yes` on standard input, or for a signal.
async fn ask(stop: &Stop) -> Result<(), Error> {
    let mut err = io::stderr();
    // If the prompt can't be printed, the answer is still read.
    let _ = write!(err, "\nApply these changes? Only `yes` is accepted: ");
    let _ = err.flush();
    let answer = tokio::select! {
        answer = line_of_input() => answer,
        () = stop.wait() => {
            let _ = writeln!(err);
            return Err(Error::Interrupted);
        }
    };
    let line = answer.unwrap_or_default();
    if !io::stdin().is_terminal() || !line.ends_with('\n') {
        let _ = writeln!(err);
    }
    match line.trim() {
        "yes" => Ok(()),
        _ => Err(Error::NotApproved),
    }
}

/// Reads a line on a detached thread, because a read of standard input can't be cancelled.
async fn line_of_input() -> Option<String> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // After a signal, the receiver is gone.
        let _ = sender.send(read.is_ok().then_some(line));
    });
    receiver.await.ok().flatten()
}

/// Prints what a signal does when one arrives.
async fn announce_stop(stop: &Stop) -> Infallible {
    stop.wait().await;
    note(
        "Interrupted: the changes that have begun are finished, and no other is begun. \
         A second signal gives them up.",
    );
    pending().await
}

/// Shows the places in the files of fields that a new mount turned out not to have.
fn show_unsupported(outcomes: &[Outcome], files: &Loaded, global: &Global) {
    let Some(places) = files.places() else { return };
    let failed = outcomes.iter().filter_map(Outcome::unsupported_fields);
    let messages: Vec<_> = failed
        .flat_map(|fields| fields.diagnostics(&places))
        .collect();
    show_messages(global, &messages, &files.sources);
}

/// Prints the outcome of every change, in the plan's order.
fn finish(
    work: &Verified,
    outcomes: &[Outcome],
    global: &Global,
    screen: Screen,
) -> Result<Exit, Error> {
    if work.left.is_empty() && work.done.is_empty() {
        return Ok(Exit::Success);
    }
    let text = report::outcomes(work, outcomes, &screen.styles(global));
    if let Err(error) = printed(screen.out().write_all(text.as_bytes())) {
        // The outcomes must be known even if standard output can't be written.
        let _ = io::stderr().write_all(text.as_bytes());
        return Err(error);
    }
    let count =
        |test: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| test(outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let not_tried = count(|outcome| matches!(outcome, Outcome::NotTried(_)));
    if failed + not_tried > 0 {
        return Err(Error::Incomplete { failed, not_tried });
    }
    Ok(Exit::Success)
}
