"""What machine this is, and which core is whose."""

import os
import platform
import re
from dataclasses import dataclass


# Read once: this process moves itself to the cores of the load later.
USABLE = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Cores:
    """The cores of a run: the proxy's own, those of the servers, and those of the load generator."""

    proxy: frozenset
    servers: frozenset
    load: frozenset

    def text(self):
        return f"proxy on {_listed(self.proxy)}, everything else on {_listed(self.load)}"


def split_cores(count=1):
    """The last `count` usable cores for the proxy, the others for the rest.

    Siblings of the proxy's cores (hyper-threads) stay empty where enough cores are left. Where there
    are too few cores for both, they are shared by all.
    """
    proxy = frozenset(USABLE[-count:])
    others = frozenset(USABLE) - proxy
    if len(others) < count:
        return Cores(*[frozenset(USABLE)] * 3)
    quiet = others - frozenset(core for own in proxy for core in _siblings(own))
    others = quiet if len(quiet) > 1 else others
    return Cores(proxy, others, others)


def cores_without_proxy():
    """For direct access. The proxy's core is free, and the servers take it where they would share one
    core with the load generator: clients and servers that wait for the same core would measure
    the scheduler."""
    cores = split_cores()
    return cores if len(cores.load) > 1 else Cores(frozenset(), cores.proxy, cores.load)


def _siblings(core):
    path = f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list"
    found = set()
    for part in (_first_line(path) or str(core)).split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _listed(cores):
    return "core " + ", ".join(str(core) for core in sorted(cores))


def description():
    """Facts for the record. Nothing in it names the machine or its owner."""
    memory = re.search(r"MemTotal:\s+(\d+)", _text("/proc/meminfo") or "")
    release = re.match(r"[\d.]+\d", platform.release())
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable_cores": USABLE,
        "threads_per_core": len(_siblings(USABLE[0])),
        "virtual": "hypervisor" in (_text("/proc/cpuinfo") or ""),
        "governor": _first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "congestion_control": _first_line("/proc/sys/net/ipv4/tcp_congestion_control"),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        # Without the suffix, which only says who built it.
        "kernel": f"{platform.system()} {release[0] if release else platform.release()}",
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def processor():
    found = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo") or "", re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def slug(name=None, cores=None):
    """A name for this kind of machine that is good for a folder."""
    name = name or processor()
    words = re.sub(r"\((r|tm)\)|@.*|\bcpu\b", " ", name.lower())
    words = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    return f"{words}-{cores or os.cpu_count()}-cores"


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _first_line(path):
    text = _text(path)
    return text.splitlines()[0].strip() if text and text.strip() else None
