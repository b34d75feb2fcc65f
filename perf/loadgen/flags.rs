//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;
use serde::{Serialize, Serializer};

use super::chance::Distribution;
use super::mix::Entry;
use super::schedule::Arrivals;
use super::sizes::{SIZES_MAX, Sizes};
use super::template::KEYS_MAX;

/// Load generator for servers that speak RESP; checks every reply.
///
/// Without --rate the loop is closed: each client sends --pipeline requests, waits for all their replies, and
/// sends the next ones. With --rate it is open: requests are due on a schedule whether or not replies came,
/// and latency counts from when they were due.
#[derive(Debug, Clone, Parser, Serialize)]
#[command(name = "corelane-bench", version, after_help = NOTES)]
pub(crate) struct Flags {
    /// Name or address of the server
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Its port
    #[arg(long, default_value_t = 7617)]
    pub(crate) port: u16,
    /// Connections that send requests (with --cluster: one to each primary for each of them)
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) clients: usize,
    /// Requests that a client sends at once
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) pipeline: usize,
    /// What is sent; may be repeated. get, set, mget:KEYS, mset:KEYS, with weights get=9,set=1, or a whole
    /// command: '=HSET {key} f {value}', with a weight '9=HSET {key} f {value}'
    #[arg(long, value_name = "MIX", default_value = "get")]
    pub(crate) mix: Vec<String>,
    /// Open loop: requests per second of all clients
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<f64>,
    /// Open loop: how the times between requests are spread
    #[arg(long, value_enum, default_value_t = Arrivals::Constant)]
    pub(crate) arrivals: Arrivals,
    /// How long to count: 500ms, 10s, 2min
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(crate) duration: Time,
    /// Count so many requests instead
    #[arg(long, value_name = "N")]
    pub(crate) requests: Option<u64>,
    /// How long to send before counting
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(crate) warmup: Time,
    /// Bytes of a value: 16, 16KiB, 1MiB; or several sizes, each with the weight of the keys that have it:
    /// 16=90,1KiB=9,64KiB=1
    #[arg(long, value_name = "SIZE", default_value = "16")]
    pub(crate) value_size: Sizes,
    /// Different keys, key:000000000000 and so on
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) keys: u64,
    /// How often each key is used: uniform, or zipf:EXPONENT, where the popular ones are those with the lowest numbers
    #[arg(long, value_name = "NAME", default_value = "uniform")]
    pub(crate) distribution: Spread,
    /// More connections, which stay silent
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) idle: usize,
    /// Threads that send
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) threads: usize,
    /// Where chance begins; the same seed sends the same requests
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Do not write all keys first; keys without a value are then right
    #[arg(long)]
    pub(crate) no_populate: bool,
    /// Write all keys, report that, and stop
    #[arg(long, conflicts_with_all = ["no_populate", "rate", "hdr_log"])]
    pub(crate) populate_only: bool,
    /// RESP version; 3 sends HELLO 3 first
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub(crate) protocol: u8,
    /// The server is a node of a cluster: send each request to the node that owns its key
    #[arg(long)]
    pub(crate) cluster: bool,
    /// Speak TLS, and trust a server whose certificate is for the host and comes from an issuer in this file (PEM)
    #[arg(long, value_name = "PATH", conflicts_with = "cluster")]
    pub(crate) tls_ca_cert: Option<PathBuf>,
    /// Write the result to this file
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) json: Option<PathBuf>,
    /// Write the latencies of each second to this file, as an HDR histogram log (version 1.3)
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) hdr_log: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
}

/// A duration with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Duration);

/// A distribution of keys, by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread(pub(crate) Distribution);

/// Why a text is no value of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {0}")]
pub(crate) struct Allowed(&'static str);

const NOTES: &str = "\
A value, and its size if there are several, is a function of its key and --value-size, and every reply is compared with what it must be: a GET
with the value of its key, a SET with +OK, an MGET with all its values. From other commands any reply is taken
that is no error. {key} is a new key at each place, {value} the value of the key before it; words are
separated by spaces.

Exit codes: 0; 1 if wrong replies, errors, lost connections or missing replies were counted; 64 for bad flags;
69 if there is no connection.";

// === impl Flags ===

impl Flags {
    /// The commands of the mix, if everything holds together; else what does not.
    pub(crate) fn check(&self) -> Result<Vec<Entry>, Vec<String>> {
        let mut errors = Vec::new();
        let mut entries = Vec::new();
        for text in &self.mix {
            match Entry::read_all(text) {
                Ok(read) => entries.extend(read),
                Err(error) => errors.push(format!("--mix {error}")),
            }
        }
        if self.cluster && !entries.iter().all(Entry::has_one_key) {
            errors.push("--cluster: each command of the mix must have one key".to_owned());
        }
        let rate_range = f64::MIN_POSITIVE..=1e9;
        for (holds, what) in [
            (self.clients > 0, "--clients: at least 1"),
            (
                (1..=PIPELINE_MAX).contains(&self.pipeline),
                "--pipeline: from 1 to 100000",
            ),
            (
                (1..=KEYS_MAX).contains(&self.keys),
                "--keys: from 1 to 1000000000000",
            ),
            (
                self.idle == 0 || self.tls_ca_cert.is_none(),
                "--idle: not with --tls-ca-cert, they would have to speak",
            ),
            (self.requests != Some(0), "--requests: at least 1"),
            (!self.duration.0.is_zero(), "--duration: more than nothing"),
            (
                self.rate.is_none_or(|rate| rate_range.contains(&rate)),
                "--rate: up to 1000000000",
            ),
            (
                (1..=self.clients.min(THREADS_MAX)).contains(&self.threads),
                "--threads: from 1 to 256, and not more than clients",
            ),
        ] {
            if !holds {
                errors.push(what.to_owned());
            }
        }
        if errors.is_empty() {
            Ok(entries)
        } else {
            Err(errors)
        }
    }
}

/// A longer pipeline is one that no server would be asked to hold.
const PIPELINE_MAX: usize = 100_000;
const THREADS_MAX: usize = 256;

// === impl Time ===

impl FromStr for Time {
    type Err = Allowed;

    fn from_str(text: &str) -> Result<Self, Allowed> {
        let units = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];
        let millis = with_unit(text, &units).filter(|millis| *millis <= 1_000 * 3_600_000);
        let allowed = Allowed("a whole number with ms, s, min or h, up to 1000h");
        millis
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or(allowed)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_secs_f64())
    }
}

// === impl Sizes ===

impl FromStr for Sizes {
    type Err = Allowed;

    fn from_str(text: &str) -> Result<Self, Allowed> {
        let parts = text.split(',').take(SIZES_MAX + 1).map(|part| {
            let (bytes, weight) = part.split_once('=').unwrap_or((part, "1"));
            let weight = weight.parse().ok().filter(|weight| *weight <= WEIGHT_MAX);
            Some((read_bytes(bytes)?, weight?))
        });
        let list: Option<Vec<_>> = parts.collect();
        list.and_then(|list| Self::new(&list)).ok_or(Allowed(
            "a whole number, alone or with B, KiB or MiB, from 1 up to 512MiB; or up to 16 of them with weights from \
             1 to 1000000",
        ))
    }
}

impl Serialize for Sizes {
    /// A number if there is only one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Size {
            bytes: usize,
            weight: u64,
        }
        if !self.are_several() {
            return serializer.serialize_u64(self.largest() as u64);
        }
        serializer.collect_seq(self.iter().map(|(bytes, weight)| Size { bytes, weight }))
    }
}

fn read_bytes(text: &str) -> Option<usize> {
    let units = [
        ("", 1),
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    let bytes = usize::try_from(with_unit(text, &units)?).ok()?;
    (1..=VALUE_BYTES_MAX).contains(&bytes).then_some(bytes)
}

/// A larger weight says no more than a smaller one.
const WEIGHT_MAX: u32 = 1_000_000;
/// What a server takes as one value.
const VALUE_BYTES_MAX: usize = 512 << 20;

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

// === impl Spread ===

impl FromStr for Spread {
    type Err = Allowed;

    fn from_str(text: &str) -> Result<Self, Allowed> {
        let exponent = text
            .strip_prefix("zipf:")
            .and_then(|exponent| exponent.parse().ok());
        match exponent {
            _ if text == "uniform" => Ok(Self(Distribution::Uniform)),
            Some(exponent) if (0.0..=10.0).contains(&exponent) => {
                Ok(Self(Distribution::Zipf(exponent)))
            }
            _ => Err(Allowed("uniform, or zipf: with an exponent from 0 to 10")),
        }
    }
}

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Distribution::Uniform => serializer.serialize_str("uniform"),
            Distribution::Zipf(exponent) => {
                serializer.collect_str(&format_args!("zipf:{exponent}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Flags, SIZES_MAX, Sizes, Spread, Time};

    #[test]
    fn times_sizes_and_spreads_read() {
        let millis = |text: &str| text.parse::<Time>().ok().map(|time| time.0.as_millis());
        assert_eq!(millis("500ms"), Some(500));
        assert_eq!(millis("2min"), Some(120_000));
        assert_eq!(millis("0s"), Some(0));
        let sizes = |text: &str| text.parse::<Sizes>().ok().map(|sizes| sizes.to_string());
        for (text, read) in [
            ("16", "16"),
            ("64MiB", "67108864"),
            ("2KiB=7", "2048"),
            ("16=90,1KiB=9,64KiB=1", "16=90,1024=9,65536=1"),
            ("16,17B", "16=1,17=1"),
        ] {
            assert_eq!(sizes(text).as_deref(), Some(read), "{text}");
        }
        for text in ["", "5", "s", "1.5s", "-1s", "1001h", "5 s"] {
            assert_eq!(millis(text), None, "{text}");
        }
        let many = vec!["1"; SIZES_MAX + 1].join(",");
        for text in [
            "",
            "0",
            "1KB",
            "513MiB",
            "-1",
            "16,",
            "16=",
            "16=0",
            "16=1000001",
            "=1",
            "16=x",
            &many,
        ] {
            assert_eq!(sizes(text), None, "{text}");
        }
        for text in ["uniform", "zipf:0.99", "zipf:1"] {
            assert!(text.parse::<Spread>().is_ok(), "{text}");
        }
        for text in ["zipf", "zipf:-1", "zipf:NaN", "zipf:11", "normal"] {
            assert!(text.parse::<Spread>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let flags = Flags::parse_from([
            "corelane-bench",
            "--clients",
            "0",
            "--pipeline",
            "0",
            "--keys",
            "0",
            "--requests",
            "0",
            "--duration",
            "0s",
            "--rate=-1",
            "--threads",
            "0",
            "--mix",
            "x",
            "--cluster",
            "--mix",
            "mget:2",
        ]);
        let errors = flags.check().unwrap_err();
        assert_eq!(errors.len(), 9, "{errors:?}");
        assert!(Flags::parse_from(["corelane-bench"]).check().is_ok());
    }
}
