//! Real servers in cluster mode, started as children of the test process.
//!
//! Clusters are put together by hand (slots, MEET, REPLICATE), which is faster than a tool that waits.
//! `Cluster::shared` gives one per kind of server to all tests that leave its layout alone.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::children::{Process, TempDir};
use crate::client::{Client, Reply};
use crate::harness::{ServerKind, poll_until, wait_until};
use crate::ports::Lease;

/// One server process.
#[derive(Debug)]
pub(crate) struct Node {
    kind: ServerKind,
    settings: Vec<String>,
    port: Lease,
    bus_port: Lease,
    /// A second port for clients, if it has a certificate.
    tls_port: Option<Lease>,
    id: String,
    // Dropped first: a server writes into its directory as long as it runs.
    process: Option<Process>,
    dir: TempDir,
}

/// Primaries first, then replicas; replica `n` replicates primary `n % primaries`.
#[derive(Debug)]
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    primaries: usize,
}

/// Number of slots of a cluster.
pub(crate) const SLOTS: usize = 16_384;

/// How long servers may take to start, agree or fail over.
pub(crate) const SETTLE_LIMIT: Duration = Duration::from_secs(60);

// === slots ===

/// The slot of a key, with its hash tag.
pub(crate) fn slot_of(key: &str) -> usize {
    let tag = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    let hashed = tag
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.is_empty())
        .unwrap_or(key);
    usize::from(crc16::State::<crc16::XMODEM>::calculate(hashed.as_bytes())) % SLOTS
}

// === impl Node ===

impl Node {
    /// Starts a server that knows nobody.
    pub(crate) fn start(kind: ServerKind, settings: &[&str]) -> Self {
        let mut node = Self::begin(kind, settings);
        node.id = node.call("CLUSTER MYID").text();
        node
    }

    /// Starts a server that is in no cluster, so that a request may have keys of any slots.
    pub(crate) fn start_alone(kind: ServerKind) -> Self {
        Self::begin(kind, &["--cluster-enabled", "no"])
    }

    fn begin(kind: ServerKind, settings: &[&str]) -> Self {
        let mut node = Self {
            kind,
            settings: settings.iter().map(|&word| word.to_owned()).collect(),
            port: Lease::take(),
            bus_port: Lease::take(),
            tls_port: settings.contains(&"--tls-cert-file").then(Lease::take),
            id: String::new(),
            process: None,
            dir: TempDir::new("node"),
        };
        node.spawn();
        node
    }

    fn spawn(&mut self) {
        let mut command = Command::new(self.kind.binary());
        let port = self.port.port().to_string();
        let bus_port = self.bus_port.port().to_string();
        command
            .current_dir(self.dir.path())
            .args(["--port", &port, "--cluster-port", &bus_port]);
        command.args([
            "--bind",
            "127.0.0.1",
            "--cluster-enabled",
            "yes",
            "--daemonize",
            "no",
        ]);
        command.args([
            "--save",
            "",
            "--appendonly",
            "no",
            "--repl-diskless-sync-delay",
            "0",
        ]);
        command.args(["--cluster-node-timeout", "10000", "--loglevel", "notice"]);
        if let Some(port) = &self.tls_port {
            command.args(["--tls-port", &port.port().to_string()]);
            command.args(["--tls-cluster", "yes", "--tls-replication", "yes"]);
        }
        command.args(&self.settings);
        let name = format!("server-{port}");
        self.process = Some(Process::start(&name, command, self.dir.path()));
        self.wait_started();
    }

    fn wait_started(&mut self) {
        let what = format!("start of the server on port {}", self.port.port());
        wait_until(&what, SETTLE_LIMIT, || {
            let ended = self.process.as_ref().and_then(Process::ended);
            assert!(ended.is_none(), "the server ended: {}", self.output());
            let mut client = Client::try_connect(self.addr()).ok()?;
            self.authenticate(&mut client);
            // LOADING is an error reply.
            (client.try_call("PING").ok()? == Reply::Simple("PONG".to_owned())).then_some(())
        });
    }

    /// Where clients connect.
    pub(crate) fn addr(&self) -> SocketAddr {
        let set = self.settings.windows(2).find(|pair| pair[0] == "--bind");
        let ip = set.map(|pair| pair[1].parse().expect("an address"));
        SocketAddr::new(
            ip.unwrap_or_else(|| self.port.addr().ip()),
            self.port.port(),
        )
    }

    /// Where clients with TLS connect.
    pub(crate) fn tls_addr(&self) -> SocketAddr {
        self.tls_port.as_ref().expect("a port for TLS").addr()
    }

    /// The node id in the cluster.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Config epoch and slots of a node, as this one sees them.
    fn slots_of(&self, other: &Self) -> Vec<String> {
        let lines = self.call("CLUSTER NODES").text();
        let line = lines.lines().find(|line| line.starts_with(other.id()));
        let words = line.into_iter().flat_map(|line| line.split(' '));
        // Only a node itself tells what moves: `[5461->-id]`.
        let words = words
            .enumerate()
            .filter(|(n, word)| (*n == 6 || *n > 7) && !word.starts_with('['));
        words.map(|(_, word)| word.to_owned()).collect()
    }

    /// Whether the process was not killed by us.
    pub(crate) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// The process; fails the test if it was killed.
    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("the node was killed")
    }

    /// A connection to this very node, authenticated if it wants that.
    pub(crate) fn connect(&self) -> Client {
        let mut client = Client::connect(self.addr());
        self.authenticate(&mut client);
        client
    }

    /// One request on a fresh connection.
    pub(crate) fn call(&self, line: &str) -> Reply {
        self.connect().call(line)
    }

    /// As `call`; the reply must be `+OK`.
    pub(crate) fn call_ok(&self, line: &str) {
        assert_eq!(self.call(line), Reply::ok(), "{line}");
    }

    /// The value of a `name:value` line of INFO or CLUSTER INFO.
    pub(crate) fn info(&self, request: &str, name: &str) -> String {
        let text = self.call(request).text();
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    }

    /// Kills the process with SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts a killed node again with its own data and id, at other ports.
    pub(crate) fn restart_elsewhere(&mut self) {
        assert!(self.process.is_none(), "kill it first");
        self.port = Lease::take();
        self.bus_port = Lease::take();
        self.spawn();
        assert_eq!(self.call("CLUSTER MYID").text(), self.id, "the id is kept");
    }

    /// Starts a killed node again with its own data and id, where it was.
    pub(crate) fn restart(&mut self) {
        assert!(self.process.is_none(), "kill it first");
        self.spawn();
    }

    /// A killed node will be started at another address, if its settings name one.
    pub(crate) fn move_to(&mut self, ip: &str) {
        assert!(self.process.is_none(), "kill it first");
        for setting in ["--bind", "--cluster-announce-ip"] {
            let at = self.settings.iter().position(|word| word == setting);
            self.settings[at.expect(setting) + 1] = ip.to_owned();
        }
    }

    fn output(&self) -> String {
        self.process
            .as_ref()
            .map(Process::output)
            .unwrap_or_default()
    }

    fn authenticate(&self, client: &mut Client) {
        let password = self
            .settings
            .windows(2)
            .find(|pair| pair[0] == "--requirepass");
        if let Some(pair) = password {
            // Fails while the server comes up; the caller's next request shows it.
            let _ = client.try_call(&format!("AUTH {}", pair[1]));
        }
    }
}

// === impl Cluster ===

impl Cluster {
    /// A cluster for everyone, 3 primaries and 3 replicas, alive until the test process ends.
    pub(crate) fn shared(kind: ServerKind) -> &'static Self {
        static REDIS7: OnceLock<Cluster> = OnceLock::new();
        static VALKEY: OnceLock<Cluster> = OnceLock::new();
        let cell = match kind {
            ServerKind::Redis7 => &REDIS7,
            ServerKind::Valkey => &VALKEY,
        };
        cell.get_or_init(|| Self::start(kind, 3, 3, &[]))
    }

    /// Starts servers with additional settings and waits until all agree on the layout.
    pub(crate) fn start(
        kind: ServerKind,
        primaries: usize,
        replicas: usize,
        settings: &[&str],
    ) -> Self {
        Self::start_each(kind, primaries, replicas, |_| settings.to_vec())
    }

    /// As [`Self::start`], with settings for each node.
    pub(crate) fn start_each<'a>(
        kind: ServerKind,
        primaries: usize,
        replicas: usize,
        settings: impl Fn(usize) -> Vec<&'a str>,
    ) -> Self {
        let nodes = (0..primaries + replicas)
            .map(|index| Node::start(kind, &settings(index)))
            .collect();
        let cluster = Self { nodes, primaries };
        cluster.introduce();
        cluster.assign_roles();
        cluster.wait_settled();
        cluster
    }

    fn introduce(&self) {
        // Different epochs from the start: no collision to be solved later.
        for (index, node) in self.nodes.iter().enumerate() {
            node.call_ok(&format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1));
        }
        self.meet();
        wait_until("all nodes know each other", SETTLE_LIMIT, || {
            let known = |node: &Node| {
                let lines = node.call("CLUSTER NODES").text();
                lines
                    .lines()
                    .filter(|line| !line.contains("handshake"))
                    .count()
            };
            self.nodes
                .iter()
                .all(|node| known(node) == self.nodes.len())
                .then_some(())
        });
    }

    /// Tells all nodes where the others are.
    pub(crate) fn meet(&self) {
        for (index, node) in self.nodes.iter().enumerate() {
            for other in &self.nodes[index + 1..] {
                let (ip, port) = (other.addr().ip(), other.addr().port());
                node.call_ok(&format!(
                    "CLUSTER MEET {ip} {port} {}",
                    other.bus_port.port()
                ));
            }
        }
    }

    fn assign_roles(&self) {
        for index in 0..self.primaries {
            let range = self.initial_slots(index);
            let line = format!("CLUSTER ADDSLOTSRANGE {} {}", range.start(), range.end());
            self.nodes[index].call_ok(&line);
        }
        for (index, replica) in self.nodes[self.primaries..].iter().enumerate() {
            let primary = &self.nodes[index % self.primaries];
            replica.call_ok(&format!("CLUSTER REPLICATE {}", primary.id()));
        }
    }

    /// Waits until every running node sees the whole cluster working and every replica is in step.
    pub(crate) fn wait_settled(&self) {
        let mut last = String::new();
        let agreed = |node: &Node, last: &mut String| {
            let state = node.info("CLUSTER INFO", "cluster_state");
            let covered = node.info("CLUSTER INFO", "cluster_slots_ok");
            let roles = node.call("CLUSTER NODES").text();
            let replicas = roles.lines().filter(|line| line.contains("slave")).count();
            let replica = node.info("INFO replication", "role") == "slave";
            let linked = node.info("INFO replication", "master_link_status") == "up";
            *last =
                format!("{state}, {covered} slots, replica {replica}, linked {linked}\n{roles}");
            let expected = self.nodes.len() - self.primaries;
            state == "ok" && covered == "16384" && replicas == expected && (!replica || linked)
        };
        let settled = poll_until(SETTLE_LIMIT, || {
            self.running()
                .all(|node| agreed(node, &mut last))
                .then_some(())
        });
        assert!(
            settled.is_some(),
            "the cluster does not settle; one node says: {last}"
        );
    }

    /// All nodes.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub(crate) fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// One node, to kill or restart it.
    pub(crate) fn node_mut(&mut self, index: usize) -> &mut Node {
        &mut self.nodes[index]
    }

    /// The number of primaries at the start.
    pub(crate) fn primaries(&self) -> usize {
        self.primaries
    }

    /// The index of the (first) replica that primary `index` had at the start.
    pub(crate) fn replica_of(&self, index: usize) -> usize {
        self.primaries + index
    }

    /// Nodes that were not killed.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    /// The slots that primary `index` had at the start.
    pub(crate) fn initial_slots(&self, index: usize) -> RangeInclusive<usize> {
        let first = |n: usize| n * SLOTS / self.primaries;
        first(index)..=first(index + 1) - 1
    }

    /// The primary that had this slot at the start.
    pub(crate) fn initial_owner(&self, slot: usize) -> usize {
        let owns = |index: &usize| self.initial_slots(*index).contains(&slot);
        (0..self.primaries)
            .find(owns)
            .expect("every slot has an owner")
    }

    /// A key that begins with `stem` and belongs to primary `index` at the start.
    pub(crate) fn key_on(&self, index: usize, stem: &str) -> String {
        let slots = self.initial_slots(index);
        let mut keys = (0..).map(|n| format!("{stem}.{n}"));
        keys.find(|key| slots.contains(&slot_of(key)))
            .expect("endless")
    }

    /// One key on every primary.
    pub(crate) fn keys_on_all(&self, stem: &str) -> Vec<String> {
        (0..self.primaries)
            .map(|index| self.key_on(index, stem))
            .collect()
    }

    /// Marks a slot as moving; from now on the source answers ASK for keys that it has not.
    pub(crate) fn migrate_begin(&self, slot: usize, from: usize, to: usize) {
        let (source, target) = (&self.nodes[from], &self.nodes[to]);
        // What was under way about an earlier move would make a node take the slot too early, or give it back.
        wait_until("the same view of a moving slot", SETTLE_LIMIT, || {
            let agrees =
                |about: &Node, other: &Node| about.slots_of(about) == other.slots_of(about);
            (agrees(source, target) && agrees(target, source)).then_some(())
        });
        target.call_ok(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", source.id()));
        source.call_ok(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", target.id()));
    }

    /// Moves up to `count` keys of a moving slot and says how many there were.
    pub(crate) fn migrate_keys(&self, slot: usize, from: usize, to: usize, count: usize) -> usize {
        let mut source = self.nodes[from].connect();
        let target = self.nodes[to].addr();
        let keys = source.call(&format!("CLUSTER GETKEYSINSLOT {slot} {count}"));
        let (ip, port) = (target.ip().to_string(), target.port().to_string());
        let mut request: Vec<Vec<u8>> = ["MIGRATE", &ip, &port, "", "0", "10000", "KEYS"]
            .map(|w| w.as_bytes().to_vec())
            .into();
        request.extend(keys.elements().iter().map(|key| key.text().into_bytes()));
        if !keys.elements().is_empty() {
            let reply = source.call_args(&request);
            assert!(reply.error().is_none(), "MIGRATE: {reply:?}");
        }
        keys.elements().len()
    }

    /// Gives an emptied moving slot to its new owner.
    pub(crate) fn migrate_end(&self, slot: usize, from: usize, to: usize) {
        let owner = self.nodes[to].id();
        for node in [to, from] {
            self.nodes[node].call_ok(&format!("CLUSTER SETSLOT {slot} NODE {owner}"));
        }
    }
}
