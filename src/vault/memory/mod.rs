//! A Vault in memory, for tests of what reads and writes: it answers as Vault's API documents, keeps what it is sent,
//! and injects the faults that a test asks for. The black-box tests show what real servers do beyond that.

mod fault;
mod grant;
mod store;

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::task::yield_now;

use self::fault::Planned;
pub(crate) use self::fault::{InjectedFault, lost, refused};
use self::grant::TokenPolicy;
use self::store::Store;
use super::capabilities::{Capabilities, Operation};
use super::error::VaultError;
use super::interface::{ReadVault, WriteVault};
use super::session::ServerId;
use super::version::ServerVersion;
use crate::acl::Rules;

/// The data of a path, by the names of its fields.
pub(crate) type Body = Map<String, Value>;

/// How many requests may be in flight.
const PARALLELISM: usize = 8;

/// A request as the server saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenRequest {
    /// What it does.
    pub(crate) operation: Operation,
    /// The API path.
    pub(crate) path: String,
    /// The body of a write.
    pub(crate) body: Body,
}

/// The server. A fault that never struck fails its test, when the server is dropped.
#[derive(Default)]
pub(crate) struct MemoryVault {
    store: RefCell<Store>,
    /// What the token may do; everything, if nothing is said.
    grant: Option<TokenPolicy>,
    faults: RefCell<Vec<Planned>>,
    seen: RefCell<Vec<SeenRequest>>,
    /// Body that this server does not know, and drops.
    unknown_fields: BTreeSet<String>,
    /// What its help says that writes take, by path.
    help: BTreeMap<String, BTreeSet<String>>,
    version: ServerVersion,
}

impl MemoryVault {
    /// Another server that holds the same.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::default();
        copy.store.replace(self.store.borrow().clone());
        copy
    }

    /// The same server for a token that may do no more than these rules allow.
    pub(crate) fn with_token(mut self, rules: Rules) -> Self {
        self.grant = Some(TokenPolicy::new(rules));
        self
    }

    /// The same server without these fields, as of an older version.
    pub(crate) fn without_fields<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.unknown_fields = names.map(str::to_owned).into();
        self
    }

    /// The same server with help for a path.
    pub(crate) fn with_help(mut self, path: &str, names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned());
        self.help.insert(path.to_owned(), names.collect());
        self
    }

    /// The same server as another program.
    pub(crate) fn with_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Writes as an administrator, past all faults.
    pub(crate) fn put(&self, path: &str, fields: Value) {
        let Value::Object(fields) = fields else {
            panic!("fields are an object")
        };
        let written = self.store.borrow_mut().write(path, fields);
        written.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Deletes as an administrator.
    pub(crate) fn remove(&self, path: &str) {
        let removed = self.store.borrow_mut().delete(path);
        removed.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// What an administrator reads.
    pub(crate) fn holds(&self, path: &str) -> Option<Value> {
        let held = self.store.borrow().read(path);
        let held = held.unwrap_or_else(|error| panic!("{path}: {error}"));
        held.map(Value::Object)
    }

    /// Something goes wrong with every such request. A path with `*` at its end is a prefix.
    pub(crate) fn fails(&self, operation: Operation, path: &str, fault: InjectedFault) {
        let planned = Planned::new(operation, path, fault);
        self.faults.borrow_mut().push(planned);
    }

    /// Nothing goes wrong any more. Every fault must have struck.
    pub(crate) fn mend(&self) {
        let faults = std::mem::take(&mut *self.faults.borrow_mut());
        let missed = faults.iter().filter(|fault| !fault.has_struck());
        let missed: Vec<_> = missed.map(ToString::to_string).collect();
        assert!(missed.is_empty(), "no fault struck at {missed:?}");
    }

    /// The requests so far, in the order in which they came.
    pub(crate) fn seen(&self) -> Ref<'_, Vec<SeenRequest>> {
        self.seen.borrow()
    }

    /// The paths of the requests that may have changed something, in their order.
    pub(crate) fn changed(&self) -> Vec<String> {
        let seen = self.seen();
        seen.iter()
            .filter(|seen| matches!(seen.operation, Operation::Write | Operation::Delete))
            .map(|seen| seen.path.clone())
            .collect()
    }

    /// Carries a request out, with whatever goes wrong on its way.
    async fn serve<T>(
        &self,
        operation: Operation,
        path: &str,
        body: Body,
        work: impl FnOnce(&mut Store) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.seen.borrow_mut().push(SeenRequest {
            operation,
            path: path.to_owned(),
            body: body.clone(),
        });
        // As on a network, requests that run side by side overtake each other.
        yield_now().await;
        let fault = {
            let mut faults = self.faults.borrow_mut();
            faults
                .iter_mut()
                .find_map(|fault| fault.strike(operation, path))
        };
        if let Some(InjectedFault::Refused(error)) = fault {
            return Err(error);
        }
        if let Some(grant) = &self.grant {
            let exists = self.store.borrow().exists(path);
            grant.check(operation, path, &body, exists)?;
        }
        let done = work(&mut self.store.borrow_mut());
        match fault {
            Some(InjectedFault::AnswerLost(error)) => Err(error),
            Some(InjectedFault::Then(act)) => {
                act(self);
                done
            }
            _ => done,
        }
    }
}

impl Drop for MemoryVault {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.mend();
        }
    }
}

impl ReadVault for MemoryVault {
    async fn get(&self, path: &str) -> Result<Option<Body>, VaultError> {
        let work = |store: &mut Store| store.read(path);
        self.serve(Operation::Read, path, Body::new(), work).await
    }

    async fn list(&self, path: &str) -> Result<Vec<String>, VaultError> {
        let work = |store: &mut Store| store.list(path);
        self.serve(Operation::List, path, Body::new(), work).await
    }

    async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, VaultError> {
        let path = "sys/capabilities-self";
        let granted = |path: &&str| {
            let all = || Capabilities::from(vec!["root".to_owned()]);
            let granted = self.grant.as_ref().map_or_else(all, |grant| grant.at(path));
            ((*path).to_owned(), granted)
        };
        let work = |_: &mut Store| Ok(paths.iter().map(granted).collect());
        self.serve(Operation::Write, path, Body::new(), work).await
    }

    fn server_id(&self) -> ServerId {
        ServerId {
            cluster_id: "in memory".to_owned(),
            namespace: String::new(),
        }
    }

    async fn parameters(&self, path: &str) -> Result<Option<BTreeSet<String>>, VaultError> {
        // Without its mount, the server has no such path.
        self.store.borrow().read(path)?;
        Ok(self.help.get(path).cloned())
    }

    fn server_version(&self) -> ServerVersion {
        self.version
    }

    fn parallelism(&self) -> usize {
        PARALLELISM
    }
}

impl WriteVault for MemoryVault {
    async fn write(&self, path: &str, body: &impl Serialize) -> Result<(), VaultError> {
        let Ok(Value::Object(body)) = serde_json::to_value(body) else {
            panic!("a body is an object")
        };
        let mut kept = body.clone();
        kept.retain(|name, _| !self.unknown_fields.contains(name));
        let work = |store: &mut Store| store.write(path, kept);
        self.serve(Operation::Write, path, body, work).await
    }

    async fn delete(&self, path: &str) -> Result<(), VaultError> {
        let work = |store: &mut Store| store.delete(path);
        self.serve(Operation::Delete, path, Body::new(), work).await
    }
}

#[test]
#[should_panic(expected = "no fault struck at [\"write aws/roles/never\"]")]
fn a_fault_that_strikes_no_request_fails_its_test() {
    let vault = MemoryVault::default();
    let refusal = refused(Operation::Write, "aws/roles/never", 400);
    vault.fails(
        Operation::Write,
        "aws/roles/never",
        InjectedFault::Refused(refusal),
    );
}
