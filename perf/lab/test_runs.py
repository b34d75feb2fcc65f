"""Tests of how runs are ordered, measured and ended; no server is needed."""

import argparse
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, FOLDER)

from lab import (  # noqa: E402
    arguments, cluster, contestants, load, machine, process, quiet, rounds, scenarios, usage,
)
from lab.process import Failure  # noqa: E402


def report(**changes):
    """What the load generator writes."""
    made = {
        "requests": 1000, "errors": 0, "wrong": 0, "missing": 0, "lost": 0, "unanswered": 0,
        "unsent": 0, "held_back": 0, "seconds": 2.0, "throughput": 500.0,
        "own_cpu_us_per_request": {"user": 0.25, "system": 0.5}, "started_at_unix": 8.0, "counting_from_unix": 10.0,
        "latency_us": {name: 5.0 for name in load.LATENCIES}, "curve": [[50, 5.0]],
    }
    return made | changes


def sampler():
    """A proxy that used 0.1 CPU seconds per second before the measured span and 0.5 in it."""
    made = usage.Sampler({"proxy": [1], "servers": [2]})
    made.times = [8.0, 10.0, 11.0, 12.0, 13.0]
    made.samples = {"proxy": [0.0, 0.2, 0.7, 1.2, 1.2], "servers": [0.0] * 5}
    made.ticks = {"proxy": [(0, 0), (0, 20), (25, 45), (50, 70), (50, 70)], "servers": [(0, 0)] * 5}
    return made


class Measured(unittest.TestCase):
    def test_cpu_time_is_that_of_the_measured_span(self):
        found = load.metrics(report(), sampler())
        self.assertAlmostEqual(found["cpu_us"], 1000.0)
        self.assertAlmostEqual(found["user_us"], 500.0)
        self.assertAlmostEqual(found["system_us"], 500.0)
        self.assertAlmostEqual(found["busy"], 50.0)
        self.assertAlmostEqual(found["load_cpu_us"], 0.75)
        self.assertEqual(found["servers_cpu_us"], 0.0)

    def test_a_percentile_needs_enough_requests(self):
        found = load.metrics(report(), sampler())
        self.assertEqual((found["p99"], found["p99_9"]), (5.0, None))

    def test_a_span_between_samples_is_interpolated(self):
        used = sampler().between("proxy", 10.5, 11.5)
        self.assertAlmostEqual(used["total"], 0.5)

    def test_a_report_without_the_begin_of_counting_is_refused(self):
        old = report()
        del old["counting_from_unix"]
        with self.assertRaisesRegex(Failure, "too old"):
            load.metrics(old, sampler())

    def test_wrong_replies_fail_the_run(self):
        for name in ("errors", "wrong", "missing", "lost", "unanswered"):
            with self.assertRaisesRegex(Failure, f"{name}: 3"):
                load.metrics(report(**{name: 3}), sampler())
        with self.assertRaises(Failure):
            load.metrics(report(requests=0), sampler())

    def test_an_open_loop_knows_what_it_could_not_send(self):
        late = {"p50": 1.0, "p99": 2.0, "max": 3.0}
        found = load.metrics(report(unsent=2, held_back=7, send_lateness_us=late), sampler())
        self.assertEqual((found["unsent"], found["held_back"], found["late_p99"]), (2, 7, 2.0))
        self.assertNotIn("unsent", load.metrics(report(), sampler()))

    def test_this_process_uses_time_and_memory(self):
        pid = os.getpid()
        before = usage.cpu_seconds(pid)
        end = time.monotonic() + 5
        while usage.cpu_seconds(pid) < before + 0.02:
            self.assertLess(time.monotonic(), end)
        self.assertGreater(usage.resident_bytes(pid), 2**20)
        self.assertGreaterEqual(usage.peak_resident_bytes(pid), usage.resident_bytes(pid) // 2)


class Fake(contestants.Contestant):
    """A contestant that is never started."""

    def __init__(self, label, kind, is_rival=True):
        super().__init__(label, None if kind == "direct" else "program")
        self.kind, self.is_rival = kind, is_rival


class Rounds(unittest.TestCase):
    def comparison(self, outcomes):
        """A comparison whose runs have these outcomes: figures, or a message for a failure."""
        found = [Fake(label, "corelane", False) if label == "corelane" else Fake(label, label)
                 for label in outcomes]
        generator = load.Load("load", ".", set(), 1.0, 1.0)
        made = rounds.Comparison(found, found[0].label, None, None, generator, ".", 1, waits=False)
        self.order = []

        def one(entry, scenario, rate, number, idle_seconds):
            self.order.append(entry.label)
            outcome = outcomes[entry.contestant.label]
            if isinstance(outcome, str):
                raise Failure(outcome)
            return dict(outcome, rate=rate), None

        made._one = one
        return made

    def test_everyone_is_first_and_last(self):
        names = ["a", "b", "c"]
        orders = [rounds.ordered(names, number) for number in range(6)]
        for order in orders:
            self.assertEqual(sorted(order), names)
        self.assertEqual({order[0] for order in orders}, set(names))
        self.assertEqual({order[-1] for order in orders}, set(names))
        self.assertEqual(orders[0], orders[1][::-1])

    def test_rounds_are_interleaved(self):
        made = self.comparison({"corelane": {"throughput": 1.0}, "predixy": {"throughput": 2.0}})
        part = made.run(scenarios.SCENARIOS[0], 2)
        self.assertEqual(self.order, ["corelane", "predixy", "predixy", "corelane"])
        self.assertEqual(len(part["results"]["predixy"]["runs"]), 2)

    def test_a_disturbed_run_is_made_again_and_then_marked(self):
        made = self.comparison({"corelane": {"throughput": 1.0}})
        found = [{"steal": 0.0, "foreign": 50.0}, {"steal": 0.0, "foreign": 1.0}, {"steal": 9.0, "foreign": 0.0}]
        for waits, shares, runs, noisy in [
            (True, found[:2], 2, False), (True, [found[0]] * 3, 3, True), (False, found[2:], 1, True),
        ]:
            made.waits, given = waits, iter(shares)
            with (
                mock.patch.object(quiet, "wait", lambda: True),
                mock.patch.object(quiet.Watch, "shares", lambda watch, given=given: next(given)),
            ):
                run, = made.run(scenarios.SCENARIOS[0], 1)["results"]["corelane"]["runs"]
            self.assertEqual((self.order, run["noisy"], run["repeats"]), (["corelane"] * runs, noisy, runs - 1))
            self.order.clear()

    def test_what_others_do_is_told_from_what_we_do(self):
        for after, steal, foreign, noisy in [
            ((10.5, 103.0, 52.0, 7.0), 25.0, 50.0, True),
            # Of 2 s of our own, 0.8 s were interrupts, which are not in what all cores did.
            ((10.0, 101.2, 52.0, 7.0), 0.0, 0.0, False),
            ((10.0, 101.7, 52.0, 7.5), 0.0, 25.0, True),
            # Ended without being waited for.
            ((10.0, 101.2, 52.0, 6.0), 0.0, -40.0, False),
        ]:
            watch = quiet.Watch()
            watch.times, watch.start = (10.0, 100.0, 50.0, 7.0), time.monotonic() - 2
            with mock.patch.object(quiet, "_times", lambda after=after: after):
                shares = watch.shares()
            self.assertAlmostEqual(shares["steal"], steal, places=1)
            self.assertAlmostEqual(shares["foreign"], foreign, places=1)
            self.assertEqual(quiet.is_noisy(shares), noisy)
        self.assertFalse(quiet.is_noisy({}))
        self.assertLessEqual(quiet.Watch().times[2], sum(os.times()[:4]))

    def test_processes_of_others_are_told_from_ours(self):
        made = [
            # Number, name, parent, flags, ticks of its own and of children that ended.
            (1, "init", 0, 0x100, (100, 200, 30, 40)), (2, "kthreadd", 0, 0x208040, (5, 5, 0, 0)),
            (9, "ksoftirqd/0", 2, 0x4208040, (0, 900, 0, 0)), (50, "compare", 1, 0, (7, 7, 7, 7)),
            (60, "a (b) c", 50, 0, (8, 8, 8, 8)), (61, "below it", 60, 0, (9, 9, 9, 9)),
            (70, "compiler", 40, 0, (1, 2, 3, 4)),
        ]
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "self"))
            os.mkdir(os.path.join(folder, "71"))
            for number, name, parent, flags, ticks in made:
                os.mkdir(os.path.join(folder, str(number)))
                with open(os.path.join(folder, str(number), "stat"), "w", encoding="utf-8") as file:
                    file.write(f"{number} ({name}) S {parent} 0 0 0 -1 {flags} 0 0 0 0 ")
                    file.write(" ".join(str(count) for count in ticks) + " 20 0 1 0 0\n")
            found = quiet.processes(folder)
        self.assertEqual(sorted(found), [1, 2, 9, 50, 60, 61, 70])
        self.assertEqual(quiet.foreign_ticks(found, 50), 370 + 10)
        self.assertEqual(quiet.foreign_ticks(found, 1), 10)

    def test_what_this_process_does_is_seen(self):
        pid = os.getpid()
        before = quiet.processes()[pid].ticks
        used, end = time.process_time(), time.monotonic() + 20
        while time.process_time() < used + 0.1:
            self.assertLess(time.monotonic(), end)
        self.assertGreaterEqual(quiet.processes()[pid].ticks - before, 5)

    def test_a_rival_that_fails_is_written_down(self):
        made = self.comparison({"corelane": {"throughput": 1.0}, "envoy": "no route"})
        part = made.run(scenarios.SCENARIOS[0], 5)
        self.assertEqual(part["results"]["envoy"]["runs"], [None] * 5)
        self.assertEqual(part["results"]["envoy"]["failures"], ["no route"] * rounds.FAILURES_MAX)
        self.assertEqual(self.order.count("corelane"), 5)

    def test_a_failure_of_corelane_ends_everything(self):
        made = self.comparison({"predixy": {"throughput": 1.0}, "corelane": "3 replies wrong"})
        with self.assertRaisesRegex(Failure, "corelane failed.*3 replies wrong"):
            made.run(scenarios.SCENARIOS[0], 5)

    def test_the_open_loop_runs_at_half_of_the_saturation(self):
        made = self.comparison({"predixy": {"throughput": 90.0}, "corelane": {"throughput": 45.0}})
        scenario = next(one for one in scenarios.SCENARIOS if one.rate_share)
        part = made.run(scenario, 1)
        self.assertEqual(part["rate"], 45.0)
        self.assertEqual(part["results"]["corelane"]["runs"][0]["rate"], 45.0)
        self.assertEqual(self.order[:3], ["predixy"] * 3)

    def test_the_saturation_is_measured_on_a_quiet_machine(self):
        made = self.comparison({"corelane": {"throughput": 90.0}})
        scenario = next(one for one in scenarios.SCENARIOS if one.rate_share)
        # The first run is disturbed and made again; the second one is so each time.
        given = iter([50.0, 1.0, 50.0, 50.0, 50.0, 1.0, 1.0])
        made.waits = True
        with (
            mock.patch.object(quiet, "wait", lambda: True),
            mock.patch.object(quiet.Watch, "shares", lambda watch: {"steal": 0.0, "foreign": next(given)}),
        ):
            made.run(scenario, 1)
        self.assertEqual(len(self.order), 7)
        self.assertEqual(made.saturation["runs"], [90.0] * rounds.SATURATION_RUNS)
        self.assertEqual(made.saturation["noisy"], 1)

    def test_direct_access_is_measured_where_it_can_be(self):
        made = self.comparison({"corelane": {"throughput": 1.0}, "direct": {"throughput": 1.0}})
        found = {one.name: "direct" in made.run(one, 1)["results"] for one in scenarios.SCENARIOS}
        self.assertTrue(found["clients-50"] and found["value-1m"])
        self.assertFalse(found["mget-10"] or found["mget-100-limited"] or found["idle"] or found["pipeline-16-limited"])

    def test_without_a_load_there_is_no_command(self):
        made = self.comparison({"corelane": {"throughput": 1.0}})
        found = {one.name: made.run(one, 1) for one in scenarios.SCENARIOS if one.idle}
        self.assertIsNone(found["idle"]["command"])
        self.assertIn("--pipeline", found["idle-beside"]["command"])
        self.assertEqual({one["silent_clients"] for one in found.values()}, {5000})

    def test_workers_are_compared_with_one_worker(self):
        made = self.comparison({"predixy": {"throughput": 1.0}, "corelane": {"throughput": 1.0}})
        scenario = next(one for one in scenarios.SCENARIOS if one.kind == "workers")
        part = made.run(scenario, 1)
        results = part["results"]
        self.assertEqual((part["command"][0], part["silent_clients"]), ("load", 0))
        self.assertEqual(list(results), ["corelane, 1 worker", "corelane, 2 workers"])
        self.assertEqual(results["corelane, 2 workers"]["baseline"], "corelane, 1 worker")


class Arguments(unittest.TestCase):
    def test_corelanes_have_labels_and_settings(self):
        for text, expected in [
            ("a/b", ("corelane", "a/b", "")), ("x=a/b", ("x", "a/b", "")),
            ("x=a/b:--flag", ("x", "a/b", "--flag")),
            ('a/b:driver = "ring"', ("corelane", "a/b", 'driver = "ring"')),
        ]:
            self.assertEqual(arguments.labelled(text, "corelane"), expected)
        made = contestants.Corelane("x", "p", 'driver = "ring"; --workers 2;a.b = 1')
        self.assertEqual(made.lines, ['driver = "ring"', "a.b = 1"])
        self.assertEqual(made.flags, ["--workers", "2"])

    def test_floors_have_drivers_paths_and_tunes(self):
        gather, paced = (arguments.GATHERS[name] for name in ("gather", "paced"))
        for text, expected in [
            ("ring", ("floor-ring", "ring", "", "")), ("epoll=a/b", ("floor-epoll", "epoll", "a/b", "")),
            ("ring:spin=9,wait=2", ("floor-ring:spin=9,wait=2", "ring", "", "spin=9,wait=2")),
            ("gather", ("floor-gather", "ring", "", gather)),
            ("paced", ("floor-paced", "ring", "", paced)),
            ("paced=a/b:spin=1", ("floor-paced:spin=1", "ring", "a/b", f"{paced},spin=1")),
            ("gather=a/b:wait=9", ("floor-gather:wait=9", "ring", "a/b", f"{gather},wait=9")),
        ]:
            self.assertEqual(arguments.floor(text), expected)
        for text in ("kqueue", "ring:", "ring=", "ring:a b"):
            with self.assertRaises(argparse.ArgumentTypeError):
                arguments.floor(text)
        command, settings = contestants.Floor("f", "p", "ring", gather).prepare("", 1, mock.Mock(seed="s"), 1)
        self.assertEqual((command[-2:], settings), (["--tune", gather], gather))

    def test_quick_is_less(self):
        quick, usual = (arguments.settled(arguments.parse(words)) for words in (["--quick"], []))
        self.assertLess(len(quick.scenarios), len(usual.scenarios))
        self.assertLess(quick.rounds, usual.rounds)
        self.assertEqual(arguments.parse(["--duration", "500ms"]).duration, 0.5)

    def test_unknown_scenarios_are_refused(self):
        with self.assertRaisesRegex(ValueError, "no scenario nonsense"):
            scenarios.chosen(["clients-1", "nonsense"], False)

    def test_values_have_one_size_or_several(self):
        mixed, one = scenarios.chosen(["value-16k", "mixed-sizes"], False)
        self.assertEqual(one.dataset_text, "10,000 keys of 16,384 B")
        self.assertEqual(mixed.dataset_text, "20,000 keys of 16=90,1KiB=9,64KiB=1")
        self.assertFalse(mixed.needs_proxy)
        generator = load.Load("load", ".", set(), 1.0, 1.0)
        command = generator.command(mixed, 1)
        self.assertEqual(command[command.index("--value-size") + 1], "16=90,1KiB=9,64KiB=1")
        self.assertEqual(command[command.index("--mix") + 1], "get=9,set=1")

    def test_scenarios_have_different_names(self):
        names = [one.name for one in scenarios.SCENARIOS]
        self.assertEqual(len(set(names)), len(names))


class Machine(unittest.TestCase):
    def test_the_proxy_has_cores_of_its_own(self):
        cores = machine.split_cores()
        if len(machine.USABLE) > 1:
            self.assertFalse(cores.proxy & (cores.servers | cores.load))
        shared = machine.split_cores(len(machine.USABLE))
        self.assertEqual(shared.proxy, shared.load)
        self.assertEqual(machine.cores_without_proxy().load, cores.load)


class ServerProgram(unittest.TestCase):
    def test_what_is_started_is_what_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "other-server")
            with open(program, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\necho other server v=9 $*\n")
            os.chmod(program, 0o755)
            with mock.patch.dict(os.environ, CORELANE_REDIS_SERVER=program):
                self.assertEqual(cluster.server_version(), "other server v=9 --version")
                self.assertEqual(contestants.Direct().version(), "other server v=9 --version")
                with mock.patch.object(cluster, "Child") as child, mock.patch.object(cluster, "wait_until"):
                    cluster.Servers(folder, [1], set(), [])
                self.assertEqual(child.call_args.args[0][0], program)
            with mock.patch.dict(os.environ, CORELANE_REDIS_SERVER=program + "-none"):
                with self.assertRaisesRegex(Failure, "other-server-none"):
                    cluster.check_programs()


class Ended(unittest.TestCase):
    def test_stop_ends_the_process_and_reads_its_log(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            child = process.Child(["sh", "-c", "echo words; exec sleep 600"], {*machine.USABLE}, log)
            process.wait_until(lambda: child.last_words(), 10, "words")
            self.assertTrue(child.is_alive())
            child.stop()
            self.assertEqual(child.process.returncode, -signal.SIGTERM)
            self.assertNotIn(child, process.running)

    def test_children_die_with_their_parent(self):
        program = (
            "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
            "from lab import machine, process\n"
            "child = process.Child(['sleep', '600'], {*machine.USABLE}, os.devnull)\n"
            "print(child.pid, flush=True); sys.stdin.read()\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program, FOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with parent:
            child = os.pidfd_open(int(parent.stdout.readline()))
            parent.kill()
        try:
            # A process that ended makes its descriptor readable.
            ended, _, _ = select.select([child], [], [], 10)
            self.assertEqual(ended, [child])
        finally:
            os.close(child)


if __name__ == "__main__":
    unittest.main()
