"""The report of a run: everything as JSON, and tables for readers."""

import json
import os

from . import flatness


def write(folder, facts):
    """Writes report.json and report.md; the path of the latter."""
    with open(os.path.join(folder, "report.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
    path = os.path.join(folder, "report.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(markdown(facts))
    return path


def markdown(facts):
    lines = [
        "# Report of a chaos run", "",
        f"{facts['server']}; {facts['build']} build of corelane; seed {facts['seed']}, "
        f"{facts['minutes']:.1f} minutes, {facts['faults']} faults. "
        f"Verdict: **{'passed' if facts['passed'] else 'FAILED'}**.", "",
    ]
    lines += ["## Verdicts", "", *table(["what", "count"], list(facts["verdicts"].items())), ""]
    if facts["unexplained"]:
        lines += ["## Not explained", "", "```text"]
        lines += [json.dumps(finding) for finding in facts["unexplained"][:50]]
        lines += ["```", ""]
    lines += ["## Faults", "", *table(HEAD, [row(one) for one in facts["rows"]]), "", NOTES, ""]
    lines += ["## Load", "", *table(["what", "count"], list(facts["load"].items())), ""]
    lines += ["## Proxies", "", *table(
        ["proxy", "memory at first, MiB", "at the end", "largest", "idle at the end", "descriptors idle before",
         "largest", "idle at the end"], facts["proxies"]), ""]
    if facts.get("soak"):
        lines += ["## Each minute", "", *table(*flatness.side_by_side(facts["soak"])), ""]
    return "\n".join(lines)


HEAD = ["fault", "times", "errors and what else it explains", "longest stall of a touched shard, s: median, max",
        "of other shards: median, max", "served again after promotion, s: median, max"]

NOTES = """A stall is the time in which a client with one request at a time got nothing but errors, or nothing at all, from one
shard; below 0.04 s none is counted. `lost`: acknowledged writes that a failover lost in the servers; `regressed`: reads
that showed so; `old read`: a read that a replica served while its primary could not be reached."""


def row(one):
    explained = ", ".join(f"{kind} {count}" for kind, count in sorted(one["explained"].items())) or "none"
    return [one["fault"], one["times"], explained, pair(one["stall"]), pair(one["stall of other shards"]),
            pair(one["served again after the promotion"])]


def pair(figures):
    return f"{figures['median']:.2f}, {figures['max']:.2f}" if figures else "-"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
