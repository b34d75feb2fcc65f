"""The comparison of two runs of one suite, test by test."""

import json
import os
from collections import Counter

from . import WORK

PASSED = "passed"
FAILED = "failed"
# Left out by the suite itself, or by a list.
SKIPPED = "skipped"
# Took too long and was ended.
HUNG = "hung"


class Results:
    """What became of each test, with what the suite said about it."""

    def __init__(self):
        self.tests = {}

    def add(self, name, state, said=""):
        """A test that appears several times has passed only if it passed every time."""
        known = self.tests.get(name)
        worse = known is None or known[0] in (PASSED, SKIPPED) and state not in (PASSED, SKIPPED)
        if worse or known[0] == SKIPPED and state == PASSED:
            self.tests[name] = (state, said)

    def state(self, name):
        return self.tests.get(name, ("missing", ""))[0]

    def said(self, name):
        return self.tests.get(name, ("", "never ran: the unit ended before it"))[1]

    def passed(self):
        return [name for name, (state, _) in self.tests.items() if state == PASSED]

    def counts(self):
        return Counter(state for state, _ in self.tests.values())

    def save(self, label):
        """Keeps them for later runs and for reading."""
        path = _path(label)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.tests, file, indent=1, sort_keys=True)
        return path

    @classmethod
    def load(cls, label):
        """Those of an earlier run, or None."""
        results = cls()
        try:
            with open(_path(label), encoding="utf-8") as file:
                results.tests = {name: tuple(words) for name, words in json.load(file).items()}
        except FileNotFoundError:
            return None
        return results


def compare(direct, through, listed, show):
    """Shows what differs; returns the names of the tests that fail only through corelane and are not
    listed."""
    surprises, excused = [], []
    for name in sorted(direct.tests):
        if direct.state(name) != PASSED or through.state(name) == PASSED:
            continue
        entry = listed.find(name)
        # Only a list may leave a test out.
        if entry and through.state(name) == SKIPPED and entry.kind != "skip":
            entry = None
        (excused if entry else surprises).append((name, entry))
    for name, entry in excused:
        show(f"listed   {name}: {entry.reason}")
    for name, _ in surprises:
        said = through.said(name).strip().replace("\n", "\n         ")
        show(f"FAILED   {name} ({through.state(name)})\n         {said[:1500]}")
    return [name for name, _ in surprises]


def summarize(direct, through, listed, surprises, show, is_whole=True):
    """The closing lines of a run; only a whole one tells which entries of the list nothing needs."""
    for entry in listed.unused() if is_whole else ():
        show(f"not needed any more: {entry.name}")
    for label, results in (("direct: ", direct), ("through:", through)):
        counts = ", ".join(f"{count} {state}" for state, count in sorted(results.counts().items()))
        show(f"{label} {counts or 'nothing'}")
    both = sum(1 for name in direct.tests if direct.state(name) == through.state(name) == PASSED)
    show(f"{both} tests passed both ways, {len(surprises)} failed only through corelane")


def _path(label):
    return os.path.join(WORK, "results", f"{label}.json")
