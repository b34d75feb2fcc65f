"""The plots of a record: percentile curves, CPU per request, throughput against pipeline depth."""

import math

from . import stats, svg

WIDTH = 760

LEAST = 10

# What the width of percentile curves stands for.
PERCENTILES = (50, 90, 99, 99.9, 99.99)

LABEL_WIDTH = 170
ROW_HEIGHT = 18


def drawings(record):
    """All plots that the record has figures for: file name and SVG."""
    labels = [one["label"] for one in record["contestants"]]
    found = {}
    for name, drawing in (("cpu", _cpu(record, labels)), ("depth", _depth(record, labels))):
        if drawing:
            found[f"{name}.svg"] = drawing.render()
    for scenario in record["scenarios"]:
        drawing = _latency(scenario, labels)
        if drawing:
            found[f"latency-{scenario['name']}.svg"] = drawing.render()
    return found


def _latency(scenario, labels):
    """Latency by percentile; each nine is as wide as the one before."""
    results = scenario["results"]
    curves = {label: r["curve"] for label, r in results.items() if r["curve"]}
    if not curves:
        return None
    drawing = svg.Drawing(WIDTH, 340, f"Latency by percentile, {scenario['name']}")
    drawing.text(60, 20, f"{scenario['name']}: latency by percentile, µs", kind="title")
    # The luckiest few would stretch the scale.
    curves = {label: [p for p in curve if p[0] >= LEAST] for label, curve in curves.items()}
    latencies = [max(value, 1) for curve in curves.values() for _, value in curve]
    top = max(percentile for curve in curves.values() for percentile, _ in curve)
    low, high = min(latencies) * 0.9, max(latencies) * 1.1
    x = svg.Scale(0, _nines(top), 60, WIDTH - 30)
    y = svg.Scale(low, high, 290, 50, is_log=True)
    for tick in svg.log_ticks(low, high):
        drawing.rule(60, y.at(tick), WIDTH - 30, y.at(tick))
        drawing.text(54, y.at(tick) + 4, svg.short(tick), "end", "small")
    for tick in (p for p in PERCENTILES if p <= top):
        drawing.rule(x.at(_nines(tick)), 50, x.at(_nines(tick)), 290)
        drawing.text(x.at(_nines(tick)), 305, f"{tick:g} %", "middle", "small")
    shades = svg.colours(labels)
    for label, curve in curves.items():
        points = [(x.at(_nines(p)), y.at(max(value, 1))) for p, value in curve]
        drawing.path(points, shades[label])
    drawing.legend(60, 330, {label: shades[label] for label in curves})
    return drawing


def _nines(percentile):
    return -math.log10(max(1 - percentile / 100, 1e-6))


def _cpu(record, labels):
    """A group of bars for each scenario, each group on a scale of its own."""
    groups = []
    for scenario in record["scenarios"]:
        # A proxy that is held back has no honest split: the ticks that count it know its pauses.
        if scenario["core_share"] < 1:
            continue
        bars = []
        for label, result in scenario["results"].items():
            names = ("cpu_us", "user_us", "system_us")
            spreads = [stats.spread(stats.values(result["runs"], name)) for name in names]
            if spreads[0]:
                bars.append((label, result["contestant"], [spread[0] for spread in spreads]))
        if bars:
            groups.append((scenario["name"], bars))
    if not groups:
        return None
    height = 60 + sum(30 + ROW_HEIGHT * len(bars) for _, bars in groups)
    drawing = svg.Drawing(WIDTH, height, "CPU time of the proxy per request")
    title = "CPU time of the proxy per request: user (full) and system (faint), less is better"
    drawing.text(20, 20, title, kind="title")
    shades = svg.colours(labels)
    top = 46
    for name, bars in groups:
        top = _bar_group(drawing, top, name, bars, shades)
    return drawing


def _bar_group(drawing, top, name, bars, shades):
    drawing.text(20, top, name, kind="title")
    top += 8
    # Room for the figures behind the longest bar.
    scale = svg.Scale(0, max(total for _, _, (total, _, _) in bars), 0, WIDTH - LABEL_WIDTH - 210)
    for label, contestant, (total, user, system) in bars:
        drawing.text(LABEL_WIDTH - 8, top + 12, label, "end")
        colour, height = shades[contestant], ROW_HEIGHT - 5
        drawing.bar(LABEL_WIDTH, top + 2, scale.at(user), height, colour)
        drawing.bar(LABEL_WIDTH + scale.at(user), top + 2, scale.at(system), height, colour, 0.45)
        text = f"{stats.shown('cpu_us', total)}, of which user {stats.shown('cpu_us', user)}"
        drawing.text(LABEL_WIDTH + scale.at(total) + 6, top + 12, text, kind="small")
        top += ROW_HEIGHT
    return top + 22


def _depth(record, labels):
    """Requests per second as measured, and per second of the proxy's CPU time."""
    scenarios = [one for one in record["scenarios"] if one["depth"]]
    if len(scenarios) < 2:
        return None
    drawing = svg.Drawing(WIDTH, 340, "Throughput against pipeline depth")
    shades = svg.colours(labels)
    panels = (
        ("requests/s, 50 clients", lambda run: run.get("throughput")),
        ("requests per second of CPU time", lambda run: _per_cpu_second(run)),
    )
    shown = set()
    for number, (title, value) in enumerate(panels):
        left = 60 + number * (WIDTH // 2)
        shown |= _depth_panel(drawing, left, title, scenarios, value, shades)
    drawing.legend(60, 330, {label: shades[label] for label in labels if label in shown})
    return drawing if shown else None


def _per_cpu_second(run):
    return 1e6 / run["cpu_us"] if run.get("cpu_us") else None


def _depth_panel(drawing, left, title, scenarios, value, shades):
    lines = {}
    for scenario in scenarios:
        for label, result in scenario["results"].items():
            found = [value(run) for run in result["runs"] if run]
            spread = stats.spread([one for one in found if one is not None])
            if spread:
                lines.setdefault(label, []).append((scenario["depth"], spread[0]))
    if not lines:
        return set()
    right = left + WIDTH // 2 - 80
    ticks = svg.even_ticks(max(figure for line in lines.values() for _, figure in line))
    depths = sorted(scenario["depth"] for scenario in scenarios)
    x = svg.Scale(depths[0], depths[-1], left + 10, right - 10, is_log=True)
    y = svg.Scale(0, ticks[-1], 285, 50)
    drawing.text(left, 26, title, kind="title")
    for tick in ticks:
        drawing.rule(left, y.at(tick), right, y.at(tick))
        drawing.text(left - 6, y.at(tick) + 4, svg.short(tick), "end", "small")
    for depth in depths:
        drawing.text(x.at(depth), 302, str(depth), "middle", "small")
    for label, line in lines.items():
        places = [(x.at(depth), y.at(figure)) for depth, figure in sorted(line)]
        drawing.path(places, shades[label])
        for place in places:
            drawing.dot(*place, shades[label])
    return set(lines)
