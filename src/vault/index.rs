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
pub(super) struct Index(Mutex<BTreeMap<String, Vec<Place>>>);

/// How far a cluster's own part of the storage is, and what it has from its primary.
struct Place {
    local: u64,
    replicated: u64,
    header: HeaderValue,
}

impl Place {
    fn includes(&self, other: &Self) -> bool {
        self.local >= other.local && self.replicated >= other.replicated
    }
}

impl Index {
    /// Learns from an answer.
    pub(super) fn learn(&self, answer: &HeaderMap) {
        for (cluster, place) in answer.get_all(HEADER).iter().filter_map(read) {
            let mut known = self.known();
            let places = known.entry(cluster).or_default();
            if !places.iter().any(|known| known.includes(&place)) {
                places.retain(|known| !place.includes(known));
                places.push(place);
            }
        }
    }

    /// Asks for an answer that is no older than what was learned.
    pub(super) fn ask(&self, request: &mut HeaderMap) {
        for place in self.known().values().flatten() {
            request.append(HEADER, place.header.clone());
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Place>>> {
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
    let place = Place {
        local: local.parse().ok()?,
        replicated: replicated.parse().ok()?,
        header: header.clone(),
    };
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
            "v1:c-2:4:6:x",
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
        let asked: Vec<_> = request.get_all(HEADER).iter().cloned().collect();
        assert_eq!(
            asked,
            ["v1:c-1:11:0:x", "v1:c-2:3:7:x", "v1:c-2:4:6:x"].map(header)
        );
    }
}
