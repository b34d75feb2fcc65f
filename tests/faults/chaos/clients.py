"""Clients of the load: each is a coroutine that checks every reply with its ledger and its deadline."""

import asyncio
import socket
import struct
import time

from lab.resp import encode

from .ledger import UNKNOWN, Ledger, Request, classify
from .wire import Error, Garbled, Parser, Push

# Beyond the proxy's own deadline: the machine is shared, and so is Python's one thread.
MARGIN = 3.0
# A reply that is late by this has not come at all.
GIVEN_UP = 10.0
# Between two attempts to connect.
RETRY = 0.05


class Client:
    """A connection with its ledger; `load` has the address, the deadline and takes findings."""

    def __init__(self, load, name, protocol=2, tags=None):
        self.load, self.name, self.protocol = load, name, protocol
        self.random = load.random_for(name)
        self.ledger = Ledger(name, tags or load.tags, self.random, self.report)
        self.reader = self.writer = self.parser = None
        self.replies = []
        # Replies that were errors.
        self.failures = 0

    def report(self, finding, **details):
        self.load.report(finding, client=self.name, **details)

    @property
    def running(self):
        return self.load.running

    # === connection ===

    async def connected(self):
        """Connects until it works or the load ends; False then."""
        while self.writer is None:
            if not self.running and not self.load.verifying:
                return False
            try:
                self.reader, self.writer = await asyncio.wait_for(
                    asyncio.open_connection("127.0.0.1", self.load.port, limit=1 << 20), 10)
                self.parser, self.replies = Parser(), []
                if self.protocol == 3:
                    self.writer.write(encode("HELLO", 3))
                    reply = await self.read(time.monotonic() + GIVEN_UP)
                    if isinstance(reply, Error):
                        self.load.error(self.name, reply, [])
                        raise ConnectionError(reply)
            except (OSError, asyncio.TimeoutError, Garbled) as error:
                self.load.connection(self.name, "refused", error)
                self.drop()
                await asyncio.sleep(RETRY)
        return True

    def drop(self, reset=False):
        """Closes the connection, at once and without a goodbye if wanted."""
        if self.writer:
            if reset:
                handle = self.writer.get_extra_info("socket")
                # The other side may have been quicker.
                if handle.fileno() >= 0:
                    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.writer.transport.abort()
            else:
                self.writer.close()
        self.reader = self.writer = None

    async def read(self, until):
        """The next reply; TimeoutError when the time is over."""
        while True:
            while self.replies:
                reply = self.replies.pop(0)
                if not isinstance(reply, Push):
                    return reply
            data = await asyncio.wait_for(self.reader.read(1 << 18), max(0.001, until - time.monotonic()))
            if not data:
                raise ConnectionError("closed")
            self.parser.feed(data)
            self.replies = self.parser.take()

    # === requests ===

    async def run(self, requests, patience=0.0):
        """Sends requests together and judges their replies; False if the connection was lost."""
        sent = time.monotonic()
        self.load.sent += len(requests)
        deadline = self.load.deadline + MARGIN + patience
        for number, request in enumerate(requests):
            if number == 0:
                self.writer.write(b"".join(encode(*one.words) for one in requests))
            try:
                reply = await self.read(sent + deadline + GIVEN_UP)
            except (OSError, asyncio.TimeoutError, Garbled) as error:
                self.lost(requests[number:], error)
                return False
            now = time.monotonic()
            if now - sent > deadline:
                self.report("late reply", key=request.words[0], got=round(now - sent, 3), shards=request.shards)
            self.load.waited(now - sent)
            self.settle(request, reply, now)
        return True

    def settle(self, request, reply, now):
        self.load.answered += 1
        if isinstance(reply, Error):
            self.failures += 1
            self.load.error(self.name, reply, request.shards)
        request.judge(reply, now)

    def lost(self, requests, error):
        """The connection is gone, so nobody knows about these."""
        for request in requests:
            request.forget()
        if isinstance(error, asyncio.TimeoutError):
            words = [str(word)[:40] for word in requests[0].words[:2]]
            self.report("hung", key=" ".join(words), got=len(requests), shards=requests[0].shards)
        elif isinstance(error, Garbled):
            self.report("garbled", key="", got=repr(error), shards=[])
        elif self.parser.is_in_a_large_reply():
            self.load.connection(self.name, "cut reply", error, requests[0].shards)
        else:
            self.load.connection(self.name, "closed", error)
        self.drop()

    async def pause(self, seconds):
        await asyncio.sleep(seconds * self.random.uniform(0.5, 1.5) * self.load.slowness)


async def mixed(client):
    """Pipelines of everything over all shards."""
    while client.running and await client.connected():
        requests = []
        depth = client.random.choice((1, 2, 8, 24, 64))
        while len(requests) < depth:
            requests += client.ledger.draw()
        await client.run(requests)
        await client.pause(0.02)


async def prober(client):
    """One request at a time to one shard: how long it is served, and how long it stands still."""
    (tag, shard), = client.ledger.tags
    served = time.monotonic()
    while client.running and await client.connected():
        for request in (client.ledger.set(tag, "v"), client.ledger.get(tag, "v")):
            before, failures = time.monotonic(), client.failures
            if not await client.run([request]):
                break
            now = time.monotonic()
            if client.failures == failures:
                client.load.probe(shard, now, now - before, now - served)
                served = now
        await client.pause(0.01)


async def confirmed(client):
    """Writes that a replica has, too: they may never be lost."""
    while client.running and await client.connected():
        tag, shard = client.random.choice(client.ledger.tags)
        request = client.ledger.push(tag)
        key = request.words[1]
        result = []

        def judge(reply, now, result=result):
            if isinstance(reply, int):
                result.append(reply)
            elif not isinstance(reply, Error):
                client.ledger.wrong("order", "WAIT", reply)
        wait = Request(["WAIT", 1, 400], client.ledger.everywhere, judge)
        if await client.run([request]):
            entries = client.ledger.journals[key]
            if entries[-1][0] == "acked" and await client.run([wait], 2.0) and result and result[0] >= 1:
                entries[-1][0] = "confirmed"
                client.load.count("confirmed writes")
        await client.pause(0.05)


async def vanishing(client):
    """Leaves in the middle of a pipeline, and of a request, without reading."""
    while client.running and await client.connected():
        requests = []
        for _ in range(client.random.choice((3, 20, 80))):
            requests += client.ledger.draw()
        data = b"".join(encode(*request.words) for request in requests)
        client.writer.write(data[:client.random.randint(len(data) // 2, len(data))])
        try:
            for request in requests[:client.random.randrange(len(requests))]:
                client.settle(request, await client.read(time.monotonic() + 0.2), time.monotonic())
                requests = requests[1:]
        except (OSError, asyncio.TimeoutError, Garbled):
            pass
        for request in requests:
            request.forget()
        client.drop(reset=client.random.random() < 0.7)
        client.load.count("clients that vanished")
        await client.pause(0.2)


async def slow_reader(client):
    """Asks for much, and takes it slowly."""
    tag, _ = client.random.choice(client.ledger.tags)
    while client.running and await client.connected():
        size = client.random.choice((2_000, 60_000, 200_000))
        if not await client.run([client.ledger.set(tag, "slow", size)]):
            continue
        requests = [client.ledger.get(tag, "slow") for _ in range(client.random.choice((20, 100)))]
        client.writer.write(b"".join(encode(*request.words) for request in requests))
        client.load.count("slow readers")
        await client.pause(1.5)
        for number, request in enumerate(requests):
            try:
                reply = await client.read(time.monotonic() + GIVEN_UP)
            except (OSError, asyncio.TimeoutError, Garbled) as error:
                client.lost(requests[number:], error)
                break
            client.settle(request, reply, time.monotonic())
            if number % 10 == 0:
                await client.pause(0.05)
        await client.pause(0.5)


async def huge(client):
    """Values of some MiB both ways."""
    while client.running and await client.connected():
        tag, _ = client.random.choice(client.ledger.tags)
        size = client.random.choice((20_000, 300_000, 2 << 20, 8 << 20))
        if await client.run([client.ledger.set(tag, "huge", size)], 2.0):
            await client.run([client.ledger.get(tag, "huge")], 2.0)
        client.load.count("huge values")
        await client.pause(1.5)


async def taker(client):
    """Waits in BLPOP for what `giver` pushes: each element comes at most once."""
    tag, shard = client.ledger.tags[0]
    key, last, seen = client.ledger.key(tag, "queue"), 0, set()
    client.queue = key

    def judge(reply, now):
        nonlocal last
        if reply is None or isinstance(reply, Error):
            return
        if not isinstance(reply, list) or len(reply) != 2 or reply[0] != key.encode():
            client.ledger.wrong("order", "BLPOP", reply)
            return
        parts = reply[1].split(b"|")
        if parts[0] != client.name.encode():
            client.ledger.wrong("foreign", "BLPOP", reply)
        number = int(parts[-1])
        if number in seen:
            # After a failover an element may be there again: what took it away was lost.
            client.report("regressed", key=key, got=number, expected=last, shards=[shard], acked=now)
        seen.add(number)
        last = max(last, number)
        client.load.count("elements taken")
    while client.running and await client.connected():
        await client.run([Request(["BLPOP", key, "0.5"], [shard], judge)], 1.0)


async def giver(client, other):
    """Pushes elements for `taker`."""
    number = 0
    while client.running and await client.connected():
        number += 1
        tag, shard = other.ledger.tags[0]
        key = other.ledger.key(tag, "queue")

        def judge(reply, now):
            if not isinstance(reply, (Error, int)):
                client.ledger.wrong("order", "RPUSH", reply)
        await client.run([Request(["RPUSH", key, f"{other.name}|q|{number}"], [shard], judge)])
        await client.pause(0.1)


async def listener(client):
    """Subscribed to one channel: messages come in order, each once.

    A PUBLISH with an unknown outcome may take effect late, as any write.
    """
    channel, last, client.unknown = f"channel:{client.name}", 0, set()
    while client.running and await client.connected():
        client.writer.write(encode("SUBSCRIBE", channel))
        begun = False
        while client.running:
            try:
                reply = await client.read(time.monotonic() + 1.0)
            except asyncio.TimeoutError:
                continue
            except (OSError, Garbled) as error:
                client.lost([], error) if not isinstance(error, Garbled) else client.lost(
                    [Request(["SUBSCRIBE"], [], None)], error)
                break
            if isinstance(reply, Error):
                client.load.error(client.name, reply, client.ledger.everywhere)
                await client.pause(0.1)
                client.writer.write(encode("SUBSCRIBE", channel))
                continue
            if reply[0] == b"subscribe":
                begun = True
                continue
            number = int(reply[2].split(b"|")[1])
            if reply[1] != channel.encode() or not reply[2].startswith(client.name.encode() + b"|"):
                client.ledger.wrong("foreign", "message", reply)
            elif number in client.unknown:
                client.unknown.discard(number)
                client.load.count("messages of an unknown outcome")
            elif number <= last:
                client.report("message again", key=channel, got=number, expected=last + 1,
                              shards=client.ledger.everywhere)
            elif begun and last and number > last + 1:
                client.load.count("messages missed", number - last - 1)
                client.report("message missed", key=channel, got=number, expected=last + 1,
                              shards=client.ledger.everywhere)
            last = max(last, number)
            client.load.count("messages")


async def publisher(client, other):
    """Publishes for `listener`."""
    number = 0
    while client.running and await client.connected():
        number += 1

        def judge(reply, now, number=number):
            if isinstance(reply, Error):
                if classify(reply)[1] == UNKNOWN:
                    other.unknown.add(number)
            elif not isinstance(reply, int):
                client.ledger.wrong("order", "PUBLISH", reply)
        words = ["PUBLISH", f"channel:{other.name}", f"{other.name}|{number}"]
        await client.run([Request(words, client.ledger.everywhere, judge,
                                  lambda number=number: other.unknown.add(number))])
        await client.pause(0.1)


async def verify(client):
    """At the end: reads all that the client ever wrote."""
    client.parser = None
    client.drop()
    if not await client.connected():
        return
    ledger = client.ledger
    for key in list(ledger.numbers):
        await until_answered(client, lambda key=key: Request(
            ["GET", key], [ledger.shard(key)], lambda reply, now, key=key: ledger.judge_read(reply, key, now)))
    for key in list(ledger.journals):
        await until_answered(client, lambda key=key: Request(
            ["LRANGE", key, 0, -1], [ledger.shard(key)],
            lambda reply, now, key=key: isinstance(reply, Error) or ledger.judge_journal(key, reply)))
    client.drop()


async def until_answered(client, make):
    """Everything is well by now, so errors are findings of their own; three attempts."""
    for _ in range(3):
        failures = client.failures
        if await client.connected() and await client.run([make()]) and client.failures == failures:
            return
    client.report("not verified", key=str(make().words[:2]), got=None, shards=[])
