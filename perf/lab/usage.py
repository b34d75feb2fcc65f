"""What a process used, as the kernel counts it: CPU time of all its threads, and memory.

The total comes from `schedstat`, in nanoseconds. User and system time come from `stat`, where the
kernel may only count at its ticks; so they are used as shares of the total and never as times.
"""

import bisect
import os
import time


def cpu_seconds(pid):
    """CPU time of all threads of a process so far; 0 if there is no such process."""
    total = 0
    for task in _tasks(pid):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", "rb") as file:
                total += int(file.read().split()[0])
        except (OSError, IndexError):
            continue
    return total / 1e9


def user_and_system_ticks(pid):
    """Clock ticks in user and in system mode of the whole process, ended threads included."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return int(fields[11]), int(fields[12])


def threads(pid):
    return len(_tasks(pid))


def resident_bytes(pid):
    return _status(pid, b"VmRSS")


def peak_resident_bytes(pid):
    """The highest resident size since `reset_peak`."""
    return _status(pid, b"VmHWM")


def reset_peak(pid):
    """Sets the peak back to the present size; says whether the kernel did it."""
    try:
        with open(f"/proc/{pid}/clear_refs", "wb") as file:
            file.write(b"5")
    except OSError:
        return False
    return True


def _tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _status(pid, name):
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0


class Sampler:
    """CPU time of some groups of processes at many moments, so that it is known for any span.

    The load generator alone knows when its warm-up ended; sampling all the time and reading off
    afterwards needs no signal between the two. While the load is steady a few samples are enough, and
    they cost time on the cores of the load; where it is about to end they must be close together.
    """

    STEADY_SECONDS = 0.2
    CLOSE_SECONDS = 0.01

    def __init__(self, groups, end=0.0):
        self.groups, self.end = groups, end
        self.times = []
        self.samples = {name: [] for name in groups}
        self.ticks = {name: [] for name in groups}

    def sample(self):
        self.times.append(time.time())
        for name, pids in self.groups.items():
            self.samples[name].append(sum(cpu_seconds(pid) for pid in pids))
            pairs = [user_and_system_ticks(pid) for pid in pids]
            self.ticks[name].append((sum(p[0] for p in pairs), sum(p[1] for p in pairs)))

    def pause(self):
        """How long to wait until the next sample."""
        left = self.end - time.time() - self.STEADY_SECONDS
        return self.STEADY_SECONDS if left > 0 else self.CLOSE_SECONDS

    def between(self, name, start, end):
        """CPU seconds of a group between two moments: in all, user and system."""
        total = self._at(self.samples[name], end) - self._at(self.samples[name], start)
        user, system = (
            self._at([pair[n] for pair in self.ticks[name]], end)
            - self._at([pair[n] for pair in self.ticks[name]], start)
            for n in (0, 1)
        )
        share = user / (user + system) if user + system > 0 else 0.0
        return {"total": total, "user": total * share, "system": total * (1 - share)}

    def _at(self, values, moment):
        """The value at a moment, on the straight line between the samples around it."""
        right = bisect.bisect_left(self.times, moment)
        if right == 0:
            return values[0]
        if right == len(self.times):
            return values[-1]
        before, after = self.times[right - 1], self.times[right]
        weight = (moment - before) / (after - before)
        return values[right - 1] * (1 - weight) + values[right] * weight
