"""The record as a document for people, in Markdown."""

from . import goals, stats

FIGURES = (
    "throughput", "cpu_us", "user_us", "system_us", "p50", "p99", "p99_9", "p99_99", "memory_peak", "busy",
)
OPEN_FIGURES = (*FIGURES, "late_p50", "late_p99", "held_back", "unsent")
IDLE_FIGURES = ("cpu_percent", "cpu_percent_idle_clients", "memory_start", "memory_per_client")
RATIOS = ("throughput", "cpu_us", "user_us", "system_us", "p50", "p99", "p99_9", "p99_99", "memory_peak")
IDLE_RATIOS = ("cpu_percent", "cpu_percent_idle_clients", "memory_per_client")

# See machine.cores_without_proxy.
OTHER_LAYOUT = (
    "This compares two layouts: behind a proxy the servers share a core with the load generator, while for direct "
    "access they have the other core to themselves. So what is added is more than the proxy."
)

# A proxy that used less of what it was given was not the bottleneck.
SATURATED = 0.9


def document(record, drawings):
    """The whole README of a record."""
    parts = [_head(record), _goals(record)]
    parts += ["## Plots\n\n" + "\n\n".join(_image(name) for name in drawings)] if drawings else []
    parts += ["## Scenarios\n\n" + _reading(record)]
    parts += [_scenario(record, scenario) for scenario in record["scenarios"]]
    parts += [_settings(record)]
    return "\n\n".join(part for part in parts if part) + "\n"


def rows(header, lines):
    """A Markdown table; all columns but the first hold figures."""
    marks = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, marks, *lines])


def _image(name):
    title = name.removesuffix(".svg").replace("-", " ")
    return f"![{title}]({name})"


def _head(record):
    facts, source = record["machine"], record["source"]
    dirty = {True: ", with changes that are not committed", False: "", None: ""}[source["dirty"]]
    kind = "virtual machine" if facts["virtual"] else "machine"
    lines = [
        ["date", record["date"]],
        ["commit of the working tree" if source.get("is_given") else "commit", f"{source['commit']}{dirty}"],
        ["processor", f"{facts['processor']}, {facts['cores']} cores, {kind}"],
        ["kernel", f"{facts['kernel']}, {facts['architecture']}"],
        ["memory", f"{facts['memory_gib']} GiB"],
        ["congestion control", facts.get("congestion_control") or "unknown"],
        ["layout", record["cores"]],
        ["runs", f"{_rounds(record)} rounds, {record['duration']:g} s each after "
                 f"{record['warmup']:g} s of warm-up"],
        ["compiler", source["rustc"] or "unknown"],
        ["servers", _cut_version(record["servers"]["version"])],
        ["load", record["load"]["version"]],
        ["ratios to", record["baseline"]],
    ]
    lines = [[name, str(value)] for name, value in lines]
    if record.get("saturation"):
        found = record["saturation"]
        text = f"{found['contestant']}: {found['throughput']:,.0f} requests/s, closed loop"
        if found.get("noisy"):
            text += f"; {found['noisy']} of {len(found['runs'])} runs were disturbed"
        lines.append(["saturation", text])
    title = f"# Comparison of {record['date'][:10]}"
    head = "| | |\n| --- | --- |\n" + "\n".join(f"| {a} | {b} |" for a, b in lines)
    parts = [title, head, f"Made with `{record['command']}`."]
    if record.get("failure"):
        parts.insert(1, f"**The comparison failed: {_one_line(record['failure'])}**")
    return "\n\n".join(parts)


def _rounds(record):
    """How many there were: not all scenarios have as many."""
    found = {
        len(result["runs"]) for scenario in record["scenarios"] for result in scenario["results"].values()
    }
    least, most = min(found, default=record["rounds"]), max(found, default=record["rounds"])
    return str(most) if least == most else f"{least} to {most}"


def _cut_version(text):
    return " ".join((text or "unknown").split()[:3])


def _goals(record):
    found = goals.judged(record)
    if not found:
        return ""
    lines = []
    for one in found:
        spread = one["spread"]
        value = stats.shown_ratio(spread) if one["is_ratio"] or not spread else _shown_spread(one["metric"], spread)
        lines.append([
            one["scenario"], one["contestant"], stats.METRICS[one["metric"]][0],
            f"ratio to {one['against']}" if one["is_ratio"] else one["against"],
            one["goal"], value, _verdict(one),
        ])
    header = ["scenario", "proxy", "figure", "compared with", "target", "measured", ""]
    return f"## Targets\n\n{_counts(found, goals.unmeasured(record))}\n\n{rows(header, lines)}"


def _verdict(one):
    if one["reached"] is None:
        return "not judged"
    text = "reached" if one["reached"] else "**missed**"
    return text if one["rounds"] >= goals.ROUNDS_MIN else f"{text} ({_count(one['rounds'], 'round')})"


def _counts(found, unmeasured):
    judged = [one for one in found if one["reached"] is not None]
    parts = [f"{sum(one['reached'] for one in judged)} of {len(judged)} reached."]
    if len(judged) < len(found):
        missing = len(found) - len(judged)
        parts.append(f"{missing} could not be judged: a figure or whom to compare with is missing.")
    if unmeasured:
        parts.append(f"{len(unmeasured)} more belong to scenarios that are not in this record.")
    if any(one["rounds"] < goals.ROUNDS_MIN for one in judged):
        parts.append(f"What rests on fewer than {goals.ROUNDS_MIN} rounds is a hint and no verdict.")
    return " ".join(parts)


def _count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def _shown_spread(metric, spread):
    median, least, greatest = (stats.shown(metric, value) for value in spread)
    return f"{median} ({least} to {greatest})"


def _reading(record):
    return (
        "Each figure is the median over the rounds. A ratio is the median of the ratios of each round, "
        "with the least and the greatest; for CPU, latency and memory less is better. "
        "CPU per request is that of all threads of the proxy. The peak of memory is that of the whole "
        "run. \"n/a\" means that it failed, and the reason follows."
    )


def _scenario(record, scenario):
    lines = [f"### {scenario['name']}", scenario["shows"], _conditions(scenario)]
    is_idle = _is_idle(scenario)
    names = IDLE_FIGURES if is_idle else OPEN_FIGURES if scenario["rate"] else FIGURES
    lines.append(_figures(scenario, names))
    lines.append(_ratio_rows(scenario, IDLE_RATIOS if is_idle else RATIOS))
    lines.append(_added(scenario, record))
    lines.append(_disturbed(scenario))
    lines += [
        f"{label}: n/a: {_one_line(result['failures'][-1])}"
        for label, result in scenario["results"].items() if result["failures"]
    ]
    return "\n\n".join(line for line in lines if line)


def _is_idle(scenario):
    return any("cpu_percent" in run for run in _runs(scenario))


def _runs(scenario):
    return [run for result in scenario["results"].values() for run in result["runs"] if run]


def _one_line(text):
    return " ".join(text.split())[:400].replace("|", "\\|")


def _conditions(scenario):
    parts = []
    if scenario["rate"]:
        parts.append(f"{scenario['rate']:,.0f} requests/s on a schedule.")
    if scenario["held_back_by"]:
        parts.append(f"The proxy is held back by a {scenario['held_back_by']}.")
    return " ".join(parts)


def _figures(scenario, names):
    header = ["", *(stats.METRICS[name][0] for name in names)]
    lines = []
    for label, result in scenario["results"].items():
        cells = []
        for name in names:
            found = stats.spread(stats.values(result["runs"], name))
            cells.append(_cell(name, found, result, scenario))
        lines.append([label, *cells])
    return rows(header, lines)


def _cell(name, found, result, scenario):
    if found is None:
        return "n/a" if not any(result["runs"]) else "–"
    text = stats.shown(name, found[0])
    given = 100 * scenario["core_share"]
    if name == "busy" and scenario["core_share"] < 1 and found[0] < SATURATED * given:
        text += ", not the bottleneck"
    return text


def _ratio_rows(scenario, names):
    lines = []
    for label, result in scenario["results"].items():
        baseline = result["baseline"]
        if label == baseline or baseline not in scenario["results"]:
            continue
        other = scenario["results"][baseline]["runs"]
        cells = [
            stats.shown_ratio(stats.spread(stats.ratios(result["runs"], other, name)))
            for name in names
        ]
        lines.append([f"{label} / {baseline}", *cells])
    header = ["ratio", *(stats.METRICS[name][0] for name in names)]
    return rows(header, lines) if lines else ""


def _added(scenario, record):
    """What a proxy adds to the latency of direct access, where the rate is the same for both."""
    direct = next((c["label"] for c in record["contestants"] if c["kind"] == "direct"), None)
    if not scenario["rate"] or direct not in scenario["results"]:
        return ""
    lines = []
    for label, result in scenario["results"].items():
        if label == direct:
            continue
        cells = []
        for name in ("p50", "p99", "p99_9"):
            other = scenario["results"][direct]["runs"]
            found = stats.spread(stats.differences(result["runs"], other, name))
            cells.append(_shown_spread(name, found) if found else "–")
        lines.append([label, *cells])
    added = rows(["added to direct access", "p50", "p99", "p99.9"], lines)
    facts = record["machine"]
    usable = len(facts.get("usable_cores") or range(facts["cores"]))
    return f"{added}\n\n{OTHER_LAYOUT}" if usable == 2 else added


def _disturbed(scenario):
    """How often runs were made again, and those during which the machine worked for others all the same."""
    runs, parts = _runs(scenario), []
    repeats = sum(run.get("repeats", 0) for run in runs)
    if repeats:
        again = sum(run.get("repeats", 0) > 0 for run in runs)
        parts.append(f"{again} of {len(runs)} runs were made again, {_count(repeats, 'time')} in all.")
    noisy = [run for run in runs if run.get("noisy")]
    if noisy:
        worst = [
            f"{stats.METRICS[name][0]} up to {stats.shown(name, max(run.get(name, 0) for run in noisy))} of a core"
            for name in ("steal", "foreign")
        ]
        parts.append(f"{len(noisy)} of {len(runs)} runs were disturbed: {', '.join(worst)}.")
    return " ".join(parts)


def _settings(record):
    parts = ["## Versions and settings"]
    for one in record["contestants"]:
        facts = [f"sha256 {one['sha256'][:16]}…"] if one["sha256"] else []
        facts += [f"build {one['build_id'][:16]}…"] if one.get("build_id") else []
        facts += [f"made with {' and '.join(one['compilers'])}"] if one.get("compilers") else []
        facts += [f"{name} {value}" for name, value in one.get("observed", {}).items()]
        parts.append(f"### {one['label']}\n\n{', '.join([one['version'], *facts])}")
        if one["remark"]:
            parts.append(one["remark"])
        if one["command"]:
            parts.append(f"```text\n{one['command']}\n```")
        if one["settings"]:
            parts.append(f"```text\n{one['settings'].rstrip()}\n```")
    own = [
        f"{label}: {result['command']}" for scenario in record["scenarios"]
        for label, result in scenario["results"].items() if result.get("command")
    ]
    if own:
        parts.append("### Other command lines\n\n```text\n" + "\n".join(own) + "\n```")
    servers = record["servers"]
    parts.append(f"### Servers\n\n{servers['version']}\n\n```text\n{servers['cluster']}\n```")
    commands = "\n".join(f"{scenario['name']}: {_load(scenario)}" for scenario in record["scenarios"])
    parts.append(f"### Load\n\n{record['load']['version']}\n\n```text\n{commands}\n```")
    parts += [
        f"For {one['label']} with `{' '.join(one['load_flags'])}` besides."
        for one in record["contestants"] if one.get("load_flags")
    ]
    return "\n\n".join(parts)


def _load(scenario):
    """What asked, as a command line, and who was silent beside it."""
    parts = [] if _is_idle(scenario) or not scenario["command"] else [" ".join(scenario["command"])]
    silent = scenario.get("silent_clients")
    if silent:
        parts.append(f"{silent:,} clients that sent one GET each before")
    return ", beside ".join(parts) or "no load"
