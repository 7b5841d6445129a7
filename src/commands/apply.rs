//! `apply`: carries out a saved plan, or plans, asks and applies.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::thread;

use tokio::sync::oneshot;

use super::show::read_plan;
use super::{
    Comparison, Error, Exit, desired, is_stdout, note, printed, unless_stopped, with_vault,
};
use crate::apply::{self, Events, Outcome};
use crate::cli::{Apply as Args, Global};
use crate::desired::Desired;
use crate::live::Live;
use crate::mappings;
use crate::plan::Plan;
use crate::privilege;
use crate::progress::Progress;
use crate::report::{self, Styles};
use crate::stop::Stop;
use crate::vault::Session;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let work = match &args.plan {
        Some(path) => Work::Saved(Box::new(saved(global, path)?)),
        None => Work::Fresh(Box::new(desired(global)?)),
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
        let plan = match work {
            Work::Saved(plan) => {
                check_unmoved(&plan, session, stop, &progress).await?;
                printed(writeln!(screen.out(), "{}", report::summary(&plan)))?;
                plan.check_deletes(args.allow_deletes)?;
                unless_stopped(stop, privilege::check(&plan, &session.reader())).await?;
                *plan
            }
            Work::Fresh(desired) => {
                let reader = session.reader();
                let live = unless_stopped(stop, Live::read(&reader, &desired, &progress)).await?;
                let comparison = Comparison::new(&desired, &live);
                printed(report::write(
                    comparison.review(),
                    report::Format::Text,
                    &screen.styles(global),
                    &mut screen.out(),
                ))?;
                let plan = comparison.plan;
                plan.check_deletes(args.allow_deletes)?;
                unless_stopped(stop, privilege::check(&plan, &reader)).await?;
                if !plan.is_empty() && !args.auto_approve {
                    ask(stop).await?;
                    // Whoever was asked took their time.
                    check_unmoved(&plan, session, stop, &progress).await?;
                }
                plan
            }
        };
        check_credentials(&plan)?;
        let writer = session.writer();
        let outcomes = tokio::select! {
            outcomes = apply::apply(&plan, &writer, stop, &events, &progress) => outcomes,
            never = tell_of_stop(stop) => match never {},
        };
        finish(&plan, &outcomes, global, screen)
    })
    .await
}

/// Where people see the plan and what became of it: beside the events, where these go to standard output.
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

/// What there is to apply.
enum Work {
    Saved(Box<Plan>),
    Fresh(Box<Desired>),
}

/// A saved plan, with a word where the files have changed since: it is the plan that was reviewed.
fn saved(global: &Global, path: &Path) -> Result<Plan, Error> {
    let plan = read_plan(path)?;
    let desired = mappings::load(&global.mappings).desired;
    if desired.is_some_and(|desired| desired.digest != plan.configuration) {
        tracing::warn!(
            "the files in {} have changed since the plan was made; the plan is applied as it was saved",
            global.mappings.display()
        );
    }
    Ok(plan)
}

/// Refuses a plan for another Vault, or one whose live values have moved.
async fn check_unmoved(
    plan: &Plan,
    session: &Session,
    stop: &Stop,
    progress: &Progress,
) -> Result<(), Error> {
    let reader = session.reader();
    let here = reader.server_id();
    if here != plan.server {
        let name = |server: &crate::vault::ServerId| match server.namespace.as_str() {
            "" => format!("cluster {}", server.cluster_id),
            namespace => format!("cluster {}, namespace {namespace}", server.cluster_id),
        };
        return Err(Error::OtherServer {
            planned: name(&plan.server),
            here: name(&here),
        });
    }
    let live = unless_stopped(stop, Live::read_only(&reader, &plan.touched(), progress)).await?;
    let moved = plan.moved(&live);
    if moved.is_empty() {
        Ok(())
    } else {
        Err(Error::Stale(moved))
    }
}

/// Every secret has to be there before the first write.
fn check_credentials(plan: &Plan) -> Result<(), Error> {
    for credentials in plan
        .changes
        .iter()
        .filter_map(|change| change.credentials.as_ref())
    {
        credentials.access_key.read()?;
        credentials.secret_key.read()?;
    }
    Ok(())
}

/// Waits for `yes` on standard input, or for a signal.
async fn ask(stop: &Stop) -> Result<(), Error> {
    let mut err = io::stderr();
    // Without a prompt the answer is still waited for.
    let _ = write!(err, "\nApply these changes? Only `yes` is taken: ");
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

/// Reads a line, on a thread that nothing waits for: a read of standard input can't be called off.
async fn line_of_input() -> Option<String> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // Nobody waits any more after a signal.
        let _ = sender.send(read.is_ok().then_some(line));
    });
    receiver.await.ok().flatten()
}

/// Says what a signal does, when one comes.
async fn tell_of_stop(stop: &Stop) -> Infallible {
    stop.wait().await;
    note(
        "Interrupted: the changes that have begun are finished, and no other is begun. \
         A second signal gives them up.",
    );
    pending().await
}

/// Says what became of every change, in the plan's order.
fn finish(
    plan: &Plan,
    outcomes: &[Outcome],
    global: &Global,
    screen: Screen,
) -> Result<Exit, Error> {
    if plan.is_empty() {
        return Ok(Exit::Success);
    }
    let text = report::outcomes(plan, outcomes, &screen.styles(global));
    if let Err(error) = printed(screen.out().write_all(text.as_bytes())) {
        // What has been done must be known, wherever there is still room to say it.
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
