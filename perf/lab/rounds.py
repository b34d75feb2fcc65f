"""The runs in their order: round by round, each contestant once, in an order that changes.

A proxy is started afresh for every run. So no run inherits memory or connections, only one proxy is
awake at a time, and luck with memory layout or connection order is spread over the rounds.
"""

import os
import shlex
import statistics
import sys
from dataclasses import dataclass

from . import idle, machine, quiet, stats
from .contestants import Contestant
from .process import Failure
from .quota import CoreShare

# A rival that failed so often in one scenario is not asked again.
FAILURES_MAX = 2

SATURATION_RUNS = 3

IDLE_SECONDS = 10


@dataclass(frozen=True)
class Entry:
    """A contestant as it takes part in one scenario."""

    label: str
    contestant: Contestant
    baseline: str
    workers: int = 1


class Comparison:
    """What all scenarios of one comparison share."""

    def __init__(self, contestants, baseline, cluster, plain, load, folder, ports, waits=True):
        self.contestants, self.baseline = contestants, baseline
        self.cluster, self.plain, self.load = cluster, plain, load
        self.folder, self.ports = folder, ports
        # For a quiet machine, before each run and to repeat it.
        self.waits = waits
        self.datasets = {}
        self.saturation = None
        self.started = 0
        # Running proxies as they were used first, by the label of the entry.
        self.used = {}

    def minutes(self, scenarios, rounds):
        """About how long it all takes."""
        seconds = sum(
            min(rounds, one.rounds_max) * len(self._entries(one))
            * one.seconds(self.load.duration, self.load.warmup, IDLE_SECONDS)
            for one in scenarios
        )
        return seconds / 60

    def run(self, scenario, rounds, idle_seconds=IDLE_SECONDS):
        """All rounds of one scenario, as its part of the record."""
        entries = self._entries(scenario)
        rounds = min(rounds, scenario.rounds_max)
        runs = {entry.label: [None] * rounds for entry in entries}
        failures = {entry.label: [] for entry in entries}
        rate, means = None, None
        if scenario.rate_share:
            rate = self._saturation(scenario)["throughput"] * scenario.rate_share
        for number in range(rounds):
            for entry in ordered(entries, number):
                if len(failures[entry.label]) >= FAILURES_MAX:
                    continue
                say(f"{scenario.name}, round {number + 1} of {rounds}: {entry.label}", end=" ")
                try:
                    found, used = self._quiet_one(entry, scenario, rate, number, idle_seconds)
                except Failure as failure:
                    self._failed(entry, failures, failure)
                    continue
                means = means or used
                runs[entry.label][number] = found
                say(_summary(found))
        return self._part(scenario, entries, runs, failures, rate, means)

    def _entries(self, scenario):
        if scenario.kind != "workers":
            return [
                Entry(one.label, one, self.baseline) for one in self.contestants
                if one.program or not scenario.needs_proxy
            ]
        ours = [one for one in self.contestants if one.kind == "corelane"]
        return [
            Entry(_workers_label(one.label, workers), one, _workers_label(one.label, 1), workers)
            for one in ours for workers in (1, 2)
        ]

    def _quiet_one(self, entry, scenario, rate, number, idle_seconds):
        """A run as `_one` makes it, repeated if the machine worked for others meanwhile."""
        repeats = quiet.REPEATS_MAX if self.waits else 0
        for repeat in range(repeats + 1):
            if self.waits and not quiet.wait():
                say("[not quiet]", end=" ")
            watch = quiet.Watch()
            found, used = self._one(entry, scenario, rate, number, idle_seconds)
            shares = watch.shares()
            found = found | shares | {"repeats": repeat, "noisy": quiet.is_noisy(shares)}
            if not found["noisy"]:
                break
            if repeat < repeats:
                say(f"[disturbed: {_shown(shares)}; again]", end=" ")
        return found, used

    def _one(self, entry, scenario, rate, number, idle_seconds):
        """One run; its metrics, and how the proxy was held back, if it was."""
        contestant = entry.contestant
        cores = machine.split_cores(2 if scenario.kind == "workers" else 1)
        if not contestant.program:
            cores = machine.cores_without_proxy()
        servers = self.plain if contestant.needs_plain_servers else self.cluster
        self._fill(scenario, contestant, servers)
        servers.settle()
        self.load.cores = cores.load
        servers.move(cores.servers)
        with self._start(entry, cores.proxy, servers) as running:
            if scenario.kind == "idle":
                return idle.measure(running, scenario.idle, idle_seconds), None
            if scenario.core_share == 1:
                return self.load.measure(scenario, running, servers, rate, number + 1), None
            log = os.path.join(self.folder, "neighbour.log")
            with CoreShare(running.child, scenario.core_share, cores.proxy, log) as share:
                found = self.load.measure(scenario, running, servers, rate, number + 1)
            # Ticks count user and system time; they miss a proxy that pauses in step with them.
            del found["user_us"], found["system_us"]
            return found, share.means

    def _start(self, entry, cores, servers):
        # Ports are not used again at once, since connections that just closed still hold them.
        self.started += 1
        port = self.ports + 2 * (self.started % 100)
        folder = os.path.join(self.folder, f"run-{self.started}")
        running = entry.contestant.start(folder, port, servers, cores, entry.workers)
        for label in (entry.label, entry.contestant.label):
            self.used.setdefault(label, running)
        return running

    def _fill(self, scenario, contestant, servers):
        """Writes the keys of the scenario, unless these servers have them."""
        if self.datasets.get(id(servers)) == scenario.dataset:
            return
        say(f"[{scenario.dataset_text}]", end=" ")
        servers.clear()
        if contestant.needs_plain_servers:
            # Only the proxy itself knows where its keys belong.
            entry = Entry(contestant.label, contestant, self.baseline)
            with self._start(entry, machine.split_cores().proxy, servers) as running:
                self.load.populate(scenario, running.port)
        else:
            self.load.populate(scenario, servers.ports[0], ["--cluster"])
        self.datasets[id(servers)] = scenario.dataset

    def _saturation(self, scenario):
        """Closed-loop throughput of the baseline, measured once for all open loops."""
        if self.saturation is None:
            baseline = next(one for one in self.contestants if one.label == self.baseline)
            entry = Entry(baseline.label, baseline, baseline.label)
            found = []
            for number in range(SATURATION_RUNS):
                say(f"saturation, round {number + 1} of {SATURATION_RUNS}: {entry.label}", end=" ")
                found.append(self._quiet_one(entry, scenario, None, number, 0)[0])
                say(f"{found[-1]['throughput']:,.0f}/s")
            runs = [one["throughput"] for one in found]
            self.saturation = {
                "contestant": self.baseline, "throughput": statistics.median(runs), "runs": runs,
                "clients": scenario.clients, "noisy": sum(one["noisy"] for one in found),
            }
        return self.saturation

    def _failed(self, entry, failures, failure):
        if not entry.contestant.is_rival:
            raise Failure(f"{entry.label} failed, and with it the comparison: {failure}")
        failures[entry.label].append(str(failure))
        say(f"n/a: {' '.join(str(failure).split())}")

    def _part(self, scenario, entries, runs, failures, rate, means):
        results = {}
        for entry in entries:
            curves = [run.pop("curve") for run in runs[entry.label] if run and "curve" in run]
            results[entry.label] = {
                "contestant": entry.contestant.label,
                "baseline": entry.baseline,
                "workers": entry.workers,
                "command": self._own_command(entry),
                "runs": runs[entry.label],
                "failures": failures[entry.label],
                "curve": stats.median_curve(curves) if scenario.has_curve else [],
            }
        return {
            "name": scenario.name,
            "shows": scenario.shows,
            "command": None if scenario.kind == "idle"
            else self.load.command(scenario, "PORT", rate=rate, seed="ROUND"),
            "silent_clients": scenario.idle,
            "rate": rate,
            "core_share": scenario.core_share,
            "held_back_by": means,
            "depth": scenario.pipeline if scenario.is_depth else None,
            "results": results,
        }


    def _own_command(self, entry):
        """Its command line where that is another one than the contestant's."""
        used = self.used.get(entry.label)
        is_own = used and used.command and entry.label != entry.contestant.label
        return shlex.join(str(word) for word in used.command) if is_own else None


def ordered(entries, number):
    """Every contestant comes first, last and in between, before and after each other."""
    shift = number // 2 % len(entries)
    turned = entries[shift:] + entries[:shift]
    return turned if number % 2 == 0 else turned[::-1]


def say(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


def _shown(shares):
    return ", ".join(f"{name} {stats.shown(name, share)}" for name, share in shares.items())


def _workers_label(label, workers):
    return f"{label}, {workers} worker{'s' if workers > 1 else ''}"


def _summary(found):
    names = ("throughput", "cpu_us", "p50", "p99", "cpu_percent", "memory_per_client")
    parts = []
    for name in names:
        if name in found:
            parts.append(f"{stats.METRICS[name][0]} {stats.shown(name, found[name])}")
    return ", ".join(parts)
