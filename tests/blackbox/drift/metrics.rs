//! `drift --metrics`, read by another project's parser of the format.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_parse::{Scrape, Value};

use super::{FOREIGN, NO_VAULT, World};
use crate::support::second_reader;

/// The metrics in a text.
struct Metrics(Scrape);

impl Metrics {
    fn of(text: &str) -> Self {
        let lines = text.lines().map(|line| Ok(line.to_owned()));
        let scrape = Scrape::parse(lines).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(scrape.samples.len(), samples.count(), "{text}");
        let read: Vec<(String, f64)> =
            serde_json::from_value(second_reader("metrics", text)).unwrap();
        let ours = scrape.samples.iter().map(|sample| match sample.value {
            Value::Gauge(value) => (sample.metric.clone(), value),
            ref other => panic!("{} is not a gauge: {other:?}", sample.metric),
        });
        assert_eq!(read, ours.collect::<Vec<_>>());
        Self(scrape)
    }

    /// The value of the only sample with this name and these labels.
    fn get(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let name = format!("vault_provisioner_drift_{name}");
        assert!(self.0.docs.contains_key(&name), "{name} has no help");
        let samples = self.0.samples.iter().filter(|sample| {
            sample.metric == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(label) == Some(*value))
        });
        let samples: Vec<_> = samples.collect();
        assert_eq!(samples.len(), 1, "{name} {labels:?}: {samples:?}");
        match samples[0].value {
            Value::Gauge(value) => value,
            ref other => panic!("{name} is not a gauge: {other:?}"),
        }
    }
}

#[test]
fn drift_is_counted_by_kind_and_a_failed_comparison_leaves_the_last_success() {
    let world = World::new();
    let file = world.job.home().join("drift.prom");
    let drift = || world.job.run(["drift", "--metrics", "drift.prom"]).assert();
    drift().code(0);
    let metrics = Metrics::of(&fs::read_to_string(&file).unwrap());
    assert_eq!(metrics.get("match", &[]), 1.0);
    let of_policies = [("kind", "policy"), ("action", "update")];
    assert_eq!(metrics.get("changes", &of_policies), 0.0);
    assert_eq!(metrics.get("unknown", &[]), 0.0);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let last = metrics.get("last_success_timestamp_seconds", &[]);
    assert!((seconds.as_secs_f64() - last).abs() < 600.0, "{last}");

    world.change("one", FOREIGN);
    drift().code(2);
    let told = fs::read_to_string(&file).unwrap();
    let metrics = Metrics::of(&told);
    assert_eq!(metrics.get("match", &[]), 0.0);
    assert_eq!(metrics.get("changes", &of_policies), 1.0);
    assert_eq!(metrics.get("expired", &[]), 0.0);
    assert_eq!(metrics.get("foreign", &[("type", "policy")]), 0.0);

    let failed = ["drift", "--metrics", "drift.prom", "--address", NO_VAULT];
    world.job.run(failed).assert().code(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), told);
}
