//! The program `corelane`: settings from a file and from flags, then the proxy until it is stopped.
//!
//! This is the only place that prints. Exit codes: 0 after a clean stop, 64 for settings that cannot
//! be used, 69 if the machine lacks what the runtime needs, 71 if an address is in use.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use corelane::access;
use corelane::config::{Config, ConfigError, ConfigErrors, LogLevel};
use corelane::control::Loader;
use corelane::net::tls::Credentials;
use corelane::runtime::{self, Journal};
use env_logger::Target;
use log::LevelFilter;

/// A proxy for Redis Cluster and Valkey Cluster, one thread per core.
#[derive(Debug, Parser)]
#[command(name = "corelane", version, about)]
struct Flags {
    /// Settings file (TOML); config/corelane.toml shows all keys
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address for clients, "address:port"; may be repeated
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// Node of the cluster, "host:port"; may be repeated
    #[arg(long, value_name = "ADDR")]
    seed: Vec<String>,
    /// Workers, each pinned to a core; 0 means one for each usable core
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    workers: Option<String>,
    /// Address of the admin port (/livez, /readyz, /metrics), "address:port"
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
    /// Take over from the process that runs with these settings, if there is one
    #[arg(long)]
    takeover: bool,
    /// Check the settings and exit
    #[arg(long)]
    check_config: bool,
    /// Print the effective settings as TOML, passwords masked, and exit
    #[arg(long)]
    print_config: bool,
}

fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => return show_usage(&error),
    };
    let config = match settings(&flags) {
        Ok(config) => config,
        Err(errors) => {
            show(&mut io::stderr(), &format!("{errors}\n"));
            runtime::report_failure(&format!("bad settings: {errors}"));
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    if flags.print_config {
        show(&mut io::stdout(), &config.print());
    } else if flags.check_config {
        show(&mut io::stdout(), "settings are good\n");
    }
    if flags.print_config || flags.check_config {
        return ExitCode::SUCCESS;
    }
    let journal = match Journal::start(io::stderr()) {
        Ok(journal) => journal,
        Err(error) => {
            show(
                &mut io::stderr(),
                &format!("corelane: no thread for the log: {error}\n"),
            );
            return ExitCode::from(EXIT_MACHINE);
        }
    };
    start_log(config.log.level, journal.clone());
    let loader = Loader {
        file: flags.config.clone(),
        load: Box::new(move || settings(&flags)),
    };
    let ended = runtime::run(config, loader, &journal);
    journal.finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show(&mut io::stderr(), &format!("corelane: {error}\n"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// The settings file with the flags on top, checked; all errors of both at once.
fn settings(flags: &Flags) -> Result<Config, ConfigErrors> {
    let (mut config, mut errors) = match flags.config.as_deref().map(read_file) {
        None => (Config::default(), ConfigErrors::default()),
        Some(Ok(text)) => Config::read(&text),
        Some(Err(error)) => (Config::default(), ConfigErrors(vec![error])),
    };
    for (flag, path, texts) in [
        ("--listen", "listen", flags.listen.as_slice()),
        ("--seed", "seeds", flags.seed.as_slice()),
        ("--workers", "workers", flags.workers.as_slice()),
        ("--admin", "admin.listen", flags.admin.as_slice()),
    ] {
        errors.0.extend(config.set_flag(flag, path, texts).0);
    }
    config.takeover |= flags.takeover;
    errors.0.extend(config.check().err().unwrap_or_default().0);
    errors
        .0
        .extend(access::check(&config.clients).err().unwrap_or_default().0);
    if !flags.print_config {
        errors
            .0
            .extend(config.check_passwords().err().unwrap_or_default().0);
        errors
            .0
            .extend(Credentials::load(&config).err().unwrap_or_default().0);
    }
    errors.into_result().map(|()| config)
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| {
        let allowed = format!("a readable settings file ({error})");
        ConfigError::new("--config", &path.display().to_string(), allowed)
    })
}

/// Help and version are no errors; anything else that clap refuses is a bad setting.
fn show_usage(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        show(&mut io::stdout(), &error.to_string());
        return ExitCode::SUCCESS;
    }
    show(&mut io::stderr(), &error.to_string());
    ExitCode::from(EXIT_SETTINGS)
}

/// Logs go to standard error; `RUST_LOG` has the last word.
fn start_log(level: LogLevel, journal: Journal) {
    let target = Target::Pipe(Box::new(journal));
    if std::env::var_os("RUST_LOG").is_some() {
        env_logger::Builder::from_default_env()
            .target(target)
            .init();
        return;
    }
    // The level may change with the settings, so the logger itself takes everything.
    env_logger::Builder::new()
        .filter_level(LevelFilter::Trace)
        .target(target)
        .init();
    if let Ok(filter) = level.name().parse() {
        log::set_max_level(filter);
    }
}

/// Prints; a reader that has gone away is no reason to fail.
fn show(out: &mut impl Write, text: &str) {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// `EX_UNAVAILABLE` of `sysexits.h`.
const EXIT_MACHINE: u8 = 69;
/// `EX_USAGE` of `sysexits.h`.
const EXIT_SETTINGS: u8 = 64;
