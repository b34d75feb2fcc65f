"""A cluster on loopback with corelane in front, as the suites need them."""

import os
import re
import shutil
import socket
import tempfile

from lab.process import Child, Failure, output_of, run, wait_until
from lab.resp import Connection, ReplyError, info

from . import ROOT, WORK

SLOTS = 16384

# What the servers' own continuous tests allow, so that the suites can look inside.
SERVER_SETTINGS = [
    "--bind", "127.0.0.1", "--daemonize", "no", "--save", "", "--appendonly", "no",
    "--repl-diskless-sync-delay", "0", "--cluster-enabled", "yes", "--cluster-node-timeout", "3000",
    "--enable-debug-command", "yes", "--enable-protected-configs", "yes",
]

# A request may take long on a busy machine, and suites send DEBUG SLEEP and large values.
SETTINGS = """
listen = ["127.0.0.1:{port}"]
seeds = [{seeds}]
workers = {workers}
{top}
[cluster]
server_timeout = "10s"
{cluster}
[admin]
listen = "127.0.0.1:{admin}"
{rest}
"""


class Stack:
    """Primaries with their replicas, and corelane; all end with `stop`, or with this process."""

    def __init__(self, programs, base, shards=1, replicas=0, workers=1, extra=None):
        self.programs = programs
        os.makedirs(WORK, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="stack-", dir=WORK)
        ports = free_ports(base, shards * (1 + replicas) + 2)
        self.port, self.admin, *self.node_ports = ports
        self.servers = {}
        self.proxy = None
        try:
            self._start_servers(shards, replicas)
            self._start_proxy(workers, extra)
        except Failure:
            self.stop()
            raise

    @property
    def direct(self):
        """The port of the first server."""
        return self.node_ports[0]

    def stop(self):
        """Ends all processes and removes their files."""
        for child in [self.proxy, *self.servers.values()]:
            if child:
                child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self):
        """Fails if corelane has ended."""
        if not self.proxy.is_alive():
            raise Failure(f"corelane has ended:\n{self.proxy.last_words(30)}")

    def metrics(self):
        """All samples of the admin port, by name."""
        with socket.create_connection(("127.0.0.1", self.admin), timeout=10) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if line[:1].isalpha())
        return {words[0]: words[1] for words in lines if len(words) == 2}

    def primaries(self):
        """Ports of the living primaries that own slots, asked for every time."""
        return [port for port in self.node_ports if self._role(port) == "master"]

    def replicas(self):
        return [port for port in self.node_ports if self._role(port) == "slave"]

    def primary_of(self, replica):
        with Connection(replica) as connection:
            return int(info(connection, "replication")["master_port"])

    def kill(self, port):
        """Ends a server at once, as a crash would."""
        child = self.servers[port]
        child.process.kill()
        child.process.wait()

    def restart(self, port):
        """Starts a server that was killed again, with its own files."""
        self.servers[port] = self._server(port)
        wait_until(lambda: ask(port, "PING") == b"PONG", 30, f"the server on port {port}")

    def settled(self):
        """Whether all living nodes agree that the cluster works and every replica has its primary."""
        for port, child in self.servers.items():
            if child.is_alive() and not _is_settled(port):
                return False
        return True

    def _role(self, port):
        if not self.servers[port].is_alive():
            return "dead"
        with Connection(port) as connection:
            return info(connection, "replication")["role"]

    def _server(self, port):
        own = os.path.join(self.folder, str(port))
        os.makedirs(own, exist_ok=True)
        arguments = [self.programs.server, "--port", port, *SERVER_SETTINGS, *self.programs.databases()]
        return Child(arguments, os.sched_getaffinity(0), os.path.join(own, "log"), cwd=own)

    def _start_servers(self, shards, replicas):
        for port in self.node_ports:
            self.servers[port] = self._server(port)
        for port, child in self.servers.items():
            wait_until(lambda p=port, c=child: _answers(p, c), 30, f"the server on port {port}")
        for number, port in enumerate(self.node_ports[:shards]):
            first, last = SLOTS * number // shards, SLOTS * (number + 1) // shards - 1
            ask(port, "CLUSTER", "ADDSLOTSRANGE", first, last)
            ask(port, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for port in self.node_ports[1:]:
            ask(port, "CLUSTER", "MEET", "127.0.0.1", self.direct)
        ids = [ask(port, "CLUSTER", "MYID") for port in self.node_ports[:shards]]
        for port in self.node_ports:
            wait_until(lambda p=port: self._knows_all(p), 60, f"the node on port {port}")
        for number, port in enumerate(self.node_ports[shards:]):
            replicate = ("CLUSTER", "REPLICATE", ids[number % shards])
            wait_until(lambda p=port, r=replicate: _accepts(p, *r), 30, f"the replica on port {port}")
        wait_until(self.settled, 60, "the cluster")

    def _knows_all(self, port):
        nodes = ask(port, "CLUSTER", "NODES").decode()
        return "handshake" not in nodes and nodes.count(" connected") == len(self.node_ports)

    def _start_proxy(self, workers, extra):
        sections = {"top": "", "cluster": "", "rest": "", **(extra or {})}
        seeds = ", ".join(f'"127.0.0.1:{port}"' for port in self.node_ports)
        path = os.path.join(self.folder, "corelane.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(
                port=self.port, admin=self.admin, seeds=seeds, workers=workers, **sections))
        self.proxy = Child(
            [self.programs.corelane, "--config", path], os.sched_getaffinity(0),
            os.path.join(self.folder, "corelane.log"))
        wait_until(self._is_ready, 30, "corelane")

    def _is_ready(self):
        self.check()
        with socket.create_connection(("127.0.0.1", self.admin), timeout=5) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(100)


class Programs:
    """The server program and corelane: given, or installed and built."""

    def __init__(self, server=None, corelane=None):
        self.server = server or _valkey()
        self.corelane = corelane or _built()
        self.version = (output_of([self.server, "--version"]) or "").split(" bits")[0]

    def databases(self):
        """Settings for several databases, which clusters have since Valkey 9."""
        found = re.search(r"Valkey server v=(\d+)", self.version)
        return ["--cluster-databases", "16"] if found and int(found.group(1)) >= 9 else []


def free_ports(base, count):
    """So many ports from `base` on that are free together with the ports of their cluster bus."""
    found = []
    port = base
    while len(found) < count:
        if _is_free(port) and _is_free(port + 10000):
            found.append(port)
        port += 1
        if port > base + 1000:
            raise Failure(f"no {count} free ports from {base} on")
    return found


def ask(port, *words):
    """One command on a connection of its own."""
    with Connection(port) as connection:
        return connection.ask(*words)


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port, child):
    if not child.is_alive():
        raise Failure(f"the server on port {port} ended:\n{child.last_words()}")
    return ask(port, "PING") == b"PONG"


def _accepts(port, *words):
    """Whether the command is accepted; a node that does not know another yet refuses it."""
    try:
        return ask(port, *words) == b"OK"
    except ReplyError:
        return False


def _is_settled(port):
    try:
        if b"cluster_state:ok" not in ask(port, "CLUSTER", "INFO"):
            return False
        with Connection(port) as connection:
            facts = info(connection, "replication")
    except (ReplyError, OSError):
        return False
    return facts["role"] == "master" or facts["master_link_status"] == "up"


def _valkey():
    script = f'set -euo pipefail; . "{ROOT}/scripts/lib.sh"; ensure_valkey; echo "$CORELANE_VALKEY_SERVER"'
    path = output_of(["bash", "-c", script], seconds=600)
    if not path:
        raise Failure("no valkey-server: give one with --server")
    return path.splitlines()[-1]


def _built():
    run(["cargo", "build", "--quiet", "--bin", "corelane"], cwd=ROOT)
    return os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "debug", "corelane")
