"""One record of several: the same builds, machine and lengths of runs, other scenarios.

A long comparison can so be made in pieces, when the machine is free.
"""

from . import scenarios

# What all must have in common. Command, date, rounds, contestants, scenarios and saturation are put together.
COMMON = ("version", "source", "machine", "cores", "baseline", "duration", "warmup", "load")


def joined(records):
    """The record of all of them, its scenarios in the usual order. ValueError if they do not fit."""
    first = records[0]
    for other in records:
        for name in COMMON:
            if first[name] != other[name]:
                raise ValueError(f"they differ in {name}: {first[name]} and {other[name]}")
        # Plain servers are there only where a contestant needs them.
        if first["servers"] | {"plain": None} != other["servers"] | {"plain": None}:
            raise ValueError("the servers are not the same in all of them")
        if other["failure"]:
            raise ValueError(f"one of them failed: {other['failure']}")
    found = [one for record in records for one in record["scenarios"]]
    named = [one["name"] for one in found]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise ValueError(f"more than one of them has {', '.join(twice)}")
    order = [one.name for one in scenarios.SCENARIOS]
    return first | {
        "date": min(record["date"] for record in records),
        "command": "; ".join(record["command"] for record in records),
        "rounds": max(record["rounds"] for record in records),
        "saturation": next((one["saturation"] for one in records if one["saturation"]), None),
        "contestants": _contestants(records),
        "servers": next((one["servers"] for one in records if one["servers"]["plain"]), first["servers"]),
        "scenarios": sorted(found, key=lambda one: order.index(one["name"])),
    }


def _contestants(records):
    """Each once, as it was where it ran: only there its command and settings are known."""
    found = {}
    for one in (one for record in records for one in record["contestants"]):
        known = found.setdefault(one["label"], one)
        if (known["sha256"], known["version"]) != (one["sha256"], one["version"]):
            raise ValueError(f"{one['label']} is not the same build in all of them")
        if known["command"] is None:
            found[one["label"]] = one
    return list(found.values())
