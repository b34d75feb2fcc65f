//! A proxy as a child process, with its settings file, admin port and numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::children::{Process, TempDir};
use crate::client::Client;
use crate::harness::wait_until;
use crate::ports::Lease;
use crate::servers::Cluster;

/// A running proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    process: Process,
    port: Lease,
    admin: Lease,
    settings: BTreeMap<String, String>,
    dir: TempDir,
}

/// How long a proxy may take to become ready.
pub(crate) const READY_LIMIT: Duration = Duration::from_secs(30);

/// Requests of the tests may take this long on a busy machine; tests of time limits set their own.
const SERVER_TIMEOUT: &str = "\"10s\"";

/// How the workers of a proxy use their sockets: `CORELANE_TEST_DRIVER`, or else one worker as the kernel
/// allows and several with epoll, so that both are tested.
fn driver(workers: usize) -> String {
    let default = if workers == 1 { "auto" } else { "epoll" };
    std::env::var("CORELANE_TEST_DRIVER").unwrap_or_else(|_| default.to_owned())
}

// === impl Proxy ===

impl Proxy {
    /// Starts a proxy whose seeds are all nodes of `cluster` and waits until it is ready.
    pub(crate) fn start(cluster: &Cluster, workers: usize, settings: &[(&str, &str)]) -> Self {
        let seeds: Vec<SocketAddr> = cluster.running().map(|node| node.addr()).collect();
        let proxy = Self::start_unready(&seeds, workers, settings);
        proxy.wait_ready();
        proxy
    }

    /// Starts a proxy without waiting for anything but its admin port.
    pub(crate) fn start_unready(
        seeds: &[SocketAddr],
        workers: usize,
        settings: &[(&str, &str)],
    ) -> Self {
        Self::start_as(seeds, workers, settings, |_| {})
    }

    /// As [`Self::start_unready`], with changes to the command that starts it.
    pub(crate) fn start_as(
        seeds: &[SocketAddr],
        workers: usize,
        settings: &[(&str, &str)],
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let (port, admin, dir) = (Lease::take(), Lease::take(), TempDir::new("proxy"));
        let mut all: BTreeMap<&str, String> = BTreeMap::new();
        let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
        all.insert("listen", format!("[\"{}\"]", port.addr()));
        all.insert("seeds", format!("{seeds:?}"));
        all.insert("workers", workers.to_string());
        all.insert("driver", format!("\"{}\"", driver(workers)));
        all.insert("admin.listen", format!("\"{}\"", admin.addr()));
        all.insert("cluster.server_timeout", SERVER_TIMEOUT.to_owned());
        all.extend(settings.iter().map(|&(key, value)| (key, value.to_owned())));
        let settings = all.into_iter().map(|(key, value)| (key.to_owned(), value));
        let settings = settings.collect();
        write_settings(&dir, &settings);
        let mut command = command(&dir);
        prepare(&mut command);
        let process = Process::start("corelane", command, dir.path());
        let mut proxy = Self {
            process,
            port,
            admin,
            settings,
            dir,
        };
        proxy.wait_listening();
        proxy
    }

    /// Writes the settings file anew, with some other values.
    pub(crate) fn write_settings(&mut self, changes: &[(&str, &str)]) {
        let changes = changes.iter();
        self.settings
            .extend(changes.map(|&(key, value)| (key.to_owned(), value.to_owned())));
        write_settings(&self.dir, &self.settings);
    }

    /// The settings file.
    pub(crate) fn settings_file(&self) -> PathBuf {
        self.dir.path().join("corelane.toml")
    }

    /// Leaves a setting out of the next settings file.
    pub(crate) fn forget_setting(&mut self, key: &str) {
        self.settings.remove(key);
    }

    /// Starts a second process with the same settings and more flags; the output goes to the same file.
    pub(crate) fn start_second(&self, flags: &[&str]) -> Process {
        self.start_second_as(flags, |_| {})
    }

    /// As [`Self::start_second`], with changes to the command that starts it.
    pub(crate) fn start_second_as(
        &self,
        flags: &[&str],
        prepare: impl FnOnce(&mut Command),
    ) -> Process {
        let mut command = command(&self.dir);
        command.args(flags);
        prepare(&mut command);
        Process::start("corelane", command, self.dir.path())
    }

    /// The process that clients get to.
    pub(crate) fn serving(&self) -> u32 {
        let text = self.connect().call("INFO server").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("process_id:"));
        line.and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no process_id in {text}"))
    }

    fn wait_listening(&mut self) {
        wait_until("the proxy's admin port", READY_LIMIT, || {
            let ended = self.process.ended();
            assert!(ended.is_none(), "the proxy ended at its start: {ended:?}");
            self.try_get("/livez")
                .ok()
                .filter(|(status, _)| *status == 200)
        });
    }

    /// Waits until it can serve.
    pub(crate) fn wait_ready(&self) {
        wait_until("readiness of the proxy", READY_LIMIT, || {
            self.is_ready().then_some(())
        });
    }

    /// What `/readyz` says.
    pub(crate) fn is_ready(&self) -> bool {
        self.try_get("/readyz")
            .is_ok_and(|(status, _)| status == 200)
    }

    /// Where clients connect.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// A new client connection.
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.addr())
    }

    /// The child process.
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    /// The child process, to wait for it.
    pub(crate) fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// One GET on the admin port: status and body.
    pub(crate) fn try_get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(self.admin.addr())?;
        stream.set_read_timeout(Some(READY_LIMIT))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        Ok((status, body.unwrap_or_default()))
    }

    /// A number of `/metrics`, summed over workers: `corelane_<name>` with or without `_total`.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let (status, text) = self.try_get("/metrics").expect("the admin port answers");
        assert_eq!(status, 200, "{text}");
        let wanted = [format!("corelane_{name}"), format!("corelane_{name}_total")];
        let mut per_worker = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let (series_name, labels) = series.split_once('{').unwrap_or((series, ""));
            if !wanted.iter().any(|name| name == series_name) {
                continue;
            }
            let value: f64 = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
            if labels.contains("worker=") {
                *per_worker.get_or_insert(0.0) += value;
            } else {
                return value;
            }
        }
        per_worker.unwrap_or_else(|| panic!("no metric {name} in\n{text}"))
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).expect("status of a child");
        let line = text
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("VmRSS");
        let kib: u64 = line
            .split_whitespace()
            .nth(1)
            .and_then(|n| n.parse().ok())
            .expect("KiB");
        kib * 1024
    }
}

fn command(dir: &TempDir) -> Command {
    let mut command = Command::new(binary());
    command
        .arg("--config")
        .arg(dir.path().join("corelane.toml"))
        .env("RUST_BACKTRACE", "1");
    command
}

fn write_settings(dir: &TempDir, settings: &BTreeMap<String, String>) {
    let mut text = String::new();
    for (key, value) in settings {
        writeln!(text, "{key} = {value}").expect("write to a string");
    }
    // In one step, as every careful editor does.
    let new = dir.path().join("corelane.toml.new");
    std::fs::write(&new, text).expect("write the settings");
    std::fs::rename(new, dir.path().join("corelane.toml")).expect("rename the settings");
}

/// The program under test; another build of it can be named.
pub(crate) fn binary() -> String {
    let named = std::env::var("CORELANE_PROXY")
        .ok()
        .filter(|path| !path.is_empty());
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_corelane").to_owned())
}
