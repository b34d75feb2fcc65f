//! A real redis-server: every mix is answered rightly, and the files hold what they should.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use super::{File, Run, bench, in_some_run};

/// A redis-server that ends with its test.
struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
    /// While it is held, no other test takes the port.
    _held: UdpSocket,
}

impl Server {
    /// Starts one with more settings; nothing if there is none on this machine.
    fn start(settings: &[&str]) -> Option<Self> {
        let (port, held) = (21_000..21_100).find_map(|port| {
            let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some((port, held))
        })?;
        let port_text = port.to_string();
        let folder = format!("corelane-bench-redis-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let spawned = Command::new("redis-server")
            .args(["--port", &port_text, "--bind", "127.0.0.1", "--save", ""])
            .args(settings)
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = spawned else {
            println!("SKIPPED: redis-server is not installed");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap().contains("Ready to accept connections"));
        assert!(is_ready, "redis-server ended at once");
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            child,
            port,
            folder,
            _held: held,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn every_mix_is_answered_rightly() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for (index, flags) in [
        "--keys 1000 --mix get",
        "--keys 1000 --mix get --pipeline 16",
        "--keys 1000 --mix set --pipeline 3 --clients 7",
        "--keys 1000 --mix mget:100",
        "--keys 1000 --mix mset:10 --protocol 3",
        "--keys 1000 --mix get=9,set=1 --mix mget:5=2 --distribution zipf:0.99",
        "--keys 1000 --mix get --threads 3 --clients 8 --pipeline 2",
        "--keys 1000 --mix get --rate 20000 --pipeline 4 --arrivals poisson",
        "--mix get=1,set=1 --value-size 16KiB --keys 100",
        "--mix mget:3,mset:2 --value-size 100000 --keys 20 --clients 3",
        "--mix get,set --value-size 3MiB --keys 5 --clients 4 --pipeline 2",
        "--mix get=3,set=1 --value-size 16=90,1KiB=9,64KiB=1 --keys 1000 --pipeline 16",
        "--mix mget:20,mset:10 --value-size 1=3,5000=2,300000=1 --keys 50 --clients 5",
        "--mix get,set --value-size 8,4KiB,1MiB --keys 20 --rate 2000 --protocol 3",
        "--keys 10 --idle 40",
        "--keys 9 --seed 7",
    ]
    .into_iter()
    .enumerate()
    {
        let flags = format!("--requests 600 {flags}");
        Run::new(&format!("mix{index}"), server.port, &flags).assert_right(600);
    }
    let port = server.port.to_string();
    let output = bench(&[
        "--port",
        &port,
        "--requests",
        "100",
        "--no-populate",
        "--value-size",
        "10,10000",
        "--mix",
        "3=HSET h{key} f {value}",
        "--mix",
        "=ECHO {key}",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn each_key_keeps_its_size_from_run_to_run() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sizes = [(16, 90), (1_000, 9), (5_000, 1)];
    let flags = "--keys 2000 --value-size 16=90,1000=9,5000=1 --requests 3000";
    // What one run wrote is right for the next one, which has other chances.
    let run = Run::new("sizes", server.port, &format!("{flags} --mix get,set"));
    run.assert_right(3_000);
    let flags = format!("{flags} --no-populate --seed 5");
    Run::new("sizes-again", server.port, &flags).assert_right(3_000);

    let expected =
        sizes.map(|(bytes, weight)| serde_json::json!({"bytes": bytes, "weight": weight}));
    let settings = &run.report["settings"]["value_size"];
    assert_eq!(settings.as_array().unwrap().as_slice(), expected);
    assert!(run.text().contains("values of 16=90,1000=9,5000=1 bytes"));

    let client = redis::Client::open(format!("redis://127.0.0.1:{}", server.port)).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut length = |key: u64| -> u64 {
        let mut command = redis::cmd("STRLEN");
        command.arg(format!("key:{key:012}"));
        command.query(&mut connection).unwrap()
    };
    let lengths: Vec<u64> = (0..2_000).map(&mut length).collect();
    for (bytes, weight) in sizes {
        let count = lengths.iter().filter(|length| **length == bytes).count();
        let is_right = count.abs_diff(20 * weight) < 40 && count > 5;
        assert!(is_right, "{bytes}: {count} of 2000");
    }

    // Other weights are other values.
    let flags = "--keys 2000 --value-size 16=1,1000=1 --no-populate --requests 500";
    let run = Run::new("sizes-other", server.port, flags);
    assert_eq!(run.code(), Some(1));
    assert!(run.count("wrong") > 100, "{}", run.report);
}

#[test]
fn a_duration_is_kept_and_the_log_holds_every_latency() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // A thread that is stopped alone ends its seconds apart from the others.
    in_some_run("the log has one interval for every second begun", || {
        let (seconds, lasted) = run_with_log(&server);
        seconds >= 2 && seconds as f64 <= lasted.ceil()
    });
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the report tells times of the wall clock"
)]
fn counting_begins_after_the_warmup_and_lasts_as_long_as_is_said() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let json = File::new("counting.json");
    let port = server.port.to_string();
    let path = json.path().to_str().unwrap();
    let flags = "--keys 100 --warmup 300ms --duration 200ms --threads 2 --json";
    let mut arguments = vec!["--port", &port];
    arguments.extend(flags.split(' ').chain([path]));
    let run = Run::finished(bench(&arguments), &json);
    let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let from = run.number("/counting_from_unix");
    assert!(
        from >= run.number("/started_at_unix") + 0.3,
        "{}",
        run.report
    );
    assert!(
        from + run.number("/seconds") <= ended.as_secs_f64(),
        "{}",
        run.report
    );
}

/// One run that is checked with its log; returns the intervals in the log, and how many seconds it lasted.
fn run_with_log(server: &Server) -> (usize, f64) {
    let log = File::new("duration.hlog");
    let path = log.path().to_str().unwrap();
    let flags = format!("--keys 100 --duration 1200ms --rate 5000 --threads 2 --hdr-log {path}");
    let run = Run::new("duration", server.port, &flags);
    run.assert_right(6_000);
    let lasted = run.number("/seconds");
    assert!(lasted >= 1.2, "{}", run.report);
    // The kernel guesses the two shares from ticks: one of them may be zero.
    let own_cpu = |share: &str| run.number(&format!("/own_cpu_us_per_request/{share}"));
    assert!(own_cpu("user") + own_cpu("system") > 0.0, "{}", run.report);
    let latency = |name: &str| run.number(&format!("/latency_us/{name}"));
    let names = ["min", "p50", "p90", "p99", "p99_9", "p99_99", "max"];
    assert!(
        names
            .windows(2)
            .all(|pair| latency(pair[0]) <= latency(pair[1])),
        "{}",
        run.report
    );
    let curve = run.report["curve"].as_array().unwrap();
    assert_eq!(curve[curve.len() - 1][0], 100.0);
    assert_eq!(curve[curve.len() - 2][0], 99.99);

    let bytes = std::fs::read(log.path()).unwrap();
    let mut logged = 0;
    let mut seconds = 0;
    for entry in IntervalLogIterator::new(&bytes) {
        if let LogEntry::Interval(interval) = entry.unwrap() {
            let text = interval.encoded_histogram();
            let encoded = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap();
            let histogram = Deserializer::new().deserialize::<u64, _>(&mut &encoded[..]);
            logged += histogram.unwrap().len();
            seconds += 1;
        }
    }
    assert_eq!(logged, 6_000);
    (seconds, lasted)
}

#[test]
fn a_cluster_is_asked_node_by_node() {
    let Some(server) = Server::start(&["--cluster-enabled", "yes"]) else {
        return;
    };
    let port = server.port.to_string();
    let flags = ["--port", &port, "--cluster", "--keys", "100"];
    let output = bench(&flags);
    assert_eq!(
        output.status.code(),
        Some(69),
        "no slot is served yet: {output:?}"
    );
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut command = redis::cmd("CLUSTER");
    command.arg("ADDSLOTSRANGE").arg(0).arg(16_383);
    command.exec(&mut connection).unwrap();
    // The node takes a while to see that its cluster is whole.
    let is_whole = (0..1_000_000).any(|_| {
        let info: String = redis::cmd("CLUSTER")
            .arg("INFO")
            .query(&mut connection)
            .unwrap();
        info.contains("cluster_state:ok")
    });
    assert!(is_whole);
    let flags = "--cluster --keys 100 --requests 500 --mix get,set --clients 3 --pipeline 4";
    Run::new("cluster", server.port, flags).assert_right(500);
    let flags = format!("{flags} --value-size 16=9,20KiB=1");
    Run::new("cluster-sizes", server.port, &flags).assert_right(500);
}

#[test]
fn connections_that_the_server_refuses_are_lost() {
    let Some(server) = Server::start(&["--maxclients", "20"]) else {
        return;
    };
    let flags = "--clients 5 --requests 5000 --keys 10 --idle 30";
    let run = Run::new("refused", server.port, flags);
    assert_eq!(run.code(), Some(1));
    assert!(run.count("lost") >= 15, "{}", run.report);
    assert_eq!(run.count("requests"), 5_000, "{}", run.report);
}
