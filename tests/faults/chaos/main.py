"""Runs faults under checked load and writes a report.

    scripts/faults [--seed N] [--minutes M]      faults from a seed
    scripts/faults --soak --minutes 60           half load, a planned failover every minute, figures for each minute
    scripts/faults --only "move slots"           one kind of fault; may be repeated
    scripts/faults --patient                     with deadlines that outlast an election: hardly anything may fail
    scripts/faults --isolation --minutes 2       what a dead shard costs requests to the others
    scripts/faults --failures [--predixy PATH]   failures known of Predixy, one test each; with PATH it must fail them

Six servers, two proxies (one worker, two workers), and a process of checked clients in front of each, all on
loopback. The report goes to target/faults/report.md and report.json.
Exit codes: 0 passed, 1 something is not explained or has not passed, 2 the run itself broke, 64 wrong flags.
"""

import argparse
import functools
import os
import shutil
import signal
import sys
import tempfile
import time

from lab.process import Failure, output_of, run, stop_all

from . import ROOT, WORK, catalog, failures, flatness, isolation, nodes, proxies, report, verdict
from .catalog import FAULTS
from .relay import Network
from .schedule import World
from .verdict import NEVER, Verdict

# Before the first fault and after the last one.
QUIET = 3.0
# How long clients may take to read back what they wrote.
READ_BACK = 240
# What a proxy may hold at the end beyond what it held at first: links that it opened on the way (of both
# protocols, to replicas, for subscriptions), for each worker and node.
LINKS = 6
MEMORY_GROWTH = 1.5
MEMORY_SLACK = 48 << 20
# What files of the servers may take.
MEMORY_NEEDED = 6 << 30


def main(arguments=None):
    flags = parse(arguments)
    # So that everything that was started ends, too.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        if flags.failures:
            return failures_of_others(flags)
        if flags.isolation:
            return isolation_of_shards(flags)
        run_of_faults = Run(flags)
        try:
            return run_of_faults.run()
        finally:
            stop_all()
            shutil.rmtree(run_of_faults.files, ignore_errors=True)
    except Failure as error:
        say(f"error: {error}")
        return 2
    finally:
        stop_all()


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"{isolation.RULE}\n\n{flatness.RULE}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--only", action="append", choices=[fault.name for fault in FAULTS], metavar="FAULT")
    parser.add_argument("--patient", action="store_true")
    parser.add_argument("--failures", action="store_true")
    parser.add_argument("--isolation", action="store_true")
    parser.add_argument("--no-verdict", action="store_true", help="with --isolation: print what was measured, judge nothing")
    parser.add_argument("--predixy", help="the program, to be run against the same tests")
    parser.add_argument("--slowness", type=float, default=1.0, help="2 is half the load")
    parser.add_argument("--corelane", help="the program; a debug build by default")
    parser.add_argument("--base", type=int, default=18500, help="the first of 50 ports")
    try:
        return parser.parse_args(arguments)
    except SystemExit as end:
        sys.exit(64 if end.code else 0)


def failures_of_others(flags):
    """The tests of `failures`; a table goes to target/faults/failures.md."""
    folder = emptied(os.path.join(WORK, "failures"))
    program = flags.corelane or built()
    server = os.environ.get("CORELANE_REDIS_SERVER", "redis-server")
    cluster = nodes.Cluster(server, os.path.join(folder, "nodes"), Network(), flags.base)
    makers = [("corelane", functools.partial(failures.Corelane, program))]
    if flags.predixy:
        makers.append(("Predixy", functools.partial(failures.Predixy, flags.predixy)))
    ports = (flags.base + 35, flags.base + 36)
    rows, is_well = failures.run(cluster, folder, ports, makers, say)
    path = os.path.join(WORK, "failures.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["# Failures known of Predixy", "", *report.table(
            ["test", *(name for name, _ in makers)], rows), ""]))
    say(f"{'passed' if is_well else 'FAILED'}: {path}")
    return 0 if is_well else 1


def isolation_of_shards(flags):
    """Measures with `isolation`, and judges by its rule; table and verdict go to target/faults/isolation.md."""
    folder = emptied(os.path.join(WORK, "isolation"))
    program = flags.corelane or built()
    server = os.environ.get("CORELANE_REDIS_SERVER", "redis-server")
    cluster = nodes.Cluster(server, os.path.join(folder, "nodes"), Network(), flags.base)
    seeds = [node.seed for node in cluster.nodes]
    proxy = proxies.Proxy(program, folder, (flags.base + 31, flags.base + 32), seeds, 1, "auto")
    rounds = isolation.run(cluster, proxy, nodes.tags(1), flags.minutes * 60, say)
    path = os.path.join(WORK, "isolation.md")
    lines, code = isolation_report(rounds, flags.no_verdict)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["# Isolation of shards", "", *lines, ""]))
    say(path)
    print("\n".join(lines), flush=True)
    return code


def isolation_report(rounds, no_verdict):
    """Lines of the report, and the exit code."""
    lines = report.table(isolation.HEAD, isolation.table(rounds))
    if no_verdict:
        return lines, 0
    wrong = isolation.complaints(rounds)
    lines += ["", f"Verdict: **{'FAILED' if wrong else 'passed'}**"]
    if wrong:
        lines += ["", *(f"- {one}" for one in wrong)]
    return lines, 1 if wrong else 0


def memory_folder():
    """A folder in memory, so that a slow disk does not stop the servers; None if there is no room."""
    place = "/dev/shm"
    if not os.path.isdir(place) or shutil.disk_usage(place).free < MEMORY_NEEDED:
        return None
    return tempfile.mkdtemp(prefix="corelane-faults-", dir=place)


def emptied(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Run:
    """One run, from the first server to the report."""

    def __init__(self, flags):
        self.flags = flags
        if flags.patient:
            proxies.DEADLINE = catalog.PATIENCE
            verdict.MARGIN = catalog.PATIENCE + verdict.BEYOND
            flags.only = catalog.outlasted()
        self.program = flags.corelane or built()
        self.server = os.environ.get("CORELANE_REDIS_SERVER", "redis-server")
        self.folder = emptied(WORK)
        self.tags = nodes.tags(4)
        slowness = flags.slowness * (2 if flags.soak else 1)
        self.network = Network()
        self.files = memory_folder() or os.path.join(self.folder, "nodes")
        self.cluster = nodes.Cluster(self.server, self.files, self.network, flags.base)
        seeds = [node.seed for node in self.cluster.nodes]
        self.proxies = [
            proxies.Proxy(self.program, self.folder, (flags.base + 29 + 2 * workers, flags.base + 30 + 2 * workers),
                          seeds, workers, driver)
            for workers, driver in ((1, "auto"), (2, "epoll"))]
        self.idle = {proxy: proxy.usage() for proxy in self.proxies}
        self.world = World(self.network, self.cluster, self.proxies, self.tags, flags.seed, say)
        self.clients = [
            proxies.Clients(self.folder, proxy, self.tags, flags.seed, slowness) for proxy in self.proxies]

    def run(self):
        begun = time.monotonic()
        self.world.rest(QUIET)
        if self.flags.soak:
            self.soak(begun + self.flags.minutes * 60)
        else:
            self.world.run(begun + self.flags.minutes * 60, self.flags.only)
        self.world.rest(QUIET)
        minutes = (time.monotonic() - begun) / 60
        say("reading back what was written")
        findings = [(clients.proxy, finding) for clients in self.clients for finding in clients.finish(READ_BACK)]
        findings += [(None, finding) for finding in self.world.findings]
        findings += [(proxy, {"t": begun, "what": "panic", "text": line, "shards": []})
                     for proxy in self.proxies for line in proxy.panics()]
        self.world.rest(QUIET)
        rows = self.each_minute(findings, begun) if self.flags.soak else None
        if rows is not None:
            findings += self.not_flat(rows)
        table = self.usage(findings)
        return self.judge(Verdict(self.world.windows, findings), findings, minutes, table, begun, rows)

    def soak(self, until):
        failover = next(fault for fault in FAULTS if fault.name == "planned failover")
        while time.monotonic() < until:
            started = time.monotonic()
            self.world.once(failover)
            self.world.rest(max(0.0, min(until, started + 60) - time.monotonic()))

    def usage(self, findings):
        """Memory and descriptors: once the clients are gone a proxy must hold about what it held at first."""
        table = []
        for proxy in self.proxies:
            usage = proxy.usage()
            if usage is None:
                raise Failure(f"the proxy with {proxy.name} has ended:\n{proxy.child.last_words(30)}")
            memory = [sample[1] for sample in proxy.samples]
            early = memory[len(memory) // 5]
            files = self.idle[proxy][1]
            if usage[0] > early * MEMORY_GROWTH + MEMORY_SLACK:
                findings.append((proxy, {"t": 0, "what": "memory", "got": usage[0], "shards": []}))
            if usage[1] > files + proxy.workers * len(self.cluster.nodes) * LINKS:
                findings.append((proxy, {"t": 0, "what": "descriptors", "got": usage[1], "shards": []}))
            table.append([
                proxy.name, mib(early), mib(memory[-1]), mib(max(memory)), mib(usage[0]), files,
                max(sample[2] for sample in proxy.samples), usage[1]])
        return table

    def judge(self, verdict, findings, minutes, table, begun, rows):
        ends = [finding for _, finding in findings if finding["what"] == "end"]
        for clients in self.clients:
            if not any(proxy is clients.proxy and one["what"] == "end" for proxy, one in findings):
                raise Failure(f"the clients broke:\n{clients.child.last_words(30)}")
        load = {"requests sent": 0, "replies checked": 0, "errors": 0}
        for end in ends:
            load["requests sent"] += end["sent"]
            load["replies checked"] += end["answered"]
            load["errors"] += end["errors"]
            for name, count in end["counts"].items():
                load[name] = load.get(name, 0) + count
            load["longest wait for a reply, s"] = max(load.get("longest wait for a reply, s", 0), end["longest"])
        verdicts = {name: verdict.sums.get(name, 0) for name in sorted(NEVER)}
        verdicts |= {name: count for name, count in sorted(verdict.sums.items()) if name not in NEVER}
        verdicts["not explained"] = len(verdict.unexplained)
        facts = {
            "server": (output_of([self.server, "--version"]) or "").split(" bits")[0],
            "build": os.path.basename(os.path.dirname(self.program)), "seed": self.flags.seed,
            "minutes": minutes, "begun": begun, "faults": len(self.world.windows), "passed": verdict.passed,
            "verdicts": verdicts, "unexplained": verdict.unexplained,
            "rows": [row.figures() for row in verdict.rows.values()],
            "load": load, "proxies": table,
            "windows": [[w.name, round(w.start - begun, 2), round(w.end - begun, 2), round(w.settled - begun, 2),
                         sorted(w.shards), [p.name for p in w.proxies], w.detail] for w in self.world.windows],
            "metrics": {proxy.name: proxy.metrics() for proxy in self.proxies},
            "soak": rows,
        }
        path = report.write(self.folder, facts)
        if rows:
            print("\n".join(report.table(*flatness.side_by_side(rows))), flush=True)
        for finding in verdict.unexplained[:20]:
            say(f"not explained: {finding}")
        say(f"{'passed' if verdict.passed else 'FAILED'}: {path}")
        return 0 if verdict.passed else 1

    def each_minute(self, findings, begun):
        """Figures of each minute and proxy."""
        return [row for proxy, end in findings if end["what"] == "end"
                for row in flatness.each_minute(end["probes"], proxy.samples, proxy.name, begun)]

    def not_flat(self, rows):
        """Findings that nothing explains."""
        by_name = {proxy.name: proxy for proxy in self.proxies}
        return [(by_name[name], {"t": 0, "what": "not flat", "text": text, "shards": []})
                for name, text in flatness.complaints(rows, list(by_name), self.flags.minutes)]


def mib(size):
    return round(size / (1 << 20), 1)


def built():
    run(["cargo", "build", "--quiet", "--bin", "corelane"], cwd=ROOT)
    return os.path.join(os.path.dirname(WORK), "debug", "corelane")
