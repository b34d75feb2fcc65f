//! The program `corelane-bench`: a load generator for any server that speaks RESP, which checks every reply.
//!
//! This is the only place that prints. Exit codes: 0; 1 if wrong replies, errors, lost connections or missing
//! replies were counted; 64 for bad flags; 69 if there is no connection.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use clap::error::ErrorKind;
use corelane::cluster::NodeAddr;
use hdrhistogram::serialization::V2DeflateSerializer;

mod chance;
mod clock;
mod engine;
mod flags;
mod idle;
mod link;
mod mix;
mod outgoing;
mod plan;
mod record;
mod replies;
mod report;
mod routes;
mod run;
mod schedule;
mod secured;
mod sizes;
mod template;
mod value;

use chance::Keys;
use clock::{Clock, nanoseconds};
use flags::Flags;
use idle::Idle;
use mix::{Entry, Mix};
use plan::{End, Pace, Plan, Share};
use replies::Rules;
use report::{HdrLog, Report};
use routes::Routes;
use run::{RunError, Seconds, Summary};
use secured::Trust;
use value::Pattern;

fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => return show_usage(&error),
    };
    let entries = match flags.check() {
        Ok(entries) => entries,
        Err(errors) => {
            show(&mut io::stderr(), &(errors.join("\n") + "\n"));
            return ExitCode::from(EXIT_FLAGS);
        }
    };
    match measure(&flags, &entries) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILURES),
        Err(error) => {
            show(&mut io::stderr(), &format!("corelane-bench: {error}\n"));
            ExitCode::from(EXIT_UNAVAILABLE)
        }
    }
}

/// Populates, runs, and reports; whether nothing went wrong.
#[expect(
    clippy::disallowed_methods,
    reason = "a report says when its run began"
)]
fn measure(flags: &Flags, entries: &[Entry]) -> Result<bool, Box<dyn std::error::Error>> {
    let addr = resolve(flags)?;
    let routes = || match flags.cluster {
        true => Routes::learn(addr, &NodeAddr::new(&flags.host, flags.port)).map(Some),
        false => Ok(None),
    };
    let clock = Clock::start();
    let base = SystemTime::now();
    if !flags.no_populate {
        let summary = run_plan(flags, addr, &populating(flags, routes()?), clock, base)?;
        if flags.populate_only || summary.totals.has_failures() {
            return report(flags, &summary, base, base, true);
        }
    }
    let plan = measuring(flags, entries, routes()?);
    let started_at = SystemTime::now();
    let summary = run_plan(flags, addr, &plan, clock, base)?;
    report(flags, &summary, base, started_at, false)
}

fn resolve(flags: &Flags) -> io::Result<SocketAddr> {
    let mut found = (flags.host.as_str(), flags.port).to_socket_addrs()?;
    found.next().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Every key once.
fn populating(flags: &Flags, routes: Option<Routes>) -> Plan {
    let sizes = &flags.value_size;
    let pattern = Pattern::new(sizes.clone());
    let pipeline = (POPULATE_BYTES / sizes.mean()).clamp(1, POPULATE_PIPELINE_MAX);
    Plan {
        mix: Mix::populating(&pattern),
        rules: Rules::new(pattern, true),
        pace: Pace::Closed { pipeline },
        warmup: 0,
        end: End::Requests(flags.keys),
        routes,
        seed: flags.seed,
    }
}

/// What the flags say.
fn measuring(flags: &Flags, entries: &[Entry], routes: Option<Routes>) -> Plan {
    let pattern = Pattern::new(flags.value_size.clone());
    let mix = Mix::new(entries, &pattern);
    let bytes = mix
        .templates()
        .map(|template| template.bytes_on_the_way(&pattern))
        .max();
    let pace = match flags.rate {
        None => Pace::Closed {
            pipeline: flags.pipeline,
        },
        Some(rate) => Pace::Open {
            rate,
            burst: flags.pipeline,
            arrivals: flags.arrivals,
            in_flight_max: (IN_FLIGHT_BYTES_MAX / bytes.unwrap_or(1).max(1))
                .clamp(1, IN_FLIGHT_MAX),
        },
    };
    Plan {
        mix,
        rules: Rules::new(pattern, !flags.no_populate),
        pace,
        warmup: nanoseconds(flags.warmup.0),
        end: match flags.requests {
            Some(requests) => End::Requests(requests),
            None => End::After(nanoseconds(flags.duration.0)),
        },
        routes,
        seed: flags.seed,
    }
}

fn run_plan(
    flags: &Flags,
    addr: SocketAddr,
    plan: &Plan,
    clock: Clock,
    base: SystemTime,
) -> Result<Summary, RunError> {
    let addrs = plan
        .routes
        .as_ref()
        .map_or_else(|| vec![addr], |routes| routes.addrs().to_vec());
    let is_populating = plan.mix.is_populating();
    let clients = if is_populating {
        flags.clients.min(POPULATE_CLIENTS_MAX.max(flags.threads))
    } else {
        flags.clients
    };
    let idle = if is_populating { 0 } else { flags.idle };
    idle::allow_connections(clients * addrs.len() + idle)?;
    let issuers = flags.tls_ca_cert.as_deref();
    let trust = issuers.map(|issuers| Trust::new(issuers, &flags.host));
    let trust = trust.transpose()?;
    let links = run::connect(&addrs, clients, flags.protocol == 3, trust.as_ref())?;
    let idle = Idle::open(addr, idle).map_err(|error| RunError::Connect(addr, error))?;
    let shares = shares(flags, plan);
    let mut summary = run::run(plan, shares, links, clock, |seconds| {
        follow(flags, seconds, is_populating, base)
    })?;
    summary.totals.lost += idle.lost();
    Ok(summary)
}

fn shares(flags: &Flags, plan: &Plan) -> Vec<Share> {
    let mut first_key = 0;
    let share = |index| {
        let requests = match plan.end {
            End::Requests(requests) => Share::of(index, flags.threads, requests),
            End::After(_) => u64::MAX,
        };
        let keys = if plan.mix.is_populating() {
            Keys::InOrder { next: first_key }
        } else {
            Keys::new(flags.distribution.0, flags.keys)
        };
        first_key += if plan.mix.is_populating() {
            requests
        } else {
            0
        };
        Share {
            index,
            threads: flags.threads,
            requests,
            keys,
        }
    };
    (0..flags.threads).map(share).collect()
}

/// Shows and logs each second when it is over.
fn follow(
    flags: &Flags,
    seconds: Seconds,
    is_populating: bool,
    base: SystemTime,
) -> io::Result<()> {
    let is_shown = !flags.quiet && io::stderr().is_terminal();
    let mut file = match flags.hdr_log.as_ref().filter(|_| !is_populating) {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };
    let mut serializer = V2DeflateSerializer::new();
    let mut log = match &mut file {
        Some(file) => Some(HdrLog::begin(file, &mut serializer, base)?),
        None => None,
    };
    for second in seconds {
        if let Some(log) = &mut log {
            log.write(&second)?;
        }
        if is_shown {
            show(&mut io::stderr(), &report::progress(&second, is_populating));
        }
    }
    if is_shown {
        show(&mut io::stderr(), report::END_OF_PROGRESS);
    }
    file.as_mut().map_or(Ok(()), Write::flush)
}

/// Writes the result where the flags say; whether nothing went wrong.
fn report(
    flags: &Flags,
    summary: &Summary,
    base: SystemTime,
    started_at: SystemTime,
    is_populating: bool,
) -> Result<bool, Box<dyn std::error::Error>> {
    let report = Report::new(flags, summary, base, started_at, is_populating);
    if let Some(path) = &flags.json {
        std::fs::write(path, report.json()?)?;
    }
    if !flags.quiet {
        show(&mut io::stdout(), &report.text());
    }
    Ok(!summary.totals.has_failures())
}

/// Help and version are no errors; anything else that clap refuses is a bad flag.
fn show_usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if is_help {
        show(&mut io::stdout(), &error.to_string());
        return ExitCode::SUCCESS;
    }
    show(&mut io::stderr(), &error.to_string());
    ExitCode::from(EXIT_FLAGS)
}

/// Prints; a reader that has gone away is no reason to fail.
fn show(out: &mut impl Write, text: &str) {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Something was counted that must not be.
const EXIT_FAILURES: u8 = 1;
/// `EX_USAGE` of `sysexits.h`.
const EXIT_FLAGS: u8 = 64;
/// `EX_UNAVAILABLE`.
const EXIT_UNAVAILABLE: u8 = 69;

/// Connections that populate: enough to keep a server busy.
const POPULATE_CLIENTS_MAX: usize = 8;
/// Values on the way on one of them, in bytes and in number.
const POPULATE_BYTES: usize = 256 * 1024;
const POPULATE_PIPELINE_MAX: usize = 64;
/// Open loop: requests of one client that wait for replies. More would measure the server's buffers, and a
/// server that is so far behind is late by all accounts.
const IN_FLIGHT_MAX: usize = 1024;
/// And their bytes, in both directions together.
const IN_FLIGHT_BYTES_MAX: usize = 64 << 20;
