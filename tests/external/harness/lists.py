"""Lists of tests that may fail through corelane, each with its reason.

One test a line: `kind | shards | test | reason`. `kind` is `fail` for a test that is run and may fail, or
`skip` for one that is not run at all, because it would hang or disturb the tests after it. `shards` is
`1`, `3` or `all`. `test` is a name as the report prints it; `*` stands for anything. Lines that begin
with `#` and empty lines say nothing.
"""

import fnmatch
import os
import re

from . import HERE

KINDS = ("fail", "skip")
SHARDS = ("1", "3", "all")


class Entry:
    """One line of a list."""

    def __init__(self, kind, shards, name, reason):
        self.kind, self.shards, self.name, self.reason = kind, shards, name, reason
        # Brackets in names are themselves.
        pattern = "".join(c if c == "*" else "[[]" if c == "[" else "[?]" if c == "?" else c for c in name)
        self.matches = re.compile(fnmatch.translate(pattern)).match
        self.used = False


class List:
    """The entries of one suite for a cluster of so many shards."""

    def __init__(self, suite, shards):
        self.path = os.path.join(HERE, f"{suite}.skip")
        self.entries = []
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.entries = [
                    entry for entry in parse(file.read(), self.path)
                    if entry.shards in ("all", str(shards))
                ]

    def find(self, name, kind=None):
        """The first entry for this test; it counts as used from now on."""
        for entry in self.entries:
            if kind in (None, entry.kind) and entry.matches(name):
                entry.used = True
                return entry
        return None

    def unused(self):
        """Tests that are listed and did not need it."""
        return [entry for entry in self.entries if entry.kind == "fail" and not entry.used]


def parse(text, path):
    """All entries; a line that is none is an error."""
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = [word.strip() for word in line.split(" | ")]
        if len(words) != 4 or words[0] not in KINDS or words[1] not in SHARDS or not all(words):
            raise ValueError(f"{path}:{number}: not `kind | shards | test | reason`: {line}")
        entries.append(Entry(*words))
    return entries
