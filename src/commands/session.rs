//! Runs work with Vault, from login to revocation, and handles signals.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::Error;
use super::contract::Contracted;
use crate::access::{self, IdentityPower};
use crate::cli::Global;
use crate::compatibility;
use crate::desired::{Desired, IdentityWatch};
use crate::live::{Besides, Live};
use crate::login;
use crate::plan::{Plan, Scope};
use crate::progress::Progress;
use crate::report::{Findings, Protected, Review};
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

    /// Whether everything was compared: a token that may not list does not see what the files lack.
    pub(super) fn is_complete(&self) -> bool {
        let scope = &self.findings.scope;
        let identity = scope.identity.iter().flatten();
        scope.denied.is_empty() && scope.hidden_policies.is_empty() && identity.count() == 0
    }
}

/// The findings that reports show beside a plan.
pub(super) fn findings(desired: &Desired, live: &Live, besides: &Besides, plan: &Plan) -> Findings {
    Findings {
        access: access::changes(desired, live, &besides.resources, plan),
        protected: Protected::of(desired),
        scope: Scope::new(desired, live),
        identity: Vec::new(),
        not_in_plan: BTreeSet::new(),
    }
}

/// Looks for entities and groups whose policies reach AWS roles of the files.
async fn look_at_identity(
    live: &Live,
    besides: &Besides,
    reader: &Reader,
    (desired, watch): (&Desired, &IdentityWatch),
) -> Result<(Vec<IdentityPower>, BTreeMap<String, String>), Error> {
    let mut all = live.clone();
    all.resources.extend(besides.resources.clone());
    let elsewhere = all.read_identity_policies(reader).await;
    let trusted = desired.unchanged_apply_policies(&all.resources);
    let mut powers = access::identity_powers(
        &all.resources,
        &all.accessors,
        all.version,
        trusted,
        &elsewhere,
    );
    powers.retain(|power| !watch.except.contains(power.name()));
    Ok((powers, elsewhere.unread))
}

/// Reads what affects access and is not in the files.
pub(super) async fn read_besides(
    live: &Live,
    reader: &Reader,
    desired: &Desired,
) -> Result<Besides, Error> {
    Ok(live.read_besides(reader, desired).await)
}

/// What a comparison looks at besides what the files own.
pub(super) enum Looks {
    /// Entities and groups, if the files say so.
    Drift,
    /// The contract, which has to hold over what Vault will hold.
    Plan(Box<Contracted>),
}

/// Reads Vault and plans.
pub(super) async fn compare(
    global: &Global,
    desired: &Desired,
    looks: Looks,
) -> Result<PlanWithFindings, Error> {
    let (contracted, watch) = match looks {
        Looks::Drift => (None, desired.identity.as_ref()),
        Looks::Plan(contracted) => (Some(*contracted).filter(Contracted::has_contract), None),
    };
    with_vault(global, async |session, stop| {
        let reader = session.reader();
        let progress = Progress::on_terminal();
        let live = unless_stopped(stop, Live::read(&reader, desired, &progress)).await?;
        let plan = Plan::new(desired, &live);
        unless_stopped(stop, compatibility::check(&plan, &reader)).await?;
        let besides = if plan.is_empty() && contracted.is_none() && watch.is_none() {
            Besides::default()
        } else {
            unless_stopped(stop, read_besides(&live, &reader, desired)).await?
        };
        if let Some(contracted) = contracted {
            contracted.prove(global, &besides, desired, &live)?;
        }
        let mut findings = findings(desired, &live, &besides, &plan);
        if let Some(watch) = watch {
            let looking = look_at_identity(&live, &besides, &reader, (desired, watch));
            let (powers, unread) = unless_stopped(stop, looking).await?;
            findings.identity = powers;
            findings.scope.identity = Some(unread);
        }
        Ok(PlanWithFindings { plan, findings })
    })
    .await
}

/// Logs in, unless a signal comes first.
async fn open(
    settings: VaultSettings,
    credentials: VaultCredentials,
    stop: &Stop,
) -> Result<Session, Error> {
    let mut opening = pin!(Session::open(settings, credentials));
    tokio::select! {
        session = &mut opening => Ok(session?),
        () = stop.wait() => {
            // A login in progress would leave its token behind.
            if let Ok(Ok(session)) = timeout(LOGIN_GRACE, opening).await {
                session.close().await;
            }
            Err(Error::Interrupted)
        }
    }
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
