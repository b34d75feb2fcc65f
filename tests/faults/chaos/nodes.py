"""The cluster: three shards of a primary and a replica, each node behind a relay of its own.

Nodes write what they acknowledge to a file first (append-only, handed to the kernel before the reply), so one that
is killed and started again has lost nothing. What a failover loses is what had not reached the replica.
"""

import os
import shutil

from lab.process import Child, Failure, wait_until
from lab.resp import Connection, ReplyError, info

from .relay import Relay
from .wire import slot_of

SHARDS = 3
SLOTS = 16384
# After this time without a sign of life nodes hold each other for failed, in milliseconds.
NODE_TIMEOUT = 2000

SETTINGS = [
    "--bind", "127.0.0.1", "--daemonize", "no", "--save", "", "--appendonly", "yes",
    "--appendfsync", "no", "--auto-aof-rewrite-min-size", "64mb",
    "--repl-diskless-sync-delay", "0", "--repl-timeout", "10", "--repl-backlog-size", "64mb",
    "--client-output-buffer-limit", "replica 0 0 0",
    "--cluster-enabled", "yes", "--cluster-node-timeout", NODE_TIMEOUT,
    "--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no",
    "--cluster-announce-ip", "127.0.0.1", "--enable-debug-command", "yes",
]


class Node:
    """One server; it can be killed, stopped, and started again."""

    def __init__(self, program, folder, network, ports, number):
        self.program, self.number = program, number
        self.port, self.relay_port, self.bus = ports
        self.folder = os.path.join(folder, f"node-{number}")
        os.makedirs(self.folder)
        self.child = None
        self.network = network
        self.relay = Relay(network, self.relay_port, self.port, number)
        self.start()

    @property
    def shard(self):
        return self.number % SHARDS

    @property
    def seed(self):
        return f"127.0.0.1:{self.relay_port}"

    def start(self):
        arguments = [
            self.program, "--port", self.port, "--cluster-port", self.bus, *SETTINGS,
            "--cluster-announce-port", self.relay_port, "--cluster-announce-bus-port", self.bus]
        self.child = Child(
            arguments, os.sched_getaffinity(0), os.path.join(self.folder, "log"), cwd=self.folder)

    def is_alive(self):
        return self.child.is_alive()

    def kill(self):
        self.child.process.kill()
        self.child.stop()

    def move(self):
        """Kills it and starts it again at another address, as a container that comes back with its volume."""
        self.kill()
        self.relay.close()
        # There and back again.
        self.relay_port += MOVED if self.relay_port == self.port + 10 else -MOVED
        self.relay = Relay(self.network, self.relay_port, self.port, self.number)
        self.start()

    def ask(self, *words, timeout=5.0):
        with Connection(self.port, timeout) as connection:
            return connection.ask(*words)

    def tell(self, *words):
        """A command that need not succeed, such as one that closes the connection that it came over."""
        try:
            return self.ask(*words)
        except (OSError, ReplyError):
            return None

    def facts(self, section="replication"):
        with Connection(self.port, 5.0) as connection:
            return info(connection, section)

    def role(self):
        """primary, replica, or None if it does not say."""
        try:
            return {"master": "primary", "slave": "replica"}.get(self.facts().get("role"))
        except (OSError, ReplyError):
            return None

    def started(self):
        return self.tell("PING") == b"PONG"


class Cluster:
    """Node `n` and node `n + 3` make up shard `n`."""

    def __init__(self, program, folder, network, base):
        self.nodes = []
        shutil.rmtree(folder, ignore_errors=True)
        for number in range(2 * SHARDS):
            ports = (base + number, base + 10 + number, base + 20 + number)
            self.nodes.append(Node(program, folder, network, ports, number))
        for node in self.nodes:
            wait_until(node.started, 30, f"server {node.number}")
        for number, node in enumerate(self.nodes[:SHARDS]):
            node.ask("CLUSTER", "ADDSLOTSRANGE", *range_of(number))
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        first = self.nodes[0]
        for node in self.nodes[1:]:
            node.ask("CLUSTER", "MEET", "127.0.0.1", first.port, first.bus)
        for node in self.nodes:
            wait_until(lambda n=node: self._knows_all(n), 60, f"server {node.number} knows the others")
        for replica in self.nodes[SHARDS:]:
            primary = self.nodes[replica.shard].ask("CLUSTER", "MYID")
            wait_until(lambda r=replica, p=primary: r.tell("CLUSTER", "REPLICATE", p) == b"OK", 30, "replicas")
        wait_until(self.settled, 60, "the cluster")

    def primary(self, shard):
        """The node that serves the shard."""
        for node in self.pair(shard):
            if node.is_alive() and node.role() == "primary":
                return node
        raise Failure(f"shard {shard} has no primary")

    def replica(self, shard):
        for node in self.pair(shard):
            if node.is_alive() and node.role() == "replica":
                return node
        raise Failure(f"shard {shard} has no replica")

    def pair(self, shard):
        return [self.nodes[shard], self.nodes[shard + SHARDS]]

    def settled(self):
        """Every node lives and agrees: each shard has a primary with a replica in step."""
        for node in self.nodes:
            try:
                if b"cluster_state:ok" not in node.ask("CLUSTER", "INFO") or not self._agrees(node):
                    return False
            except (OSError, ReplyError):
                return False
        return all(sorted(map(str, (node.role() for node in self.pair(shard)))) == ["primary", "replica"]
                   for shard in range(SHARDS))

    def says_ok(self, node):
        return b"cluster_state:ok" in node.ask("CLUSTER", "INFO")

    def _agrees(self, node):
        lines = node.ask("CLUSTER", "NODES").decode().splitlines()
        is_healthy = len(lines) == 2 * SHARDS and not any("fail" in line.split()[2] for line in lines)
        facts = node.facts()
        if facts["role"] != "master":
            return is_healthy and facts["master_link_status"] == "up"
        replica = facts.get("slave0", "")
        lag = int(facts["master_repl_offset"]) - int(replica.split("offset=")[1].split(",")[0]) \
            if "offset=" in replica else None
        owners = sum(1 for line in lines if "master" in line.split()[2] and len(line.split()) > 8)
        return is_healthy and owners == SHARDS and lag is not None and lag < LAG_MAX

    def _knows_all(self, node):
        nodes = node.ask("CLUSTER", "NODES").decode()
        return "handshake" not in nodes and nodes.count(" connected") == 2 * SHARDS


# From one address of a node to its other one.
MOVED = 30
# Bytes that a replica may be behind and still count as in step under load.
LAG_MAX = 4 << 20


def range_of(shard):
    """The first and last slot of a shard."""
    return SLOTS * shard // SHARDS, SLOTS * (shard + 1) // SHARDS - 1


def tags(each):
    """Hash tags with their shards, `each` per shard, all in slots of their own."""
    found, slots, number = {shard: [] for shard in range(SHARDS)}, set(), 0
    while any(len(some) < each for some in found.values()):
        tag = f"t{number}"
        number += 1
        slot = slot_of(tag)
        shard = next(n for n in range(SHARDS) if range_of(n)[0] <= slot <= range_of(n)[1])
        if len(found[shard]) < each and slot not in slots:
            found[shard].append(tag)
            slots.add(slot)
    return [(tag, shard) for shard, some in found.items() for tag in some]
