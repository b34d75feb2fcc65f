"""How much a dead shard costs requests to the others.

In turn all shards are fine, and both nodes of one shard are killed, stopped, or behind a relay that passes nothing on.
Meanwhile clients of the dead shard ask all the time, and one client of each other shard sends a request every few
milliseconds and measures. The phases are interleaved, so that what else the machine does is in all of them alike.
"""

import signal
import threading
import time

from lab.process import wait_until
from lab.resp import Connection, ReplyError

from .relay import BLACK_HOLE, PASS

# Of the shard that dies.
DEAD = 0
CROWD = 8
# Between two requests of a client that measures, in seconds.
PAUSE = 0.004
# What a reply may take; more is an error.
PATIENCE = 10.0
# Not measured: what the change itself brings about, which other tests bound.
SETTLE = 1.0


def run(cluster, proxy, tags, seconds, say):
    """Latencies of the other shards for each kind of phase, over some rounds."""
    measured = {}
    rounds = max(1, round(seconds / (2 * len(FAULTS) * PHASE)))
    for number in range(rounds):
        for name, (begin, end) in FAULTS.items():
            _phase(proxy, tags, measured.setdefault("all shards fine", []))
            for node in cluster.pair(DEAD):
                begin(node)
            try:
                _phase(proxy, tags, measured.setdefault(name, []))
            finally:
                for node in cluster.pair(DEAD):
                    end(node)
            wait_until(cluster.settled, 120, "the cluster")
        say(f"round {number + 1} of {rounds}")
    return measured


# How long each phase is measured, in seconds.
PHASE = 5.0

FAULTS = {
    "killed": (lambda node: node.kill(), lambda node: node.start()),
    "stopped": (lambda node: node.child.process.send_signal(signal.SIGSTOP),
                lambda node: node.child.process.send_signal(signal.SIGCONT)),
    "black hole": (lambda node: node.relay.become(BLACK_HOLE), lambda node: node.relay.become(PASS)),
}


def _phase(proxy, tags, latencies):
    ends = threading.Event()
    threads = [threading.Thread(target=_ask, args=(proxy, _tag(tags, DEAD), ends)) for _ in range(CROWD)]
    for shard in sorted({shard for _, shard in tags} - {DEAD}):
        threads.append(threading.Thread(target=_measure, args=(proxy, _tag(tags, shard), ends, latencies)))
    for thread in threads:
        thread.start()
    time.sleep(SETTLE + PHASE)
    ends.set()
    for thread in threads:
        thread.join()


def _tag(tags, shard):
    return next(tag for tag, at in tags if at == shard)


def _ask(proxy, tag, ends):
    """A client of the shard that dies: it goes on whatever it is told."""
    with Connection(proxy.port, PATIENCE) as connection:
        while not ends.is_set():
            try:
                connection.ask("SET", f"{{{tag}}}:isolation", "x")
            except ReplyError:
                pass
            time.sleep(PAUSE)


def _measure(proxy, tag, ends, latencies):
    from_then_on = time.monotonic() + SETTLE
    with Connection(proxy.port, PATIENCE) as connection:
        while not ends.is_set():
            begun = time.monotonic()
            connection.ask("SET", f"{{{tag}}}:isolation", "x")
            if begun >= from_then_on:
                latencies.append(time.monotonic() - begun)
            time.sleep(PAUSE)


def table(measured):
    """Rows: phase, requests, median and p99 in ms, p99 against that of fine phases."""
    fine = _at(measured["all shards fine"], 99)
    return [[name, len(all_), round(_at(all_, 50) * 1000, 2), round(_at(all_, 99) * 1000, 2),
             round(_at(all_, 99) / fine, 2)] for name, all_ in measured.items()]


def _at(latencies, percent):
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
