"""Medians, spreads and ratios, and how figures are written.

A ratio is always taken between two runs of the same round, so that a machine that gets slower or
faster during the comparison changes both. What is stated is the median of these ratios with the least
and the greatest: with few rounds, anything finer would pretend.
"""

import statistics

# Each metric with its title and unit, "#" for counts; latencies in microseconds.
METRICS = {
    "throughput": ("requests/s", ""),
    "cpu_us": ("CPU per request", "µs"),
    "user_us": ("user", "µs"),
    "system_us": ("system", "µs"),
    "p50": ("p50", "µs"),
    "p90": ("p90", "µs"),
    "p99": ("p99", "µs"),
    "p99_9": ("p99.9", "µs"),
    "p99_99": ("p99.99", "µs"),
    "max": ("max", "µs"),
    "busy": ("share of a core", "%"),
    "memory_start": ("memory at start", "B"),
    "memory_peak": ("peak memory", "B"),
    "memory_growth": ("memory over start", "B"),
    "servers_cpu_us": ("CPU of the servers per request", "µs"),
    "load_cpu_us": ("CPU of the load generator per request", "µs"),
    "load_busy": ("share of a core of the load generator", "%"),
    "late_p50": ("p50 of lateness of sending", "µs"),
    "late_p99": ("p99 of lateness of sending", "µs"),
    "held_back": ("requests sent late", "#"),
    "unsent": ("requests never sent", "#"),
    "steal": ("stolen", "%"),
    "foreign": ("work of others", "%"),
    "cpu_percent": ("CPU without clients", "%"),
    "cpu_percent_idle_clients": ("CPU with silent clients", "%"),
    "memory_per_client": ("memory per silent client", "B"),
}

SIZES = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"))


def values(runs, metric):
    """The metric of every run that has it."""
    found = (run.get(metric) for run in runs if run)
    return [value for value in found if value is not None]


def ratios(runs, baseline, metric):
    """The metric of each round divided by that of the baseline in the same round."""
    found = []
    for one, other in zip(runs, baseline):
        if not one or not other or one.get(metric) is None or not other.get(metric):
            continue
        found.append(one[metric] / other[metric])
    return found


def differences(runs, baseline, metric):
    """The metric of each round less that of the baseline in the same round."""
    pairs = [((one or {}).get(metric), (other or {}).get(metric)) for one, other in zip(runs, baseline)]
    return [one - other for one, other in pairs if one is not None and other is not None]


def spread(found):
    """Median, least and greatest; None without values."""
    if not found:
        return None
    return [statistics.median(found), min(found), max(found)]


def median_curve(curves, points=48):
    """One percentile curve out of those of several runs: the median at each of some percentiles.

    The percentiles lie evenly on the scale on which such curves are drawn, where each step to the
    right of 90, 99, 99.9 is as wide as the one before.
    """
    curves = [curve for curve in curves if curve]
    if not curves:
        return []
    top = min(max(p for p, _ in curve if p < 100) for curve in curves)
    least = max(1e-6, 1 - top / 100)
    steps = [1 - least ** (n / (points - 1)) for n in range(points)]
    return [
        [round(100 * step, 5), round(statistics.median(_at(curve, 100 * step) for curve in curves), 2)]
        for step in steps
    ]


def _at(curve, percentile):
    """The value at a percentile, on the straight line between the points around it."""
    before = curve[0]
    for point in curve:
        if point[0] >= percentile:
            width = point[0] - before[0]
            weight = (percentile - before[0]) / width if width else 1
            return before[1] * (1 - weight) + point[1] * weight
        before = point
    return before[1]


def shown(metric, value):
    """A figure with three digits or so, and its unit."""
    unit = METRICS.get(metric, ("", ""))[1]
    if value is None:
        return "n/a"
    if unit == "B":
        return _size(value)
    if unit == "#":
        return f"{value:,.0f}"
    if unit == "%":
        return f"{value:.2g} %" if value < 10 else f"{value:.0f} %"
    if unit == "µs" and value >= 10_000:
        return f"{value / 1000:,.0f} ms" if value >= 100_000 else f"{value / 1000:.1f} ms"
    return " ".join(filter(None, [digits(value), unit]))


def digits(value):
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _size(value):
    for factor, unit in SIZES:
        if abs(value) >= factor:
            return f"{digits(value / factor)} {unit}"
    return f"{value:.0f} B"


def shown_ratio(found):
    """`0.71 (0.69 to 0.74)`, or a dash."""
    return "–" if found is None else f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})"
