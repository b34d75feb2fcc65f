//! Control with nodes that are threads answering as they are told, and with a real server.

mod commands;
mod real;
mod succession;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use glommio::LocalExecutorBuilder;
use glommio::channels::shared_channel;

use super::fetch::FetchError;
use super::*;
use crate::cluster::{MapVersion, RefreshReason, SLOTS, SlotMap, TopologyError};
use crate::config::{Secret, Seed};
use crate::metrics::WorkerStats;

/// Runs a future in an executor of its own.
pub(crate) fn in_executor<F: Future<Output = ()> + 'static>(
    test: impl FnOnce() -> F + Send + 'static,
) {
    LocalExecutorBuilder::default()
        .io_memory(64 * 1024)
        .spawn(|| async move {
            guard();
            test().await;
        })
        .unwrap()
        .join()
        .unwrap();
}

/// Wakes an executor that was preempted at the wrong moment, as it may be before control ticks.
fn guard() {
    glommio::spawn_local(async {
        loop {
            glommio::timer::sleep(TICK).await;
        }
    })
    .detach();
}

/// Answers each request of one line by the first script entry whose name it ends with; an entry
/// without an answer closes the connection, and no entry means silence.
struct Node {
    addr: NodeAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Script = Vec<(&'static str, Option<String>)>;

impl Node {
    fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = NodeAddr::new("127.0.0.1", listener.local_addr().unwrap().port());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                serve(stream.unwrap(), &script);
            }
        });
        Self {
            addr,
            stop,
            thread: Some(thread),
        }
    }

    fn seed(&self) -> Seed {
        Seed {
            host: self.addr.host.to_string(),
            port: self.addr.port,
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect((&*self.addr.host, self.addr.port));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Answers by a script until the other side ends.
fn serve(stream: std::net::TcpStream, script: &Script) {
    serve_with(stream, |request| {
        let mut entries = script.iter();
        entries
            .find(|(name, _)| request == *name)
            .map(|(_, answer)| answer.clone())
    });
}

/// Reads multibulk requests until the other side ends. No answer means silence, and one that is empty the
/// end.
fn serve_with(mut stream: std::net::TcpStream, answer: impl Fn(&str) -> Option<Option<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 0) {
        let count: usize = line.trim_start_matches('*').trim_end().parse().unwrap();
        let mut words = Vec::new();
        for _ in 0..count {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let length: usize = line.trim_start_matches('$').trim_end().parse().unwrap();
            let mut word = vec![0; length + 2];
            reader.read_exact(&mut word).unwrap();
            words.push(String::from_utf8_lossy(&word[..length]).into_owned());
        }
        line.clear();
        match answer(&words.join(" ")) {
            Some(Some(answer)) => {
                let _ = stream.write_all(answer.as_bytes());
            }
            Some(None) => return,
            None => {}
        }
    }
}

fn bulk(text: &str) -> Option<String> {
    Some(format!("${}\r\n{text}\r\n", text.len()))
}

fn line_of(port: u16) -> String {
    format!("a 127.0.0.1:{port}@1 myself,master - 0 0 5 connected 0-16383\n")
}

const UNKNOWN: &str = "-ERR unknown subcommand 'SHARDS'. Try CLUSTER HELP.\r\n";
const ONE_RANGE: &str = "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$4\r\nhost\r\n:7000\r\n$1\r\na\r\n";

fn settings(timeout_ms: u64) -> Config {
    let mut config = Config::default();
    config.cluster.connect_timeout = Duration::from_millis(timeout_ms);
    config.cluster.server_timeout = Duration::from_millis(timeout_ms);
    config.cluster.refresh_interval = Duration::from_millis(50);
    config.cluster.refresh_interval_min = Duration::from_millis(10);
    // These nodes talk to one at a time.
    config.cluster.commands_interval = Duration::ZERO;
    config
}

/// Fetches from a node that follows a script.
fn fetch(script: Script, change: fn(&mut Config)) -> Result<SlotMap, FetchError> {
    let node = Node::start(script);
    let addr = node.addr.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    in_executor(move || async move {
        let mut config = settings(5000);
        change(&mut config);
        let result = Fetcher::new(&config.cluster, None).fetch(&addr).await;
        let map =
            result.map(|topology| crate::cluster::topology::merge(&[topology], &SlotMap::empty()));
        sender.send(map).unwrap();
    });
    receiver.recv().unwrap()
}

fn primary(map: &SlotMap) -> (String, u64) {
    let node = map.nodes().next().unwrap();
    (node.addr.to_string(), node.config_epoch)
}

#[test]
fn any_of_the_three_commands_is_enough() {
    let nodes = || ("CLUSTER NODES", bulk(&line_of(7001)));
    let no = |name| (name, Some(UNKNOWN.to_owned()));
    let slots = || ("CLUSTER SLOTS", Some(ONE_RANGE.to_owned()));
    let rows: Vec<(Script, &str, u64)> = vec![
        (vec![nodes(), no("CLUSTER SHARDS"), slots()], "host:7000", 5),
        (
            vec![nodes(), no("CLUSTER SHARDS"), no("CLUSTER SLOTS")],
            "127.0.0.1:7001",
            5,
        ),
        (
            vec![no("CLUSTER NODES"), no("CLUSTER SHARDS"), slots()],
            "host:7000",
            0,
        ),
    ];
    for (script, addr, epoch) in rows {
        let map = fetch(script.clone(), |_| ()).unwrap();
        assert_eq!(primary(&map), (addr.to_owned(), epoch), "{script:?}");
        assert_eq!(map.covered(), SLOTS);
    }
}

#[test]
fn a_password_is_sent_first() {
    let nodes = || ("CLUSTER NODES", bulk(&line_of(7001)));
    let no = |name| {
        (
            name,
            Some("-NOAUTH Authentication required.\r\n".to_owned()),
        )
    };
    let user: fn(&mut Config) = |config| {
        config.cluster.username = Some("me".to_owned());
        config.cluster.password = Some(Secret::new("secret"));
    };
    let alone: fn(&mut Config) = |config| config.cluster.password = Some(Secret::new("secret"));
    let ok = Some("+OK\r\n".to_owned());
    for (auth, change) in [("AUTH me secret", user), ("AUTH secret", alone)] {
        let script = vec![
            (auth, ok.clone()),
            nodes(),
            no("CLUSTER SHARDS"),
            no("CLUSTER SLOTS"),
        ];
        assert_eq!(fetch(script, change).unwrap().covered(), SLOTS);
    }
    let wrong = Some("-WRONGPASS invalid password\r\n".to_owned());
    let script = vec![
        ("AUTH secret", wrong.clone()),
        no("CLUSTER NODES"),
        no("CLUSTER SHARDS"),
        no("CLUSTER SLOTS"),
    ];
    let error = fetch(script, alone).unwrap_err();
    assert!(
        matches!(&error, FetchError::Auth(text) if text.starts_with("WRONGPASS")),
        "{error}"
    );
    assert!(!error.to_string().contains("secret"));
    // A server that wants no password refuses AUTH and tells the topology.
    let script = vec![
        ("AUTH secret", wrong),
        nodes(),
        no("CLUSTER SHARDS"),
        no("CLUSTER SLOTS"),
    ];
    assert_eq!(fetch(script, alone).unwrap().covered(), SLOTS);
}

#[test]
fn nodes_that_misbehave() {
    let error = |script: Script| fetch(script, |config| *config = settings(150)).unwrap_err();
    assert!(matches!(error(vec![]), FetchError::Timeout));
    assert!(matches!(
        error(vec![("CLUSTER NODES", None)]),
        FetchError::Closed
    ));
    let half = vec![("CLUSTER NODES", Some("$100\r\nhalf".to_owned()))];
    assert!(matches!(error(half), FetchError::Timeout));
    let garbage = vec![("CLUSTER NODES", Some("HTTP/1.1 200 OK\r\n".to_owned()))];
    assert!(matches!(error(garbage), FetchError::Protocol(_)));
    let huge = vec![("CLUSTER NODES", Some("$999999999\r\n".to_owned()))];
    assert!(matches!(error(huge), FetchError::Protocol(_)));
    let no = |name| (name, Some(UNKNOWN.to_owned()));
    let refusing = vec![
        no("CLUSTER NODES"),
        no("CLUSTER SHARDS"),
        no("CLUSTER SLOTS"),
    ];
    assert!(matches!(
        error(refusing),
        FetchError::Topology(TopologyError::Refused(_))
    ));
}

#[test]
fn nobody_listens() {
    in_executor(|| async {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let fetcher = Fetcher::new(&settings(5000).cluster, None);
        let error = fetcher
            .fetch(&NodeAddr::new("127.0.0.1", port))
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::Connect(_)), "{error}");
    });
}

/// Control in an executor of its own, with the workers' ends of its channels here.
struct Running {
    config: Config,
    stop: Arc<AtomicBool>,
    to_control: Vec<shared_channel::SharedSender<ToControl>>,
    from_control: Vec<shared_channel::SharedReceiver<ToWorker>>,
    thread: glommio::ExecutorJoinHandle<io::Result<()>>,
}

fn start(config: Config, workers: usize) -> Running {
    let stop = Arc::new(AtomicBool::new(false));
    let (mut senders, mut from_control) = (Vec::new(), Vec::new());
    let (mut to_control, mut receivers) = (Vec::new(), Vec::new());
    for _ in 0..workers {
        let (sender, receiver) = shared_channel::new_bounded(4);
        senders.push(sender);
        from_control.push(receiver);
        let (sender, receiver) = shared_channel::new_bounded(4);
        to_control.push(sender);
        receivers.push(receiver);
    }
    let (settings, flag) = (config.clone(), Arc::clone(&stop));
    let thread = LocalExecutorBuilder::default()
        .io_memory(64 * 1024)
        .spawn(move || async move {
            guard();
            let (mut to, mut from) = (Vec::new(), Vec::new());
            for (sender, receiver) in senders.into_iter().zip(receivers) {
                to.push(sender.connect().await);
                from.push(receiver.connect().await);
            }
            Control::new(settings, to, signals(&flag)).run(from).await
        })
        .unwrap();
    Running {
        config,
        stop,
        to_control,
        from_control,
        thread,
    }
}

/// Receives until a slot map comes.
async fn next_map(receiver: &ConnectedReceiver<ToWorker>) -> Box<SlotMap> {
    loop {
        let message = receiver.recv().await.expect("control has ended");
        if let ToWorker::SlotMap(map) = message {
            return map;
        }
    }
}

async fn connect(
    running: &mut Running,
) -> (ConnectedReceiver<ToWorker>, ConnectedSender<ToControl>) {
    let receiver = running.from_control.remove(0).connect().await;
    let sender = running.to_control.remove(0).connect().await;
    (receiver, sender)
}

#[test]
fn a_worker_gets_maps_and_control_ends_when_it_has_drained() {
    let no = |name| (name, Some(UNKNOWN.to_owned()));
    let script = vec![
        ("CLUSTER NODES", bulk(&line_of(7001))),
        no("CLUSTER SHARDS"),
        no("CLUSTER SLOTS"),
    ];
    let node = Node::start(script);
    let mut config = settings(5000);
    config.seeds = vec![node.seed()];
    let running = start(config, 1);
    in_executor(move || async move {
        let mut running = running;
        let (receiver, sender) = connect(&mut running).await;
        let map = next_map(&receiver).await;
        assert_eq!((map.version, map.covered()), (MapVersion(1), SLOTS));
        assert_eq!(primary(&map), ("127.0.0.1:7001".to_owned(), 5));
        for _ in 0..3 {
            let hint = ToControl::RefreshHint(RefreshReason::Moved);
            sender.try_send(hint).unwrap();
        }
        running.stop.store(true, Ordering::Relaxed);
        // Nothing has changed, so besides a question for readiness the next message tells of the stop.
        let mut message = receiver.recv().await.unwrap();
        if matches!(message, ToWorker::Stats) {
            message = receiver.recv().await.unwrap();
        }
        assert!(matches!(message, ToWorker::Drain { .. }), "{message:?}");
        sender.try_send(ToControl::Drained { worker: 0 }).unwrap();
        drop((receiver, sender));
        running.thread.join().unwrap().unwrap();
    });
    drop(node);
}

#[test]
fn control_ends_after_the_drain_timeout() {
    let mut config = settings(5000);
    config.drain_timeout = Duration::from_millis(30);
    let running = start(config, 1);
    in_executor(move || async move {
        let mut running = running;
        let ends = connect(&mut running).await;
        running.stop.store(true, Ordering::Relaxed);
        running.thread.join().unwrap().unwrap();
        drop(ends);
    });
}

#[test]
fn a_seed_that_comes_late_is_found() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut config = settings(5000);
    config.seeds = vec![Seed {
        host: "127.0.0.1".to_owned(),
        port,
    }];
    let running = start(config, 2);
    in_executor(move || async move {
        let mut running = running;
        let first = connect(&mut running).await;
        let second = connect(&mut running).await;
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let no = |name| (name, Some(UNKNOWN.to_owned()));
            let nodes = ("CLUSTER NODES", bulk(&line_of(port)));
            serve(
                stream,
                &vec![nodes, no("CLUSTER SHARDS"), no("CLUSTER SLOTS")],
            );
        });
        for (receiver, _) in [&first, &second] {
            assert_eq!(next_map(receiver).await.version, MapVersion(1));
        }
        server.join().unwrap();
        running.stop.store(true, Ordering::Relaxed);
        for (worker, (receiver, sender)) in [first, second].into_iter().enumerate() {
            while !matches!(receiver.recv().await.unwrap(), ToWorker::Drain { .. }) {}
            sender.try_send(ToControl::Drained { worker }).unwrap();
        }
        running.thread.join().unwrap().unwrap();
        assert!(running.config.drain_timeout > Duration::ZERO);
    });
}

#[test]
fn state_tells_what_happened() {
    in_executor(|| async {
        let (to_worker, from_control) = shared_channel::new_bounded(4);
        let (to_control, from_worker) = shared_channel::new_bounded(4);
        let stop = Arc::new(AtomicBool::new(false));
        let worker = glommio::spawn_local(async move {
            let receiver = from_control.connect().await;
            let sender = to_control.connect().await;
            while let Some(message) = receiver.recv().await {
                let answer = match message {
                    ToWorker::Stats => {
                        let mut stats = Box::new(WorkerStats::default());
                        stats.counters.requests = 7;
                        ToControl::Stats { worker: 0, stats }
                    }
                    ToWorker::Drain { .. } => ToControl::Drained { worker: 0 },
                    ToWorker::SlotMap(_)
                    | ToWorker::Commands(_)
                    | ToWorker::ClientsElsewhere(_)
                    | ToWorker::Question { .. }
                    | ToWorker::Answer { .. }
                    | ToWorker::Settings { .. }
                    | ToWorker::Listen
                    | ToWorker::Credentials { .. }
                    | ToWorker::News(_)
                    | ToWorker::Lines { .. } => continue,
                };
                sender.send(answer).await.unwrap();
            }
        });
        let sender = to_worker.connect().await;
        let receiver = from_worker.connect().await;
        let control = Control::new(settings(5000), vec![sender], signals(&stop));
        let state = control.state();
        let control = glommio::spawn_local(control.run(vec![receiver]));
        let round = state.borrow_mut().want_stats();
        while !state.borrow().are_all_fresh(round) || state.borrow().refreshes.unanswered == 0 {
            glommio::timer::sleep(TICK).await;
        }
        assert_eq!(state.borrow().workers[0].stats.counters.requests, 7);
        assert!(!state.borrow().is_ready(), "without seeds there is no map");
        stop.store(true, Ordering::Relaxed);
        control.await.unwrap();
        assert!(state.borrow().is_draining);
        worker.cancel().await;
    });
}

pub(super) fn signals(stop: &Arc<AtomicBool>) -> Signals {
    Signals {
        stop: Arc::clone(stop),
        ..Signals::default()
    }
}
