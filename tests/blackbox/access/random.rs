//! Random numbers that are the same on every machine, and what one run of the proofs is: its seed and its size.

use std::env;

/// Where the numbers of a run begin, if not with [`DEFAULT_SEED`].
const SEED: &str = "VAULT_PROVISIONER_PROOF_SEED";
/// How many decisions a run compares at least.
const DECISIONS: &str = "VAULT_PROVISIONER_PROOF_DECISIONS";

const DEFAULT_SEED: u64 = 1;

/// The first seed of this run.
pub(super) fn seed() -> u64 {
    number(SEED).unwrap_or(DEFAULT_SEED)
}

/// How many decisions this run compares at least.
pub(super) fn decisions(default: usize) -> usize {
    number(DECISIONS).map_or(default, |number| number as usize)
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

/// Xorshift.
pub(super) struct Random(u64);

impl Random {
    /// Numbers that depend on a seed alone.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below the bound.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    /// Yes, once in so many times.
    pub(super) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    /// One of these.
    pub(super) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// At most this many of these, in any order.
    pub(super) fn some<T>(&mut self, mut items: Vec<T>, number: usize) -> Vec<T> {
        let mut some = Vec::new();
        while some.len() < number && !items.is_empty() {
            some.push(items.swap_remove(self.below(items.len())));
        }
        some
    }
}
