"""The course of a comparison: programs, servers, scenarios, record."""

import os
import shutil
import signal
import sys
import tempfile

from . import arguments as command_line
from . import cluster, join, machine, process, programs, record, scenarios
from .load import Load
from .process import Failure
from .rounds import Comparison, say

# Where the parts of the port range begin, counted from its base.
PLAIN_PORTS, PROXY_PORTS = 20, 60


def main(words):
    arguments = command_line.parse(words)
    try:
        if arguments.list:
            for scenario in scenarios.SCENARIOS:
                print(f"{scenario.name:20} {scenario.shows}")
            return 0
        if arguments.render:
            record.write(record.read(arguments.render), arguments.render)
            return 0
        if arguments.join:
            return _join(arguments)
        try:
            command_line.settled(arguments)
        except ValueError as error:
            say(f"error: {error}")
            return 64
        return _compare(arguments, ["perf/compare", *words])
    except Failure as failure:
        say(f"\nerror: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\nstopped")
        return 130


def _compare(arguments, command):
    # Also where the shell that started this had Ctrl-C ignored, as for jobs in the background.
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if not sys.platform.startswith("linux"):
        raise Failure("this needs Linux: CPU times come from /proc")
    # First: a commit made while this runs is not what is measured.
    source = record.source(programs.ROOT, is_given=bool(arguments.corelane))
    programs.ensure_redis()
    cluster.check_programs()
    contestants = programs.contestants(arguments)
    bench = os.path.abspath(arguments.bench or programs.built("--bin", "corelane-bench"))
    baseline = programs.baseline(arguments, contestants)
    folder = tempfile.mkdtemp(prefix="corelane-compare-")
    cores = machine.split_cores()
    os.sched_setaffinity(0, cores.load)
    say(f"{', '.join(one.label for one in contestants)}; {cores.text()}")
    try:
        for one in contestants:
            if one.is_ours:
                one.program = programs.copied(one.program, folder, one.label)
        bench = programs.copied(bench, folder, "load")
        load = Load(bench, folder, cores.load, arguments.duration, arguments.warmup)
        comparison = _servers(arguments, contestants, baseline, folder, cores, load)
        say(f"about {max(1, round(comparison.minutes(arguments.scenarios, arguments.rounds)))} minutes")
        found, failure = _measured(comparison, arguments)
        facts = {
            "source": source, "failure": str(failure) if failure else None,
            "rounds": arguments.rounds, "duration": arguments.duration, "warmup": arguments.warmup,
            "load": {"version": process.output_of([bench, "--version"]) or "unknown"},
        }
        made = record.assemble(programs.ROOT, command, contestants, comparison, found, facts)
    finally:
        process.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    _write(made, arguments, "-failed" if failure else "")
    if failure:
        raise failure
    return 0


def _join(arguments):
    try:
        made = join.joined([record.read(folder) for folder in arguments.join])
    except ValueError as error:
        raise Failure(f"these records do not belong together: {error}") from error
    _write(made, arguments)
    return 0


def _write(made, arguments, ending=""):
    target = arguments.out or os.path.join(
        programs.ROOT, "perf", "records", record.folder_name(made)
    )
    target = target.rstrip("/") + ending
    record.write(made, target)
    print(os.path.relpath(os.path.join(target, "README.md")))


def _measured(comparison, arguments):
    """All scenarios, or those before the one in which corelane failed, and the failure."""
    found = []
    try:
        for scenario in arguments.scenarios:
            found.append(comparison.run(scenario, arguments.rounds))
    except Failure as failure:
        return found, failure
    return found, None


def _servers(arguments, contestants, baseline, folder, cores, load):
    base = arguments.port_base
    nodes = cluster.Cluster(os.path.join(folder, "cluster"), base, cores.servers)
    plain = None
    if any(one.needs_plain_servers for one in contestants):
        ports = [base + PLAIN_PORTS + n for n in range(cluster.PRIMARIES)]
        plain = cluster.Servers(os.path.join(folder, "plain"), ports, cores.servers, [])
    ports, waits = base + PROXY_PORTS, not arguments.noisy
    return Comparison(contestants, baseline, nodes, plain, load, folder, ports, waits)


def _stop(*unused):
    raise KeyboardInterrupt
