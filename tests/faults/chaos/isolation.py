"""How much a dead shard costs requests to the others.

In turn all shards are fine, and both nodes of one shard are killed, stopped, behind a relay that passes nothing on,
that refuses connections, or that keeps every reply for a while. Meanwhile clients of that shard ask all the time, and
one client of each other shard sends a request every few milliseconds and measures. The phases are interleaved, so that
what else the machine does is in all of them alike.
"""

import collections
import signal
import statistics
import threading
import time

from lab.process import wait_until
from lab.resp import Connection, ReplyError

from .relay import BLACK_HOLE, DELAY, PASS

# Of the shard that dies.
DEAD = 0
CROWD = 8
# Between two requests of a client that measures, in seconds.
PAUSE = 0.004
# What a reply may take; more is an error.
PATIENCE = 10.0
# Before a client whose connection was lost comes back, in seconds.
RETURN_PAUSE = 0.1
# Not measured: what the change itself brings about, which other tests bound. An error counts then, too.
SETTLE = 1.0
# How long each phase is measured, in seconds.
PHASE = 5.0
# How long a slow shard keeps replies, in seconds: half on the way there, half on the way back.
SLOW = 0.3

FINE = "all shards fine"
FAULTS = {
    "killed": (lambda node: node.kill(), lambda node: node.start()),
    "stopped": (lambda node: node.child.process.send_signal(signal.SIGSTOP),
                lambda node: node.child.process.send_signal(signal.SIGCONT)),
    "black hole": (lambda node: node.relay.become(BLACK_HOLE), lambda node: node.relay.become(PASS)),
    "refusing": (lambda node: node.relay.refuse(), lambda node: node.relay.accept()),
    "slow": (lambda node: node.relay.become(DELAY, SLOW / 2), lambda node: node.relay.become(PASS)),
}

# Most that a request to another shard may take, against all shards fine.
RATIO_MAX = 1.5
# With fewer requests in a phase of a round there is nothing to judge.
MEASURED_MIN = 100


class Phase:
    """What was seen while the shard was in one state, in one round."""

    def __init__(self):
        # Of the clients that measure: seconds, and the text of each error and each lost connection.
        self.latencies, self.failures = [], []
        # Of the clients of the dead shard: what came of each request.
        self.crowd = []


def run(cluster, proxy, tags, seconds, say):
    """Phases by name, for each round."""
    count = max(1, round(seconds / (2 * len(FAULTS) * PHASE)))
    rounds = []
    for number in range(count):
        phases = {name: Phase() for name in (FINE, *FAULTS)}
        for name, (begin, end) in FAULTS.items():
            _phase(proxy, tags, phases[FINE])
            for node in cluster.pair(DEAD):
                begin(node)
            try:
                _phase(proxy, tags, phases[name])
            finally:
                for node in cluster.pair(DEAD):
                    end(node)
            wait_until(cluster.settled, 120, "the cluster")
        rounds.append(phases)
        say(f"round {number + 1} of {count}")
    return rounds


def _phase(proxy, tags, phase):
    ends = threading.Event()
    threads = [threading.Thread(target=ask, args=(proxy.port, _tag(tags, DEAD), ends, phase)) for _ in range(CROWD)]
    for shard in sorted({shard for _, shard in tags} - {DEAD}):
        threads.append(threading.Thread(target=measure, args=(proxy.port, _tag(tags, shard), ends, phase)))
    for thread in threads:
        thread.start()
    time.sleep(SETTLE + PHASE)
    ends.set()
    for thread in threads:
        thread.join()


def _tag(tags, shard):
    return next(tag for tag, at in tags if at == shard)


def ask(port, tag, ends, phase):
    """A client of the shard that dies: it goes on whatever it is told, and comes back if it is closed."""
    def once(connection):
        try:
            connection.ask("SET", f"{{{tag}}}:isolation", "x")
            phase.crowd.append("answered")
        except ReplyError:
            phase.crowd.append("error")

    _until(ends, port, once, lambda _: phase.crowd.append("lost connection"))


def measure(port, tag, ends, phase):
    """A client of another shard: every error and every lost connection is written down, and it goes on."""
    from_then_on = time.monotonic() + SETTLE

    def once(connection):
        begun = time.monotonic()
        try:
            connection.ask("SET", f"{{{tag}}}:isolation", "x")
        except ReplyError as error:
            phase.failures.append(str(error))
            return
        if begun >= from_then_on:
            phase.latencies.append(time.monotonic() - begun)

    _until(ends, port, once, lambda error: phase.failures.append(f"{type(error).__name__} {error}"))


def _until(ends, port, once, lost):
    """Does something with a connection again and again, over a new one each time that one is lost."""
    while not ends.is_set():
        try:
            with Connection(port, PATIENCE) as connection:
                while not ends.is_set():
                    once(connection)
                    time.sleep(PAUSE)
        # Bytes that are no number where one must stand are a broken connection, too.
        except (OSError, ValueError) as error:
            lost(error)
            ends.wait(RETURN_PAUSE)


# === the verdict ===

RULE = f"""The run of --isolation fails if any request to another shard got an error or lost its connection, or if p99 of these
requests in a phase is more than {RATIO_MAX} times that while all shards are fine. For that the two are compared within
each round, where all fine phases count together, and the median of the rounds' ratios counts. A phase of a round with
fewer than {MEASURED_MIN} measured requests fails it, too. A run has one round for every {2 * len(FAULTS) * PHASE:.0f} seconds that are asked for."""


def complaints(rounds):
    """What is wrong, by `RULE`; nothing if the shards are isolated."""
    found = [] if rounds else ["nothing was measured"]
    for name in (FINE, *FAULTS):
        failures = [text for phases in rounds for text in phases[name].failures]
        if failures:
            found.append(f"{name}: {len(failures)} requests to other shards failed, the first with: {failures[0]}")
        least = min((len(phases[name].latencies) for phases in rounds), default=MEASURED_MIN)
        if least < MEASURED_MIN:
            found.append(f"{name}: a round measured {least} requests, fewer than {MEASURED_MIN}")
        ratio = ratio_of(rounds, name)
        if ratio is not None and ratio > RATIO_MAX:
            found.append(f"{name}: p99 is {ratio:.2f} times that of {FINE}, more than {RATIO_MAX}")
    return found


def ratio_of(rounds, name):
    """p99 against all shards fine: the median of the rounds that measured both."""
    ratios = [at(phases[name].latencies, 99) / at(phases[FINE].latencies, 99) for phases in rounds
              if phases[name].latencies and phases[FINE].latencies]
    return statistics.median(ratios) if ratios else None


HEAD = ["one shard", "requests to the others", "failed", "p50, ms", "p99, ms", "p99 against all fine",
        "its own clients: answers, errors, lost connections"]


def table(rounds):
    """A row for each phase: counts and latencies of all rounds together, and the median of the rounds' ratios."""
    rows = []
    for name in (FINE, *FAULTS):
        latencies = [one for phases in rounds for one in phases[name].latencies]
        failed = sum(len(phases[name].failures) for phases in rounds)
        crowd = collections.Counter(one for phases in rounds for one in phases[name].crowd)
        ratio = ratio_of(rounds, name)
        rows.append([
            name, len(latencies), failed,
            *(round(at(latencies, percent) * 1000, 2) if latencies else "-" for percent in (50, 99)),
            "-" if ratio is None else round(ratio, 2),
            ", ".join(str(crowd[what]) for what in ("answered", "error", "lost connection"))])
    return rows


def at(latencies, percent):
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
