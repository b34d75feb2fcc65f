"""Which findings the faults explain, and sums for each fault."""

import statistics

from .nodes import SHARDS
from .proxies import DEADLINE

# So long after the cluster is well again an error may still come: the deadline of a request that arrived before,
# and the pause before a failed node is tried again.
BEYOND = 1.5
MARGIN = DEADLINE + BEYOND
# So much later the client that takes its replies slowly may come to read one.
SLOWLY = 5.0
# Writes of so long before a crash may not have reached the replica, in seconds.
LAG = 2.0
INNOCENT = set(range(SHARDS))

# Nothing explains these.
NEVER = {
    "foreign", "order", "undead", "doubled", "torn", "hung", "garbled", "lost although confirmed",
    "message again", "checker broken", "not verified", "exit code", "panic", "not flat",
}
# Not wrong: they are counted.
COUNTED = {"late", "overtaken", "returned", "stall", "verifying", "end"}


class Verdict:
    """All windows and findings of a run, sorted."""

    def __init__(self, windows, findings):
        # `findings` are pairs of a proxy, or None, and what its clients found.
        self.windows = windows
        self.sums = {}
        self.unexplained = []
        self.rows = {window.name: Row(window.name) for window in windows}
        for window in windows:
            self.rows[window.name].windows.append(window)
        for proxy, finding in findings:
            self.sort(proxy, finding)
        for row in self.rows.values():
            row.stand_still(findings, windows)

    @property
    def passed(self):
        return not self.unexplained

    def sort(self, proxy, finding):
        what = finding["what"]
        name = f"{what}: {finding['kind']}" if "kind" in finding else what
        if what not in ("verifying", "end"):
            self.sums[name] = self.sums.get(name, 0) + 1
        if what in COUNTED:
            return
        window = None if what in NEVER else self.explanation(proxy, finding)
        if window is None:
            self.unexplained.append({"proxy": proxy and proxy.name, **finding})
        else:
            row = self.rows[window.name]
            kind = finding.get("kind", what)
            if what == "regressed" and not window.loses:
                kind = "old read"
            row.explained[kind] = row.explained.get(kind, 0) + 1

    def explanation(self, proxy, finding):
        """The window that explains a finding; the latest if there are several."""
        for window in reversed(self.windows):
            if self.explains(window, proxy, finding):
                return window
        return None

    def explains(self, window, proxy, finding):
        what, at = finding["what"], finding["t"]
        is_touched = proxy in window.proxies or window.shards & set(finding["shards"])
        slowly = SLOWLY if finding.get("client", "").endswith(".slow") else 0.0
        covers = window.start <= at <= window.settled + MARGIN + slowly
        if what == "error":
            return covers and is_touched and finding["kind"] in window.allows
        if what == "connection":
            # Who is closed in the middle of a reply has lost a node, everybody else the proxy.
            is_meant = is_touched if finding["kind"] == "cut reply" else proxy in window.proxies
            return covers and is_meant and finding["kind"] in window.allows
        if what == "late reply":
            return covers and proxy in window.proxies and "late reply" in window.allows
        if what in ("regressed", "lost"):
            was_lost = window.loses and window.start - LAG <= finding["acked"] <= window.settled + MARGIN
            return is_touched and (was_lost or what == "regressed" and window.stale and covers)
        # Messages are missed while a subscription has no home, whoever lost it.
        return what == "message missed" and covers


class Row:
    """One kind of fault."""

    def __init__(self, name):
        self.name, self.windows, self.explained = name, [], {}
        self.stalls, self.others, self.recoveries = [], [], []

    def stand_still(self, findings, windows):
        """How long the touched shards, and the others, had no answer to a single request."""
        stalls = [(f["t"] - f["seconds"], f["t"], f["shards"][0]) for _, f in findings if f["what"] == "stall"]
        for window in self.windows:
            within = [(begun, end, shard) for begun, end, shard in stalls
                      if end > window.start and begun < window.settled]
            touched = [end - begun for begun, end, shard in within if shard in window.shards]
            # What another fault at the same time did, or one just before, is not this one's.
            innocent = INNOCENT - window.shards.union(*(
                other.shards for other in windows
                if other.start < window.settled and window.start < other.settled + MARGIN))
            others = [end - begun for begun, end, shard in within if shard in innocent]
            self.stalls.append(max(touched, default=0.0))
            self.others.append(max(others, default=0.0))
            if window.promoted:
                self.recoveries += [end - window.promoted for begun, end, shard in within
                                    if shard in window.shards and begun < window.promoted < end]

    def figures(self):
        """As they stand in the report."""
        return {
            "fault": self.name, "times": len(self.windows), "explained": self.explained,
            "stall": figures(self.stalls), "stall of other shards": figures(self.others),
            "served again after the promotion": figures(self.recoveries),
        }


def figures(values):
    """Median and maximum in seconds."""
    if not values:
        return None
    return {"median": round(statistics.median(values), 3), "max": round(max(values), 3)}
