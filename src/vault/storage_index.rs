//! Reads that include the session's own writes, where standbys answer reads.
//!
//! Vault Enterprise returns the state of its storage after a request in `X-Vault-Index`. A node that receives it with a
//! later request and has not reached that state answers 412, and the request is sent again.
//! Source: <https://developer.hashicorp.com/vault/docs/enterprise/consistency>.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

const HEADER: HeaderName = HeaderName::from_static("x-vault-index");

/// The latest known state of the storage of each cluster.
#[derive(Default)]
pub(super) struct StorageIndex {
    /// Whether there is any: neither OpenBao nor Vault Community returns the header.
    is_known: AtomicBool,
    states: Mutex<BTreeMap<String, Vec<StorageState>>>,
}

/// The position in a cluster's own log, and in what it replicates from its primary.
struct StorageState {
    local: u64,
    replicated: u64,
    header: HeaderValue,
}

impl StorageState {
    fn includes(&self, other: &Self) -> bool {
        self.local >= other.local && self.replicated >= other.replicated
    }
}

impl StorageIndex {
    /// Records the state that an answer returns.
    pub(super) fn record(&self, answer: &HeaderMap) {
        for (cluster, state) in answer.get_all(HEADER).iter().filter_map(read) {
            let mut known = self.states();
            let states = known.entry(cluster).or_default();
            if !states.iter().any(|known| known.includes(&state)) {
                states.retain(|known| !state.includes(known));
                states.push(state);
            }
            self.is_known.store(true, Ordering::Release);
        }
    }

    /// Requires an answer that is no older than the recorded states.
    pub(super) fn require(&self, request: &mut HeaderMap) {
        if self.is_known.load(Ordering::Acquire) {
            for state in self.states().values().flatten() {
                request.append(HEADER, state.header.clone());
            }
        }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<String, Vec<StorageState>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parses `v1:CLUSTER:LOCAL:REPLICATED:SIGNATURE` in Base64; anything else is ignored.
fn read(header: &HeaderValue) -> Option<(String, StorageState)> {
    let bytes = BASE64_STANDARD.decode(header.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let parts: Vec<&str> = text.split(':').collect();
    let ["v1", cluster, local, replicated, _] = parts[..] else {
        return None;
    };
    let state = StorageState {
        local: local.parse().ok()?,
        replicated: replicated.parse().ok()?,
        header: header.clone(),
    };
    Some((cluster.to_owned(), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderValue {
        HeaderValue::from_str(&BASE64_STANDARD.encode(text)).unwrap()
    }

    #[test]
    fn a_request_requires_the_latest_state_of_each_cluster() {
        let index = StorageIndex::default();
        for text in [
            "v1:c-1:10:0:x",
            "v1:c-1:9:0:x",
            "v1:c-2:3:7:x",
            "v1:c-2:4:6:x",
            "v1:c-1:11:0:x",
            "v2:c-1:12:0:x",
            "v1:c-1:many:0:x",
            "nonsense",
        ] {
            index.record(&HeaderMap::from_iter([(HEADER, header(text))]));
        }
        index.record(&HeaderMap::from_iter([(
            HEADER,
            HeaderValue::from_static("?"),
        )]));
        let mut request = HeaderMap::new();
        index.require(&mut request);
        let required: Vec<_> = request.get_all(HEADER).iter().cloned().collect();
        assert_eq!(
            required,
            ["v1:c-1:11:0:x", "v1:c-2:3:7:x", "v1:c-2:4:6:x"].map(header)
        );
    }
}
