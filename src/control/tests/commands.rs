//! Commands that are learned from nodes, and learned again when what they run has changed.

#![expect(
    clippy::disallowed_types,
    reason = "a test changes what the threads of its node answer"
)]

use std::sync::Mutex;

use super::*;
use crate::control::state::State;

/// A node whose answers can be changed while it runs; it serves each connection on a thread of its own.
struct Changing {
    addr: NodeAddr,
    shared: Arc<Mutex<Answers>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Answers {
    script: Script,
    /// Requests so far.
    asked: Vec<String>,
}

/// Control, and what the only worker was told last.
struct Watched {
    state: Rc<RefCell<State>>,
    commands: Rc<RefCell<Option<Vec<&'static str>>>>,
}

// === impl Changing ===

impl Changing {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = NodeAddr::new("127.0.0.1", listener.local_addr().unwrap().port());
        let (shared, stop) = (
            Arc::<Mutex<Answers>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let (answers, stopped) = (Arc::clone(&shared), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let answers = Arc::clone(&answers);
                // It ends with its connection.
                std::thread::spawn(move || {
                    serve_with(stream.unwrap(), |request| {
                        let mut answers = answers.lock().unwrap();
                        answers.asked.push(request.to_owned());
                        let mut script = answers.script.iter();
                        script
                            .find(|(name, _)| *name == request)
                            .map(|(_, answer)| answer.clone())
                    });
                });
            }
        });
        Self {
            addr,
            shared,
            stop,
            thread: Some(thread),
        }
    }

    /// From now on it runs this.
    fn runs(&self, version: &str, run_id: &str, modules: &str, commands: &str) {
        let no = |name| (name, Some(UNKNOWN.to_owned()));
        let info = format!("# Server\r\nredis_version:{version}\r\nrun_id:{run_id}\r\n");
        self.shared.lock().unwrap().script = vec![
            ("CLUSTER NODES", bulk(&line_of(self.addr.port))),
            no("CLUSTER SHARDS"),
            no("CLUSTER SLOTS"),
            ("INFO server", bulk(&info)),
            ("INFO modules", bulk(modules)),
            ("COMMAND", Some(commands.to_owned())),
        ];
    }

    /// How often it was asked this.
    fn asked(&self, request: &str) -> usize {
        let shared = self.shared.lock().unwrap();
        let asked = shared.asked.iter();
        asked.filter(|known| *known == request).count()
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect((&*self.addr.host, self.addr.port));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

// === impl Watched ===

impl Watched {
    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..3000 {
            if is_so(self) {
                return;
            }
            glommio::timer::sleep(TICK).await;
        }
        panic!(
            "{what}: {:?}, {:?}",
            self.state.borrow().commands,
            self.commands
        );
    }

    async fn until_told(&self, names: &[&str]) {
        self.until(&format!("{names:?}"), |watched| {
            watched.commands.borrow().as_deref() == Some(names)
        })
        .await;
    }
}

/// A reply to COMMAND with commands that read one key.
fn commands(names: &[&str]) -> String {
    let entry = |name: &&str| {
        format!(
            "*6\r\n${}\r\n{name}\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n",
            name.len()
        )
    };
    let entries: String = names.iter().map(entry).collect();
    format!("*{}\r\n{entries}", names.len())
}

/// Runs `test` beside a control over one worker, and ends control.
fn watch<F: Future<Output = ()>>(seed: Seed, test: impl FnOnce(Rc<Watched>) -> F + Send + 'static) {
    in_executor(move || async move {
        let (to_worker, from_control) = shared_channel::new_bounded(4);
        let (to_control, from_worker) = shared_channel::new_bounded(4);
        let told = Rc::new(RefCell::new(None));
        let last = Rc::clone(&told);
        let worker = glommio::spawn_local(async move {
            let receiver = from_control.connect().await;
            let sender = to_control.connect().await;
            while let Some(message) = receiver.recv().await {
                match message {
                    ToWorker::Commands(list) => {
                        let names = list.iter().map(|command| command.name).collect();
                        *last.borrow_mut() = Some(names);
                    }
                    ToWorker::Stats => {
                        let stats = Box::new(WorkerStats::default());
                        sender
                            .try_send(ToControl::Stats { worker: 0, stats })
                            .unwrap();
                    }
                    ToWorker::Drain { .. } => {
                        sender.try_send(ToControl::Drained { worker: 0 }).unwrap();
                    }
                    _ => {}
                }
            }
        });
        let mut config = settings(2000);
        config.seeds = vec![seed];
        config.cluster.commands_interval = Duration::from_millis(30);
        let stop = Arc::new(AtomicBool::new(false));
        let sender = to_worker.connect().await;
        let receiver = from_worker.connect().await;
        let control = Control::new(config, vec![sender], signals(&stop));
        let state = control.state();
        let control = glommio::spawn_local(control.run(vec![receiver]));
        let watched = Rc::new(Watched {
            state,
            commands: told,
        });
        test(Rc::clone(&watched)).await;
        stop.store(true, Ordering::Relaxed);
        control.await.unwrap();
        worker.cancel().await;
    });
}

fn seed_of(node: &Changing) -> Seed {
    Seed {
        host: node.addr.host.to_string(),
        port: node.addr.port,
    }
}

#[test]
fn commands_are_learned_again_when_what_nodes_run_changes() {
    let node = Changing::start();
    node.runs("7", "a", "", &commands(&["get", "FUTURE"]));
    watch(seed_of(&node), move |watched| async move {
        watched.until_told(&["future"]).await;
        watched
            .until("ready", |watched| watched.state.borrow().is_ready())
            .await;
        assert_eq!(watched.state.borrow().commands.learned, 1);
        // As long as it runs the same, it is asked what it runs and no more.
        let rounds = node.asked("INFO server");
        watched
            .until("rounds", |_| node.asked("INFO server") > rounds + 2)
            .await;
        assert_eq!(node.asked("COMMAND"), 1);
        node.runs("8", "b", "", &commands(&["future", "later"]));
        watched.until_told(&["future", "later"]).await;
        node.runs("8", "b", "module:name=m,ver=1\r\n", &commands(&["m.x"]));
        watched.until_told(&["m.x"]).await;
        node.runs("7", "c", "", &commands(&["future"]));
        watched.until_told(&["future"]).await;
        // Started again with the same version, but not with the same settings.
        node.runs("7", "d", "", &commands(&["other"]));
        watched.until_told(&["other"]).await;
        assert_eq!(node.asked("COMMAND"), 5);
        assert_eq!(watched.state.borrow().commands.refreshes.changed, 5);
        node.runs("7", "e", "", &commands(&[]));
        watched.until_told(&[]).await;
        assert_eq!(watched.state.borrow().commands.learned, 0);
    });
}

#[test]
fn a_node_that_does_not_tell_is_asked_again_and_what_is_known_stays() {
    let node = Changing::start();
    node.runs("7", "a", "", &commands(&["future"]));
    watch(seed_of(&node), move |watched| async move {
        watched.until_told(&["future"]).await;
        let failed = |watched: &Watched| watched.state.borrow().commands.refreshes.failed;
        for refusal in [
            "-NOPERM no\r\n",
            "+OK\r\n",
            "$99999999\r\n",
            "HTTP/1.1 200 OK\r\n",
        ] {
            let before = failed(&watched);
            node.runs("8", "b", "", refusal);
            watched
                .until(refusal, |watched| failed(watched) > before)
                .await;
            assert_eq!(watched.state.borrow().commands.learned, 1);
        }
        let odd = commands(&["f u t u r e", "fine"]);
        node.runs("8", "b", "", &odd);
        watched.until_told(&["fine"]).await;
        assert_eq!(watched.state.borrow().commands.skipped, 1);
        // A node that refuses INFO is asked for its commands all the same.
        node.shared.lock().unwrap().script[3].1 = Some("-NOPERM no\r\n".to_owned());
        let before = node.asked("COMMAND");
        watched
            .until("asked", |_| node.asked("COMMAND") > before)
            .await;
    });
}

#[test]
fn readiness_waits_for_the_first_commands() {
    let node = Changing::start();
    node.runs("7", "a", "", &commands(&["future"]));
    // Nothing comes, and the connection stays open.
    node.shared.lock().unwrap().script.truncate(3);
    watch(seed_of(&node), move |watched| async move {
        watched
            .until("asked", |_| node.asked("INFO server") > 0)
            .await;
        watched
            .until("a map", |watched| watched.state.borrow().map.covered() > 0)
            .await;
        assert!(!watched.state.borrow().is_ready());
        node.runs("7", "a", "", &commands(&["future"]));
        watched
            .until("ready", |watched| watched.state.borrow().is_ready())
            .await;
        watched.until_told(&["future"]).await;
    });
}
