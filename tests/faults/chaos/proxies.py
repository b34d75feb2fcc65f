"""The proxies under test, and the clients in front of each."""

import json
import os
import socket
import sys

from lab.process import Child, wait_until

from . import HERE

SETTINGS = """
listen = ["127.0.0.1:{port}"]
seeds = [{seeds}]
workers = {workers}
driver = "{driver}"
drain_timeout = "5s"
takeover = true

[cluster]
server_timeout = "{deadline}s"

[limits]
memory_max = "256MiB"

[admin]
listen = "127.0.0.1:{admin}"
"""

# What a request may take in the proxy, in seconds.
DEADLINE = 1


class Proxy:
    """corelane as a child process."""

    def __init__(self, program, folder, ports, seeds, workers, driver, is_awaited=True):
        self.program, self.workers, self.driver = program, workers, driver
        self.port, self.admin = ports
        self.name = f"{workers} worker{'s' * (workers > 1)}"
        self.folder = os.path.join(folder, f"proxy-{workers}")
        os.makedirs(self.folder, exist_ok=True)
        self.file = os.path.join(self.folder, "corelane.toml")
        self.name_seeds(seeds)
        self.log = os.path.join(self.folder, "log")
        self.children = []
        self.samples = []
        self.start()
        wait_until(self.is_ready if is_awaited else self.is_up, 30, f"the proxy with {self.name}")

    @property
    def child(self):
        return self.children[-1]

    def name_seeds(self, seeds):
        """Writes the settings for its next start: its own memory of addresses ends with it."""
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(
                port=self.port, admin=self.admin, workers=self.workers, driver=self.driver, deadline=DEADLINE,
                seeds=", ".join(f'"{seed}"' for seed in seeds)))

    def start(self):
        environment = {**os.environ, "RUST_BACKTRACE": "1"}
        self.children.append(Child(
            [self.program, "--config", self.file], os.sched_getaffinity(0), self.log,
            environment=environment))

    def is_ready(self):
        try:
            return self.page("/readyz").startswith("HTTP/1.1 200")
        except OSError:
            return False

    def is_up(self):
        return self.page("/livez").startswith("HTTP/1.1 200")

    def page(self, path):
        with socket.create_connection(("127.0.0.1", self.admin), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def metrics(self):
        """Sums over workers that are not 0, by name."""
        found = {}
        for line in self.page("/metrics").splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith("corelane_all_") and "{" not in name and float(value):
                found[name[len("corelane_all_"):]] = float(value)
        return found

    def usage(self):
        """Resident bytes and open descriptors; None if it does not run."""
        try:
            with open(f"/proc/{self.child.pid}/statm", encoding="ascii") as file:
                resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
            return resident, len(os.listdir(f"/proc/{self.child.pid}/fd"))
        except (OSError, IndexError):
            return None

    def panics(self):
        """What the log says about panics."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file if "panicked at" in line]


class Clients:
    """The process of clients in front of one proxy."""

    def __init__(self, folder, proxy, tags, seed, slowness):
        name = f"w{proxy.workers}"
        self.proxy = proxy
        self.out = os.path.join(folder, f"{name}.jsonl")
        settings = os.path.join(folder, f"{name}.json")
        with open(settings, "w", encoding="utf-8") as file:
            json.dump({
                "port": proxy.port, "deadline": DEADLINE, "tags": tags, "name": name,
                "seed": f"{seed} {name}", "slowness": slowness, "out": self.out}, file)
        self.child = Child(
            [sys.executable, "-B", "-m", "chaos.load", settings], os.sched_getaffinity(0),
            os.path.join(folder, f"{name}.log"), cwd=HERE)

    def finish(self, seconds):
        """Ends the load and waits until all has been read back; the findings."""
        self.child.process.terminate()
        self.child.process.wait(seconds)
        return self.findings()

    def findings(self):
        with open(self.out, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
