//! Runs work with Vault, from login to revocation, and handles signals.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::Error;
use super::contract::Contracted;
use super::load::{read_revision, show_messages};
use crate::access::{self, IdentityPower};
use crate::cli::Global;
use crate::compatibility;
use crate::desired::{Desired, IdentityWatch};
use crate::diagnostic::printable;
use crate::files::History;
use crate::live::{Besides, Live};
use crate::login;
use crate::mappings::Loaded;
use crate::plan::{MergedChanges, OlderFiles, Plan, Scope, UnverifiedFields};
use crate::privilege;
use crate::progress::Progress;
use crate::report::{Findings, Protected, Review, plural};
use crate::stop::Stop;
use crate::vault::{Reader, Session, VaultCredentials, VaultSettings};

/// How long to wait after a signal for a login that has begun.
const LOGIN_GRACE: Duration = Duration::from_secs(3);

/// Opens a session as the provisioner, runs the work, and always closes the session.
pub(super) async fn with_vault<T>(
    global: &Global,
    work: impl AsyncFnOnce(&Session, &Stop) -> Result<T, Error>,
) -> Result<T, Error> {
    with_vault_as(global, global.login.provisioner_role(), work).await
}

/// The same with another JWT role; if it is empty, the mount's default role.
pub(super) async fn with_vault_as<T>(
    global: &Global,
    auth_role: &str,
    work: impl AsyncFnOnce(&Session, &Stop) -> Result<T, Error>,
) -> Result<T, Error> {
    let settings = login::settings(&global.connection)?;
    let credentials = login::credentials(&global.login, auth_role)?;
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    let started = Instant::now();
    let session = open(settings, credentials, &stop).await?;
    let outcome = work(&session, &stop).await;
    let stats = session.close().await;
    tracing::debug!(
        requests = stats.requests,
        retries = stats.retries,
        seconds = started.elapsed().as_secs_f64(),
        "finished"
    );
    outcome
}

/// A plan and its findings.
pub(super) struct PlanWithFindings {
    pub(super) plan: Plan,
    findings: Findings,
}

impl PlanWithFindings {
    /// The view for reports.
    pub(super) fn review(&self) -> Review<'_> {
        Review {
            plan: &self.plan,
            findings: Some(&self.findings),
        }
    }

    /// Which changes wait for an apply.
    pub(super) const fn merged(&self) -> &MergedChanges {
        &self.findings.merged
    }

    /// Whether everything was compared: a token that may not list does not see what the files lack.
    pub(super) fn is_complete(&self) -> bool {
        let scope = &self.findings.scope;
        let identity = scope.identity.iter().flatten();
        scope.denied.is_empty() && scope.hidden_policies.is_empty() && identity.count() == 0
    }
}

/// What is compared, and how more of Vault is read.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) desired: &'a Desired,
    pub(super) live: &'a Live,
    pub(super) reader: &'a Reader,
    pub(super) stop: &'a Stop,
}

/// What a comparison looks at besides what the files own.
#[derive(Clone, Copy)]
pub(super) enum Looks<'a> {
    /// Entities and groups, if the files say so.
    Drift(&'a Loaded),
    /// The contract, which has to hold over what Vault will hold.
    Plan(&'a Contracted),
    /// Nothing more: access ends whatever the contract expects.
    Expired(&'a Loaded),
}

impl<'a> Looks<'a> {
    /// The files, which messages about Vault point into.
    fn files(self) -> &'a Loaded {
        match self {
            Self::Drift(loaded) | Self::Expired(loaded) => loaded,
            Self::Plan(contracted) => contracted.files(),
        }
    }
}

/// The findings that reports show beside a plan. What affects access and is not in the files is read where it counts:
/// where the plan changes something, where there is a contract to prove, and where identity is looked at.
///
/// # Errors
/// When the server lacks a field that the plan sets, or the contract does not hold over what Vault will hold; the messages are
/// printed.
pub(super) async fn findings(
    global: &Global,
    sides: Sides<'_>,
    plan: &Plan,
    looks: Looks<'_>,
) -> Result<Findings, Error> {
    let Sides { desired, live, .. } = sides;
    let unverified_fields = check_fields(global, sides, plan, looks).await?;
    let (contracted, watch) = match looks {
        Looks::Drift(_) => (None, desired.identity.as_ref()),
        Looks::Plan(contracted) => (Some(contracted).filter(|files| files.has_contract()), None),
        Looks::Expired(_) => (None, None),
    };
    let besides = if plan.is_empty() && contracted.is_none() && watch.is_none() {
        Besides::default()
    } else {
        let read = async { Ok::<_, Error>(live.read_besides(sides.reader, desired).await) };
        unless_stopped(sides.stop, read).await?
    };
    if let Some(contracted) = contracted {
        contracted.prove(global, &besides, desired, live)?;
    }
    let mut findings = Findings {
        access: access::changes(desired, live, &besides.resources, plan),
        protected: Protected::of(desired),
        waiting: privilege::waiting(plan, desired, live),
        scope: Scope {
            unverified_fields,
            ..Scope::new(desired, live)
        },
        identity: Vec::new(),
        merged: match looks {
            Looks::Drift(_) if !plan.is_empty() => merged(global, sides, plan),
            _ => MergedChanges::default(),
        },
        not_in_plan: BTreeSet::new(),
    };
    if let Some(watch) = watch {
        let (powers, unread) = look_at_identity(sides, &besides, watch).await?;
        findings.identity = powers;
        findings.scope.identity = Some(unread);
    }
    Ok(findings)
}

/// Which changes wait for an apply, by the history of the files.
fn merged(global: &Global, sides: Sides<'_>, plan: &Plan) -> MergedChanges {
    let folder = global.mappings();
    let History {
        commits,
        ends_early,
    } = match History::of(&folder) {
        Ok(history) => history,
        Err(error) => {
            return MergedChanges {
                unknown: Some(error.to_string()),
                ..MergedChanges::default()
            };
        }
    };
    let end = ends_early.then(|| Err("the history of the clone ends before".to_owned()));
    let history = commits.into_iter().filter_map(|commit| {
        let before = format!("{}~1", commit.commit);
        match read_revision(&folder, &before, global.now()) {
            // What had errors was never applied.
            Ok((loaded, _)) => Some(Ok(OlderFiles {
                replaced_by: commit,
                desired: loaded.desired?,
            })),
            Err(error) => Some(Err(error.to_string())),
        }
    });
    MergedChanges::new(plan, sides.desired, sides.live, history.chain(end))
}

/// Looks for entities and groups whose policies reach AWS roles of the files.
async fn look_at_identity(
    sides: Sides<'_>,
    besides: &Besides,
    watch: &IdentityWatch,
) -> Result<(Vec<IdentityPower>, BTreeMap<String, String>), Error> {
    let mut all = sides.live.clone();
    all.resources.extend(besides.resources.clone());
    let read = async { Ok::<_, Error>(all.read_identity_policies(sides.reader).await) };
    let other_grants = unless_stopped(sides.stop, read).await?;
    let mut powers = access::identity_powers(sides.desired, &all, &other_grants);
    powers.retain(|power| !watch.except.contains(power.what.name()));
    Ok((powers, other_grants.unread))
}

/// Reads Vault and plans.
pub(super) async fn compare(
    global: &Global,
    desired: &Desired,
    looks: Looks<'_>,
) -> Result<PlanWithFindings, Error> {
    with_vault(global, async |session, stop| {
        let reader = &session.reader();
        let progress = Progress::on_terminal();
        let live = unless_stopped(stop, Live::read(reader, desired, &progress)).await?;
        // The process ends soon: to free thousands of resources first would only delay that.
        let live = &*ManuallyDrop::new(live);
        let plan = Plan::new(desired, live);
        let sides = Sides {
            desired,
            live,
            reader,
            stop,
        };
        let findings = findings(global, sides, &plan, looks).await?;
        Ok(PlanWithFindings { plan, findings })
    })
    .await
}

/// Makes sure that the server has each field that the plan sets, and returns those of which that is unknown.
///
/// # Errors
/// When it does not; the messages are printed, each with its place in the files.
async fn check_fields(
    global: &Global,
    sides: Sides<'_>,
    plan: &Plan,
    looks: Looks<'_>,
) -> Result<UnverifiedFields, Error> {
    let check = async { Ok::<_, Error>(compatibility::check(plan, sides.reader).await) };
    let unsupported = match unless_stopped(sides.stop, check).await? {
        Ok(unverified) => return Ok(unverified),
        Err(unsupported) => unsupported,
    };
    let files = looks.files();
    let places = files.places();
    let messages = places.map(|places| unsupported.diagnostics(&places));
    let messages = messages.unwrap_or_default();
    show_messages(global, &messages, &files.sources);
    Err(Error::UnsupportedFields(plural(messages.len(), "field")))
}

/// Logs in, unless a signal comes first.
async fn open(
    settings: VaultSettings,
    credentials: VaultCredentials,
    stop: &Stop,
) -> Result<Session, Error> {
    let waiting = Progress::waiting_for(&format!(
        "Vault at {}",
        printable(&settings.address.to_string())
    ));
    let mut opening = pin!(Session::open(settings, credentials));
    let opened = tokio::select! {
        session = &mut opening => Ok(session?),
        () = stop.wait() => {
            // A login in progress would leave its token behind.
            if let Ok(Ok(session)) = timeout(LOGIN_GRACE, opening).await {
                session.close().await;
            }
            Err(Error::Interrupted)
        }
    };
    waiting.finish();
    opened
}

/// Runs reads, which a signal interrupts.
pub(super) async fn unless_stopped<T, E: Into<Error>>(
    stop: &Stop,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    tokio::select! {
        outcome = work => outcome.map_err(E::into),
        () = stop.wait() => Err(Error::Interrupted),
    }
}
