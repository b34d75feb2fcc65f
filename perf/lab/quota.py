"""A part of a core for the proxy, so that the proxy and not the load is the bottleneck.

With a control group where one can be made (version 1 or 2), else with a busy neighbour on its core.
"""

import contextlib
import glob
import os
import sys
import time

from .process import Child

# Short, which keeps the pauses short that a client can see, and with periods that are no multiple of the
# kernel's tick of 1, 4 or 10 ms, so that the two do not keep step.
QUOTA_US = 1700

PREFIX = "corelane-compare-"
VERSION_1 = ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct")
VERSION_2 = "/sys/fs/cgroup"


class CoreShare:
    """While it is entered, a process gets no more than a share of its core."""

    def __init__(self, child, share, cores, log):
        self.child, self.share, self.cores, self.log = child, share, cores, log
        self.group = self.neighbour = None
        self.means = None

    def __enter__(self):
        self.group = _make_group(self.share, self.child.pid)
        if self.group:
            self.means = f"control group quota, {self.share:.0%} of a core"
        else:
            program = "import itertools\nfor _ in itertools.repeat(0): pass"
            self.neighbour = Child([sys.executable, "-c", program], self.cores, self.log)
            self.means = "busy neighbour on the proxy's core"
        return self

    def __exit__(self, *unused):
        if self.neighbour:
            self.neighbour.stop()
        if self.group:
            self.child.stop()
            _remove_group(self.group)


def _make_group(share, pid):
    """The folder of a new control group with this process in it, or None."""
    name = f"{PREFIX}{os.getpid()}"
    period = round(QUOTA_US / share)
    _remove_leftovers()
    for parent in VERSION_1:
        limits = {"cpu.cfs_period_us": period, "cpu.cfs_quota_us": QUOTA_US}
        if os.path.isfile(f"{parent}/cpu.cfs_quota_us") and _fill(f"{parent}/{name}", limits, pid):
            return f"{parent}/{name}"
    limits = {"cpu.max": f"{QUOTA_US} {period}"}
    has_cpu = os.path.isfile(f"{VERSION_2}/cgroup.subtree_control")
    if has_cpu and _fill(f"{VERSION_2}/{name}", limits, pid):
        return f"{VERSION_2}/{name}"
    return None


def _fill(folder, limits, pid):
    try:
        os.mkdir(folder)
        for name, value in limits.items():
            # Opened without creating: a file that is not there means that there is no such limit.
            with open(f"{folder}/{name}", "r+", encoding="ascii") as file:
                file.write(str(value))
        with open(f"{folder}/cgroup.procs", "r+", encoding="ascii") as file:
            file.write(str(pid))
    except OSError:
        _remove_group(folder)
        return False
    return True


def _remove_leftovers():
    """Groups of comparisons that were killed; those with processes stay."""
    for parent in (*VERSION_1, VERSION_2):
        for folder in glob.glob(f"{parent}/{PREFIX}*"):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def _remove_group(folder):
    """The group can go once the kernel has forgotten its last process."""
    for _ in range(100):
        try:
            os.rmdir(folder)
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)
