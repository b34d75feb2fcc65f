"""The chaos run: what `scripts/faults` is made of.

From the bottom up: `wire` reads replies; `ledger` knows every right reply and says what a wrong one means;
`clients` and `load` are a process of checked clients; `relay` is a bad network; `nodes` and `proxies` start,
hurt and heal processes; `catalog` is the list of faults; `schedule` runs them from a seed; `verdict` says which
findings the faults explain; `report` writes it all down.
"""

import os
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HERE))
# Made by runs: logs, files of servers, reports. Never committed.
WORK = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), os.environ.get("CHAOS_WORK", "faults"))

# Processes and a little RESP are shared with the comparison of proxies.
sys.path.insert(0, os.path.join(ROOT, "perf"))
sys.dont_write_bytecode = True
