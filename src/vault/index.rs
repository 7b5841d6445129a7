//! Reading one's own writes where standbys answer reads.
//!
//! Vault Enterprise says with `X-Vault-Index` how far its storage is after a request. A node that gets this with a later
//! request and is not that far answers 412, which is asked again.
//! Source: <https://developer.hashicorp.com/vault/docs/enterprise/consistency>.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

const HEADER: HeaderName = HeaderName::from_static("x-vault-index");

/// How far the storage of each cluster is known to be.
#[derive(Default)]
pub(super) struct Index(Mutex<BTreeMap<String, (Place, HeaderValue)>>);

/// The cluster's own part of the storage, and what it has from its primary.
type Place = (u64, u64);

impl Index {
    /// Learns from an answer.
    pub(super) fn learn(&self, answer: &HeaderMap) {
        for header in answer.get_all(HEADER) {
            let Some((cluster, place)) = read(header) else {
                continue;
            };
            let mut known = self.known();
            if known.get(&cluster).is_none_or(|(known, _)| *known < place) {
                known.insert(cluster, (place, header.clone()));
            }
        }
    }

    /// Asks for an answer that is no older than what was learned.
    pub(super) fn ask(&self, request: &mut HeaderMap) {
        for (_, header) in self.known().values() {
            request.append(HEADER, header.clone());
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, (Place, HeaderValue)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `v1:CLUSTER:LOCAL:REPLICATED:SIGNATURE` in Base64; anything else is left alone.
fn read(header: &HeaderValue) -> Option<(String, Place)> {
    let bytes = BASE64_STANDARD.decode(header.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let parts: Vec<&str> = text.split(':').collect();
    let ["v1", cluster, local, replicated, _] = parts[..] else {
        return None;
    };
    let place = (local.parse().ok()?, replicated.parse().ok()?);
    Some((cluster.to_owned(), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderValue {
        HeaderValue::from_str(&BASE64_STANDARD.encode(text)).unwrap()
    }

    #[test]
    fn the_furthest_place_of_each_cluster_is_asked_for() {
        let index = Index::default();
        for text in [
            "v1:c-1:10:0:x",
            "v1:c-1:9:0:x",
            "v1:c-2:3:7:x",
            "v1:c-1:11:0:x",
            "v2:c-1:12:0:x",
            "v1:c-1:many:0:x",
            "nonsense",
        ] {
            index.learn(&HeaderMap::from_iter([(HEADER, header(text))]));
        }
        index.learn(&HeaderMap::from_iter([(
            HEADER,
            HeaderValue::from_static("?"),
        )]));
        let mut request = HeaderMap::new();
        index.ask(&mut request);
        let asked: Vec<_> = request.get_all(HEADER).iter().collect();
        assert_eq!(asked, [&header("v1:c-1:11:0:x"), &header("v1:c-2:3:7:x")]);
    }
}
