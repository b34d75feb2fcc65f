"""The checkers check: a proxy that mixes up, loses, doubles, forgets or holds replies is found out.

    python3 -B -m unittest discover tests/faults
"""

import asyncio
import os
import re
import sys
import types
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from chaos import HERE as FAULTS, ROOT, clients, failures, nodes, verdict  # noqa: E402
from chaos.ledger import Numbers, classify  # noqa: E402
from chaos.load import Load  # noqa: E402
from chaos.wire import Error, Parser, slot_of  # noqa: E402
from lab.resp import encode  # noqa: E402

LOST = b"-ERR corelane: lost the connection to node x; the outcome of this command is unknown\r\n"
DOWN = b"-CLUSTERDOWN corelane: no node served slot 1 within 1000 ms\r\n"


class WireTest(unittest.TestCase):
    def test_replies_at_every_cut(self):
        data = b"+OK\r\n$5\r\na\r\nbc\r\n*3\r\n:7\r\n$-1\r\n*0\r\n-ERR x\r\n%1\r\n_\r\n#t\r\n>1\r\n$0\r\n\r\n"
        whole = ["OK", b"a\r\nbc", [7, None, []], Error("ERR x"), [None, "t"], [b""]]
        for cut in range(len(data)):
            parser = Parser()
            parser.feed(data[:cut])
            found = parser.take()
            parser.feed(data[cut:])
            self.assertEqual(found + parser.take(), whole, cut)

    def test_the_middle_of_a_large_reply(self):
        parser = Parser()
        for data, is_large in ((b"+OK\r\n$2000000\r\nab", False), (b"x" * 1999998 + b"\r\n", False),
                               (b"$2097152\r\nab", True), (b"x" * 2097150, True), (b"\r\n", False)):
            parser.feed(data)
            parser.take()
            self.assertEqual(parser.is_in_a_large_reply(), is_large)

    def test_slots(self):
        self.assertEqual(slot_of("foo"), 12182)
        self.assertEqual(slot_of("{foo}bar"), 12182)
        self.assertEqual(slot_of("123456789"), 0x31C3)


class ErrorsTest(unittest.TestCase):
    def test_what_errors_say_about_a_write(self):
        self.assertEqual(classify(LOST[1:].decode()), ("lost link", "unknown"))
        self.assertEqual(classify(DOWN[1:].decode()), ("unavailable", "refused"))
        aborted = "EXECABORT Transaction discarded because of: "
        self.assertEqual(classify(aborted + DOWN[1:].decode()), ("unavailable", "refused"))
        self.assertEqual(classify("ERR something new"), ("other", "unknown"))


class FakeProxy:
    """A right server in a few lines, and a `fault` that may change what it does with a request."""

    def __init__(self, fault):
        self.fault = fault
        self.values, self.lists = {}, {}
        self.number = 0

    async def serve(self, reader, writer):
        parser, queue = Parser(), None
        while data := await reader.read(65536):
            parser.feed(data)
            for words in parser.take():
                self.number += 1
                name = words[0].upper()
                if name == b"MULTI":
                    queue, reply = [], b"+OK\r\n"
                elif name == b"EXEC":
                    replies = [self.execute(one) for one in queue]
                    queue, reply = None, b"*%d\r\n" % len(replies) + b"".join(replies)
                elif queue is not None:
                    queue.append(words)
                    reply = b"+QUEUED\r\n"
                else:
                    reply = self.fault(self, words) or self.execute(words)
                if reply is HOLD:
                    continue
                writer.write(reply)
        writer.close()

    def execute(self, words):
        name, key = words[0].upper(), words[1] if len(words) > 1 else b""
        if name == b"SET":
            self.values[key] = words[2]
            return b"+OK\r\n"
        if name == b"GET":
            return bulk(self.values.get(key))
        if name == b"MSET":
            self.values.update(zip(words[1::2], words[2::2]))
            return b"+OK\r\n"
        if name == b"MGET":
            return b"*%d\r\n" % (len(words) - 1) + b"".join(bulk(self.values.get(one)) for one in words[1:])
        if name == b"RPUSH":
            self.lists.setdefault(key, []).append(words[2])
            return b":%d\r\n" % len(self.lists[key])
        if name == b"LRANGE":
            return encode(*self.lists.get(key, []))
        if name == b"INCR":
            self.values[key] = int(self.values.get(key, 0)) + 1
            return b":%d\r\n" % self.values[key]
        if name == b"EVAL":
            return encode(words[3], words[4])
        return bulk(key)


HOLD = b"hold"


def bulk(value):
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


class Lines(list):
    """A file for findings."""

    def write(self, line):
        import json
        self.append(json.loads(line))


def findings_with(fault, batches=150):
    """What the checked client finds through a proxy with this fault."""
    out = Lines()

    async def run():
        fake = FakeProxy(fault)
        server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        load = Load({"port": port, "deadline": 0.2, "tags": [["a", 0], ["b", 1], ["c", 2]], "name": "w",
                     "seed": 1, "slowness": 0.0}, out)
        client = clients.Client(load, "w.one")
        for _ in range(batches):
            if await client.connected():
                requests = []
                while len(requests) < 20:
                    requests += client.ledger.draw()
                await client.run(requests)
        load.running, load.verifying = False, True
        await clients.verify(client)
        await asyncio.sleep(0.01)
        server.close()
    asyncio.run(run())
    return {finding["what"] for finding in out if finding["what"] != "error"}


def every(name, count):
    """True for each so many-th request of this name."""
    seen = [0]

    def is_time(words):
        if words[0].upper() != name:
            return False
        seen[0] += 1
        return seen[0] % count == 0
    return is_time


class CheckersTest(unittest.TestCase):
    def setUp(self):
        # A busy machine is no fault of a proxy.
        clients.MARGIN, clients.GIVEN_UP = 10.0, 20.0

    def test_a_right_proxy(self):
        self.assertEqual(findings_with(lambda fake, words: None), set())

    def test_errors_that_tell_the_truth(self):
        now, done = every(b"SET", 7), every(b"RPUSH", 5)

        def fault(fake, words):
            if now(words):
                return DOWN
            if done(words):
                fake.execute(words)
                return LOST
            return None
        self.assertEqual(findings_with(fault), set())

    def test_a_foreign_value(self):
        now = every(b"GET", 50)
        self.assertIn("foreign", findings_with(
            lambda fake, words: bulk(b"w.other|" + words[1] + b"|1") if now(words) else None))

    def test_replies_out_of_order(self):
        now = every(b"ECHO", 50)
        self.assertIn("order", findings_with(
            lambda fake, words: bulk(b"w.one|nonce|1") if now(words) else None))

    def test_a_read_that_overtakes_a_write(self):
        for reply, finding in ((LOST, "overtaken"), (None, "order")):
            numbers = Numbers()
            for _ in range(2):
                numbers.issue()
            numbers.settle(1, None, 0)
            self.assertEqual(numbers.read(2, 0), "overtaken")
            self.assertEqual(numbers.read(2, 0), None)
            self.assertEqual(numbers.settle(2, "unknown" if reply else None, 0), None if reply else finding)

    def test_a_lost_write(self):
        now, then = every(b"SET", 30), every(b"RPUSH", 30)
        found = findings_with(lambda fake, words: b"+OK\r\n" if now(words) else None)
        self.assertIn("regressed", found)
        self.assertIn("lost", findings_with(lambda fake, words: b":1\r\n" if then(words) else None))

    def test_a_write_that_is_done_twice(self):
        for name in (b"RPUSH", b"INCR"):
            now = every(name, 30)

            def fault(fake, words, now=now):
                if now(words):
                    fake.execute(words)
            self.assertIn("doubled", findings_with(fault))

    def test_a_refused_write_that_is_executed(self):
        for name in (b"SET", b"RPUSH"):
            now = every(name, 10)

            def fault(fake, words, now=now):
                if now(words):
                    fake.execute(words)
                    return DOWN
                return None
            self.assertIn("undead", findings_with(fault))

    def test_half_a_transaction(self):
        now = every(b"MGET", 5)

        def fault(fake, words):
            pair = [key for key in words[1:] if key.endswith(b":b")]
            if pair and now(words):
                return b"*2\r\n" + bulk(fake.values.get(words[1])) + bulk(None)
            return None
        self.assertIn("torn", findings_with(fault))

    def test_a_request_without_a_reply(self):
        now = every(b"ECHO", 40)
        clients.MARGIN, clients.GIVEN_UP = 0.1, 0.3
        self.assertIn("hung", findings_with(lambda fake, words: HOLD if now(words) else None, 60))

    def test_bytes_that_are_no_reply(self):
        now = every(b"ECHO", 40)
        self.assertIn("garbled", findings_with(lambda fake, words: b"what?\r\n" if now(words) else None, 60))


def window(**settings):
    made = types.SimpleNamespace(
        name="x", start=10.0, end=12.0, settled=13.0, promoted=None, shards={1}, proxies=set(),
        allows={"timeout"}, loses=False, stale=False, detail="")
    made.__dict__.update(settings)
    return made


class VerdictTest(unittest.TestCase):
    def explained(self, finding, **settings):
        return verdict.Verdict([window(**settings)], [(None, finding)]).passed

    def test_errors_need_a_fault_at_their_time_and_shard(self):
        error = {"what": "error", "kind": "timeout", "t": 11.0, "shards": [1, 2]}
        self.assertTrue(self.explained(error))
        self.assertTrue(self.explained({**error, "t": 13.5}), "just ended")
        self.assertFalse(self.explained({**error, "t": 9.0}), "before")
        self.assertFalse(self.explained({**error, "t": 20.0}), "long after")
        self.assertFalse(self.explained({**error, "shards": [0]}), "another shard")
        self.assertFalse(self.explained({**error, "kind": "moved"}), "another error")
        self.assertFalse(self.explained({**error, "kind": "other"}))

    def test_a_cut_reply_needs_a_lost_node_and_a_closed_client_a_lost_proxy(self):
        cut = {"what": "connection", "kind": "cut reply", "t": 11.0, "shards": [1]}
        self.assertTrue(self.explained(cut, allows={"cut reply"}))
        self.assertFalse(self.explained(cut), "links are not lost")
        self.assertFalse(self.explained({**cut, "shards": [0]}, allows={"cut reply"}), "another shard")
        self.assertFalse(self.explained({**cut, "kind": "closed"}, allows={"closed"}), "the proxy was left alone")

    def test_only_failovers_lose_writes(self):
        lost = {"what": "lost", "t": 99.0, "acked": 9.0, "shards": [1]}
        self.assertTrue(self.explained(lost, loses=True))
        self.assertFalse(self.explained(lost))
        self.assertFalse(self.explained({**lost, "acked": 5.0}, loses=True), "long before the crash")
        self.assertFalse(self.explained({**lost, "shards": [0]}, loses=True))
        self.assertFalse(self.explained({**lost, "what": "lost although confirmed"}, loses=True))

    def test_nothing_explains_a_foreign_value(self):
        for what in verdict.NEVER:
            self.assertFalse(self.explained({"what": what, "t": 11.0, "shards": [1]}, loses=True, stale=True))

    def test_old_reads_need_a_primary_that_cannot_be_reached(self):
        read = {"what": "regressed", "t": 11.0, "acked": 1.0, "shards": [1]}
        self.assertFalse(self.explained(read))
        self.assertTrue(self.explained(read, stale=True))


class FailuresTest(unittest.TestCase):
    """Only what a test has seen of a proxy that works otherwise counts as its failure."""

    def outcome(self, test, make=None):
        child = types.SimpleNamespace(stop=lambda: self.stopped.append(True))
        proxy = types.SimpleNamespace(name="the proxy", child=child)
        self.stopped = []
        with unittest.mock.patch.object(failures.Scene, "serves", lambda scene, shard: True):
            cluster = types.SimpleNamespace(nodes=[])
            return failures.outcome(cluster, "", (), make or (lambda *_: proxy), test)

    def test_what_counts(self):
        def raising(error):
            def test(*_):
                raise error
            return test

        rows = [
            (lambda scene: None, "passed"),
            (raising(failures.Wrong("bad")), "wrong"),
            (raising(ConnectionResetError("gone")), "not tried"),
            (raising(failures.ReplyError("ERR")), "not tried"),
            (raising(failures.Failure("the cluster")), "not tried"),
        ]
        for test, kind in rows:
            said = self.outcome(test)
            self.assertEqual(said.kind, kind)
            self.assertEqual(said.is_as_expected(True), kind == "passed")
            self.assertEqual(said.is_as_expected(False), kind == "wrong")
            self.assertEqual(self.stopped, [True])
        for error in (FileNotFoundError("no program"), failures.Failure("it does not start")):
            said = self.outcome(lambda scene: None, raising(error))
            self.assertEqual(said.kind, "not tried")
            self.assertIn(str(error), str(said))
            self.assertFalse(said.is_as_expected(True) or said.is_as_expected(False))


class TagsTest(unittest.TestCase):
    def test_every_shard_has_its_tags(self):
        tags = nodes.tags(3)
        self.assertEqual(len({slot_of(tag) for tag, _ in tags}), 9)
        for tag, shard in tags:
            first, last = nodes.range_of(shard)
            self.assertTrue(first <= slot_of(tag) <= last)


class DocumentTest(unittest.TestCase):
    def test_every_named_test_is_there(self):
        """FAULTS.md names no test and no module that does not exist."""
        with open(os.path.join(FAULTS, "FAULTS.md"), encoding="utf-8") as file:
            quoted = re.findall(r"`([a-z0-9_:]+|e2e [a-z0-9_:]+)`", file.read())
        sources = ""
        for top in ("src", "tests/e2e", "tests/sim"):
            for folder, _, names in os.walk(os.path.join(ROOT, top)):
                for name in names:
                    if name.endswith(".rs"):
                        with open(os.path.join(folder, name), encoding="utf-8") as file:
                            sources += file.read()
        known = set(re.findall(r"\b(?:fn|mod) ([a-z0-9_]+)", sources))
        missing = [name for name in quoted if ("::" in name or name.startswith("e2e "))
                   and not set(name.removeprefix("e2e ").split("::")) <= known]
        self.assertEqual(missing, [])
        self.assertGreater(len(quoted), 40)


if __name__ == "__main__":
    unittest.main()
