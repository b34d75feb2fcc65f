"""Failures that are known of Predixy, each as a test that corelane passes and Predixy fails.

    scripts/faults --failures [--predixy PATH]

Every test gets a proxy of its own in front of one cluster. It is silent if all is well, and raises `Wrong` with
what it saw. With a Predixy the same tests are run against it, too, and must fail: a test that both pass shows
nothing. Only `Wrong` is a failure of Predixy's. What else goes wrong, such as a proxy that does not start, tells nothing
about it, and the run has failed.
"""

import contextlib
import os
import signal
import time

from lab.process import Child, Failure, wait_until
from lab.resp import Connection, ReplyError
from lab.resp import encode as encoded

from .catalog import SPIN, move
from .nodes import NODE_TIMEOUT, SHARDS
from .proxies import Proxy
from .wire import slot_of

# The settings of a deployment in the field: refreshed every second, a deadline of a second.
PREDIXY = """
Name failures
Bind 127.0.0.1:{port}
WorkerThreads 2
Log {folder}/predixy.log
Authority {{
    Auth {{
        Mode admin
    }}
    Auth right {{
        Mode admin
    }}
}}
ClusterServerPool {{
    MasterReadPriority 60
    StaticSlaveReadPriority 50
    DynamicSlaveReadPriority 50
    RefreshInterval 1
    ServerTimeout 1
    ServerFailureLimit 10
    ServerRetryTimeout 1
    KeepAlive 120
    Servers {{
{seeds}
    }}
}}
"""


class Wrong(Exception):
    """The proxy did what it must not do."""


class Outcome:
    """What a test has shown of a proxy."""

    def __init__(self, kind, text=""):
        self.kind, self.text = kind, text

    def is_as_expected(self, is_ours):
        return self.kind == ("passed" if is_ours else "wrong")

    def __str__(self):
        return {"passed": "passed", "wrong": self.text}.get(self.kind, f"NOT TRIED: {self.text}")


class Predixy:
    """Predixy as a child process, with what the tests ask of a proxy."""

    def __init__(self, program, folder, ports, seeds, is_awaited=True):
        self.port = ports[0]
        self.name = "Predixy"
        folder = os.path.join(folder, "predixy")
        os.makedirs(folder, exist_ok=True)
        file = os.path.join(folder, "predixy.conf")
        with open(file, "w", encoding="utf-8") as out:
            out.write(PREDIXY.format(
                port=self.port, folder=folder, seeds="\n".join(f"        + {seed}" for seed in seeds)))
        self.child = Child([program, file], os.sched_getaffinity(0), os.path.join(folder, "log"))
        # It says so without a single node, too.
        wait_until(self.is_up, 20, "Predixy")

    def is_up(self):
        with Connection(self.port, 5) as connection:
            return connection.ask("PING") == b"PONG"

    def is_ready(self):
        """All that a probe can ask it."""
        return self.is_up()


class Corelane(Proxy):
    """corelane; a test of readiness starts it before it can be ready."""

    def __init__(self, program, folder, ports, seeds, is_awaited=True):
        super().__init__(program, folder, ports, seeds, 2, "auto", is_awaited)


class Scene:
    """What a test gets: the cluster, a proxy, and words for both."""

    def __init__(self, cluster, proxy):
        self.cluster, self.proxy = cluster, proxy

    def connect(self, timeout=10.0):
        return Connection(self.proxy.port, timeout)

    def ask(self, *words):
        with self.connect() as connection:
            return connection.ask(*words)

    def memory(self):
        with open(f"/proc/{self.proxy.child.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def key(self, shard, name="k"):
        """A key that the shard's primary serves."""
        ranges = {}
        for line in self.cluster.primary(shard).ask("CLUSTER", "NODES").decode().splitlines():
            if "myself" in line:
                ranges = [tuple(map(int, (part.split("-") * 2)[:2])) for part in line.split()[8:]
                          if not part.startswith("[")]
        number = 0
        while not any(first <= slot_of(f"{name}{number}") <= last for first, last in ranges):
            number += 1
        return f"{name}{number}"

    def serves(self, shard):
        """Whether a write to the shard works."""
        try:
            return self.ask("SET", self.key(shard, "serves"), 1) == b"OK"
        except (ReplyError, OSError):
            return False


def check(is_well, what):
    if not is_well:
        raise Wrong(what)


def attempt(connection, *words):
    """The reply, errors too; what is raised is the failure."""
    try:
        return connection.ask(*words)
    except ReplyError as error:
        return f"error {error}"
    except OSError as error:
        raise Wrong(f"{words[0]}: {error or type(error).__name__}") from error


# === the tests ===

def a_long_command_name_does_not_end_the_process(scene):
    try:
        with scene.connect() as connection:
            connection.ask("x" * 40, "argument")
    except (ReplyError, OSError):
        pass
    time.sleep(0.3)
    check(scene.proxy.child.is_alive(), "the process is gone")
    try:
        got = scene.ask("PING")
    except (ReplyError, OSError) as error:
        got = f"error {error or type(error).__name__}"
    check(got == b"PONG", f"PING afterwards: {got}")


def a_node_is_found_at_its_new_address(scene):
    node = scene.cluster.primary(1)
    scene.cluster.replica(1).kill()
    try:
        node.move()
        wait_until(node.started, 30, "the node")
        wait_until(lambda: scene.cluster.says_ok(node), 60, "the cluster")
        wait_until(lambda: all(
            f":{node.relay_port}@" in other.ask("CLUSTER", "NODES").decode()
            for other in scene.cluster.nodes if other.is_alive()), 60, "the new address")
        end = time.monotonic() + 10
        while not scene.serves(1):
            check(time.monotonic() < end, "no write for 10 s after the nodes knew the new address")
            time.sleep(0.05)
    finally:
        scene.cluster.nodes[1 if node.number != 1 else 4].start()


def a_null_inside_an_array_is_a_reply(scene):
    key = scene.key(0)
    with scene.connect() as one, scene.connect() as two:
        one.ask("DEL", key)
        one.ask("GEOADD", key, 1, 1, "here")
        for _ in range(20):
            got = attempt(one, "GEOPOS", key, "missing")
            check(got in ([None], [[]]), f"GEOPOS: {got}")
            check(attempt(two, "EXISTS", key) == 1, "another client's request failed")


def an_error_of_a_part_is_not_swallowed(scene):
    keys = [scene.key(0), scene.key(1)]
    for key in keys:
        scene.ask("SET", key, 1)
    node = scene.cluster.primary(0)
    node.child.process.send_signal(signal.SIGSTOP)
    try:
        with scene.connect() as connection:
            got = attempt(connection, "EXISTS", *keys)
    finally:
        node.child.process.send_signal(signal.SIGCONT)
    check(got == 2 or isinstance(got, str), f"EXISTS of two keys that are there, one at a stopped node: {got}")


def scripts_follow_a_failover(scene):
    key = scene.key(2)
    with scene.connect() as connection:
        for _ in range(2):
            connection.ask("EVAL", "return redis.call('SET',KEYS[1],1)", 1, key)
            replica = scene.cluster.replica(2)
            replica.ask("CLUSTER", "FAILOVER")
            # Servers vote for a shard only once in two node timeouts, and hold writes until they have.
            end = time.monotonic() + 2.5 * NODE_TIMEOUT / 1000
            while time.monotonic() < end:
                got = attempt(connection, "EVAL", "return redis.call('SET',KEYS[1],1)", 1, key)
                check(got == b"OK", f"EVAL: {got}")
            wait_until(scene.cluster.settled, 60, "the cluster")


def waiting_requests_follow_a_moved_slot(scene):
    # Moved back at the end, so that the next test finds the cluster as it was.
    slot = slot_of(scene.key(0, "moves"))
    key = scene.key(0, "moves")
    try:
        with scene.connect() as connection:
            for old, new in ((0, 1), (1, 0), (0, 1), (1, 0)):
                for pause in move(scene.cluster, slot, old, new):
                    time.sleep(pause)
                got = attempt(connection, "BLPOP", key, 1)
                check(got in (None, []), f"BLPOP: {got}")
    finally:
        if scene.cluster.primary(1).ask("CLUSTER", "NODES").decode().count(f" {slot} "):
            for pause in move(scene.cluster, slot, 1, 0):
                time.sleep(pause)


def a_slow_request_fails_alone(scene):
    key = scene.key(0)
    with scene.connect() as slow, contextlib.ExitStack() as stack:
        others = [stack.enter_context(scene.connect()) for _ in range(8)]
        others[0].ask("SET", key, 1)
        slow.socket.sendall(encoded("EVAL", SPIN, 1, key, 1500))
        time.sleep(0.8)
        # They wait for 0.7 s, well within their own second.
        for other in others:
            other.socket.sendall(encoded("GET", key))
        for other in others:
            try:
                got = other.read()
            except (ReplyError, OSError) as error:
                got = f"error {error}"
            check(got == b"1", f"GET behind a slow script: {got}")


def a_slow_subscriber_takes_no_memory(scene):
    before = scene.memory()
    with scene.connect() as slow, scene.connect(30) as publisher:
        slow.ask("SUBSCRIBE", "flood")
        for _ in range(150):
            publisher.ask("PUBLISH", "flood", b"x" * (1 << 20))
        grown = scene.memory() - before
    check(grown < 80 << 20, f"grown by {grown >> 20} MiB after 150 MiB of messages")


def commands_of_the_servers_are_known(scene):
    key = scene.key(1, "known")
    with scene.connect() as connection:
        connection.ask("RPUSH", key, 1, 2, 3)
        for words in (("LPOP", key, 2), ("EXPIRE", key, 100, "NX"), ("OBJECT", "ENCODING", key), ("DBSIZE",),
                      ("XADD", key + "{x}s", "*", "a", 1), ("CLIENT", "ID"), ("CLUSTER", "INFO"), ("COMMAND", "COUNT"),
                      ("LMOVE", key, key, "LEFT", "LEFT"), ("GETEX", f"{{{key}}}none"), ("SLOWLOG", "LEN")):
            got = attempt(connection, *words)
            check(not isinstance(got, str), f"{' '.join(map(str, words))}: {got}")


def a_proxy_without_nodes_is_not_ready(scene):
    check(not scene.proxy.is_ready(), "ready without a single node")


def lengths_that_no_server_takes_harm_nobody_else(scene):
    key = scene.key(0)
    with scene.connect() as victim:
        victim.ask("SET", key, 1)
        for _ in range(20):
            try:
                with scene.connect(1) as hostile:
                    size = len(key)
                    hostile.socket.sendall(b"*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % ((1 << 32) + size, key.encode()))
                    victim.socket.sendall(encoded("GET", key) * 20)
                    hostile.socket.settimeout(0.05)
                    try:
                        hostile.socket.recv(100)
                    except OSError:
                        pass
            except OSError:
                pass
            for _ in range(20):
                try:
                    got = victim.read()
                except (ReplyError, OSError) as error:
                    raise Wrong(f"a neighbour's GET: {error}") from error
                check(got == b"1", f"a neighbour's GET: {got}")


def keys_of_one_slot_have_transactions(scene):
    with scene.connect() as connection:
        got = [attempt(connection, *words) for words in (
            ("MULTI",), ("SET", "{tx}a", 1), ("INCR", "{tx}a"), ("EXEC",))]
    check(got == [b"OK", b"QUEUED", b"QUEUED", [b"OK", 2]], f"MULTI: {got}")


def secrets_are_not_logged(scene):
    # More than once, because a log may leave out what comes while it is busy.
    for _ in range(20):
        try:
            scene.ask("AUTH", "a-secret-in-no-log")
        except (ReplyError, OSError):
            pass
        time.sleep(0.02)
    time.sleep(1.2)
    for folder, _, files in os.walk(os.path.dirname(scene.proxy.child.log)):
        for name in files:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                check("a-secret-in-no-log" not in file.read(), f"it stands in {name}")


TESTS = [
    a_long_command_name_does_not_end_the_process,
    a_node_is_found_at_its_new_address,
    a_null_inside_an_array_is_a_reply,
    an_error_of_a_part_is_not_swallowed,
    scripts_follow_a_failover,
    waiting_requests_follow_a_moved_slot,
    a_slow_request_fails_alone,
    a_slow_subscriber_takes_no_memory,
    commands_of_the_servers_are_known,
    a_proxy_without_nodes_is_not_ready,
    lengths_that_no_server_takes_harm_nobody_else,
    keys_of_one_slot_have_transactions,
    secrets_are_not_logged,
]


def run(cluster, folder, ports, makers, say):
    """Runs all tests against each proxy; rows of a table, and whether corelane passed all and a rival none."""
    rows, is_well = [], True
    for test in TESTS:
        row = [test.__name__.replace("_", " ")]
        for number, (name, make) in enumerate(makers):
            wait_until(cluster.settled, 90, "the cluster")
            said = outcome(cluster, folder, ports, make, test)
            say(f"{row[0]}: {name}: {said}")
            row.append(str(said))
            is_well &= said.is_as_expected(number == 0)
        rows.append(row)
    return rows, is_well


def outcome(cluster, folder, ports, make, test):
    """What a test shows of a new proxy."""
    seeds = [node.seed for node in cluster.nodes]
    is_alone = test is a_proxy_without_nodes_is_not_ready
    proxy = None
    try:
        proxy = make(folder, ports, ["127.0.0.1:1"] if is_alone else seeds, not is_alone)
        if not is_alone:
            scene = Scene(cluster, proxy)
            wait_until(lambda: all(scene.serves(shard) for shard in range(SHARDS)), 20, proxy.name)
        test(Scene(cluster, proxy))
    except Wrong as wrong:
        return Outcome("wrong", str(wrong))
    except (ReplyError, OSError, Failure) as error:
        return Outcome("not tried", f"{type(error).__name__}: {error}")
    finally:
        if proxy:
            proxy.child.stop()
    return Outcome("passed")
