"""Replies from a stream of bytes, in RESP2 and RESP3, however they are cut.

Strings become `bytes`, simple strings `str`, numbers `int`, null `None`, arrays and their like lists, errors
`Error`, pushes `Push`.
"""


class Error(str):
    """An error reply; its text."""


class Push(list):
    """What a server sends without being asked."""


class Garbled(Exception):
    """The stream is no RESP."""


class _Incomplete(Exception):
    """The rest has not arrived yet."""


# Replies of so many bytes reach a client before their end has come, so they cannot become errors any more.
PASSED_ON = 2 << 20


class Parser:
    """Cuts replies off a growing buffer."""

    def __init__(self):
        self.buffer = bytearray()
        self.at = 0
        # Nothing can be complete below this length; so a large value is not parsed again and again.
        self.needed = 0

    def is_in_a_large_reply(self):
        """If what is there is the beginning of a reply that a proxy passes on while it arrives."""
        return self.needed - self.at >= PASSED_ON

    def feed(self, data):
        self.buffer += data

    def take(self):
        """All replies that are complete."""
        found = []
        while self.at < len(self.buffer) and len(self.buffer) >= self.needed:
            try:
                reply, end = self._reply(self.at)
            except _Incomplete:
                break
            found.append(reply)
            self.at, self.needed = end, 0
        if self.at:
            del self.buffer[:self.at]
            self.needed -= self.at
            self.at = 0
        return found

    def _line(self, start):
        end = self.buffer.find(b"\r\n", start)
        if end < 0:
            raise _Incomplete
        return bytes(self.buffer[start:end]), end + 2

    def _reply(self, at):
        line, after = self._line(at)
        kind, rest = line[:1], line[1:]
        if kind == b"$" or kind == b"=":
            return self._string(rest, after)
        if kind == b":":
            return int(rest), after
        if kind == b"+":
            return rest.decode(errors="replace"), after
        if kind == b"-":
            return Error(rest.decode(errors="replace")), after
        if kind == b"_":
            return None, after
        if kind in (b"*", b"~", b"%", b">"):
            return self._aggregate(kind, int(rest), after)
        if kind in (b"#", b",", b"("):
            return rest.decode(), after
        raise Garbled(line[:60])

    def _string(self, length, at):
        length = int(length)
        if length < 0:
            return None, at
        end = at + length
        if len(self.buffer) < end + 2:
            self.needed = end + 2
            raise _Incomplete
        if self.buffer[end:end + 2] != b"\r\n":
            raise Garbled(bytes(self.buffer[end:end + 20]))
        return bytes(self.buffer[at:end]), end + 2

    def _aggregate(self, kind, count, at):
        if count < 0:
            return None, at
        all_of_it = Push() if kind == b">" else []
        for _ in range(count * 2 if kind == b"%" else count):
            element, at = self._reply(at)
            all_of_it.append(element)
        return all_of_it, at


def slot_of(key):
    """The slot of a key, with its hash tag."""
    key = key if isinstance(key, bytes) else key.encode()
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1:end]
    crc = 0
    for byte in key:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc % 16384
