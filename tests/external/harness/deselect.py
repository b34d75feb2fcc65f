"""A plugin for pytest: leaves out the tests that a list names. It runs in the Python of the suite, so it
imports nothing from here; the names come in EXTERNAL_SKIPS."""

import fnmatch
import os

import pytest


def pytest_collection_modifyitems(items):
    names = [name.replace("[", "[[]") for name in os.environ.get("EXTERNAL_SKIPS", "").splitlines()]
    for item in items:
        path, *rest = item.nodeid.split("::")
        module = path.removesuffix(".py").replace("/", ".")
        # As in the report: the classes belong to the module.
        name = ".".join([module, *rest[:-1]]) + "::" + rest[-1]
        if any(fnmatch.fnmatchcase(name, one) for one in names):
            item.add_marker(pytest.mark.skip(reason="left out by a list"))
