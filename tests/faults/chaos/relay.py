"""A bad network between clients and one node: nodes announce the port of their relay.

Replication is told by its first request and always goes through undisturbed, so that what the relay does
explains errors and never a lost write.
"""

import asyncio
import collections
import random
import socket
import struct
import threading

# What a replica says first.
REPLICATION = b"*1\r\n$4\r\nPING\r\n"

# The modes of a relay. `pass` hands everything on; what the others do stands in `Flow`.
PASS, DELAY, BLACK_HOLE, TRICKLE = "pass", "delay", "black hole", "trickle"


# Between two looks whether the loop gets on, in seconds.
BEAT = 0.1


class Network:
    """All relays, on one event loop in a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.pauses = []
        self.thread.start()
        self.loop.call_soon_threadsafe(self._beat, self.loop.time())

    def _beat(self, before):
        """Notes when the loop did not get on."""
        now = self.loop.time()
        if now > before + 2 * BEAT:
            self.pauses.append((before, now - before))
        self.loop.call_later(BEAT, self._beat, now)

    def take_pauses(self, seconds):
        """Beginnings of pauses of so long and longer."""
        pauses, self.pauses = self.pauses, []
        return [begun for begun, lasted in pauses if lasted > seconds]

    def call(self, function, *arguments):
        """Runs a coroutine function on the loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(function(*arguments), self.loop).result(30)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Relay:
    """Listens at `port` and connects to `target`; what it does can be changed at any time."""

    def __init__(self, network, port, target, seed):
        self.network, self.port, self.target = network, port, target
        self.random = random.Random(seed)
        self.mode, self.seconds, self.bytes = PASS, 0.0, 1
        self.connections, self.server = set(), None
        self.passed = 0
        network.call(self._listen)

    # === for the schedule ===

    def become(self, mode, seconds=0.0, size=1):
        self.network.call(self._become, mode, seconds, size)

    def cut(self):
        """Resets all connections."""
        self.network.call(self._each, lambda connection: connection.cut())

    def cut_in_reply(self):
        """Lets a piece of the next reply of each connection through, and resets it."""
        self.network.call(self._each, lambda connection: connection.break_next())

    def keep_the_others(self):
        """Connections on which no reply came go on."""
        self.network.call(self._each, lambda connection: connection.keep())

    def half_open(self):
        """The node's side ends; the other side is told nothing, ever."""
        self.network.call(self._each, lambda connection: connection.half_open())

    def refuse(self):
        """Resets all connections and takes no new ones."""
        self.network.call(self._refuse)

    def accept(self):
        self.network.call(self._listen)

    def close(self):
        self.network.call(self._refuse)
        self.network.call(self._each, lambda connection: connection.cut(), True)

    # === on the loop ===

    async def _listen(self):
        if self.server is None:
            self.server = await self.network.loop.create_server(
                lambda: Connection(self), "127.0.0.1", self.port, reuse_address=True)

    async def _refuse(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        await self._each(lambda connection: connection.cut())

    async def _become(self, mode, seconds, size):
        self.mode, self.seconds, self.bytes = mode, seconds, size
        if mode == PASS:
            for connection in list(self.connections):
                connection.heal()

    async def _each(self, action, replication=False):
        for connection in list(self.connections):
            if replication or not connection.is_replication:
                action(connection)


class Connection(asyncio.Protocol):
    """The side towards whoever connects; it owns both directions."""

    def __init__(self, relay):
        self.relay = relay
        self.near = self.far = None
        self.is_replication = self.is_half = self.breaks = self.is_broken = False
        self.first = b""
        self.out, self.back = Flow(self, "far"), Flow(self, "near")

    def connection_made(self, transport):
        self.near = transport
        self.relay.connections.add(self)

    def data_received(self, data):
        if len(self.first) < len(REPLICATION):
            self.first += data[:len(REPLICATION)]
            self.is_replication = self.first.startswith(REPLICATION)
        if self.far is None:
            self.far = PENDING
            asyncio.ensure_future(self.connect())
        self.out.take(data)

    async def connect(self):
        # A black hole takes no connections to the node either, until it heals.
        while self.relay.mode == BLACK_HOLE and not self.is_replication and self.near:
            await asyncio.sleep(0.02)
        try:
            self.far, _ = await self.relay.network.loop.create_connection(
                lambda: Far(self), "127.0.0.1", self.relay.target)
        except OSError:
            self.cut()
            return
        if self.near is None:
            self.cut()
        self.out.move()

    def connection_lost(self, _):
        self.near = None
        self.cut()

    def far_lost(self):
        self.far = PENDING
        if not self.is_half:
            self.cut()

    def reply(self, data):
        self.relay.passed += len(data)
        if self.is_broken:
            return
        if self.breaks:
            self.is_broken = True
            if self.near:
                self.near.write(data[:self.relay.random.randrange(len(data))])
            self.network_later(0.01, self.cut)
        else:
            self.back.take(data)

    def network_later(self, seconds, action):
        self.relay.network.loop.call_later(seconds, action)

    def cut(self):
        self.relay.connections.discard(self)
        for transport in (self.near, self.far):
            if transport in (None, PENDING):
                continue
            handle = transport.get_extra_info("socket")
            if handle is not None and self.relay.random.random() < 0.5 and handle.fileno() >= 0:
                handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        self.near = self.far = None

    def half_open(self):
        self.is_half = True
        if self.far not in (None, PENDING):
            self.far.abort()

    def break_next(self):
        self.breaks = True

    def keep(self):
        self.breaks = False

    def heal(self):
        self.out.move()
        self.back.move()

    def end_of(self, name):
        transport = self.near if name == "near" else self.far
        return None if transport in (None, PENDING) else transport


class Far(asyncio.Protocol):
    """The side towards the node."""

    def __init__(self, connection):
        self.connection = connection

    def data_received(self, data):
        self.connection.reply(data)

    def connection_lost(self, _):
        self.connection.far_lost()


class Flow:
    """One direction: bytes in order, each with the time from which on it may go."""

    def __init__(self, connection, towards):
        self.connection, self.towards = connection, towards
        self.waiting = collections.deque()
        self.is_timed = False

    def take(self, data):
        loop = self.connection.relay.network.loop
        self.waiting.append((loop.time(), bytes(data)))
        self.move()

    def move(self):
        """Hands on what may go by now."""
        relay, loop = self.connection.relay, self.connection.relay.network.loop
        mode = PASS if self.connection.is_replication else relay.mode
        transport = self.connection.end_of(self.towards)
        while self.waiting and transport and not self.connection.is_half:
            came, data = self.waiting[0]
            if mode == BLACK_HOLE:
                return
            if mode == DELAY and came + relay.seconds > loop.time():
                self.again(came + relay.seconds - loop.time())
                return
            if mode == TRICKLE:
                if self.is_timed:
                    return
                transport.write(data[:relay.bytes])
                self.waiting[0] = (came, data[relay.bytes:])
                if not self.waiting[0][1]:
                    self.waiting.popleft()
                self.again(relay.seconds)
                return
            self.waiting.popleft()
            transport.write(data)

    def again(self, seconds):
        if not self.is_timed:
            self.is_timed = True
            self.connection.network_later(seconds, self.timed)

    def timed(self):
        self.is_timed = False
        self.move()


# A connection to the node is being made, or was ended.
PENDING = object()
