"""A small record as a comparison makes it, for the tests of tables, goals and plots."""


def run(throughput, cpu_us, p50, **others):
    return {
        "throughput": throughput, "cpu_us": cpu_us, "user_us": cpu_us * 0.25,
        "system_us": cpu_us * 0.75, "p50": p50, "p99": p50 * 3, "p99_9": p50 * 5, "p99_99": p50 * 9, "busy": 90.0,
        "memory_start": 4 * 2**20, "memory_peak": 6 * 2**20, "memory_growth": 2 * 2**20, **others,
    }


def result(contestant, runs, baseline="predixy", failures=(), curve=()):
    return {
        "contestant": contestant, "baseline": baseline, "workers": 1, "command": None, "runs": runs,
        "failures": list(failures), "curve": [list(point) for point in curve],
    }


def scenario(name, results, **others):
    return {
        "name": name, "shows": f"What {name} shows.", "command": ["load", "--port", "PORT"],
        "rate": None, "core_share": 1.0, "held_back_by": None, "depth": None, "results": results,
        **others,
    }


def contestant(label, kind, **others):
    return {
        "label": label, "kind": kind, "version": f"{kind} 1.0", "sha256": None, "build_id": None,
        "command": kind, "settings": "", "observed": {}, "remark": "", **others,
    }


def record():
    """Three rounds in which the machine slows down and the ratios stay."""
    curve = [(0, 50.0), (50, 100.0), (90, 200.0), (99, 300.0), (99.9, 500.0), (99.99, 900.0)]
    usual = {
        "corelane": result(
            "corelane", [run(100.0, 8.0, 90.0), run(80.0, 10.0, 110.0), run(50.0, 16.0, 180.0)],
            curve=curve,
        ),
        "predixy": result(
            "predixy", [run(100.0, 10.0, 100.0), run(80.0, 12.5, 120.0), run(50.0, 20.0, 200.0)],
            curve=[(p, 2 * value) for p, value in curve],
        ),
        "floor-ring": result("floor-ring", [run(100.0, 7.5, 80.0), None, run(50.0, 15.0, 150.0)]),
        "envoy": result("envoy", [None, None, None], failures=["it\ndoes | not start"]),
    }
    limited = {
        "corelane": result(
            "corelane", [run(130.0, 2.0, 90.0, busy=25.0, noisy=True, repeats=2, steal=1.0, foreign=33.0)],
        ),
        "predixy": result("predixy", [run(100.0, 2.6, 100.0, busy=12.0)]),
    }
    open_loop = {
        "corelane": result("corelane", [run(50.0, 8.0, 90.0, held_back=7, unsent=2)], curve=curve),
        "direct": result("direct", [{"throughput": 50.0, "p50": 40.0, "p99": 70.0, "p99_9": 90.0}]),
    }
    idle = {"corelane": result("corelane", [{"cpu_percent": 0.5, "memory_per_client": 5000.0}])}
    return {
        "version": 1, "date": "2030-01-02 03:04 UTC", "command": "perf/compare --quick",
        "source": {"commit": "0123abc", "dirty": True, "rustc": None},
        "machine": {
            "processor": "Some(R) Processor(TM) 9000 CPU @ 3.00GHz", "cores": 2, "virtual": False,
            "kernel": "Linux 6.1", "architecture": "x86_64", "memory_gib": 8.0,
            "congestion_control": "cubic",
        },
        "cores": "proxy on core 1, everything else on core 0",
        "failure": None, "baseline": "predixy", "saturation": None, "rounds": 3, "duration": 2.0, "warmup": 1.0,
        "servers": {"version": "Redis server v=7.0.15 sha=0", "cluster": "--save ''", "plain": None},
        "load": {"version": "corelane-bench 0.1.0"},
        "contestants": [
            contestant("corelane", "corelane", build_id="0" * 40, observed={"driver": "ring"}), contestant("predixy", "predixy", settings="Bind x\n"),
            contestant("floor-ring", "floor", remark="Forwards only."),
            contestant("envoy", "envoy", compilers=["clang 18", "LLD 18"]),
            contestant("direct", "direct", command=None, load_flags=["--cluster"]),
        ],
        "scenarios": [
            scenario("clients-50", usual, depth=1), scenario("pipeline-16", usual, depth=16),
            scenario(
                "pipeline-16-limited", limited, core_share=0.25,
                held_back_by="control group quota, 25% of a core",
            ),
            scenario("open-loop", open_loop, rate=50.0), scenario("idle", idle, command=None, silent_clients=5000),
        ],
    }
