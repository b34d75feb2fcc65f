"""A plugin for pytest: hides from redis-py's tests that the server is part of a cluster, so that they use
the client for one server."""

import redis
from redis.commands.core import ManagementCommands

_info = ManagementCommands.info


def _info_without_cluster(self, *words, **options):
    facts = _info(self, *words, **options)
    if isinstance(facts, dict) and "cluster_enabled" in facts:
        facts["cluster_enabled"] = 0
    return facts


# Only for the question at the start of the session; afterwards INFO is as it is.
redis.Redis.info = _info_without_cluster


def pytest_collection(session):
    redis.Redis.info = _info
