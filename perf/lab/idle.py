"""What a proxy costs that nobody uses: CPU without clients and with silent ones, memory of each."""

import contextlib
import resource
import time

from . import usage
from .process import Failure
from .resp import Connection, ReplyError

# Time for a proxy to finish what connecting set off.
SETTLE_SECONDS = 2


def measure(running, clients, seconds):
    """CPU of a running proxy over two spans, and what its silent clients hold."""
    time.sleep(SETTLE_SECONDS)
    alone = _cpu_percent(running.pid, seconds)
    memory_start = usage.resident_bytes(running.pid)
    with silent_clients(running.port, clients):
        time.sleep(SETTLE_SECONDS)
        beside = _cpu_percent(running.pid, seconds)
        memory = usage.resident_bytes(running.pid)
    return {
        "cpu_percent": alone,
        "cpu_percent_idle_clients": beside,
        "memory_start": memory_start,
        "memory_growth": memory - memory_start,
        "memory_per_client": (memory - memory_start) / clients,
    }


@contextlib.contextmanager
def silent_clients(port, count):
    """Connections that send one request each, as those of a pool did once, and then nothing."""
    _allow_files(count + 1000)
    connections = []
    try:
        for number in range(count):
            connections.append(Connection(port))
            _ask(connections[-1], number)
        yield
        # They must still be there: a proxy that closed them would look thrifty.
        for number in {0, count - 1} if count else ():
            _ask(connections[number], number)
    except (OSError, ReplyError) as error:
        raise Failure(f"of {len(connections)} silent clients one failed: {error}") from error
    finally:
        for connection in connections:
            connection.close()


def _ask(connection, number):
    try:
        connection.ask("GET", f"idle:{number}")
    except ReplyError as error:
        # A node that is asked directly has every third key.
        if not str(error).startswith("MOVED"):
            raise


def _cpu_percent(pid, seconds):
    before, start = usage.cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (usage.cpu_seconds(pid) - before) / (time.monotonic() - start)


def _allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise Failure(f"{count} open files are needed, {hard} are allowed (ulimit -n)")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
