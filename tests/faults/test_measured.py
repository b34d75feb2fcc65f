"""The verdicts of `--isolation` and `--soak` find what is wrong, and nothing else.

    python3 -B -m unittest discover tests/faults
"""

import contextlib
import io
import os
import socket
import sys
import threading
import types
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import test_chaos  # noqa: E402
from chaos import flatness, isolation, main, report, verdict  # noqa: E402


def phases(fine=0.001, failures=(), measured=200, **others):
    """A round of the isolation run; `others` are p99 of phases, in seconds."""
    made = {}
    for name in (isolation.FINE, *isolation.FAULTS):
        made[name] = isolation.Phase()
        slowest = others.get(name.replace(" ", "_"), fine)
        made[name].latencies = [fine / 2] * (measured - 5) + [slowest] * 5
    for name, text in failures:
        made[name].failures.append(text)
    return made


class IsolationTest(unittest.TestCase):
    def test_shards_that_are_isolated(self):
        rounds = [phases(), phases(0.02)]
        self.assertEqual(isolation.complaints(rounds), [])
        self.assertEqual(main.isolation_report(rounds, False)[1], 0)

    def test_every_phase_is_judged(self):
        for name in isolation.FAULTS:
            for p99, is_well in ((0.0015, True), (0.00151, False)):
                wrong = isolation.complaints([phases(**{name.replace(" ", "_"): p99})])
                self.assertEqual(len(wrong), 0 if is_well else 1, (name, wrong))
                self.assertTrue(is_well or wrong[0].startswith(name), wrong)

    def test_the_median_of_the_rounds_counts(self):
        well, ill = phases(), phases(slow=0.1)
        self.assertEqual(isolation.complaints([well, ill, well]), [])
        self.assertEqual(len(isolation.complaints([ill, well, ill])), 1)
        # A machine that is slow for a round is slow in all of its phases.
        self.assertEqual(isolation.complaints([phases(0.001), phases(0.1, slow=0.1)]), [])

    def test_a_failed_request_in_any_phase_and_round(self):
        for name in (isolation.FINE, *isolation.FAULTS):
            wrong = isolation.complaints([phases(), phases(failures=[(name, "ERR away")]), phases()])
            self.assertEqual(len(wrong), 1)
            self.assertIn("ERR away", wrong[0])

    def test_nothing_measured_is_not_isolated(self):
        self.assertEqual(len(isolation.complaints([])), 1)
        self.assertEqual(len(isolation.complaints([phases(measured=99)])), 1 + len(isolation.FAULTS))
        empty = phases()
        empty["slow"].latencies = []
        self.assertEqual(len(isolation.complaints([phases(), empty])), 1)
        self.assertEqual(len(isolation.table([empty])), 1 + len(isolation.FAULTS))

    def test_the_report_and_its_exit_code(self):
        rounds = [phases(killed=0.1, failures=[("slow", "ERR")])]
        lines, code = main.isolation_report(rounds, False)
        self.assertEqual(code, 1)
        self.assertIn("Verdict: **FAILED**", lines)
        lines, code = main.isolation_report(rounds, True)
        self.assertEqual((code, [line for line in lines if "erdict" in line]), (0, []))
        self.assertTrue(all(len(row) == len(isolation.HEAD) for row in isolation.table(rounds)))
        for rule in (isolation.RULE, flatness.RULE):
            self.assertIn(rule, self.help())

    def help(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), self.assertRaises(SystemExit):
            main.parse(["--help"])
        return out.getvalue()

    def seen(self, client, *answers):
        """What a client notes of a server that sends each of `answers`, or closes in place of one that is empty."""
        phase, ends = isolation.Phase(), threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener, \
                unittest.mock.patch.object(isolation, "SETTLE", 0.0):
            thread = threading.Thread(
                target=client, args=(listener.getsockname()[1], "t", ends, phase), daemon=True)
            thread.start()
            listener.settimeout(10)
            connection = None
            for number, answer in enumerate(answers):
                while connection is None or not connection.recv(4096):
                    if connection is not None:
                        connection.close()
                    connection, _ = listener.accept()
                    connection.settimeout(10)
                if number == len(answers) - 1:
                    ends.set()
                if answer:
                    connection.sendall(answer)
                else:
                    connection.close()
                    connection = None
            thread.join(10)
            self.assertFalse(thread.is_alive())
            if connection is not None:
                connection.close()
        return phase

    def test_a_client_that_measures_counts_errors_and_lost_connections_and_goes_on(self):
        phase = self.seen(isolation.measure, b"+OK\r\n", b"-ERR away\r\n", b"+OK\r\n", b"", b"?\r\n", b":x\r\n",
                          b"+OK\r\n")
        self.assertEqual(len(phase.latencies), 3)
        self.assertEqual(len(phase.failures), 4, phase.failures)
        self.assertEqual(phase.failures[0], "ERR away")
        self.assertIn("the connection was closed", phase.failures[1])
        self.assertEqual(phase.crowd, [])

    def test_a_client_of_the_dead_shard_goes_on(self):
        phase = self.seen(isolation.ask, b"-ERR away\r\n", b"", b"+OK\r\n")
        self.assertEqual(phase.crowd, ["error", "lost connection", "answered"])
        self.assertEqual(phase.failures, [])

    def test_nobody_listens(self):
        phase, ends = isolation.Phase(), threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with unittest.mock.patch.object(ends, "wait", lambda _: ends.set()):
            isolation.measure(port, "t", ends, phase)
        self.assertEqual(len(phase.failures), 1)


class FlatnessTest(unittest.TestCase):
    def rows(self, minutes=60, **changes):
        """A flat run of one proxy, where `changes` say for a column what it is from the latest minutes on."""
        rows = [[minute, "1 worker", 20.0, 60, 1.0, 2.0, 1000] for minute in range(minutes)]
        for name, (since, value) in changes.items():
            for row in rows[since:]:
                row[{"memory": 2, "files": 3, "p50": 4}[name]] = value
        return rows

    def wrong(self, rows, minutes=60):
        return [text.split(":")[0] for _, text in flatness.complaints(rows, ["1 worker"], minutes)]

    def test_limits(self):
        cases = [
            (flatness.memory, 20.0, 29.0, None), (flatness.memory, 20.0, 29.1, "memory"),
            (flatness.descriptors, 60, 80, None), (flatness.descriptors, 60, 81, "descriptors"),
            (flatness.latency, [1.0, 1.0, 9.0], [1.5, 1.5, 0.1], None), (flatness.latency, [1.0], [1.51], "p50"),
        ]
        for rule, first, last, what in cases:
            said = rule(first, last)
            self.assertEqual(said and said.split(":")[0], what, (first, last))

    def test_a_run_is_judged_by_its_minutes(self):
        self.assertEqual(self.wrong(self.rows()), [])
        self.assertEqual(self.wrong(self.rows(memory=(59, 29.1))), ["memory"])
        self.assertEqual(self.wrong(self.rows(files=(59, 81))), ["descriptors"])
        self.assertEqual(self.wrong(self.rows(p50=(54, 1.6))), ["p50"])
        self.assertEqual(self.wrong(self.rows(p50=(56, 9.0))), [], "four of the last ten minutes")
        # What grows until minute 5 is not growth.
        self.assertEqual(self.wrong(self.rows(memory=(5, 90.0), files=(5, 900))), [])
        self.assertEqual(self.wrong(self.rows(memory=(6, 90.0))), ["memory"])
        # What follows the last whole minute is something else.
        self.assertEqual(self.wrong(self.rows(61, memory=(60, 90.0))), [])

    def test_the_early_minutes_are_2_to_11(self):
        rows = self.rows(p50=(0, 2.0))
        for row in rows[2:12]:
            row[4] = 1.0
        self.assertEqual(self.wrong(rows), ["p50"])
        for row in rows[2:8]:
            row[4] = 2.0
        self.assertEqual(self.wrong(rows), [])

    def test_figures_that_are_missing(self):
        self.assertEqual(len(self.wrong([])), 1)
        self.assertEqual(len(self.wrong(self.rows(59))), 1, "the last minute")
        self.assertEqual(len(self.wrong([row for row in self.rows() if row[0] != 5])), 1)
        self.assertEqual(self.wrong([row for row in self.rows() if row[0] not in (7, 55)]), [])
        self.assertEqual(self.wrong(self.rows(21, memory=(9, 90.0)), 21), [], "too short to be judged")
        self.assertEqual(self.wrong(self.rows(22, memory=(9, 90.0)), 22), ["memory"])

    def test_minutes_of_two_proxies(self):
        begun, size = 1000.0, 1 << 20
        probes = [[10000 + 600 * minute + 5, 0, [1000 * (minute + 1), 9000]] for minute in range(2)]
        samples = [(begun + second, size * second, second) for second in range(0, 120, 10)]
        rows = flatness.each_minute(probes, samples, "a", begun)
        self.assertEqual(rows, [[0, "a", 50.0, 50, 9.0, 9.0, 2], [1, "a", 110.0, 110, 9.0, 9.0, 2]])
        rows += flatness.each_minute(probes[1:], samples, "b", begun)
        head, table = flatness.side_by_side(rows)
        self.assertEqual([head.index(f"{name}: {what}") for name in "ab" for what in ("p50, ms", "p99, ms")],
                         [3, 4, 8, 9])
        self.assertEqual(table, [[0, *rows[0][2:], *"-----"], [1, *rows[1][2:], *rows[2][2:]]])
        self.assertTrue(all(len(row) == len(head) for row in table))
        self.assertEqual(len(report.table(head, table)), 4)

    def test_a_soak_that_is_not_flat_fails(self):
        proxy = unittest.mock.Mock()
        proxy.name = "1 worker"
        run = types.SimpleNamespace(proxies=[proxy], flags=types.SimpleNamespace(minutes=60))
        self.assertEqual(main.Run.not_flat(run, self.rows()), [])
        findings = main.Run.not_flat(run, self.rows(memory=(30, 90.0)))
        self.assertEqual([one for one, _ in findings], [proxy])
        everything = test_chaos.window(proxies={proxy}, shards={0, 1, 2}, start=-9.0, allows={"not flat"})
        self.assertFalse(verdict.Verdict([everything], findings).passed)
        self.assertTrue(verdict.Verdict([everything], []).passed)


if __name__ == "__main__":
    unittest.main()
