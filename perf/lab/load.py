"""One run: the load generator against one target, and what the proxy used meanwhile."""

import json
import os
import time

from . import usage
from .idle import silent_clients
from .process import Child, Failure

# Beyond warm-up and duration: connecting, and large values under way at the end.
PATIENCE_SECONDS = 60

# What must not be counted. All keys are there, so a reply without a value is wrong too.
FAULTS = ("errors", "wrong", "missing", "lost", "unanswered")

# Its exit code when it counted faults; its report then says which.
FOUND_FAULTS = 1

# Each with the requests that it needs: ten beyond a percentile, or it says nothing.
LATENCIES = {
    "mean": 1, "p50": 20, "p90": 100, "p99": 1000, "p99_9": 10_000, "p99_99": 100_000, "max": 1,
}


class Load:
    """The load generator with what all runs have in common."""

    def __init__(self, program, folder, cores, duration, warmup, threads=1):
        self.program, self.folder, self.cores = program, folder, cores
        self.duration, self.warmup, self.threads = duration, warmup, threads

    def command(self, scenario, port, flags=(), rate=None, seed=1):
        """The command line of a measured run."""
        words = [self.program, "--port", port, *scenario.load_flags(), *flags]
        words += ["--duration", _milliseconds(self.duration)]
        words += ["--warmup", _milliseconds(self.warmup)]
        words += ["--threads", self.threads, "--seed", seed, "--no-populate"]
        return [str(word) for word in words + (["--rate", round(rate)] if rate else [])]

    def populate(self, scenario, port, flags=()):
        """Writes the keys of a scenario."""
        size, keys = scenario.dataset
        words = [self.program, "--port", port, "--value-size", size, "--keys", keys]
        words += ["--clients", 4, "--populate-only", "--quiet", *flags]
        child = self._start(words)
        self._check(child, self._finish(child, 300))

    def measure(self, scenario, running, servers, rate=None, seed=1):
        """Runs the load and returns the metrics of the run; fails if a reply was wrong."""
        direct = running.pid is None
        port = servers.ports[0] if direct else running.port
        report = os.path.join(self.folder, "load.json")
        if os.path.exists(report):
            os.remove(report)
        words = self.command(scenario, port, running.contestant.load_flags, rate, seed)
        groups = {"servers": servers.pids}
        memory_start = None
        if not direct:
            groups["proxy"] = [running.pid]
            memory_start = usage.resident_bytes(running.pid)
            usage.reset_peak(running.pid)
        # Opened before the load begins: thousands of connections take long.
        with silent_clients(port, scenario.idle):
            sampler = usage.Sampler(groups, time.time() + self.warmup + self.duration)
            child = self._start([*words, "--quiet", "--json", report])
            limit = self.warmup + self.duration + PATIENCE_SECONDS
            code = self._finish(child, limit, lambda: _sample(sampler, running), sampler.pause)
        if code != FOUND_FAULTS or not os.path.exists(report):
            self._check(child, code)
        with open(report, encoding="utf-8") as file:
            found = metrics(json.load(file), sampler)
        found["seed"] = seed
        if not direct:
            found["memory_start"] = memory_start
            found["memory_peak"] = usage.peak_resident_bytes(running.pid)
            found["memory_growth"] = found["memory_peak"] - memory_start
        return found

    def _start(self, words):
        log = os.path.join(self.folder, "load.log")
        if os.path.exists(log):
            os.remove(log)
        return Child(words, self.cores, log)

    def _finish(self, child, seconds, meanwhile=lambda: None, pause=lambda: 0.02):
        """Waits for the load generator and returns its exit code."""
        end = time.monotonic() + seconds
        try:
            while child.is_alive():
                meanwhile()
                if time.monotonic() > end:
                    raise Failure(f"the load generator did not end within {seconds:.0f} s")
                time.sleep(pause())
            return child.process.returncode
        finally:
            child.stop()

    def _check(self, child, code):
        if code:
            raise Failure(f"the load generator ended with {code}: {child.last_words(4)}")


def _milliseconds(seconds):
    return f"{round(seconds * 1000)}ms"


def _sample(sampler, running):
    running.check_alive()
    sampler.sample()


def metrics(report, sampler):
    """The figures of one run, from what the load generator and the kernel say."""
    bad = [f"{name}: {report[name]}" for name in FAULTS if report.get(name)]
    if bad:
        raise Failure(", ".join(filter(None, [*bad, report.get("first_problem")])))
    if "counting_from_unix" not in report:
        raise Failure("this load generator does not say when it began to count: it is too old")
    requests, seconds, start = report["requests"], report["seconds"], report["counting_from_unix"]
    if not requests:
        raise Failure("no request was answered")
    found = {"throughput": report["throughput"], "requests": requests, "seconds": seconds}
    for name, least in LATENCIES.items():
        found[name] = report["latency_us"][name] if requests >= least else None
    own = report["own_cpu_us_per_request"]
    found["load_cpu_us"] = own["user"] + own["system"]
    found["load_busy"] = 100 * found["load_cpu_us"] * requests / 1e6 / seconds
    if "send_lateness_us" in report:
        found["late_p50"], found["late_p99"] = (report["send_lateness_us"][p] for p in ("p50", "p99"))
        found["unsent"], found["held_back"] = report["unsent"], report["held_back"]
    for name in sampler.groups:
        used = sampler.between(name, start, start + seconds)
        per_request = {key: value / requests * 1e6 for key, value in used.items()}
        if name == "proxy":
            found["cpu_us"] = per_request["total"]
            found["user_us"], found["system_us"] = per_request["user"], per_request["system"]
            found["busy"] = 100 * used["total"] / seconds
        else:
            found["servers_cpu_us"] = per_request["total"]
    found["curve"] = report["curve"]
    return found
