"""One process of checked clients in front of one proxy.

    python3 -m chaos.load SETTINGS.json

Findings go to a file, one JSON object a line, with the time of the monotonic clock, which all processes share.
SIGTERM ends the load: the clients stop, read back all that they wrote, and the last line of the file has the sums.
"""

import asyncio
import json
import random
import signal
import sys
import time

from . import clients
from .ledger import classify

# A stall shorter than this is the machine's.
STALL = 0.04


class Load:
    """What all clients of the process share."""

    def __init__(self, settings, out):
        self.port, self.deadline = settings["port"], settings["deadline"]
        self.tags = [tuple(pair) for pair in settings["tags"]]
        self.name, self.seed, self.slowness = settings["name"], settings["seed"], settings["slowness"]
        self.out = out
        self.running, self.verifying = True, False
        self.sent = self.answered = self.errors = 0
        self.longest = 0.0
        self.counts = {}
        self.minutes = {}

    def random_for(self, name):
        return random.Random(f"{self.seed} {name}")

    def report(self, finding, **details):
        details["t"], details["what"] = time.monotonic(), finding
        self.out.write(json.dumps(details) + "\n")

    def error(self, name, text, shards):
        self.errors += 1
        self.report("error", client=name, kind=classify(text)[0], text=str(text)[:160], shards=shards)

    def connection(self, name, what, error, shards=()):
        self.report("connection", client=name, kind=what, text=f"{type(error).__name__} {error}"[:160],
                    shards=list(shards))

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def waited(self, seconds):
        self.longest = max(self.longest, seconds)

    def probe(self, shard, now, seconds, since):
        """A request to one shard was answered; latencies are summed per tenth of a second."""
        if since > STALL:
            self.report("stall", shards=[shard], seconds=round(since, 4))
        key = (int(now * 10), shard)
        self.minutes.setdefault(key, []).append(round(seconds * 1e6))

    async def run(self):
        """Runs all clients until SIGTERM, then reads everything back."""
        cast, made = [], []

        def add(role, name, *others, **settings):
            client = clients.Client(self, f"{self.name}.{name}", **settings)
            made.append(client)
            cast.append(role(client, *others))
            return client
        for number in range(6):
            add(clients.mixed, f"mixed{number}", protocol=2 + number % 2)
        for number, shard in enumerate(sorted({shard for _, shard in self.tags})):
            tag = next(pair for pair in self.tags if pair[1] == shard)
            add(clients.prober, f"probe{number}", tags=[tag])
        for number in range(2):
            add(clients.confirmed, f"confirmed{number}")
            add(clients.vanishing, f"vanishing{number}")
        add(clients.slow_reader, "slow", protocol=3)
        add(clients.huge, "huge")
        add(clients.giver, "giver", add(clients.taker, "taker", tags=[self.tags[-1]]))
        add(clients.publisher, "publisher", add(clients.listener, "listener"))
        tasks = [asyncio.ensure_future(one) for one in cast]
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        for done in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(done, BaseException):
                self.broken(done)
        self.verifying = True
        self.report("verifying")
        for client in made:
            try:
                await clients.verify(client)
            except Exception as error:  # noqa: BLE001 - a broken checker is a finding
                self.broken(error)
        self.report("end", sent=self.sent, answered=self.answered, errors=self.errors, counts=self.counts,
                    longest=round(self.longest, 3),
                    probes=[[at, shard, values] for (at, shard), values in self.minutes.items()])

    def broken(self, error):
        import traceback
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.report("checker broken", text=text[-1500:], shards=[])

    def stop(self):
        self.running = False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    with open(settings["out"], "w", encoding="utf-8", buffering=1) as out:
        asyncio.run(Load(settings, out).run())


if __name__ == "__main__":
    main()
