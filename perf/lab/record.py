"""The record of a comparison: what was measured, where, with what, and nothing about the workplace."""

import datetime
import hashlib
import json
import os
import re
import shlex

from . import cluster, machine, plots, table
from .process import output_of

VERSION = 1

# Places that are the same on every machine; all others are private.
PUBLIC = ("/usr", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev")


def assemble(root, command, contestants, comparison, scenarios, facts):
    """All of a comparison as one value for JSON."""
    record = {
        "version": VERSION,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(command),
        "machine": machine.description(),
        "cores": machine.split_cores().text(),
        "baseline": comparison.baseline,
        "saturation": comparison.saturation,
        "servers": {
            "version": cluster.server_version(),
            "cluster": comparison.cluster.settings,
            "plain": comparison.plain.settings if comparison.plain else None,
        },
        "contestants": [_contestant(one, comparison.used) for one in contestants],
        "scenarios": scenarios,
        **facts,
    }
    return private_paths_removed(record, root)


def source(root, is_given=False):
    """The commit of this repository, and whether the files differ from it. To be read before anything is built
    from them. `is_given`: a corelane was built elsewhere, perhaps from another commit."""
    changes = output_of(["git", "status", "--porcelain"], cwd=root)
    return {
        "commit": output_of(["git", "rev-parse", "HEAD"], cwd=root),
        "dirty": bool(changes) if changes is not None else None,
        "rustc": output_of(["rustc", "--version"], cwd=root),
        "is_given": is_given,
    }


def _contestant(contestant, used):
    running = used.get(contestant.label)
    command = running.command if running else None
    return {
        "label": contestant.label,
        "kind": contestant.kind,
        "version": contestant.version(),
        "sha256": _sha256(contestant.program),
        "build_id": _build_id(contestant.program),
        "compilers": _compilers(contestant.program),
        "command": shlex.join(str(word) for word in command) if command else None,
        "settings": running.settings if running else "",
        "load_flags": list(contestant.load_flags),
        "observed": running.observed if running else {},
        "remark": contestant.remark,
    }


def _sha256(path):
    """Tells two builds of one version apart."""
    if not path or not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _build_id(path):
    """What the linker has written into the program; it stays when debug information is stripped."""
    notes = output_of(["readelf", "--notes", path]) if path else None
    found = re.search(r"Build ID: ([0-9a-f]+)", notes or "")
    return found[1] if found else None


def _compilers(path):
    """What made the program, as compilers and linkers have written into it."""
    text = output_of(["readelf", "-p", ".comment", path]) if path else None
    return compilers(text or "")


def compilers(text):
    """Those that `readelf` shows, without where their sources were."""
    found = re.findall(r"^\s*\[\s*[0-9a-f]+\]\s+(.+?)\s*$", text, re.MULTILINE)
    return [re.sub(r"\s*\([^()]*/[^()]*\)", "", one) for one in found]


def private_paths_removed(value, root):
    """The same value; paths below the repository are relative, others lose their folders."""
    if isinstance(value, dict):
        return {key: private_paths_removed(item, root) for key, item in value.items()}
    if isinstance(value, list):
        return [private_paths_removed(item, root) for item in value]
    if not isinstance(value, str):
        return value
    value = value.replace(root + "/", "")
    return re.sub(r"(?<![\w./])(/[\w.+@-]+)+", _shortened, value)


def _shortened(match):
    path = match[0]
    if path.startswith(PUBLIC) or path.count("/") < 2:
        return path
    return os.path.basename(path)


def folder_name(record):
    facts = record["machine"]
    return f"{record['date'][:10]}-{machine.slug(facts['processor'], facts['cores'])}"


def write(record, folder):
    """record.json, README.md and the plots."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "record.json"), "w", encoding="utf-8") as file:
        file.write(compact_json(record))
    drawings = plots.drawings(record)
    for name in os.listdir(folder):
        # Of a record that was here before.
        if name.endswith(".svg"):
            os.remove(os.path.join(folder, name))
    for name, text in drawings.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write(table.document(record, list(drawings)))


def compact_json(record):
    """Indented, but lists of numbers on one line, and figures without digits that mean nothing."""
    text = json.dumps(_rounded(record), indent=1, ensure_ascii=False)
    return re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text) + "\n"


def _rounded(value):
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


def read(folder):
    with open(os.path.join(folder, "record.json"), encoding="utf-8") as file:
        return json.load(file)
