"""What the scripts in the folder above share: a cluster with corelane in front, lists of tests that may
fail, and the comparison of two runs."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
HERE = os.path.join(ROOT, "tests", "external")
# Made by the scripts: results, logs, packages, working copies. Never committed.
WORK = os.path.join(ROOT, "target", "external")

# Processes and a little RESP are shared with the comparison of proxies.
sys.path.insert(0, os.path.join(ROOT, "perf"))
sys.dont_write_bytecode = True
