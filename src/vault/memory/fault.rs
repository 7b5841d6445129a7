//! What goes wrong with a request.

use std::fmt;
use std::rc::Rc;

use super::MemoryVault;
use crate::http::Unreachable;
use crate::vault::capabilities::Operation;
use crate::vault::error::VaultError;
use crate::vault::message::{ErrorBody, Messages};

/// What goes wrong with a request.
#[derive(Clone)]
pub(crate) enum InjectedFault {
    /// The server refuses it, or never sees it.
    Refused(VaultError),
    /// The server carries it out, and its answer is lost.
    AnswerLost(VaultError),
    /// The server carries it out, and something else happens before the next request.
    Then(Rc<dyn Fn(&MemoryVault)>),
}

impl InjectedFault {
    /// Something else happens before the next request.
    pub(crate) fn then(act: impl Fn(&MemoryVault) + 'static) -> Self {
        Self::Then(Rc::new(act))
    }
}

/// Vault's refusal with this status.
pub(crate) fn refused(operation: Operation, path: &str, status: u16) -> VaultError {
    let body = format!(r#"{{"errors": ["refused with {status}"]}}"#);
    let body: ErrorBody = serde_json::from_str(&body).unwrap_or_default();
    VaultError::Rejected {
        operation,
        path: path.to_owned(),
        status,
        messages: Messages::from(body),
        sends: 1,
    }
}

/// No answer.
pub(crate) fn lost() -> VaultError {
    VaultError::Unreachable {
        server: "memory".to_owned(),
        cause: Unreachable::Broken,
    }
}

/// A fault, and the requests that it is for.
pub(super) struct Planned {
    operation: Operation,
    path: String,
    fault: InjectedFault,
    strikes: usize,
}

impl Planned {
    pub(super) fn new(operation: Operation, path: &str, fault: InjectedFault) -> Self {
        Self {
            operation,
            path: path.to_owned(),
            fault,
            strikes: 0,
        }
    }

    pub(super) fn has_struck(&self) -> bool {
        self.strikes > 0
    }

    /// The fault, if it is for this request.
    pub(super) fn strike(&mut self, operation: Operation, path: &str) -> Option<InjectedFault> {
        let is_at = match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == self.path,
        };
        if operation != self.operation || !is_at {
            return None;
        }
        self.strikes += 1;
        Some(self.fault.clone())
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation, self.path)
    }
}
