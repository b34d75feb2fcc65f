"""The faults: what is done, which errors it explains, and whether it may lose writes or give old reads.

A fault is a generator: it yields seconds to wait for, or a condition. It names the shards and proxies that it
touches before it acts. Whatever is not listed here is not explained.
"""

import signal
import socket
import time

from . import relay
from .nodes import NODE_TIMEOUT, SHARDS, range_of
from .wire import slot_of

# Nobody serves the shard for a while: nothing to connect to, or nothing that answers.
DOWN = {"timeout", "lost link", "cut reply", "unavailable", "clusterdown", "loading", "masterdown", "backlog"}
# Connections are lost, and the node is there.
CUT = {"lost link", "cut reply"}
# The node answers nothing for longer than the deadline, and is there.
SILENT = {"timeout", "unavailable", "lost link", "cut reply", "backlog"}
# The proxy itself goes away.
GONE = {"refused", "closed", "draining"}

# A script that keeps its server busy for as many milliseconds. In newer servers TIME stands still while a script runs,
# so the time of the processor counts, too.
SPIN = """
local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
local til = now() + ARGV[1]
local used = os.clock() + ARGV[1] / 1000
while now() < til and os.clock() < used do end
return 'done'
"""


class Window:
    """One fault that was done: when, to whom, and what it explains."""

    def __init__(self, fault):
        self.name, self.allows = fault.name, set(fault.allows)
        self.loses, self.stale = fault.loses, fault.stale
        self.shards, self.proxies = set(), set()
        self.start = time.monotonic()
        self.end = self.settled = self.promoted = None
        self.detail = ""

    def note(self, text):
        self.detail = text


class Fault:
    """A row of the catalog."""

    def __init__(self, act, allows=(), loses=False, stale=False, weight=2, light=False):
        self.act, self.allows, self.loses, self.stale = act, allows, loses, stale
        self.weight = weight
        # May run while another one is under way.
        self.light = light
        self.name = act.__name__.replace("_", " ")


def promotion(window, node):
    """Waits until the node has become the primary."""
    yield lambda: node.role() == "primary"
    window.promoted = time.monotonic()


# === nodes ===

def kill_a_primary(world, window):
    shard = world.a_shard(window)
    primary, replica = world.cluster.primary(shard), world.cluster.replica(shard)
    primary.kill()
    yield from promotion(window, replica)
    yield world.random.uniform(0.2, 2)
    primary.start()
    yield primary.started


def kill_a_primary_and_start_it_at_once(world, window):
    shard = world.a_shard(window)
    primary = world.cluster.primary(shard)
    primary.kill()
    yield world.random.uniform(0, 0.3)
    primary.start()
    yield primary.started


def kill_a_replica(world, window):
    shard = world.a_shard(window)
    replica = world.cluster.replica(shard)
    replica.kill()
    yield world.random.uniform(0.5, 4)
    replica.start()
    yield replica.started


def stop_a_primary_shortly(world, window):
    shard = world.a_shard(window)
    primary = world.cluster.primary(shard)
    primary.child.process.send_signal(signal.SIGSTOP)
    yield world.random.uniform(0.1, 0.4)
    primary.child.process.send_signal(signal.SIGCONT)


def stop_a_primary_until_it_is_replaced(world, window):
    shard = world.a_shard(window)
    primary, replica = world.cluster.primary(shard), world.cluster.replica(shard)
    primary.child.process.send_signal(signal.SIGSTOP)
    yield from promotion(window, replica)
    yield world.random.uniform(0, 2)
    primary.child.process.send_signal(signal.SIGCONT)


def return_a_primary_at_another_address(world, window):
    shard = world.a_shard(window)
    primary = world.cluster.primary(shard)
    primary.move()
    yield primary.started


def return_a_replica_at_another_address(world, window):
    shard = world.a_shard(window)
    replica = world.cluster.replica(shard)
    replica.move()
    yield replica.started


def stop_a_replica(world, window):
    shard = world.a_shard(window)
    replica = world.cluster.replica(shard)
    replica.child.process.send_signal(signal.SIGSTOP)
    yield world.random.uniform(0.5, 4)
    replica.child.process.send_signal(signal.SIGCONT)


def planned_failover(world, window):
    shard = world.a_shard(window)
    replica = world.cluster.replica(shard)
    # Servers vote for a shard only once in two node timeouts, and hold writes until they have.
    yield max(0.0, world.last_promotion(shard) + 2.2 * NODE_TIMEOUT / 1000 - time.monotonic())
    while replica.role() != "primary":
        # Servers give up by themselves if they do not agree within five seconds.
        replica.tell("CLUSTER", "FAILOVER")
        until = time.monotonic() + 6
        yield lambda: replica.role() == "primary" or time.monotonic() > until
    window.promoted = time.monotonic()


def move_slots(world, window):
    """Some slots to another shard and back."""
    source, target = world.random.sample(range(SHARDS), 2)
    window.shards.update((source, target))
    ours = [slot_of(tag) for tag, shard in world.tags if shard == source]
    slots = world.random.sample(ours, min(2, len(ours)))
    slots += [world.random.randint(*range_of(source)) for _ in range(3)]
    window.note(f"{len(set(slots))} slots")
    for old, new in ((source, target), (target, source)):
        for slot in set(slots):
            yield from move(world.cluster, slot, old, new)
        yield world.random.uniform(0, 0.5)


def move(cluster, slot, old, new):
    source, target = cluster.primary(old), cluster.primary(new)
    ids = [source.ask("CLUSTER", "MYID"), target.ask("CLUSTER", "MYID")]
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
    yield 0.02
    while True:
        keys = source.ask("CLUSTER", "GETKEYSINSLOT", slot, 10)
        if not keys:
            break
        source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys, timeout=20)
        yield 0.005
    for node in (target, source, *(node for node in cluster.nodes if node.role() == "primary")):
        node.tell("CLUSTER", "SETSLOT", slot, "NODE", ids[1])


def keep_a_node_busy_shortly(world, window):
    yield from busy(world, window, world.random.uniform(100, 400))


def keep_a_node_busy_beyond_the_deadline(world, window):
    yield from busy(world, window, world.random.uniform(1200, 1600))


def keep_a_node_busy_until_it_says_so(world, window):
    """The server answers BUSY from a tenth of a second on."""
    shard = world.a_shard(window)
    primary = world.cluster.primary(shard)
    primary.ask("CONFIG", "SET", "busy-reply-threshold", 100)
    milliseconds = int(world.random.uniform(400, 3000))
    yield from wait_for_reply(primary, milliseconds, "EVAL", SPIN, 0, milliseconds)
    primary.ask("CONFIG", "SET", "busy-reply-threshold", 5000)


def busy(world, window, milliseconds):
    shard = world.a_shard(window)
    yield from wait_for_reply(world.cluster.primary(shard), milliseconds, "DEBUG", "SLEEP", milliseconds / 1000)


def wait_for_reply(node, milliseconds, *words):
    """A command that takes so long, sent to the node itself."""
    with relay_free(node) as connection:
        connection.sendall(relay_free.encode(*words))
        yield milliseconds / 1000 + 0.05
        connection.settimeout(10)
        connection.recv(100)


class relay_free:
    """A connection to the node itself that does not wait for its reply."""

    from lab.resp import encode
    encode = staticmethod(encode)

    def __init__(self, node):
        self.socket = socket.create_connection(("127.0.0.1", node.port), timeout=5)

    def __enter__(self):
        return self.socket

    def __exit__(self, *unused):
        self.socket.close()


# === links ===

def kill_all_links_at_a_primary(world, window):
    shard = world.a_shard(window)
    world.cluster.primary(shard).tell("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    yield 0.1


def reset_all_links(world, window):
    shard = world.a_shard(window)
    world.cluster.primary(shard).relay.cut()
    yield 0.1


def reset_links_in_the_middle_of_a_reply(world, window):
    shard = world.a_shard(window)
    link = world.cluster.primary(shard).relay
    link.cut_in_reply()
    yield 0.3
    link.keep_the_others()


def leave_links_half_open(world, window):
    shard = world.a_shard(window)
    world.cluster.primary(shard).relay.half_open()
    yield 1.5


def delay_a_node(world, window):
    """Little enough for requests that wait for each other in one pipeline, some twenty round trips."""
    yield from network(world, window, relay.DELAY, world.random.uniform(0.003, 0.015), (1, 3))


def black_hole_a_node_shortly(world, window):
    yield from network(world, window, relay.BLACK_HOLE, 0, (0.1, 0.4))


def black_hole_a_node(world, window):
    yield from network(world, window, relay.BLACK_HOLE, 0, (1.5, 5))


def trickle_bytes(world, window):
    yield from network(world, window, relay.TRICKLE, 0.002, (1, 3), size=64)


def network(world, window, mode, seconds, span, size=1):
    shard = world.a_shard(window)
    link = world.cluster.primary(shard).relay
    link.become(mode, seconds, size)
    yield world.random.uniform(*span)
    link.become(relay.PASS)


def refuse_connections(world, window):
    shard = world.a_shard(window)
    link = world.cluster.primary(shard).relay
    link.refuse()
    yield world.random.uniform(0.3, 3)
    link.accept()


# === proxies and clients ===

def start_again(world, proxy):
    """Nodes may all have come back at other addresses since it was started first."""
    proxy.name_seeds([node.seed for node in world.cluster.nodes])
    proxy.start()


def stop_the_proxy_and_start_it(world, window):
    proxy = world.a_proxy(window)
    old = proxy.child
    begun = time.monotonic()
    old.process.terminate()
    yield lambda: not old.is_alive()
    window.note(f"drained in {time.monotonic() - begun:.1f} s, exit code {old.process.returncode}")
    if old.process.returncode != 0:
        world.wrong("exit code", old.process.returncode)
    old.stop()
    start_again(world, proxy)
    yield proxy.is_ready


def let_another_process_take_over(world, window):
    """No connection is refused, and the clients of the old process are closed when they have their replies."""
    proxy = world.a_proxy(window)
    old = proxy.child
    start_again(world, proxy)
    yield lambda: not old.is_alive()
    if old.process.returncode != 0:
        world.wrong("exit code", old.process.returncode)
    old.stop()
    yield proxy.is_ready


def kill_the_proxy_and_start_it(world, window):
    proxy = world.a_proxy(window)
    proxy.child.process.kill()
    proxy.child.stop()
    start_again(world, proxy)
    yield proxy.is_ready


def stop_the_proxy_for_a_moment(world, window):
    """As a machine that gives it no processor."""
    proxy = world.a_proxy(window)
    proxy.child.process.send_signal(signal.SIGSTOP)
    yield world.random.uniform(0.2, 1.5)
    proxy.child.process.send_signal(signal.SIGCONT)


def a_crowd_of_clients(world, window):
    """Some hundred connections at once that say something, or nonsense, and leave without reading."""
    proxy = world.random.choice(world.proxies)
    says = [b"*1\r\n$4\r\nPING\r\n", b"*99999999999\r\n$1\r\n", b"*2\r\n$3\r\nGET\r\n$1000000\r\nab",
            b"\x00\xff\r\n\r\n" * 20, b"PING\r\n" * 500, b""]
    crowd = []
    for number in range(300):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", proxy.port))
        crowd.append(one)
        if number % 50 == 49:
            yield 0.01
    for number, one in enumerate(crowd):
        try:
            one.send(says[number % len(says)])
        except OSError:
            pass
    yield 0.2
    for one in crowd:
        one.close()


FAULTS = [
    Fault(kill_a_primary, DOWN, loses=True, stale=True, weight=4),
    Fault(kill_a_primary_and_start_it_at_once, DOWN, stale=True),
    Fault(kill_a_replica),
    Fault(stop_a_primary_shortly),
    Fault(stop_a_primary_until_it_is_replaced, DOWN, loses=True, stale=True, weight=3),
    Fault(stop_a_replica),
    Fault(return_a_primary_at_another_address, DOWN, stale=True),
    Fault(return_a_replica_at_another_address),
    Fault(planned_failover, weight=4),
    Fault(move_slots, weight=4),
    Fault(keep_a_node_busy_shortly, light=True, weight=1),
    Fault(keep_a_node_busy_beyond_the_deadline, SILENT, stale=True),
    Fault(keep_a_node_busy_until_it_says_so, SILENT | {"busy"}, stale=True),
    Fault(kill_all_links_at_a_primary, CUT, light=True),
    Fault(reset_all_links, CUT, light=True),
    Fault(reset_links_in_the_middle_of_a_reply, CUT, light=True),
    Fault(leave_links_half_open, SILENT, light=True),
    Fault(delay_a_node, light=True),
    Fault(black_hole_a_node_shortly, light=True, weight=1),
    Fault(black_hole_a_node, SILENT, stale=True),
    Fault(trickle_bytes, SILENT, stale=True, light=True, weight=1),
    Fault(refuse_connections, DOWN, stale=True, light=True),
    Fault(stop_the_proxy_and_start_it, GONE),
    Fault(let_another_process_take_over, {"closed"}),
    Fault(kill_the_proxy_and_start_it, GONE, weight=1),
    Fault(stop_the_proxy_for_a_moment, {"timeout", "unavailable", "late reply"} | CUT),
    Fault(a_crowd_of_clients, light=True),
]

# With a deadline of so many seconds requests outlast an election.
PATIENCE = 8
# What the servers get over in that time: nothing fails then but what a lost connection had under way.
OUTLASTED = [
    kill_a_primary, kill_a_primary_and_start_it_at_once, kill_a_replica, stop_a_primary_shortly,
    stop_a_primary_until_it_is_replaced, stop_a_replica, return_a_primary_at_another_address,
    return_a_replica_at_another_address, planned_failover, move_slots, kill_all_links_at_a_primary, reset_all_links,
    reset_links_in_the_middle_of_a_reply, black_hole_a_node_shortly, black_hole_a_node,
]


def outlasted():
    """Names of the faults that patient requests outlast, which explain less from now on."""
    faults = [fault for fault in FAULTS if fault.act in OUTLASTED]
    for fault in faults:
        fault.allows = set(fault.allows) & CUT
    return [fault.name for fault in faults]


# The machine, or this process, which carries all bytes, did not get on: everything was late at once.
STANDSTILL = Fault(lambda world, window: iter(()), DOWN | {"late reply"}, loses=True, stale=True)
STANDSTILL.name = "standstill of the machine"

# A server that was late to those who asked it directly, although nobody had done anything to it.
LATE = Fault(lambda world, window: iter(()), SILENT | {"late reply"}, stale=True)
LATE.name = "server that is late by itself"

# A primary that changed although nobody asked for it: the machine was too slow for the servers.
UNPLANNED = Fault(lambda world, window: iter(()), DOWN, loses=True, stale=True)
UNPLANNED.name = "failover that the servers began themselves"
