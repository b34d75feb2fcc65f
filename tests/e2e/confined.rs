//! The proxy as it is shipped: behind `config/seccomp.json`, as nobody, and without a file that it could write.
//!
//! No container runtime is needed. The test program starts itself once more as the runtime, in a mount namespace and with
//! another user where this user may do that; what cannot be had here is said. There it sets the filter and becomes the
//! proxy. Calls that the profile does not name fail as they do in a container, and in a second run they end the
//! process, so that none is missed whose failure the proxy gets over.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::Signal;
use seccompiler::{BpfProgram, TargetArch};
use serde_json::{Value, json};

use crate::certificates::{Authority, LOOPBACK, listed, quoted};
use crate::children;
use crate::client::Reply;
use crate::harness::{Setup, unique, wait_until, workers};
use crate::ports::Lease;
use crate::proxy::{Proxy, READY_LIMIT};
use crate::restart::{take_over, wait_ended};
use crate::servers::Cluster;
use crate::tls::ping;

workers!(everything_works, a_call_that_is_missing_is_noticed);

const PROFILE: &str = include_str!("../../config/seccomp.json");

/// Tells the child what to become, and how.
const INSIDE: &str = "CORELANE_TEST_CONFINED";

/// The user and the group that own nothing.
const NOBODY: u32 = 65_534;

/// Leaves nothing writable of the file system of the root.
const READ_ONLY: &str =
    "mount --make-rprivate / && mount -o remount,bind,ro / || exit 99; exec \"$0\" \"$@\"";

/// What happens to a call that the profile does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unnamed {
    /// It fails, as the profile wants.
    Fails,
    /// It ends the process.
    Ends,
}

/// How the proxy is shut in.
#[derive(Debug, Clone, Copy)]
struct Cage {
    /// The root can be made read-only.
    is_read_only: bool,
    /// The user can be another one.
    is_nobody: bool,
    unnamed: Unnamed,
    /// A call that is taken out of the profile.
    without: Option<&'static str>,
}

// === impl Cage ===

impl Cage {
    /// What can be had here; the rest is said.
    fn here(unnamed: Unnamed, without: Option<&'static str>) -> Self {
        let works = |command: &mut Command| {
            let output = command.output();
            output.is_ok_and(|output| output.status.success())
        };
        let is_root = rustix::process::geteuid().is_root();
        let is_read_only =
            works(Self::namespace(is_root).args(["sh", "-c", READ_ONLY, "sh", "-c", "! touch /x"]));
        if !is_read_only {
            eprintln!("NOT READ-ONLY: no mount namespace with a read-only root here");
        }
        // It must be able to read the program and its settings.
        let program = std::env::current_exe().expect("this program");
        let is_nobody = is_root && works(Self::nobody().arg("test").arg("-x").arg(&program));
        if !is_nobody && is_root {
            eprintln!(
                "AS ROOT: {} is not for everybody, or no setpriv",
                program.display()
            );
        }
        Self {
            is_read_only,
            is_nobody,
            unnamed,
            without,
        }
    }

    /// Begins a command in mounts of its own, which takes a user namespace for those who are not root.
    fn namespace(is_root: bool) -> Command {
        let mut command = Command::new("unshare");
        command.arg(if is_root { "-m" } else { "-rm" });
        command
    }

    /// Begins a command that owns nothing and may nothing.
    fn nobody() -> Command {
        let mut command = Command::new("setpriv");
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        command.args(ids);
        command.args(["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]);
        command
    }

    /// Puts a command that starts the proxy into it.
    fn shut(self, command: &mut Command) {
        let text = |word: &std::ffi::OsStr| word.to_str().expect("a text").to_owned();
        let args: Vec<String> = command.get_args().map(text).collect();
        let work = json!({
            "program": text(command.get_program()),
            "args": args,
            "ends": self.unnamed == Unnamed::Ends,
            "without": self.without,
        });
        let own = std::env::current_exe().expect("this program");
        let mut words: Vec<String> = Vec::new();
        let mut add = |command: &Command| {
            words.push(text(command.get_program()));
            words.extend(command.get_args().map(text));
        };
        if self.is_read_only {
            add(Self::namespace(rustix::process::geteuid().is_root()).args(["sh", "-c", READ_ONLY]));
        }
        if self.is_nobody {
            add(&Self::nobody());
        }
        add(Command::new(own).args(["confined::inside", "--exact", "--ignored", "--nocapture"]));
        let mut outer = Command::new(&words[0]);
        outer.args(&words[1..]).env(INSIDE, work.to_string());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        *command = outer;
    }

    /// Checks that a process is in it.
    fn assert_holds(self, process: u32) {
        let read = |name: &str| {
            std::fs::read_to_string(format!("/proc/{process}/{name}")).expect("a process")
        };
        let status = read("status");
        let value = |name: &str| {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("no {name} in {status}"))
                .trim()
        };
        assert_eq!((value("Seccomp"), value("NoNewPrivs")), ("2", "1"));
        if self.is_nobody {
            assert!(
                value("Uid").split_whitespace().all(|id| id == "65534"),
                "{status}"
            );
            assert_eq!(value("CapEff").trim_start_matches('0'), "", "{status}");
        }
        if self.is_read_only {
            let mounts = read("mountinfo");
            let root = mounts
                .lines()
                .map(|line| line.split(' ').collect::<Vec<_>>());
            let mut root = root.filter(|words| words[4] == "/");
            assert!(root.all(|words| words[5].starts_with("ro")), "{mounts}");
        }
    }
}

// === the profile ===

/// The filters of a profile for container runtimes; the kernel does what the strictest of them says.
fn filters(profile: &Value, unnamed: Unnamed, without: Option<&str>) -> Vec<BpfProgram> {
    let errno = |entry: &Value, key: &str| json!({"errno": entry[key].as_u64().expect("a number")});
    let otherwise = match unnamed {
        Unnamed::Fails => errno(profile, "defaultErrnoRet"),
        Unnamed::Ends => json!("kill_process"),
    };
    let (mut named, mut filters) = (BTreeSet::new(), Vec::new());
    for entry in profile["syscalls"].as_array().expect("a list") {
        let names = entry["names"].as_array().expect("a list").iter();
        let names = names.map(|name| name.as_str().expect("a name"));
        let names: Vec<&str> = names
            .filter(|name| is_known(name) && Some(*name) != without)
            .collect();
        named.extend(names.iter().copied());
        if entry["action"] == "SCMP_ACT_ERRNO" {
            let allow = json!("allow");
            filters.push(filter(&names, &errno(entry, "errnoRet"), &allow));
        } else {
            assert_eq!(entry["action"], "SCMP_ACT_ALLOW", "{entry}");
        }
    }
    let named: Vec<&str> = named.into_iter().collect();
    // The last, because from then on it is in force.
    filters.push(filter(&named, &json!("allow"), &otherwise));
    filters
}

/// If this machine has the call; some are of one architecture only.
fn is_known(name: &str) -> bool {
    let text = text_of(&[name], &json!("allow"), &json!({"errno": 1}));
    let is_known = seccompiler::compile_from_json(text.as_bytes(), machine()).is_ok();
    assert!(
        is_known || cfg!(not(target_arch = "x86_64")),
        "no call {name}"
    );
    is_known
}

fn filter(names: &[&str], action: &Value, otherwise: &Value) -> BpfProgram {
    let text = text_of(names, action, otherwise);
    let mut made = seccompiler::compile_from_json(text.as_bytes(), machine()).expect("a filter");
    made.remove("all").expect("the filter")
}

fn text_of(names: &[&str], action: &Value, otherwise: &Value) -> String {
    let calls: Vec<Value> = names.iter().map(|name| json!({"syscall": name})).collect();
    let filter = json!({"match_action": action, "mismatch_action": otherwise, "filter": calls});
    json!({"all": filter}).to_string()
}

fn machine() -> TargetArch {
    std::env::consts::ARCH
        .try_into()
        .expect("a machine with filters")
}

#[test]
#[ignore = "is what a confined proxy is started with"]
fn inside() {
    let Ok(work) = std::env::var(INSIDE) else {
        return;
    };
    let work: Value = serde_json::from_str(&work).expect("work");
    let profile: Value = serde_json::from_str(PROFILE).expect("JSON");
    let unnamed = if work["ends"] == true {
        Unnamed::Ends
    } else {
        Unnamed::Fails
    };
    let filters = filters(&profile, unnamed, work["without"].as_str());
    let args = work["args"].as_array().expect("a list").iter();
    let mut command = Command::new(work["program"].as_str().expect("a program"));
    command
        .args(args.map(|arg| arg.as_str().expect("a text")))
        .env_remove(INSIDE);
    for filter in &filters {
        seccompiler::apply_filter(filter).expect("a filter in force");
    }
    panic!("cannot become the proxy: {}", command.exec());
}

// === the tests ===

/// With each driver: all kinds of requests, TLS, names, a reload, a takeover that fails and one that does not, a stop.
fn everything_works(setup: Setup) {
    let cluster = setup.shared();
    let authority = Authority::new();
    let issued = authority.issue("proxy", LOOPBACK);
    for file in [&issued.cert, &issued.key] {
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(file, everybody).expect("a file of ours");
    }
    let (cert, key) = (quoted(&issued.cert), quoted(&issued.key));
    let seeds = named_seeds(cluster);
    for driver in ["\"ring\"", "\"epoll\""] {
        for unnamed in [Unnamed::Fails, Unnamed::Ends] {
            let secured = Lease::take();
            let listen = listed(secured.addr());
            let settings = [
                ("seeds", seeds.as_str()),
                ("driver", driver),
                ("tls.listen", &listen),
                ("tls.cert_file", &cert),
                ("tls.key_file", &key),
            ];
            let cage = Cage::here(unnamed, None);
            let mut proxy =
                Proxy::start_as(&[], setup.workers, &settings, |command| cage.shut(command));
            lead_a_life(&mut proxy, cluster, cage, &|| {
                let reply = ping(secured.addr(), authority.client(None)).expect("TLS");
                assert_eq!(reply, "+PONG\r\n");
            });
        }
    }
}

/// Seeds that have to be looked up.
fn named_seeds(cluster: &Cluster) -> String {
    let seeds = cluster.running().map(|node| node.addr().port());
    let seeds: Vec<String> = seeds.map(|port| format!("localhost:{port}")).collect();
    format!("{seeds:?}")
}

fn lead_a_life(proxy: &mut Proxy, cluster: &Cluster, cage: Cage, secured: &dyn Fn()) {
    proxy.wait_ready();
    let first = proxy.process().id();
    cage.assert_holds(first);
    use_it(proxy, cluster);
    secured();
    proxy.write_settings(&[("limits.clients_max", "77")]);
    proxy.process().signal(Signal::HUP);
    wait_until("the settings in force", READY_LIMIT, || {
        let text = proxy.connect().call("INFO clients").text();
        text.contains("maxclients:77\r\n").then_some(())
    });
    // The new process has to be started, told to end, and waited for.
    proxy.write_settings(&[("workers", "\"many\"")]);
    proxy.process().signal(Signal::USR2);
    wait_until("a failed takeover", READY_LIMIT, || {
        (proxy.metric("takeovers_failed") >= 1.0).then_some(())
    });
    proxy.write_settings(&[("workers", "2")]);
    let heir = take_over(proxy, first);
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    cage.assert_holds(heir.id());
    use_it(proxy, cluster);
    secured();
    children::signal(heir.id(), Signal::TERM);
    wait_ended(heir.id());
    let log = proxy.process().output();
    assert!(log.ends_with("stopped\n"), "{log}");
    assert!(
        !log.contains("panicked") && !log.contains("not permitted"),
        "{log}"
    );
}

/// Requests of each kind: to one node, to all, large, those that wait, messages, and the operator's.
fn use_it(proxy: &Proxy, cluster: &Cluster) {
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("confined"));
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
    }
    let values = client.call(&format!("MGET {}", keys.join(" ")));
    assert!(
        values
            .elements()
            .iter()
            .all(|value| *value == Reply::bulk("1"))
    );
    let large = vec![b'x'; 8 * 1024 * 1024];
    assert_eq!(
        client.call_args(&[b"SET", keys[0].as_bytes(), &large]),
        Reply::ok()
    );
    assert_eq!(
        client.call(&format!("GET {}", keys[0])),
        Reply::bulk(&large)
    );
    let mut waiting = proxy.connect();
    waiting.say(&format!("BLPOP list:{} 30", keys[1]));
    let mut listening = proxy.connect();
    assert_eq!(
        listening
            .call(&format!("SUBSCRIBE {}", keys[2]))
            .elements()
            .len(),
        3
    );
    assert_eq!(
        client.call(&format!("RPUSH list:{} it", keys[1])),
        Reply::Integer(1)
    );
    assert_eq!(waiting.read().elements()[1], Reply::bulk("it"));
    assert_eq!(
        client.call(&format!("PUBLISH {} it", keys[2])),
        Reply::Integer(1)
    );
    assert_eq!(listening.read().elements()[2], Reply::bulk("it"));
    for path in ["/metrics", "/topology", "/livez", "/readyz"] {
        assert_eq!(proxy.try_get(path).expect("an answer").0, 200, "{path}");
    }
}

/// Without a call that it needs the proxy does not start, or does not do what it is told: the filter is in force.
fn a_call_that_is_missing_is_noticed(setup: Setup) {
    let seeds: Vec<_> = setup.shared().running().map(|node| node.addr()).collect();
    let cage = Cage::here(Unnamed::Fails, Some("socketpair"));
    let mut proxy = Proxy::start_as(&seeds, setup.workers, &[], |command| cage.shut(command));
    proxy.wait_ready();
    cage.assert_holds(proxy.process().id());
    proxy.process().signal(Signal::USR2);
    wait_until("a failed takeover", READY_LIMIT, || {
        (proxy.metric("takeovers_failed") >= 1.0).then_some(())
    });
    let cage = Cage::here(Unnamed::Fails, Some("io_uring_setup"));
    let mut second = proxy.start_second_as(&[], |command| cage.shut(command));
    assert_eq!(second.wait_code(READY_LIMIT), 69);
    assert!(proxy.process().output().contains("config/seccomp.json"));
    let cage = Cage::here(Unnamed::Ends, Some("io_uring_setup"));
    let mut third = proxy.start_second_as(&[], |command| cage.shut(command));
    assert_eq!(third.wait_code(READY_LIMIT), 128 + Signal::SYS.as_raw());
    proxy.terminate();
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
}
