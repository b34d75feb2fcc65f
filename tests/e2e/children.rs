//! Child processes and directories that never outlive the test process.
//!
//! A child is killed by its own pid when its owner is dropped, also while a test panics, and with it what it has started
//! itself: that is of its group. What is never dropped (clusters shared by tests, a test process that is killed) is
//! cleaned up by a watchdog: a shell that reads our list from a pipe and acts when the pipe closes, which happens
//! however we end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getrlimit, kill_process,
    kill_process_group, prlimit, waitid,
};

use crate::harness::wait_until;

/// A directory of our own, removed with the value.
#[derive(Debug)]
pub(crate) struct TempDir(PathBuf);

/// A child process with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    is_collected: bool,
    output: PathBuf,
}

/// A process that a child of ours has started, and which outlives it.
#[derive(Debug)]
pub(crate) struct Adopted(u32);

// === impl TempDir ===

impl TempDir {
    /// Makes an empty directory whose name begins with `name`.
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let serial = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}-{serial}", std::process::id()));
        // A process with our pid may have been killed before it could clean up.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("cannot make a directory under target/tmp");
        tell_watchdog("dir", &path.display().to_string());
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

// === impl Process ===

impl Process {
    /// Starts `command`; stdout and stderr go to `<dir>/<name>.out`.
    pub(crate) fn start(name: &str, mut command: Command, dir: &Path) -> Self {
        let output = dir.join(format!("{name}.out"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&output)
            .expect("output file");
        let copy = file.try_clone().expect("output file");
        // An own group: an interrupt at the terminal reaches the test process, which cleans up.
        command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .process_group(0);
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("cannot start {name} ({command:?}): {error}"),
        };
        tell_watchdog("add", &child.id().to_string());
        Self {
            name: name.to_owned(),
            child,
            is_collected: false,
            output,
        }
    }

    /// Its pid.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to this process alone; one that is told to stop does nothing any more afterwards.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap_or_else(|e| panic!("signal to {}: {e}", self.name));
        if signal == Signal::STOP {
            waitid(
                WaitId::Pid(pid),
                WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            )
            .unwrap_or_else(|e| panic!("stop of {}: {e}", self.name));
        }
    }

    /// Sets how many descriptors it may have and gives the former limit; what is open stays open.
    pub(crate) fn limit_descriptors(&self, current: Option<u64>) -> Option<u64> {
        let pid = Some(Pid::from_child(&self.child));
        // It has inherited our hard limit.
        let new = Rlimit {
            current,
            ..getrlimit(Resource::Nofile)
        };
        prlimit(pid, Resource::Nofile, new)
            .unwrap_or_else(|e| panic!("limit of {}: {e}", self.name))
            .current
    }

    /// Whether it has ended, and with which exit code; a signal counts as 128 + its number, as in a shell. It is not
    /// collected yet, so that nobody else gets its number.
    pub(crate) fn ended(&self) -> Option<i32> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = Pid::from_child(&self.child);
        let status = waitid(WaitId::Pid(pid), options).expect("wait for a child of ours")?;
        let signal = status.terminating_signal().unwrap_or_default();
        Some(status.exit_status().unwrap_or(128 + signal))
    }

    /// Waits for its end and gives the exit code.
    pub(crate) fn wait_code(&mut self, limit: Duration) -> i32 {
        let what = format!("end of {}", self.name);
        wait_until(&what, limit, || self.ended())
    }

    /// Kills it at once, with what it has started, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        // Once it is collected its number may be another one's.
        if !std::mem::replace(&mut self.is_collected, true) {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
            tell_watchdog("del", &self.child.id().to_string());
        }
    }

    /// All it has printed.
    pub(crate) fn output(&self) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.output) {
            let _ = file.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let ended = (!self.is_collected).then(|| self.ended()).flatten();
        self.kill();
        if std::thread::panicking() {
            let output = self.output();
            let from = output
                .char_indices()
                .rev()
                .nth(OUTPUT_SHOWN_MAX)
                .map_or(0, |(at, _)| at);
            let state =
                ended.map_or_else(|| "running".to_owned(), |code| format!("ended with {code}"));
            eprintln!(
                "--- output of {} ({state})\n{}---",
                self.name,
                &output[from..]
            );
        }
    }
}

/// Characters of a child's output shown when a test fails: enough for a panic with its backtrace.
const OUTPUT_SHOWN_MAX: usize = 6_000;

// === impl Adopted ===

impl Adopted {
    /// Looks after the process `pid`.
    pub(crate) fn new(pid: u32) -> Self {
        tell_watchdog("add", &pid.to_string());
        Self(pid)
    }

    /// Its pid.
    pub(crate) fn id(&self) -> u32 {
        self.0
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        if is_running(self.0) {
            signal(self.0, Signal::KILL);
        }
        tell_watchdog("del", &self.0.to_string());
    }
}

/// Sends a signal to a process of ours that need not be a child of this one.
pub(crate) fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    let _ = kill_process(pid, signal);
}

/// If a process has not ended; whoever is to collect it may not have done so yet.
pub(crate) fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state == Some(false)
}

// === the watchdog ===

const WATCHDOG: &str = r#"
trap '' INT TERM HUP
pids=' '
while read -r verb what; do
    case $verb in
    add) pids="$pids$what " ;;
    del) case $pids in *" $what "*) pids="${pids%% $what *} ${pids#* $what }" ;; esac ;;
    dir) set -- "$@" "$what" ;;
    esac
done
for pid in $pids; do kill -s KILL -- "-$pid" "$pid" 2>/dev/null; done
for dir; do rm -rf "$dir"; done
"#;

#[expect(
    clippy::zombie_processes,
    reason = "the watchdog outlives this process"
)]
fn tell_watchdog(verb: &str, what: &str) {
    static PIPE: OnceLock<ChildStdin> = OnceLock::new();
    let mut pipe = PIPE.get_or_init(|| {
        let mut child = Command::new("sh")
            .args(["-c", WATCHDOG])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh starts");
        child.stdin.take().expect("stdin is piped")
    });
    // One write of a short line: lines of several threads do not mix in a pipe.
    let line = format!("{verb} {what}\n");
    pipe.write_all(line.as_bytes()).expect("the watchdog reads");
}
