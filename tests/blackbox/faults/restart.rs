//! A server that is killed in the middle of an apply, and keeps what it has stored.

use std::sync::Arc;

use super::kinds::EveryKind;
use super::{Random, Scene, paths, run};
use crate::support::{Fault, Vault};

const SEED: u64 = 365;
const RESTARTS: usize = 5;
/// A request in the middle of an apply's writes.
const HALFWAY: usize = 40;

/// The server is killed before it sees the request of this number; what comes then is for `next` to say.
fn killed_at(scene: &Arc<Scene>, request: usize, next: fn(&Vault)) {
    let target = Arc::clone(scene);
    // A server that has begun and is not yet active redirects to its own address, past the wire.
    let kill = move || {
        target.wire.hold(|| {
            target.vault.kill();
            next(&target.vault);
        });
    };
    let rule = scene.wire.on("*", "*").skip(request).times(1);
    rule.then(Fault::before(kill));
}

/// All connections are dead, and those that are idle do not tell before they are used.
#[test]
fn a_server_that_is_back_at_once_is_not_missed() {
    let kinds = EveryKind::on(Vault::durable());
    killed_at(&kinds.scene, HALFWAY, |vault| {
        vault.start_again();
        vault.is_back();
    });
    kinds.scene.apply().succeeded();
    kinds.scene.converges();
}

/// Nobody listens for a while, then the server is sealed, then it does not know yet that it is the active one.
#[test]
fn a_server_that_restarts_at_a_random_point_loses_nothing() {
    let mut random = Random(SEED);
    let mut kinds = EveryKind::on(Vault::durable());
    for _ in 0..RESTARTS {
        let before = paths(&kinds.scene.direct.plan_json());
        // Each change is a write and a read, and some requests come before them.
        let request = random.below(2 * before.len());
        killed_at(&kinds.scene, request, Vault::start_again);
        let applied = run(&kinds.scene.tool, &[]);
        kinds.scene.wire.mend();
        kinds.scene.vault.is_back();
        applied.is_true(&before, &paths(&kinds.scene.direct.plan_json()));
        kinds.scene.converges();
        kinds.turn();
    }
}

/// The end comes in seconds, and says so.
#[test]
fn a_server_that_stays_away_ends_the_apply_with_a_true_report() {
    let kinds = EveryKind::on(Vault::durable());
    let before = paths(&kinds.scene.direct.plan_json());
    killed_at(&kinds.scene, HALFWAY, |_| {});
    let applied = run(&kinds.scene.tool, &[]);
    kinds.scene.vault.start_again();
    kinds.scene.vault.is_back();
    applied.is_true(&before, &paths(&kinds.scene.direct.plan_json()));
    assert!(!applied.paths("done").is_empty() && !applied.paths("failed").is_empty());
    applied.run.code(1);
    kinds.scene.converges();
}
