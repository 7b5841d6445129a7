//! Faults drawn by lot, at every request: some lasting, some passing, several at once.
//!
//! `FAULT_ROUNDS=100 cargo test faults_by_lot` for more of them, `FAULT_SEED=…` for others.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::kinds::EveryKind;
use super::{Random, setting};
use crate::support::Fault;

const ROUNDS: u64 = 5;
const SEED: u64 = 365;
/// One request in so many meets a fault.
const ONE_IN: usize = 5;

/// What a request meets depends on the seed and on the request alone, whatever runs beside it.
fn draw(seed: u64, request: &str, seen: usize) -> Option<Fault> {
    let mut hasher = DefaultHasher::new();
    (seed, request, seen).hash(&mut hasher);
    let mut random = Random(hasher.finish());
    if random.below(ONE_IN) > 0 {
        return None;
    }
    let is_read = request.starts_with("GET");
    let faults = [
        Fault::ResetBefore,
        Fault::ResetDuring,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::Corrupt,
        Fault::Slow(Duration::from_millis(50)),
        Fault::status(412, "required index state not present"),
        Fault::status(429, "rate limit quota exceeded"),
        Fault::status(500, "internal error"),
        Fault::status(503, "Vault is sealed"),
        // From here on they last; a read that fails for good ends an apply before it begins.
        Fault::status(400, "no"),
        Fault::status(403, "permission denied"),
    ];
    let drawn = random.below(faults.len() - 2 * usize::from(is_read));
    Some(faults[drawn].clone())
}

#[test]
fn random_faults_are_overcome_or_reported() {
    let (rounds, seed) = (setting("FAULT_ROUNDS", ROUNDS), setting("FAULT_SEED", SEED));
    let mut kinds = EveryKind::new();
    let mut halfway = 0;
    for round in seed..seed + rounds {
        println!("seed {round}");
        let by_lot = Fault::drawn(move |request, seen| draw(round, request, seen));
        kinds.scene.wire.on("*", "*").then(by_lot);
        let applied = kinds.scene.apply();
        halfway +=
            u64::from(!applied.paths("failed").is_empty() && !applied.paths("done").is_empty());
        kinds.scene.converges();
        kinds.turn();
    }
    assert!(
        halfway >= rounds / 2,
        "{halfway} of {rounds} were not overcome whole"
    );
}
