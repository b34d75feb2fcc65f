"""Processes that never outlive the comparison.

Every child is started here, is ended by its own id, and dies with this process whatever happens to it
(PR_SET_PDEATHSIG). Children are in sessions of their own, so Ctrl-C reaches this process alone and it
ends them in order.
"""

import atexit
import ctypes
import os
import resource
import shlex
import signal
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

# Long enough for a server that drains its clients first.
STOP_SECONDS = 15

running = []


class Failure(Exception):
    """Something that the comparison needs did not work; the text says what."""


class Child:
    """One process with its log, pinned to some cores."""

    def __init__(self, arguments, cores, log, cwd=None, environment=None):
        self.arguments = [str(word) for word in arguments]
        self.log = log
        parent = os.getpid()
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environment,
                start_new_session=True,
                preexec_fn=lambda: _prepare(parent, cores),
            )
        self.pid = self.process.pid
        running.append(self)

    def is_alive(self):
        return self.process.poll() is None

    def log_text(self):
        with open(self.log, "rb") as file:
            return file.read().decode(errors="replace")

    def last_words(self, lines=8):
        """The end of the log, for messages."""
        return "\n".join(self.log_text()[-4000:].strip().splitlines()[-lines:])

    def stop(self):
        """SIGTERM, and SIGKILL if that does not help in time."""
        if self in running:
            running.remove(self)
        if self.is_alive():
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_all():
    """Ends whatever still runs, the youngest first."""
    while running:
        running[-1].stop()


atexit.register(stop_all)


def _prepare(parent, cores):
    """Runs in the child before its program."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    os.sched_setaffinity(0, cores)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def output_of(arguments, cwd=None, seconds=60):
    """What a short command prints; None if it fails or is missing."""
    try:
        done = subprocess.run(
            [str(word) for word in arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=cwd, timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout or done.stderr).strip() if done.returncode == 0 else None


def run(arguments, cwd=None):
    """Runs a command to its end with its output shown; fails if it fails."""
    words = [str(word) for word in arguments]
    try:
        code = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=2, cwd=cwd).returncode
    except OSError as error:
        raise Failure(f"{words[0]}: {error}") from error
    if code:
        raise Failure(f"{shlex.join(words)}: exit code {code}")


def wait_until(condition, seconds, what):
    """Asks until the condition holds; connections that are refused count as not yet."""
    end = time.monotonic() + seconds
    reason = ""
    while True:
        try:
            if condition():
                return
        except (OSError, ValueError) as error:
            reason = f" ({error})"
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s{reason}")
        time.sleep(0.02)
