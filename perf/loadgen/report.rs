//! The result: as text for people, as JSON for programs, and second by second as an HDR histogram log.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder};
use serde::Serialize;

use super::flags::Flags;
use super::record::Interval;
use super::run::Summary;

/// The result of a run, as its JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    version: u32,
    /// These are the numbers of writing all keys, because that is all that was done.
    #[serde(rename = "populating")]
    is_populating: bool,
    settings: &'a Flags,
    requests: u64,
    errors: u64,
    wrong: u64,
    missing: u64,
    lost: u64,
    unanswered: u64,
    unsent: u64,
    held_back: u64,
    seconds: f64,
    throughput: f64,
    own_cpu_us_per_request: OwnCpu,
    /// Of one core for each thread; near to 1 the generator is what was measured.
    own_cpu_share: f64,
    latency_us: Latency,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_lateness_us: Option<Lateness>,
    /// Percentiles with their latencies in µs.
    curve: Vec<(f64, f64)>,
    /// Before connecting and the warm-up...
    started_at_unix: f64,
    /// ...and after them.
    counting_from_unix: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_problem: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct OwnCpu {
    user: f64,
    system: f64,
}

#[derive(Debug, Serialize)]
struct Latency {
    min: f64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p99_9: f64,
    p99_99: f64,
    max: f64,
}

#[derive(Debug, Serialize)]
struct Lateness {
    p50: f64,
    p99: f64,
    max: f64,
}

/// A generator that works for so much of the time may be what limits the result.
const BUSY_SHARE: f64 = 0.9;
/// Points of the curve for each halving of the distance to 100 %.
const CURVE_STEPS: u32 = 8;

// === impl Report ===

impl<'a> Report<'a> {
    /// What `summary` says; times of the clock are times since `base`.
    pub(crate) fn new(
        flags: &'a Flags,
        summary: &'a Summary,
        base: SystemTime,
        started_at: SystemTime,
        is_populating: bool,
    ) -> Self {
        let totals = &summary.totals;
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / totals.requests.max(1) as f64;
        let busy = (summary.cpu.user + summary.cpu.system).as_secs_f64();
        let time = summary.seconds.max(f64::MIN_POSITIVE);
        let latencies = &summary.latencies;
        let at = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        let late = |quantile| summary.lateness.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            version: 1,
            is_populating,
            settings: flags,
            requests: totals.requests,
            errors: totals.errors,
            wrong: totals.wrong,
            missing: totals.missing,
            lost: totals.lost,
            unanswered: totals.unanswered,
            unsent: totals.unsent,
            held_back: totals.held_back,
            seconds: summary.seconds,
            throughput: totals.requests as f64 / time,
            own_cpu_us_per_request: OwnCpu {
                user: micros(summary.cpu.user),
                system: micros(summary.cpu.system),
            },
            own_cpu_share: busy / time / flags.threads.max(1) as f64,
            latency_us: Latency {
                min: latencies.min() as f64 / 1e3,
                mean: latencies.mean() / 1e3,
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
                p99_9: at(0.999),
                p99_99: at(0.9999),
                max: latencies.max() as f64 / 1e3,
            },
            send_lateness_us: flags.rate.filter(|_| !is_populating).map(|_| Lateness {
                p50: late(0.5),
                p99: late(0.99),
                max: summary.lateness.max() as f64 / 1e3,
            }),
            curve: curve(latencies),
            started_at_unix: since_epoch(started_at).as_secs_f64(),
            counting_from_unix: (since_epoch(base) + Duration::from_nanos(summary.from))
                .as_secs_f64(),
            first_problem: summary.odd.as_deref(),
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|text| text + "\n")
    }

    /// What was done, in a line.
    fn title(&self) -> String {
        let flags = self.settings;
        let (mix, size, keys) = (flags.mix.join(" "), &flags.value_size, flags.keys);
        if self.is_populating {
            return format!("populating   {keys} keys, values of {size} bytes");
        }
        let how = match flags.rate {
            Some(rate) => format!("open loop    {rate} requests per second, "),
            None => "closed loop  ".to_owned(),
        };
        let (clients, pipeline) = (flags.clients, flags.pipeline);
        format!("{how}{mix}, {clients} clients, pipeline {pipeline}, values of {size} bytes")
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let (latency, cpu) = (&self.latency_us, &self.own_cpu_us_per_request);
        let mut out = format!(
            "{}\n\
             requests     {} in {:.2} s, {:.0} per second\n\
             latency µs   min {:.1}  mean {:.1}  p50 {:.1}  p90 {:.1}  p99 {:.1}  p99.9 {:.1}  \
             p99.99 {:.1}  max {:.1}\n\
             own CPU      {:.2} µs user and {:.2} µs system per request, {:.0} % of the time\n",
            self.title(),
            self.requests,
            self.seconds,
            self.throughput,
            latency.min,
            latency.mean,
            latency.p50,
            latency.p90,
            latency.p99,
            latency.p99_9,
            latency.p99_99,
            latency.max,
            cpu.user,
            cpu.system,
            self.own_cpu_share * 100.0,
        );
        if let Some(late) = &self.send_lateness_us {
            let (p50, p99, max) = (late.p50, late.p99, late.max);
            line(
                &mut out,
                &format!("sent late    p50 {p50:.1}  p99 {p99:.1}  max {max:.1} µs"),
            );
        }
        line(
            &mut out,
            &format!(
                "failures     wrong {}  errors {}  lost connections {}  unanswered {}",
                self.wrong, self.errors, self.lost, self.unanswered
            ),
        );
        for (count, what) in [
            (self.missing, "replies without a value (--no-populate)"),
            (
                self.held_back,
                "requests sent late because all clients waited for replies",
            ),
            (
                self.unsent,
                "requests due and never sent; they count as slow as they waited",
            ),
        ] {
            if count > 0 {
                line(&mut out, &format!("note         {count} {what}"));
            }
        }
        if self.requests == 0 {
            line(
                &mut out,
                "note         no reply came while it counted; try a longer --duration",
            );
        }
        if self.own_cpu_share > BUSY_SHARE {
            line(
                &mut out,
                "note         the generator itself was saturated; try --threads",
            );
        }
        if let Some(problem) = self.first_problem {
            line(&mut out, &format!("first        {problem}"));
        }
        out
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// One second, for a terminal: each line replaces the one before.
pub(crate) fn progress(second: &Interval, is_populating: bool) -> String {
    let seconds = Duration::from_nanos(second.until - second.from).as_secs_f64();
    let micros = |quantile| second.latencies.value_at_quantile(quantile) as f64 / 1e3;
    format!(
        "\r\x1b[K{} {:.0} s: {:.0} requests/s, p50 {:.0} µs, p99 {:.0} µs",
        if is_populating {
            "populating"
        } else {
            "counting"
        },
        Duration::from_nanos(second.until).as_secs_f64(),
        second.latencies.len() as f64 / seconds.max(f64::MIN_POSITIVE),
        micros(0.5),
        micros(0.99),
    )
}

/// Removes the last line of progress.
pub(crate) const END_OF_PROGRESS: &str = "\r\x1b[K";

/// Points up to the 99.99th percentile, and the largest value.
fn curve(latencies: &Histogram<u64>) -> Vec<(f64, f64)> {
    if latencies.is_empty() {
        return Vec::new();
    }
    let last = 0.9999;
    let mut points: Vec<(f64, f64)> = latencies
        .iter_quantiles(CURVE_STEPS)
        .map(|point| (point.quantile_iterated_to(), point.value_iterated_to()))
        .take_while(|(quantile, _)| *quantile < last)
        .map(|(quantile, value)| (quantile * 100.0, value as f64 / 1e3))
        .collect();
    points.push((last * 100.0, latencies.value_at_quantile(last) as f64 / 1e3));
    points.push((100.0, latencies.max() as f64 / 1e3));
    points
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Writes intervals as lines of an HDR histogram log.
pub(crate) struct HdrLog<'a, 'b, W: io::Write> {
    log: IntervalLogWriter<'a, 'b, W, V2DeflateSerializer>,
}

impl<'a, 'b, W: io::Write> HdrLog<'a, 'b, W> {
    /// Writes the beginning; times of the clock are times since `base`.
    pub(crate) fn begin(
        out: &'a mut W,
        serializer: &'b mut V2DeflateSerializer,
        base: SystemTime,
    ) -> io::Result<Self> {
        let mut builder = IntervalLogWriterBuilder::new();
        builder
            .add_comment("[Histogram log format version 1.3]")
            .add_comment("[Latencies in nanoseconds, the maximum of each line in milliseconds]")
            .with_start_time(base)
            .with_base_time(base)
            .with_max_value_divisor(1e6);
        let log = builder.begin_log_with(out, serializer)?;
        Ok(Self { log })
    }

    /// Writes one line.
    pub(crate) fn write(&mut self, interval: &Interval) -> io::Result<()> {
        let from = Duration::from_nanos(interval.from);
        let length = Duration::from_nanos(interval.until - interval.from);
        let written = self
            .log
            .write_histogram(&interval.latencies, from, length, None);
        written.map_err(|error| io::Error::other(format!("{error:?}")))
    }
}
