"""The servers behind the proxies: one cluster of three primaries and three replicas on loopback, and
plain servers for a proxy that knows no cluster."""

import os
import shutil

from .process import Child, Failure, output_of, wait_until
from .resp import Connection, ReplyError, info

# Nothing is written to disk. Replicas may lag behind writes of large values without being cut off, and
# a node that gets no CPU for a while is not taken for dead.
SETTINGS = [
    "--bind", "127.0.0.1", "--daemonize", "no", "--save", "", "--appendonly", "no",
    "--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0",
]
CLUSTER_SETTINGS = ["--cluster-enabled", "yes", "--cluster-node-timeout", "15000"]

PRIMARIES = 3


def server_program():
    """The server that is started, as for the other scripts."""
    return os.environ.get("CORELANE_REDIS_SERVER") or "redis-server"


def server_version():
    return output_of([server_program(), "--version"])


class Servers:
    """Some servers that are started together; ended with the comparison."""

    def __init__(self, folder, ports, cores, settings):
        self.ports, self.cores = ports, cores
        self.children = []
        for port in ports:
            own = os.path.join(folder, str(port))
            os.makedirs(own)
            arguments = [server_program(), "--port", port, *SETTINGS, *settings]
            self.children.append(Child(arguments, cores, os.path.join(own, "log"), cwd=own))
        for port, child in zip(ports, self.children):
            wait_until(lambda p=port, c=child: _answers(p, c), 30, f"the server on port {port}")
        self.settings = " ".join(repr(word) if not word else word for word in SETTINGS + settings)

    @property
    def pids(self):
        return [child.pid for child in self.children]

    @property
    def seed(self):
        return f"127.0.0.1:{self.ports[0]}"

    def move(self, cores):
        """Puts all servers on these cores."""
        if cores == self.cores:
            return
        self.cores = cores
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                os.sched_setaffinity(int(task), cores)

    def primaries(self):
        """The ports of the primaries, asked for every time."""
        return [port for port in self.ports if _role(port) == "master"]

    def clear(self):
        """Drops all keys."""
        for port in self.primaries():
            with Connection(port, timeout=60) as connection:
                connection.ask("FLUSHALL")

    def settle(self):
        """Waits until every replica has what its primary has, so that no run pays for the one before."""
        for port in self.ports:
            wait_until(lambda p=port: _is_settled(p), 60, f"the replicas of port {port}")


class Cluster(Servers):
    """Three primaries and three replicas."""

    def __init__(self, folder, base, cores):
        super().__init__(folder, [base + n for n in range(2 * PRIMARIES)], cores, CLUSTER_SETTINGS)
        addresses = [f"127.0.0.1:{port}" for port in self.ports]
        made = output_of(
            ["redis-cli", "--cluster", "create", *addresses,
             "--cluster-replicas", 1, "--cluster-yes"]
        )
        if made is None:
            raise Failure("redis-cli cannot make the cluster")
        for port in self.ports:
            wait_until(lambda p=port: _knows_cluster(p), 60, f"the node on port {port}")
        self.settle()


def check_programs():
    missing = [name for name in (server_program(), "redis-cli") if not shutil.which(name)]
    if missing:
        raise Failure(f"{' and '.join(missing)} missing (Debian: redis-server redis-tools)")


def _answers(port, child):
    if not child.is_alive():
        raise Failure(f"the server on port {port} ended:\n{child.last_words()}")
    with Connection(port) as connection:
        return connection.ask("PING") == b"PONG"


def _knows_cluster(port):
    with Connection(port) as connection:
        nodes = connection.ask("CLUSTER", "NODES").decode()
        state = connection.ask("CLUSTER", "INFO").decode()
    return "cluster_state:ok" in state and nodes.count(" connected") >= 2 * PRIMARIES \
        and nodes.count("slave") == PRIMARIES


def _role(port):
    with Connection(port) as connection:
        return info(connection, "replication")["role"]


def _is_settled(port):
    try:
        with Connection(port) as connection:
            facts = info(connection, "replication")
    except ReplyError:
        return False
    if facts["role"] != "master":
        return facts["master_link_status"] == "up"
    replicas = [facts[f"slave{n}"] for n in range(int(facts["connected_slaves"]))]
    if not replicas:
        return "cluster_enabled:0" in _cluster_mode(port)
    return all(f"offset={facts['master_repl_offset']}," in replica for replica in replicas)


def _cluster_mode(port):
    with Connection(port) as connection:
        return connection.ask("INFO", "cluster").decode()
