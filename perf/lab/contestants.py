"""The proxies that are compared: how each is started, with which settings, and what it can serve.

Every proxy gets one thread for requests, its own defaults otherwise, and no log of requests. What
differs from its defaults is in `settings`, which goes into the record as it is.
"""

import os
import re
import shlex

from . import cluster
from .process import Child, Failure, output_of, wait_until
from .resp import Connection, ReplyError

START_SECONDS = 20

# Enough keys to meet every shard many times.
PROBES = 64


class Contestant:
    """A proxy under test, not running yet."""

    kind = None
    # A failure of corelane fails the comparison; a rival's is written down.
    is_rival = True
    # Built here, perhaps again while the comparison runs.
    is_ours = False
    # Whether it stands before the cluster or before the plain servers.
    needs_plain_servers = False
    # Flags that the load generator needs for this target.
    load_flags = ()
    remark = ""

    def __init__(self, label, program):
        self.label, self.program = label, program

    def prepare(self, folder, port, servers, workers):
        """Writes its settings; returns its command line and the settings as text."""
        raise NotImplementedError

    def observed(self, running):
        """What only a proxy that runs can tell about itself, for the record."""
        return {}

    def version(self):
        text = output_of([self.program, *self.version_flags])
        return text.splitlines()[0] if text else "unknown"

    version_flags = ("--version",)

    def start(self, folder, port, servers, cores, workers=1):
        return Running(self, folder, port, servers, cores, workers)


class Running:
    """A started proxy that serves; `with` ends it."""

    def __init__(self, contestant, folder, port, servers, cores, workers):
        self.contestant, self.port = contestant, port
        os.makedirs(folder, exist_ok=True)
        self.command, self.settings = contestant.prepare(folder, port, servers, workers)
        self.child, self.observed = None, {}
        if self.command is None:
            return
        self.child = Child(self.command, cores, os.path.join(folder, "log"))
        try:
            wait_until(self._serves, START_SECONDS, f"{contestant.label} does not serve")
        except Failure as failure:
            words = self.child.last_words()
            self.child.stop()
            raise Failure(f"{failure}\n{words}".strip()) from failure
        self.observed = contestant.observed(self)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.child:
            self.child.stop()

    @property
    def pid(self):
        return self.child.pid if self.child else None

    def check_alive(self):
        """Fails with its last words if it has ended by itself."""
        if self.child and not self.child.is_alive():
            raise Failure(f"{self.contestant.label} ended:\n{self.child.last_words()}")

    def _serves(self):
        """Whether keys of every shard are served, so that no start-up is measured."""
        self.check_alive()
        try:
            with Connection(self.port, timeout=5) as connection:
                for number in range(PROBES):
                    connection.ask("GET", f"probe:{number}")
        except ReplyError:
            return False
        return True


class Corelane(Contestant):
    """`[LABEL=]PATH[:SETTINGS]`, where settings are flags or lines of TOML, separated by `;`."""

    kind = "corelane"
    is_rival = False
    is_ours = True

    def __init__(self, label, program, extra=""):
        super().__init__(label, program)
        pieces = [piece.strip() for piece in extra.split(";") if piece.strip()]
        self.flags = [w for piece in pieces if piece.startswith("-") for w in shlex.split(piece)]
        self.lines = [piece for piece in pieces if not piece.startswith("-")]

    def prepare(self, folder, port, servers, workers):
        command = [self.program]
        if self.lines:
            _write(os.path.join(folder, "corelane.toml"), "\n".join(self.lines) + "\n")
            command += ["--config", os.path.join(folder, "corelane.toml")]
        command += ["--seed", servers.seed, "--listen", f"127.0.0.1:{port}"]
        # Its own port for metrics, so that two comparisons or an instance of the user do not collide.
        command += ["--admin", f"127.0.0.1:{port + 1}", "--workers", str(workers)]
        command += self.flags
        settings = output_of([*command, "--print-config"])
        return command, "\n".join(self.lines) if settings is None else settings

    def observed(self, running):
        """The driver that the setting "auto" has become."""
        found = re.search(r"driver (ring|epoll)\b", running.child.log_text())
        return {"driver": found[1]} if found else {}


class Predixy(Contestant):
    kind = "predixy"
    version_flags = ("-v",)

    def prepare(self, folder, port, servers, workers):
        settings = PREDIXY.format(
            port=port, workers=workers, seed=servers.seed, log=os.path.join(folder, "predixy.log")
        )
        path = _write(os.path.join(folder, "predixy.conf"), settings)
        return [self.program, path], settings


PREDIXY = """\
Name compare
Bind 127.0.0.1:{port}
WorkerThreads {workers}
Log {log}
LogInfoSample 0
ClusterServerPool {{
    MasterReadPriority 60
    StaticSlaveReadPriority 50
    DynamicSlaveReadPriority 50
    RefreshInterval 1
    ServerTimeout 0
    Servers {{
        + {seed}
    }}
}}
"""


class Twemproxy(Contestant):
    kind = "twemproxy"
    needs_plain_servers = True
    version_flags = ("-V",)
    remark = (
        "twemproxy knows no cluster: it stands before three plain servers on the same cores and spreads "
        "keys over them by its own hash. It has no slots, redirects or topology to follow."
    )

    def prepare(self, folder, port, servers, workers):
        lines = [TWEMPROXY.format(port=port)]
        lines += [f"    - 127.0.0.1:{server}:1\n" for server in servers.ports]
        path = _write(os.path.join(folder, "nutcracker.yml"), "".join(lines))
        # Its statistics port cannot be turned off.
        command = [self.program, "-c", path, "-s", str(port + 1), "-a", "127.0.0.1", "-v", "4"]
        return command, "".join(lines)


TWEMPROXY = """\
compare:
  listen: 127.0.0.1:{port}
  redis: true
  hash: fnv1a_64
  distribution: modula
  preconnect: true
  auto_eject_hosts: false
  timeout: 5000
  backlog: 1024
  server_connections: 1
  servers:
"""


class Envoy(Contestant):
    kind = "envoy"

    def prepare(self, folder, port, servers, workers):
        settings = ENVOY.format(
            port=port, host="127.0.0.1", seed_port=servers.ports[0], id=port,
        )
        path = _write(os.path.join(folder, "envoy.yaml"), settings)
        command = [self.program, "-c", path, "--concurrency", str(workers)]
        return command + ["--disable-hot-restart", "--log-level", "warning"], settings


ENVOY = """\
node: {{id: "compare-{id}", cluster: compare}}
static_resources:
  listeners:
  - name: redis
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: redis
          settings: {{op_timeout: 5s, enable_redirection: true}}
          prefix_routes: {{catch_all_route: {{cluster: nodes}}}}
  clusters:
  - name: nodes
    connect_timeout: 1s
    lb_policy: CLUSTER_PROVIDED
    load_assignment:
      cluster_name: nodes
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: {host}, port_value: {seed_port}}}}}}}
    cluster_type:
      name: envoy.clusters.redis
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig
        cluster_refresh_rate: 1s
"""


class Floor(Contestant):
    kind = "floor"
    is_ours = True
    version_flags = ("--help",)
    remark = "The floor forwards and nothing else: no safety, no redirects, no split commands."

    def __init__(self, label, program, driver, tune=""):
        super().__init__(label, program)
        self.driver, self.tune = driver, tune

    def prepare(self, folder, port, servers, workers):
        command = [self.program, "--listen", f"127.0.0.1:{port}", "--seed", servers.seed]
        command += ["--driver", self.driver]
        return command + (["--tune", self.tune] if self.tune else []), self.tune

    def version(self):
        tuned = f", tuned with {self.tune}" if self.tune else ""
        return f"floor with the driver {self.driver}{tuned}"


class Direct(Contestant):
    """No proxy: the load generator sends each request to the node that owns the key."""

    kind = "direct"
    load_flags = ("--cluster",)
    remark = (
        "Direct access has no proxy: the load generator knows the slots. Where servers and load generator "
        "have but one core, the servers take the core that the proxy does not need."
    )

    def __init__(self):
        super().__init__("direct", None)

    def prepare(self, folder, port, servers, workers):
        return None, ""

    def version(self):
        return (cluster.server_version() or "unknown").splitlines()[0]


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
