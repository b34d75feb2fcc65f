"""Runs faults from a seed, one after the other, sometimes two at once, on one thread."""

import random
import threading
import time

from lab.process import Failure
from lab.resp import Connection, ReplyError

from .catalog import FAULTS, LATE, STANDSTILL, UNPLANNED, Window
from .nodes import SHARDS

# So late a timer is a finding of its own.
STANDSTILL_SECONDS = 0.5
# A server that takes so long for a PING of its own machine, beside all relays and proxies, is late by itself.
LATE_SECONDS = 0.4
WATCH_PAUSE = 0.1
# Longest that a fault waits for what it needs, and the cluster for peace, in seconds.
WAIT_MAX = 90
TICK = 0.01
SAMPLE = 1.0


class World:
    """What faults act on."""

    def __init__(self, network, cluster, proxies, tags, seed, say):
        self.network = network
        self.cluster, self.proxies, self.tags, self.say = cluster, proxies, tags, say
        self.random = random.Random(seed)
        self.windows, self.findings = [], []
        self.active = []
        self.primaries = self.serving()
        self.checked = self.sampled = 0.0
        self.watches = [Watch(node) for node in cluster.nodes]

    def a_shard(self, window):
        """A shard that no other fault is touching."""
        taken = {shard for other in self.active for shard in other.window.shards}
        shard = self.random.choice([shard for shard in range(SHARDS) if shard not in taken])
        window.shards.add(shard)
        return shard

    def a_proxy(self, window):
        proxy = self.random.choice(self.proxies)
        window.proxies.add(proxy)
        return proxy

    def wrong(self, what, got):
        self.findings.append({"t": time.monotonic(), "what": what, "got": got, "shards": []})

    def serving(self):
        return [self.cluster.primary(shard).number for shard in range(SHARDS)]

    # === running ===

    def run(self, until, names=None):
        """Faults until the time is over; all have ended and the cluster is well then."""
        faults = [fault for fault in FAULTS if not names or fault.name in names]
        while time.monotonic() < until:
            fault = self.random.choices(faults, [fault.weight for fault in faults])[0]
            self.begin(fault)
            light = [other for other in faults if other.light and other is not fault]
            if fault.name != "move slots" and light and self.random.random() < 0.3:
                self.rest(self.random.uniform(0.05, 0.5))
                self.begin(self.random.choice(light))
            self.finish()
            self.rest(self.random.uniform(0.3, 1.5))

    def once(self, fault):
        self.begin(fault)
        self.finish()

    def begin(self, fault):
        if not self.active:
            self.compare()
        window = Window(fault)
        self.windows.append(window)
        one = Running(window, fault.act(self, window))
        self.active.append(one)
        one.step()
        touched = [f"shard {shard}" for shard in sorted(window.shards)]
        touched += [f"the proxy with {proxy.name}" for proxy in window.proxies]
        self.say(f"{fault.name}: {', '.join(touched)}")

    def finish(self):
        """Steps all active faults to their end, then waits for peace."""
        started = time.monotonic()
        # All of them take a step, so a list.
        while any([one.step() for one in self.active]):
            self.tick(started)
        for one in self.active:
            one.window.end = one.window.end or time.monotonic()
        started = time.monotonic()
        while not self.is_peaceful():
            self.tick(started, 0.1)
        for one in self.active:
            one.window.settled = time.monotonic()
        self.compare()
        self.active = []

    def rest(self, seconds):
        started = time.monotonic()
        while time.monotonic() < started + seconds:
            for one in self.active:
                one.step()
            self.tick(started)

    def tick(self, started, seconds=TICK):
        if time.monotonic() > started + WAIT_MAX:
            names = ", ".join(one.window.name for one in self.active)
            raise Failure(f"no end of: {names}")
        begun = time.monotonic()
        time.sleep(seconds)
        if time.monotonic() > begun + seconds + STANDSTILL_SECONDS:
            self.stood_still(begun)
        for begun in self.network.take_pauses(STANDSTILL_SECONDS):
            self.stood_still(begun)
        for watch in self.watches:
            for begun, end in watch.take():
                self.was_late(watch.node, begun, end)
        self.sample()

    def is_peaceful(self):
        return self.cluster.settled() and all(proxy.is_ready() for proxy in self.proxies)

    def last_promotion(self, shard):
        """When the shard got its primary, in as far as that is known."""
        times = [window.promoted or window.end for window in self.windows
                 if shard in window.shards and (window.promoted or window.loses) and window.end]
        return max(times, default=0.0)

    def stood_still(self, begun):
        """Nothing moved here from `begun` on until now."""
        window = Window(STANDSTILL)
        window.start, window.shards, window.proxies = begun, set(range(SHARDS)), set(self.proxies)
        window.end = window.settled = time.monotonic()
        window.note(f"{window.end - begun:.1f} s")
        self.windows.append(window)
        self.say(f"{window.name}: {window.detail}")

    def was_late(self, node, begun, end):
        """A server did not answer for a while; who was told to be so by a fault has that in its window, too."""
        window = Window(LATE)
        window.start, window.shards = begun, {node.shard}
        window.end = window.settled = end
        window.note(f"server {node.number}: {end - begun:.1f} s")
        asked = {shard for one in self.active for shard in one.window.shards}
        if node.shard not in asked:
            self.windows.append(window)
            self.say(f"{window.name}: {window.detail}")

    def compare(self):
        """Notices failovers that nobody asked for."""
        before, self.primaries = self.primaries, self.serving()
        since, self.checked = self.checked, time.monotonic()
        for shard in range(SHARDS):
            if before[shard] == self.primaries[shard]:
                continue
            asked = [one.window for one in self.active if shard in one.window.shards]
            if any(window.promoted for window in asked):
                continue
            window = Window(UNPLANNED)
            window.start, window.shards = since, {shard}
            window.end = window.settled = time.monotonic()
            window.note("during " + ", ".join(one.name for one in asked) if asked else "")
            self.windows.append(window)
            self.say(f"{window.name}: shard {shard} {window.detail}")

    def sample(self):
        """Memory and descriptors of the proxies, once a second; notices one that has ended."""
        now = time.monotonic()
        if now < self.sampled + SAMPLE:
            return
        self.sampled = now
        hurt = {proxy for one in self.active for proxy in one.window.proxies}
        for proxy in self.proxies:
            usage = proxy.usage()
            if usage:
                proxy.samples.append((now, *usage))
            if proxy not in hurt and not proxy.child.is_alive():
                raise Failure(f"the proxy with {proxy.name} has ended:\n{proxy.child.last_words(30)}")


class Watch:
    """Asks one server directly, again and again, and notes when it was late."""

    def __init__(self, node):
        self.node, self.late = node, []
        threading.Thread(target=self.run, daemon=True).start()

    def take(self):
        late, self.late = self.late, []
        return late

    def run(self):
        while True:
            try:
                with Connection(self.node.port, 30) as connection:
                    while True:
                        begun = time.monotonic()
                        connection.ask("PING")
                        if time.monotonic() > begun + LATE_SECONDS:
                            self.late.append((begun, time.monotonic()))
                        time.sleep(WATCH_PAUSE)
            except (OSError, ReplyError):
                time.sleep(WATCH_PAUSE)


class Running:
    """A fault under way."""

    def __init__(self, window, steps):
        self.window, self.steps = window, steps
        self.condition = None
        self.asked = 0.0

    def step(self):
        """Goes on if what it waits for has come; False once it has ended."""
        while self.steps is not None:
            now = time.monotonic()
            if self.condition is not None:
                if now < self.asked + PAUSE:
                    return True
                self.asked = now
                try:
                    if not self.condition():
                        return True
                except OSError:
                    return True
            try:
                waits_for = next(self.steps)
            except StopIteration:
                self.steps, self.window.end = None, time.monotonic()
                return False
            self.asked = 0.0
            if callable(waits_for):
                self.condition = waits_for
            else:
                until = now + waits_for
                self.condition = lambda until=until: time.monotonic() >= until
                self.asked = until - PAUSE
        return False


# Between two questions whether something has come.
PAUSE = 0.02
