"""Whether the machine worked for somebody else during a run, and waiting until it does not.

Steal is time that a hypervisor gave to other machines while a core of this one had work. Foreign time is what
processes that the comparison did not start had of the processor. Either makes figures of that run worse than
they are, by luck; so a noisy run is made again, and what stays noisy is marked in the record.

Foreign time is found in two ways, and the greater one counts. The first adds up what all other processes had. It
does not see processes that are hidden, as those outside a container are. The second takes from what the kernel
says of all cores what this process and its children had. It sees everything, but too little of it where the
kernel charges network interrupts to the process that they interrupt: they are in what our own processes had, and not in
what was taken for all.
"""

import os
import time
from dataclasses import dataclass

from . import process, usage

# In percent of one core. Background work of a usual machine is below; a compiler or a neighbour is not.
FOREIGN_MAX = 10.0
STEAL_MAX = 3.0

# A noisy run is made again so often at most.
REPEATS_MAX = 2

# How long to look for a quiet moment before a run, and how long such a moment lasts.
PATIENCE_SECONDS = 30
LOOK_SECONDS = 0.5

# The kernel's own threads, in the flags of a process. Much of what they do is done for us.
KERNEL_THREAD = 0x0020_0000


@dataclass(frozen=True)
class Process:
    """One process: who started it, and the ticks that it and all its children that ended have had."""

    parent: int
    is_kernel: bool
    ticks: int


class Watch:
    """What the machine did since it was made."""

    def __init__(self):
        self.start, self.times = time.monotonic(), _times()

    def shares(self):
        """Steal and foreign time in percent of one core; nothing where the kernel does not tell.

        Neither is cut at 0: a figure far below says that something was not counted.
        """
        seconds, times = time.monotonic() - self.start, _times()
        if times is None or self.times is None:
            return {}
        steal, busy, own, others = (
            100 * (after - before) / seconds for before, after in zip(self.times, times)
        )
        return {"steal": steal, "foreign": max(others, busy - own)}


def is_noisy(shares):
    return shares.get("steal", 0) > STEAL_MAX or shares.get("foreign", 0) > FOREIGN_MAX


def wait(patience=PATIENCE_SECONDS):
    """Waits for a quiet moment; says whether there was one."""
    end = time.monotonic() + patience
    while True:
        watch = Watch()
        time.sleep(LOOK_SECONDS)
        if not is_noisy(watch.shares()):
            return True
        if time.monotonic() > end:
            return False


def _times():
    """Seconds of steal, of all cores, of this process with all that it started, and of other processes."""
    try:
        with open("/proc/stat", "rb") as file:
            user, nice, system, _, _, _, _, steal = (int(field) for field in file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    own = sum(os.times()[:4])
    for child in process.running:
        try:
            own += sum(usage.user_and_system_ticks(child.pid)) / ticks
        except OSError:
            # It has ended this moment, and is counted when it is waited for.
            continue
    return steal / ticks, (user + nice + system) / ticks, own, foreign_ticks(processes(), os.getpid()) / ticks


def processes(folder="/proc"):
    """All processes that can be seen, by their numbers."""
    found = {}
    for name in os.listdir(folder):
        if not name.isdecimal():
            continue
        try:
            with open(f"{folder}/{name}/stat", "rb") as file:
                # The name before it may hold anything.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        ticks = sum(int(field) for field in fields[11:15])
        found[int(name)] = Process(int(fields[1]), bool(int(fields[6]) & KERNEL_THREAD), ticks)
    return found


def foreign_ticks(found, own):
    """What all had that are neither `own` nor started by it, nor the kernel's own threads.

    A process that ends hands its ticks to the one that waits for it, so the sum of all loses nothing.
    """
    def is_ours(number):
        # A number that was used again while we read might make a circle.
        for _ in found:
            if number == own or number not in found:
                break
            number = found[number].parent
        return number == own

    return sum(one.ticks for number, one in found.items() if not one.is_kernel and not is_ours(number))
