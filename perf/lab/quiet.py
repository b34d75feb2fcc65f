"""Whether the machine worked for somebody else during a run, and waiting until it does not.

Steal is time that a hypervisor gave to other machines while a core of this one had work. Foreign time is what
processes that the comparison did not start had of the processor. Either makes figures of that run worse than
they are, by luck; so a noisy run is made again, and what stays noisy is marked in the record.
"""

import os
import time

from . import process, usage

# In percent of one core. Background work of a usual machine is below; a compiler or a neighbour is not.
FOREIGN_MAX = 10.0
STEAL_MAX = 3.0

# A noisy run is made again so often at most.
REPEATS_MAX = 2

# How long to look for a quiet moment before a run, and how long such a moment lasts.
PATIENCE_SECONDS = 30
LOOK_SECONDS = 0.5


class Watch:
    """What the machine did since it was made."""

    def __init__(self):
        self.start, self.times = time.monotonic(), _times()

    def shares(self):
        """Steal and foreign time in percent of one core; nothing where the kernel does not tell."""
        seconds, times = time.monotonic() - self.start, _times()
        if times is None or self.times is None:
            return {}
        steal, busy, own = (100 * (after - before) / seconds for before, after in zip(self.times, times))
        return {"steal": max(0.0, steal), "foreign": max(0.0, busy - own)}


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
    """Seconds of steal, of all processes, and of this one with all that it started, living and ended."""
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
    return steal / ticks, (user + nice + system) / ticks, own
