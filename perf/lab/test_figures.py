"""Tests of ratios, medians, goals, tables, plots and records, all from a record made by hand."""

import os
import sys
import tempfile
import unittest
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab import goals, join, machine, plots, record, sample, scenarios, stats, table  # noqa: E402


class Stats(unittest.TestCase):
    def test_ratios_are_taken_within_rounds(self):
        runs = [{"p50": 10.0}, None, {"p50": 60.0}, {"p50": None}]
        other = [{"p50": 20.0}, {"p50": 1.0}, {"p50": 60.0}, {"p50": 1.0}]
        self.assertEqual(stats.ratios(runs, other, "p50"), [0.5, 1.0])

    def test_a_slower_machine_does_not_change_ratios(self):
        results = sample.record()["scenarios"][0]["results"]
        runs, other = (results[name]["runs"] for name in ("corelane", "predixy"))
        self.assertEqual(stats.spread(stats.ratios(runs, other, "cpu_us")), [0.8, 0.8, 0.8])

    def test_a_baseline_of_zero_gives_no_ratio(self):
        self.assertEqual(stats.ratios([{"p50": 1.0}], [{"p50": 0.0}], "p50"), [])

    def test_differences_need_both(self):
        runs, other = [{"p50": 5.0}, {"p50": None}, None], [{"p50": 3.0}, {"p50": 1.0}, {"p50": 1.0}]
        self.assertEqual(stats.differences(runs, other, "p50"), [2.0])

    def test_spread(self):
        self.assertEqual(stats.spread([3.0, 1.0, 2.0]), [2.0, 1.0, 3.0])
        self.assertIsNone(stats.spread([]))

    def test_median_curve(self):
        curves = [[[0, n], [50, 10 * n], [99, 100 * n], [100, 1e9]] for n in (1.0, 3.0, 2.0)]
        curve = stats.median_curve(curves)
        self.assertEqual(curve[0], [0.0, 2.0])
        self.assertEqual(curve[-1], [99.0, 200.0])
        self.assertEqual(sorted(curve), curve)
        self.assertEqual(stats.median_curve([[], []]), [])

    def test_figures_have_units(self):
        for metric, value, text in [
            ("throughput", 123456.7, "123,457"), ("cpu_us", 5.714, "5.71 µs"),
            ("p99", 12345.0, "12.3 ms"), ("memory_peak", 6.5 * 2**20, "6.50 MiB"),
            ("memory_per_client", 512, "512 B"), ("cpu_percent", 0.42, "0.42 %"), ("p50", None, "n/a"),
            ("unsent", 0, "0"), ("held_back", 1234, "1,234"),
        ]:
            self.assertEqual(stats.shown(metric, value), text)


class Goals(unittest.TestCase):
    def test_goals_name_scenarios_and_metrics_that_exist(self):
        names = {one.name for one in scenarios.SCENARIOS}
        for goal in goals.GOALS:
            self.assertIn(goal.scenario, names)
            self.assertIn(goal.metric, stats.METRICS)

    def test_judged(self):
        found = {
            (one["scenario"], one["metric"], one["against"]): one["reached"]
            for one in goals.judged(sample.record())
        }
        self.assertTrue(found["clients-50", "cpu_us", "predixy"])
        self.assertTrue(found["clients-50", "cpu_us", "floor-ring"])
        self.assertFalse(found["pipeline-16", "cpu_us", "predixy"])
        self.assertTrue(found["pipeline-16-limited", "throughput", "predixy"])
        self.assertTrue(found["idle", "cpu_percent", goals.ITSELF])
        self.assertFalse(found["idle", "memory_per_client", goals.ITSELF])

    def test_the_best_floor_is_the_yardstick(self):
        made = sample.record()
        results = made["scenarios"][0]["results"]
        results["floor-epoll"] = sample.result("floor-epoll", [sample.run(1.0, 4.0, 1.0)] * 3)
        made["contestants"].append(sample.contestant("floor-epoll", "floor"))
        against = {one["against"] for one in goals.judged(made) if one["scenario"] == "clients-50"}
        self.assertEqual(against, {"predixy", "floor-epoll"})

    def test_without_the_other_nothing_is_judged_and_that_is_said(self):
        whole = goals.judged(sample.record())
        made = sample.record()
        for scenario in made["scenarios"]:
            scenario["results"].pop("predixy", None)
            scenario["results"].pop("floor-ring", None)
        found = goals.judged(made)
        self.assertEqual(len(found), len(whole))
        judged = [one for one in found if one["reached"] is not None]
        self.assertEqual({one["against"] for one in judged}, {goals.ITSELF})
        text = table.document(made, [])
        self.assertIn(f" of {len(judged)} reached. {len(found) - len(judged)} could not be judged", text)
        self.assertIn("| ratio to the baseline | at most 0.9 | – | not judged |", text)

    def test_few_rounds_and_scenarios_are_said(self):
        made = sample.record()
        text = table.document(made, [])
        self.assertIn("| reached (3 rounds) |", text)
        self.assertIn("| **missed** (1 round) |", text)
        self.assertIn("fewer than 5 rounds is a hint", text)
        self.assertIn(f"{len(goals.unmeasured(made))} more belong to scenarios that are not", text)
        runs = [sample.run(1.0, 1.0, 1.0)] * 5
        results = {name: sample.result(name, runs) for name in ("corelane", "predixy", "floor-ring")}
        made["scenarios"] = [sample.scenario(one.name, results) for one in scenarios.SCENARIOS]
        text = table.document(made, [])
        self.assertNotIn("a hint", text)
        self.assertNotIn("more belong", text)

    def test_who_is_compared_with_is_not_judged_beside_others(self):
        made = sample.record()
        runs = [sample.run(1.0, 1.0, 1.0)] * 5
        labels = ("corelane, 1 worker", "corelane, 2 workers")
        results = {label: sample.result("corelane", runs, labels[0]) for label in labels}
        made["scenarios"] = [sample.scenario("workers", results)]
        self.assertEqual([one["contestant"] for one in goals.judged(made)], [labels[1]])
        del results[labels[1]]
        self.assertEqual([one["reached"] for one in goals.judged(made)], [None])


class Table(unittest.TestCase):
    def setUp(self):
        self.text = table.document(sample.record(), ["cpu.svg"])

    def test_says_what_was_measured(self):
        for part in [
            "# Comparison of 2030-01-02", "0123abc, with changes that are not committed",
            "| corelane / predixy | 1.00 (1.00 to 1.00) | 0.80 (0.80 to 0.80) |",
            "![cpu](cpu.svg)", "a control group quota, 25% of a core",
            "12 %, not the bottleneck", "envoy: n/a: it does \\| not start",
            "| corelane | 50.0 µs (50.0 µs to 50.0 µs) |", "Forwards only.", "Bind x",
            "corelane 1.0, build 0000000000000000…, driver ring", "| congestion control | cubic |",
            "1 of 2 runs were made again, 2 times in all. 1 of 2 runs were disturbed: stolen up to 1 % of a core, work of others up to 33 % of a core.",
        ]:
            self.assertIn(part, self.text)

    def test_says_what_asked(self):
        for part in [
            "\nidle: 5,000 clients that sent one GET each before\n", "\nclients-50: load --port PORT\n",
            "For direct with `--cluster` besides.", "envoy 1.0, made with clang 18 and LLD 18",
        ]:
            self.assertIn(part, self.text)
        made = sample.record()
        beside = sample.scenario("idle-beside", {}, silent_clients=5000)
        # As records were before: a command line although nothing asked.
        old = sample.scenario("idle", made["scenarios"][-1]["results"])
        text = table.document(made | {"scenarios": [beside, old]}, [])
        self.assertIn("idle-beside: load --port PORT, beside 5,000 clients that sent one GET each", text)
        self.assertIn("\nidle: no load\n", text)

    def test_two_cores_are_two_layouts(self):
        self.assertIn(table.OTHER_LAYOUT, self.text)
        made = sample.record()
        made["machine"]["cores"] = 8
        self.assertNotIn(table.OTHER_LAYOUT, table.document(made, []))
        made["machine"]["usable_cores"] = [4, 5]
        self.assertIn(table.OTHER_LAYOUT, table.document(made, []))

    def test_has_one_title_and_whole_tables(self):
        lines = self.text.splitlines()
        self.assertEqual(sum(line.startswith("# ") for line in lines), 1)
        for first, second in zip(lines, lines[1:]):
            if first.startswith("|") and second.startswith("|"):
                cells = [line.replace("\\|", "").count("|") for line in (first, second)]
                self.assertEqual(cells[0], cells[1], second)

    def test_a_given_program_may_be_of_another_commit(self):
        made = sample.record()
        made["source"]["is_given"] = True
        self.assertIn("| commit of the working tree | 0123abc", table.document(made, []))
        self.assertIn("| commit | 0123abc", self.text)

    def test_a_disturbed_saturation_is_said(self):
        found = {"contestant": "predixy", "throughput": 9000.0, "runs": [1.0, 9000.0, 9001.0]}
        for noisy, text in [
            ({}, "closed loop |"), ({"noisy": 0}, "closed loop |"),
            ({"noisy": 1}, "closed loop; 1 of 3 runs were disturbed |"),
        ]:
            made = sample.record() | {"saturation": found | noisy}
            self.assertIn(f"| saturation | predixy: 9,000 requests/s, {text}", table.document(made, []))

    def test_a_failure_stands_first(self):
        text = table.document(sample.record() | {"failure": "corelane\nended"}, [])
        self.assertEqual(text.splitlines()[2], "**The comparison failed: corelane ended**")

    def test_an_open_loop_says_what_it_could_not_send(self):
        table_head = next(line for line in self.text.splitlines() if "requests never sent" in line)
        self.assertIn("| requests sent late | requests never sent |", table_head)
        self.assertIn("| 7 | 2 |", self.text)

    def test_an_idle_scenario_has_its_own_columns(self):
        self.assertIn("| corelane | 0.5 % | – | – | 4.88 KiB |", self.text)


class Plots(unittest.TestCase):
    def test_drawings_are_whole(self):
        found = plots.drawings(sample.record())
        names = ["cpu.svg", "depth.svg"]
        names += [f"latency-{name}.svg" for name in ("clients-50", "pipeline-16", "open-loop")]
        self.assertEqual(sorted(found), sorted(names))
        for name, text in found.items():
            root = ElementTree.fromstring(text)
            self.assertTrue(root.tag.endswith("svg"), name)
            self.assertNotIn("nan", text)
            self.assertLess(len(text), 20_000, name)

    def test_each_contestant_has_a_line(self):
        lines = {
            name: text.count("<polyline") for name, text in plots.drawings(sample.record()).items()
        }
        # The floor has no curve; two panels with three contestants each.
        self.assertEqual(lines["latency-clients-50.svg"], 2)
        self.assertEqual(lines["depth.svg"], 6)

    def test_a_record_of_failures_has_no_drawing(self):
        made = sample.record()
        for scenario in made["scenarios"]:
            for result in scenario["results"].values():
                result["runs"], result["curve"] = [None], []
        self.assertEqual(plots.drawings(made), {})


class Record(unittest.TestCase):
    def test_paths_say_nothing_about_the_workplace(self):
        for text, expected in [
            ("/a/repo/target/release/corelane", "target/release/corelane"),
            ("--predixy /opt/me/bin/predixy", "--predixy predixy"),
            ("new=/opt/me/corelane:--flag", "new=corelane:--flag"),
            ("/usr/sbin/nutcracker -c /tmp/x/n.yml", "/usr/sbin/nutcracker -c n.yml"),
            ("redis/7.0 and 1/2 of https://example.org/a", "redis/7.0 and 1/2 of https://example.org/a"),
        ]:
            self.assertEqual(record.private_paths_removed({"a": [text]}, "/a/repo"), {"a": [expected]})

    def test_compilers_are_told_without_their_places(self):
        text = (
            "\nString dump of section '.comment':\n  [     0]  rustc version 1.95.0 (59807616e 2026-04-14)\n"
            "  [    2c]  Linker: LLD 22.1.2 (/checkout/llvm 1cb4e3833c)\n"
            "  [    8b]  GCC: (Debian 12.2.0-14) 12.2.0\n\n"
        )
        self.assertEqual(record.compilers(text), [
            "rustc version 1.95.0 (59807616e 2026-04-14)", "Linker: LLD 22.1.2", "GCC: (Debian 12.2.0-14) 12.2.0",
        ])
        self.assertEqual(record.compilers(""), [])

    def test_the_folder_is_named_after_the_kind_of_machine(self):
        self.assertEqual(record.folder_name(sample.record()), "2030-01-02-some-processor-9000-2-cores")
        self.assertNotIn(os.uname().nodename, machine.slug())

    def test_written_and_read(self):
        with tempfile.TemporaryDirectory() as folder:
            made = sample.record()
            record.write(made, folder)
            self.assertEqual(record.read(folder)["scenarios"][0]["results"]["predixy"],
                             made["scenarios"][0]["results"]["predixy"])
            files = sorted(os.listdir(folder))
            self.assertEqual(files[:2], ["README.md", "cpu.svg"])
            before = {name: open(os.path.join(folder, name), "rb").read() for name in files}
            record.write(record.read(folder), folder)
            after = {name: open(os.path.join(folder, name), "rb").read() for name in files}
            self.assertEqual(before, after)

    def test_pieces_make_one_record(self):
        whole = sample.record()
        pieces = [whole | {"scenarios": [one]} for one in reversed(whole["scenarios"])]
        made = join.joined(pieces)
        order = [one.name for one in scenarios.SCENARIOS]
        names = [one["name"] for one in made["scenarios"]]
        self.assertEqual(names, sorted(names, key=order.index))
        self.assertEqual(made["contestants"], whole["contestants"])

    def test_pieces_may_differ_in_rounds(self):
        whole = sample.record()
        results = {"corelane": sample.result("corelane", [sample.run(1.0, 1.0, 1.0)] * 7)}
        longer = whole | {"rounds": 7, "scenarios": [sample.scenario("mget-10", results)]}
        shorter = whole | {"scenarios": whole["scenarios"][:1]}
        for pieces in ([shorter, longer], [longer, shorter]):
            made = join.joined(pieces)
            self.assertEqual(made["rounds"], 7)
            self.assertIn("| runs | 3 to 7 rounds, 2 s each", table.document(made, []))
        self.assertIn("| runs | 3 rounds,", table.document(shorter, []))

    def test_pieces_that_do_not_fit_make_none(self):
        whole = sample.record()
        other = whole | {"scenarios": []}
        contestants = [one | {"sha256": "f" * 64} for one in whole["contestants"]]
        for wrong in [
            whole, other | {"duration": 99}, other | {"failure": "lost"}, other | {"contestants": contestants},
            other | {"servers": {"version": "9", "cluster": "", "plain": None}},
            other | {"source": {"commit": "ffff", "dirty": False, "rustc": None}},
        ]:
            with self.assertRaises(ValueError):
                join.joined([whole, wrong])


if __name__ == "__main__":
    unittest.main()
