//! The page `/metrics`, in the `OpenMetrics` text format that Prometheus reads.
//!
//! Every number of a worker appears twice, under two names, so that no sum over a name counts it
//! twice: `corelane_<what>{worker="0"}` for each worker, and `corelane_all_<what>` summed. What
//! control knows has names of its own.
//!
//! A scrape takes a copy of everything; nothing is kept between scrapes.

use std::fmt;
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::topology::counts;
use crate::control::state::{Certificates, CommandRefreshes, Refreshes, State, StatsRound};
use crate::metrics::{Kind, Latency, Reload, Reloads, WorkerStats};

/// What the text is, for the header of the answer.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is shown, at one moment.
#[derive(Debug)]
struct Snapshot {
    workers: Vec<Worker>,
    all: WorkerStats,
    refreshes: Refreshes,
    command_refreshes: CommandRefreshes,
    certificates: Certificates,
    hints: u64,
    takeovers_failed: u64,
    log_lost: u64,
    reloads: Reloads,
    /// Name without prefix, help, value.
    gauges: Vec<(&'static str, &'static str, f64)>,
}

/// One worker in a snapshot.
#[derive(Debug)]
struct Worker {
    label: String,
    stats: WorkerStats,
    age: f64,
    is_stale: bool,
    is_gone: bool,
    map_version: u64,
}

type Numbers = Vec<(&'static str, Kind, &'static str, u64)>;

/// The text for a state, where `round` is the round of statistics that was asked for.
pub(super) fn render(state: &State, round: StatsRound) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Snapshot::take(state, round)));
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = encode(&mut text, &registry);
    text
}

// === impl Snapshot ===

impl Snapshot {
    fn take(state: &State, round: StatsRound) -> Self {
        let uptime = state.uptime();
        let mut all = WorkerStats::default();
        let mut workers = Vec::new();
        for (index, report) in state.workers.iter().enumerate() {
            all += &report.stats;
            let age = uptime.saturating_sub(report.stats_at.unwrap_or_default());
            workers.push(Worker {
                label: index.to_string(),
                stats: report.stats.clone(),
                age: age.as_secs_f64(),
                is_stale: !state.is_fresh(report, round),
                is_gone: report.is_gone,
                map_version: report.map_version.0,
            });
        }
        Self {
            workers,
            all,
            refreshes: state.refreshes,
            command_refreshes: state.commands.refreshes,
            certificates: state.certificates,
            hints: state.hints,
            takeovers_failed: state.takeovers_failed,
            log_lost: state.log_lost.load(Ordering::Relaxed),
            reloads: state.reloads,
            gauges: gauges(state),
        }
    }

    fn encode_certificates(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Certificates { changed, refused } = self.certificates;
        for (name, help, count) in [
            (
                "corelane_certificate_reloads_changed",
                "Changes of certificates or keys that new connections use",
                changed,
            ),
            (
                "corelane_certificate_reloads_refused",
                "Changes of certificates or keys that were ignored because something was wrong with them",
                refused,
            ),
        ] {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            counter(&mut family, count)?;
        }
        Ok(())
    }

    fn encode_control(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let build =
            encoder.encode_descriptor("corelane_build", "What is running", None, MetricType::Info);
        build?.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        for (name, help, value) in &self.gauges {
            let name = format!("corelane_{name}");
            encoder
                .encode_descriptor(&name, help, None, MetricType::Gauge)?
                .encode_gauge(value)?;
        }
        Ok(())
    }

    fn encode_refreshes(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "corelane_refreshes",
            "Refreshes of the topology by outcome",
            None,
            MetricType::Counter,
        )?;
        let Refreshes {
            changed,
            unchanged,
            empty,
            unanswered,
        } = self.refreshes;
        for (outcome, count) in [
            ("changed", changed),
            ("unchanged", unchanged),
            ("empty", empty),
            ("unanswered", unanswered),
        ] {
            let labels = [("outcome", outcome)];
            counter(&mut family.encode_family(&labels)?, count)?;
        }
        let mut family = encoder.encode_descriptor(
            "corelane_command_refreshes",
            "Questions to nodes about their commands by outcome",
            None,
            MetricType::Counter,
        )?;
        let CommandRefreshes {
            changed,
            unchanged,
            failed,
        } = self.command_refreshes;
        for (outcome, count) in [
            ("changed", changed),
            ("unchanged", unchanged),
            ("failed", failed),
        ] {
            let labels = [("outcome", outcome)];
            counter(&mut family.encode_family(&labels)?, count)?;
        }
        let mut hints = encoder.encode_descriptor(
            "corelane_refresh_hints_received",
            "Wishes for a fresh topology that reached control",
            None,
            MetricType::Counter,
        )?;
        counter(&mut hints, self.hints)
    }

    fn encode_process(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "corelane_settings_reloads",
            "Times that the settings were read again, by outcome",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in [
            ("changed", self.reloads.changed),
            ("unchanged", self.reloads.unchanged),
            ("refused", self.reloads.refused),
        ] {
            let labels = [("outcome", outcome)];
            counter(&mut family.encode_family(&labels)?, count)?;
        }
        let mut lost = encoder.encode_descriptor(
            "corelane_log_lines_lost",
            "Lines of the log that were dropped: they were not read in time or could not be written",
            None,
            MetricType::Counter,
        )?;
        counter(&mut lost, self.log_lost)?;
        let mut failed = encoder.encode_descriptor(
            "corelane_takeovers_failed",
            "Processes that were to take over and did not",
            None,
            MetricType::Counter,
        )?;
        counter(&mut failed, self.takeovers_failed)
    }

    /// What control knows about each worker.
    fn encode_reports(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Read = fn(&Worker) -> f64;
        let gauges: [(&str, &str, Read); 4] = [
            ("corelane_worker_up", "0 once the worker has ended", |w| {
                number(!w.is_gone)
            }),
            (
                "corelane_worker_stats_stale",
                "1 if the worker did not answer this scrape in time, so that its numbers are older",
                |w| number(w.is_stale),
            ),
            (
                "corelane_worker_stats_age_seconds",
                "Age of the worker's numbers",
                |w| w.age,
            ),
            (
                "corelane_worker_slot_map_version",
                "Version of the slot map that the worker was sent last",
                |w| version(w.map_version),
            ),
        ];
        for (name, help, read) in gauges {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for worker in &self.workers {
                let labels = [("worker", &*worker.label)];
                family.encode_family(&labels)?.encode_gauge(&read(worker))?;
            }
        }
        Ok(())
    }

    /// The workers' own counters and gauges: each by worker, then summed.
    fn encode_counters(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let by_worker: Vec<(&str, Numbers)> = self
            .workers
            .iter()
            .map(|worker| (&*worker.label, numbers(&worker.stats)))
            .collect();
        for (index, (name, kind, help, sum)) in numbers(&self.all).into_iter().enumerate() {
            let metric_type = match kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
            };
            let mut family = encoder.encode_descriptor(name, help, None, metric_type)?;
            for (label, numbers) in &by_worker {
                let value = numbers
                    .get(index)
                    .map(|number| number.3)
                    .unwrap_or_default();
                let labels = [("worker", *label)];
                value_of(&mut family.encode_family(&labels)?, kind, value)?;
            }
            let (name, help) = (summed(name), format!("{help}, all workers"));
            let mut family = encoder.encode_descriptor(&name, &help, None, metric_type)?;
            value_of(&mut family, kind, sum)?;
        }
        Ok(())
    }

    fn encode_latency(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = "corelane_request_duration_seconds";
        let help =
            "Time from a request's last byte read to its reply handed to the client's output";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for worker in &self.workers {
            let labels = [("worker", &*worker.label)];
            histogram(&mut family.encode_family(&labels)?, &worker.stats.latency)?;
        }
        let (name, help) = (summed(name), format!("{help}, all workers"));
        let mut all = encoder.encode_descriptor(&name, &help, None, MetricType::Histogram)?;
        histogram(&mut all, &self.all.latency)
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_control(&mut encoder)?;
        self.encode_certificates(&mut encoder)?;
        self.encode_refreshes(&mut encoder)?;
        self.encode_process(&mut encoder)?;
        self.encode_reports(&mut encoder)?;
        self.encode_counters(&mut encoder)?;
        self.encode_latency(&mut encoder)
    }
}

/// `corelane_requests` to `corelane_all_requests`.
fn summed(name: &str) -> String {
    name.replacen("corelane_", "corelane_all_", 1)
}

fn numbers(stats: &WorkerStats) -> Numbers {
    let mut numbers = Vec::new();
    stats
        .counters
        .each(|name, kind, help, value| numbers.push((name, kind, help, value)));
    numbers
}

fn value_of(encoder: &mut MetricEncoder<'_>, kind: Kind, value: u64) -> fmt::Result {
    match kind {
        Kind::Counter => counter(encoder, value),
        Kind::Gauge => encoder.encode_gauge(&i64::try_from(value).unwrap_or(i64::MAX)),
    }
}

fn counter(encoder: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, u64, f64>(&value, None)
}

fn histogram(encoder: &mut MetricEncoder<'_>, latency: &Latency) -> fmt::Result {
    let mut buckets = Vec::new();
    let mut below = 0;
    for bound in Latency::BOUNDS_US {
        let count = latency.count_up_to_us(bound);
        buckets.push((
            seconds(bound.saturating_mul(1000)),
            count.saturating_sub(below),
        ));
        below = count;
    }
    buckets.push((f64::MAX, latency.count().saturating_sub(below)));
    let sum = seconds(latency.sum_ns());
    encoder.encode_histogram::<NoLabelSet>(sum, latency.count(), &buckets, None)
}

fn seconds(ns: u64) -> f64 {
    std::time::Duration::from_nanos(ns).as_secs_f64()
}

/// What control knows, as gauges: name without prefix, help, value.
fn gauges(state: &State) -> Vec<(&'static str, &'static str, f64)> {
    let (covered, nodes, shards) = counts(&state.map);
    vec![
        (
            "uptime_seconds",
            "Time since the start",
            state.uptime().as_secs_f64(),
        ),
        (
            "ready",
            "1 while /readyz says ready",
            number(state.is_ready()),
        ),
        (
            "draining",
            "1 once the process was told to stop",
            number(state.is_draining),
        ),
        (
            "workers",
            "Workers that were started",
            small(state.workers.len()),
        ),
        (
            "slot_map_version",
            "Version of the slot map in force",
            version(state.map.version.0),
        ),
        (
            "slots_covered",
            "Slots that some shard serves, of 16384",
            small(covered),
        ),
        ("nodes_known", "Nodes in the slot map", small(nodes)),
        ("shards_known", "Shards in the slot map", small(shards)),
        (
            "nodes_silent",
            "Nodes and seeds that did not tell the topology when last asked",
            small(state.silent),
        ),
        (
            "settings_good",
            "0 if the settings were refused when they were read last, and older ones are in force",
            number(state.reloads.last != Reload::Refused),
        ),
        (
            "settings_need_restart",
            "Settings whose new values need a restart",
            f64::from(u32::try_from(state.reloads.need_restart).unwrap_or(u32::MAX)),
        ),
        (
            "commands_learned",
            "Commands and subcommands that nodes told of and that are not built in",
            small(state.commands.learned),
        ),
        (
            "commands_skipped",
            "Commands that nodes told of and that were left out: malformed, or beyond a limit",
            small(state.commands.skipped),
        ),
    ]
}

fn number(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn small(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Versions count changes of the topology, so 32 bits last.
fn version(version: u64) -> f64 {
    f64::from(u32::try_from(version).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Instant;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a state needs a time of start")]
    fn text() -> String {
        let mut state = State::new(2, Instant::now());
        state.refreshes.changed = 3;
        state.workers[1].stats.counters.requests = 4;
        state.workers[0].stats.counters.requests = 7;
        state.workers[0].stats.counters.clients_now = 2;
        for micros in [20, 60, 80, 7_000_000] {
            state.workers[0].stats.latency.record(micros * 1000);
        }
        let round = state.want_stats();
        render(&state, round)
    }

    #[test]
    fn lines_that_dashboards_rely_on() {
        let text = text();
        for line in [
            "corelane_build_info{version=\"0.1.0\"} 1",
            "corelane_ready 0.0",
            "corelane_slots_covered 0.0",
            "corelane_refreshes_total{outcome=\"changed\"} 3",
            "corelane_refreshes_total{outcome=\"unanswered\"} 0",
            "corelane_requests_total{worker=\"0\"} 7",
            "corelane_requests_total{worker=\"1\"} 4",
            "corelane_all_requests_total 11",
            "corelane_clients_now{worker=\"0\"} 2",
            "corelane_all_clients_now 2",
            "corelane_worker_up{worker=\"1\"} 1.0",
            "corelane_worker_stats_stale{worker=\"1\"} 1.0",
            "corelane_request_duration_seconds_bucket{le=\"0.00005\",worker=\"0\"} 1",
            "corelane_request_duration_seconds_bucket{le=\"0.0001\",worker=\"0\"} 3",
            "corelane_request_duration_seconds_bucket{le=\"5.0\",worker=\"0\"} 3",
            "corelane_request_duration_seconds_bucket{le=\"+Inf\",worker=\"0\"} 4",
            "corelane_request_duration_seconds_count{worker=\"0\"} 4",
            "corelane_all_request_duration_seconds_sum 7.00016",
        ] {
            let expected = line.replace("0.1.0", env!("CARGO_PKG_VERSION"));
            assert!(
                text.lines().any(|known| known == expected),
                "{expected}\n{text}"
            );
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn families_and_samples_are_unique() {
        let text = text();
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|line| *line != "# EOF") {
            let key = match line.strip_prefix("# ") {
                Some(comment) => comment.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "),
                None => line.rsplit_once(' ').unwrap().0.to_owned(),
            };
            assert!(seen.insert(key.clone()), "{key} appears twice");
        }
        assert!(seen.len() > 100);
    }
}
