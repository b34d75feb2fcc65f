"""The scenarios, as data: a name, what it shows, and what the load generator is told.

Reads find their keys, because all keys of a scenario are written before its first run; scenarios with
the same values stand together, so that this happens seldom.
"""

from dataclasses import dataclass

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Scenario:
    """One kind of load."""

    name: str
    shows: str
    clients: int = 50
    pipeline: int = 1
    mix: str = "get"
    # Bytes, or several sizes with weights as the load generator takes them.
    value_size: "int | str" = 16
    keys: int = 100_000
    # Connections beside the busy ones that stay silent; not the load generator's.
    idle: int = 0
    # "load", "idle" (no load at all) or "workers" (one worker against two).
    kind: str = "load"
    # Open loop at this share of the saturation of the baseline.
    rate_share: float = 0.0
    # What the proxy gets of its core; below 1 the proxy is the bottleneck.
    core_share: float = 1.0
    # A point of the plot of throughput against pipeline depth.
    is_depth: bool = False
    # Percentile curves are drawn.
    has_curve: bool = False
    # Part of --quick.
    is_quick: bool = False
    # Slow scenarios have fewer rounds.
    rounds_max: int = 1000

    @property
    def dataset(self):
        return self.value_size, self.keys

    @property
    def dataset_text(self):
        """The keys and values, for people."""
        size = self.value_size if isinstance(self.value_size, str) else f"{self.value_size:,} B"
        return f"{self.keys:,} keys of {size}"

    @property
    def needs_proxy(self):
        """Whether direct access has nothing to do here: no proxy to measure, or many keys at once."""
        return self.kind != "load" or self.core_share < 1 or self.mix.startswith(("mget", "mset"))

    def seconds(self, duration, warmup, idle_seconds):
        """About how long one run takes, with its start."""
        return 2 + (2 * idle_seconds + 5 if self.kind == "idle" else duration + warmup)

    def load_flags(self):
        flags = ["--clients", self.clients, "--pipeline", self.pipeline, "--mix", self.mix]
        flags += ["--value-size", self.value_size, "--keys", self.keys]
        return [str(flag) for flag in flags]


SCENARIOS = [
    Scenario(
        "clients-1", "One client that waits for each reply: the latency of a quiet proxy.",
        clients=1, has_curve=True, is_quick=True,
    ),
    Scenario(
        "clients-50", "50 clients without pipelining: the usual connection pool.",
        is_depth=True, has_curve=True, is_quick=True,
    ),
    Scenario(
        "clients-500", "500 clients without pipelining: many sockets are ready in one turn.",
        clients=500, has_curve=True, is_quick=True,
    ),
    Scenario(
        "depth-4", "50 clients, 4 requests under way each.", pipeline=4, is_depth=True,
    ),
    Scenario(
        "pipeline-16", "50 clients, 16 requests under way each.",
        pipeline=16, is_depth=True, has_curve=True, is_quick=True,
    ),
    Scenario(
        "depth-64", "50 clients, 64 requests under way each.", pipeline=64, is_depth=True,
    ),
    Scenario(
        "pipeline-64", "10 clients, 64 requests under way each: the code of the proxy counts most.",
        clients=10, pipeline=64, has_curve=True, is_quick=True,
    ),
    Scenario(
        "pipeline-16-limited", "As pipeline-16, with the proxy as the bottleneck.",
        pipeline=16, core_share=0.25,
    ),
    Scenario(
        "pipeline-64-limited", "As pipeline-64, with the proxy as the bottleneck.",
        clients=10, pipeline=64, core_share=0.2,
    ),
    Scenario(
        "set-50", "50 clients that write, without pipelining.", mix="set",
    ),
    Scenario(
        "mget-10", "MGET of 10 keys over all shards: split and merge.", mix="mget:10",
    ),
    Scenario(
        "mget-100", "MGET of 100 keys over all shards.", mix="mget:100", has_curve=True, is_quick=True,
    ),
    Scenario(
        "mget-100-limited", "As mget-100, with the proxy as the bottleneck.",
        mix="mget:100", core_share=0.25,
    ),
    Scenario("mset-10", "MSET of 10 keys over all shards.", mix="mset:10"),
    Scenario("mset-100", "MSET of 100 keys over all shards.", mix="mset:100"),
    Scenario(
        "idle-beside", "5,000 silent clients beside 50 busy ones.", idle=5000, has_curve=True,
    ),
    Scenario(
        "open-loop",
        "Requests on a schedule at half of the baseline's saturation: latency as clients see it.",
        rate_share=0.5, has_curve=True,
    ),
    Scenario(
        "idle", "No load: CPU of the proxy without clients and with 5,000 silent ones, memory of each.",
        kind="idle", idle=5000, rounds_max=5,
    ),
    Scenario(
        "workers", "Two workers of corelane against one, at pipeline 16: what sharing nothing costs.",
        pipeline=16, kind="workers",
    ),
    Scenario(
        "mixed-sizes",
        "9 reads for each write, of values of 16 B, 1 KiB and 64 KiB: small requests between large ones.",
        mix="get=9,set=1", value_size="16=90,1KiB=9,64KiB=1", keys=20_000, has_curve=True,
    ),
    Scenario(
        "value-16k", "Values of 16 KiB.", value_size=16 * KIB, keys=10_000,
    ),
    Scenario(
        "value-1m", "Values of 1 MiB: copies and memory.", value_size=MIB, keys=100,
    ),
    Scenario(
        "value-64m", "Values of 64 MiB, 4 clients: does a proxy hold them whole?",
        clients=4, value_size=64 * MIB, keys=6, rounds_max=5,
    ),
]


def chosen(names, quick):
    """The scenarios with these names in the order of the list; without names all or the quick ones."""
    known = {scenario.name for scenario in SCENARIOS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}; --list names them")
    if names:
        return [scenario for scenario in SCENARIOS if scenario.name in names]
    return [scenario for scenario in SCENARIOS if scenario.is_quick or not quick]
