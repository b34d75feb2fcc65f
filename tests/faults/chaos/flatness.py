"""Does a long run stay as it was? Figures of each minute, and what they may be at the end.

Rows are lists as `HEAD` says. Minutes are counted from 0; only those that were whole are judged.
"""

import statistics

HEAD = ["minute", "proxy", "memory, MiB", "descriptors", "p50, ms", "p99, ms", "answers"]

# By then everything is there that is made once. It is compared with the last whole minute.
WARM = 5
MEMORY_GROWTH = 1.25
MEMORY_SLACK_MIB = 4
DESCRIPTORS_MORE = 20
# Latencies of the last minutes are compared with those of as many early ones.
EARLY = range(2, 12)
LATENCY_GROWTH = 1.5
# In a shorter run the early minutes and the last ones are the same.
MINUTES_MIN = EARLY.stop + len(EARLY)

RULE = f"""The run of --soak fails as well if a proxy does not stay flat: memory in the last minute at most {MEMORY_GROWTH} times that
in minute {WARM} plus {MEMORY_SLACK_MIB} MiB, at most {DESCRIPTORS_MORE} descriptors more than then, and the median of p50 of the last
{len(EARLY)} minutes at most {LATENCY_GROWTH} times that of minutes {EARLY.start} to {EARLY.stop - 1}. Minutes are counted from 0.
A run of less than {MINUTES_MIN} minutes is not judged by that."""


def each_minute(probes, samples, name, begun):
    """Rows of one proxy: probes are tenths of seconds with latencies in microseconds, samples are times with usage."""
    latencies, rows = {}, []
    for at, _, values in probes:
        latencies.setdefault(int((at / 10 - begun) // 60), []).extend(values)
    for minute, values in sorted(latencies.items()):
        values.sort()
        usage = [one for one in samples if minute == int((one[0] - begun) // 60)]
        if usage:
            rows.append([
                minute, name, round(usage[-1][1] / (1 << 20), 1), usage[-1][2], values[len(values) // 2] / 1000,
                values[len(values) * 99 // 100] / 1000, len(values)])
    return rows


def complaints(rows, names, minutes):
    """What is not flat, for the proxies with these names, in a run of so many minutes; pairs of name and text."""
    whole = int(minutes)
    if whole < MINUTES_MIN:
        return []
    found = []
    for name in names:
        mine = {row[0]: row for row in rows if row[1] == name and 0 <= row[0] < whole}
        needed = sorted({WARM, *EARLY, *range(whole - len(EARLY), whole)})
        missing = [minute for minute in needed if minute not in mine]
        if WARM in missing or whole - 1 in missing or len(missing) > len(EARLY) // 2:
            found.append((name, f"there are no figures for the minutes {missing}"))
            continue
        first, last = mine[WARM], mine[whole - 1]
        early = [mine[minute][4] for minute in EARLY if minute in mine]
        late = [mine[minute][4] for minute in range(whole - len(EARLY), whole) if minute in mine]
        found += [(name, text) for text in (
            memory(first[2], last[2]), descriptors(first[3], last[3]), latency(early, late)) if text]
    return found


def memory(first, last):
    """What is wrong with memory in MiB, or None."""
    most = first * MEMORY_GROWTH + MEMORY_SLACK_MIB
    return f"memory: {last} MiB after {first}, more than {most:.1f}" if last > most else None


def descriptors(first, last):
    """What is wrong with numbers of descriptors, or None."""
    most = first + DESCRIPTORS_MORE
    return f"descriptors: {last} after {first}, more than {most}" if last > most else None


def latency(early, late):
    """What is wrong with p50 of early minutes and of late ones, or None."""
    before, after = statistics.median(early), statistics.median(late)
    most = before * LATENCY_GROWTH
    return f"p50: {after:.3f} ms after {before:.3f}, more than {most:.3f}" if after > most else None


def side_by_side(rows):
    """Head and rows of a table with a row for each minute and columns for each proxy."""
    names = list(dict.fromkeys(row[1] for row in rows))
    by_place = {(row[0], row[1]): row[2:] for row in rows}
    head = ["minute", *(f"{name}: {what}" for name in names for what in HEAD[2:])]
    return head, [
        [minute, *(cell for name in names for cell in by_place.get((minute, name), ["-"] * len(HEAD[2:])))]
        for minute in sorted({row[0] for row in rows})]
