"""The targets, as data, and whether a record reaches them."""

from dataclasses import dataclass

from . import stats

MIB = 1024 * 1024

# What a goal compares: the median of the ratios to another contestant, or the median itself.
BASELINE, FLOOR, ITSELF = "the baseline", "the floor", "a fixed value"

# With fewer rounds a figure is a hint and no verdict.
ROUNDS_MIN = 5


@dataclass(frozen=True)
class Goal:
    """A bound for corelane in one scenario."""

    scenario: str
    metric: str
    limit: float
    against: str = BASELINE
    at_least: bool = False

    def is_reached(self, value):
        return value >= self.limit if self.at_least else value <= self.limit

    def text(self):
        limit = stats.shown(self.metric, self.limit) if self.against == ITSELF else f"{self.limit:g}"
        return f"{'at least' if self.at_least else 'at most'} {limit}"


GOALS = [
    Goal("clients-1", "p50", 0.6),
    Goal("clients-50", "cpu_us", 0.90),
    Goal("clients-50", "p99", 0.95),
    Goal("clients-50", "p99_9", 1.0),
    Goal("clients-50", "cpu_us", 1.08, FLOOR),
    Goal("clients-500", "cpu_us", 0.76),
    Goal("clients-500", "p99", 0.95),
    Goal("clients-500", "cpu_us", 1.08, FLOOR),
    Goal("pipeline-16", "cpu_us", 0.70),
    Goal("pipeline-16", "throughput", 1.0, at_least=True),
    Goal("pipeline-16", "cpu_us", 1.08, FLOOR),
    Goal("pipeline-16", "user_us", 0.4, ITSELF),
    Goal("pipeline-16-limited", "throughput", 1.3, at_least=True),
    Goal("pipeline-64", "cpu_us", 0.60),
    Goal("pipeline-64", "throughput", 1.0, at_least=True),
    Goal("pipeline-64", "cpu_us", 1.08, FLOOR),
    Goal("pipeline-64-limited", "throughput", 1.5, at_least=True),
    Goal("mget-100", "cpu_us", 0.25),
    Goal("mget-100", "p50", 0.5),
    Goal("mget-100", "throughput", 1.5, at_least=True),
    Goal("mset-10", "cpu_us", 0.80),
    Goal("open-loop", "p99", 0.9),
    Goal("open-loop", "p99_9", 0.8),
    Goal("idle", "cpu_percent", 1.0, ITSELF),
    Goal("idle", "memory_per_client", 4096, ITSELF),
    Goal("workers", "cpu_us", 1.05),
    Goal("value-16k", "cpu_us", 0.93),
    Goal("value-1m", "cpu_us", 0.90),
    Goal("value-1m", "memory_growth", 64 * MIB, ITSELF),
]


def judged(record):
    """Every goal of the scenarios of this record, for every corelane in it, with what was measured.

    `reached` is None where nothing can be said, because a figure is missing or there is nobody to compare with.
    """
    kinds = {one["label"]: one["kind"] for one in record["contestants"]}
    found = []
    for scenario in record["scenarios"]:
        ours = [
            label for label, result in scenario["results"].items()
            if kinds.get(result["contestant"]) == "corelane"
        ]
        for label in ours:
            for goal in GOALS:
                if goal.scenario == scenario["name"] and not _is_for_another(goal, label, ours, scenario):
                    found.append(_judge(goal, label, scenario, kinds))
    return found


def unmeasured(record):
    """Goals of scenarios that are not in this record."""
    measured = {scenario["name"] for scenario in record["scenarios"]}
    return [goal for goal in GOALS if goal.scenario not in measured]


def _is_for_another(goal, label, ours, scenario):
    """A corelane that others are compared with, as one worker is with two, is not compared with itself."""
    return goal.against == BASELINE and len(ours) > 1 and scenario["results"][label].get("baseline") == label


def _judge(goal, label, scenario, kinds):
    results = scenario["results"]
    if goal.against == ITSELF:
        other, values = None, stats.values(results[label]["runs"], goal.metric)
    else:
        other = results[label].get("baseline")
        if goal.against == FLOOR:
            other = _best_floor(goal.metric, results, kinds)
        if other not in results or other == label:
            other, values = None, []
        else:
            values = stats.ratios(results[label]["runs"], results[other]["runs"], goal.metric)
    spread = stats.spread(values)
    return {
        "scenario": goal.scenario, "contestant": label, "metric": goal.metric,
        "against": other or goal.against, "is_ratio": goal.against != ITSELF, "goal": goal.text(),
        "limit": goal.limit, "spread": spread, "rounds": len(values),
        "reached": goal.is_reached(spread[0]) if spread else None,
    }


def _best_floor(metric, results, kinds):
    """The floor has several drivers; the best one is the yardstick."""
    medians = {
        label: stats.spread(stats.values(result["runs"], metric))
        for label, result in results.items() if kinds.get(result["contestant"]) == "floor"
    }
    known = {label: spread[0] for label, spread in medians.items() if spread}
    return min(known, key=known.get, default=None)
