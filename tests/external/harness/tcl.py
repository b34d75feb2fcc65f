"""Valkey's own test suite (Tcl) in its external mode, one unit at a time."""

import os
import re
import signal
import subprocess

from lab.process import Failure

from .stack import free_ports
from .verdict import FAILED, HUNG, PASSED, SKIPPED

LINE = re.compile(r"^\[(ok|err|skip|ignore|exception|TIMEOUT)\]: (.*)$")
TOOK = re.compile(r" \(\d+ ms\)$")
UNIT = re.compile(r" in tests/\S+\.tcl$")
WHERE = re.compile(r"\(IN PROGRESS\) (.*)$")
# What is said between tests.
OTHER = re.compile(r"^(\[\S+ done\]|\[ready\]|Testing |Cleanup|Starting test server|Killing)|^\s+The End$")
# So many tests of one unit may hang before the rest of it is given up.
HANGS_MAX = 12
OUTSIDE = "outside of tests"


class Suite:
    """A checkout of the suite."""

    def __init__(self, path, tags, test_seconds, unit_seconds):
        self.path = os.path.abspath(path)
        self.tags, self.test_seconds, self.unit_seconds = tags, test_seconds, unit_seconds
        if not os.path.exists(os.path.join(self.path, "tests", "test_helper.tcl")):
            raise Failure(f"{path} is no checkout of Valkey")

    def units(self):
        """All units of the suite."""
        return self._run(["--list-tests"], 30)[0].split()

    def run_unit(self, unit, stacks, target, left_out, results):
        """Runs a unit on a fresh stack. When a test hangs, the unit is run again without that test.

        `stacks` makes a stack and `target` tells the port to use of it; `left_out` are the names that
        are not to be run.
        """
        hung = []
        while True:
            stack = stacks()
            try:
                said, ended = self._run([
                    "--host", "127.0.0.1", "--port", str(target(stack)), "--cluster-mode", "--singledb",
                    "--durable", "--clients", "1", "--tags", self.tags,
                    "--baseport", str(free_ports(stack.port + 60, 1)[0] + 32), "--portcount", "20",
                    "--timeout", str(self.test_seconds), "--single", unit,
                    *(word for name in [*left_out, *hung] for word in ("--skiptest", name)),
                ], self.unit_seconds)
                stack.check()
                if "Testing " not in said:
                    raise Failure(f"the suite does not start:\n{said}")
            finally:
                stack.stop()
            stuck = read(unit, said, left_out, hung, results)
            if ended:
                results.add(f"{unit}: {OUTSIDE}", HUNG, f"the unit took more than {self.unit_seconds} s")
            if ended or not stuck or stuck in hung or len(hung) >= HANGS_MAX:
                return said
            hung.append(stuck)

    def _run(self, words, seconds):
        """What the suite prints, and whether it had to be ended."""
        process = subprocess.Popen(
            ["./runtest", *words], cwd=self.path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "TERM": "dumb"},
        )
        ended = False
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            ended = True
        finally:
            # The suite starts a process of its own for the tests, in the same group.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if ended:
            output, _ = process.communicate()
        return output.decode(errors="replace"), ended


def read(unit, said, left_out, hung, results):
    """Adds what the suite printed about a unit to the results; returns the test that hung, if any."""
    stuck = None
    name, lines = None, []
    failures = []
    for line in said.splitlines():
        if line.startswith("!!! WARNING") or "The following tests failed" in line:
            break
        found = LINE.match(line)
        progress = WHERE.search(line)
        if progress and not found:
            stuck = progress.group(1)
        if not found:
            if name and not OTHER.match(line):
                lines.append(line)
            elif OTHER.match(line):
                name = None
            continue
        name = None
        kind, rest = found.groups()
        if kind == "ok":
            results.add(f"{unit}: {TOOK.sub('', rest)}", PASSED)
        elif kind == "skip" and rest in left_out:
            results.add(f"{unit}: {rest}", SKIPPED)
        elif kind == "err":
            where = UNIT.search(rest)
            name = UNIT.sub("", rest) if where else OUTSIDE
            lines = [] if where else [rest]
            failures.append((name, lines))
        elif kind == "exception":
            name, lines = OUTSIDE, [rest]
            failures.append((name, lines))
    for name, lines in failures:
        results.add(f"{unit}: {name}", FAILED, essence(lines))
    results.add(f"{unit}: {OUTSIDE}", PASSED)
    if stuck and stuck not in hung:
        results.add(f"{unit}: {stuck}", HUNG, "no progress: the test was ended")
    return stuck


def essence(lines):
    """What failed, without the way there; of an error the suite cuts off the beginning and repeats it
    whole."""
    end = next((n for n, line in enumerate(lines) if line.strip() == "while executing"), None)
    if end is None:
        return "\n".join(lines)
    return "\n".join([*lines[1:end], *lines[end + 1:end + 2]])
