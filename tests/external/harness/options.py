"""Flags that all scripts have."""

import argparse
import signal
import sys


def parser(text):
    """Flags for the programs and the ports; the script adds its own."""
    found = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--server", help="a valkey-server; found or installed by default")
    found.add_argument("--corelane", help="the program; a debug build by default")
    found.add_argument("--base", type=int, default=20500, help="the first port to use")
    found.add_argument("--workers", type=int, default=1)
    return found


def parse(found):
    """The flags; exit code 64 if they are wrong."""
    # So that everything that was started ends, too.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        return found.parse_intermixed_args()
    except SystemExit as end:
        sys.exit(64 if end.code else 0)


def say(text):
    print(text, flush=True)
