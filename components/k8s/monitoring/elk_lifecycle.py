"""How long a stream of logs is kept, and where: Elasticsearch's lifecycle policies and index templates.

A stream begins on fast machines, moves to cheap ones after some days and is deleted at its end. A policy
counts from the day that an index was closed, so a line is kept a little longer than is said, never less.

Nothing that is logged can break the index. What is not named here is kept and shown but not indexed, and all
that a service says in JSON is one field of type ``flattened``: two services that use one name for a number
and for a text do not shut each other out, and a thousand names cost no more than one.

Settings and reasons: Elastic, *Index lifecycle actions*, *Data tiers*, *Flattened field type*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Stream", "policy", "template"]

MAX_SHARD_GIB: Final = 50
"""Larger ones take hours to move to another machine."""
SHARDS_ON_A_DISK: Final = 10
"""A disk holds at least so many, or none could be moved before it is full."""
LONGEST_VALUE: Final = 1024
"""Characters of a value that can be searched for. Of a longer one than 32 KiB the whole line is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of log with a life of its own."""

    name: str
    """Of its data stream. ECK lets Filebeat write to names that begin with ``filebeat-`` only."""
    rollover_days: int
    """A new index begins after so many days."""
    hot_days: int
    keep_days: int
    copies: int
    """Beside the first one."""
    disk_gib: int
    """Of each machine that it is on."""


def policy(stream: Stream) -> str:
    """The lifecycle policy, as JSON."""
    shard = max(1, min(MAX_SHARD_GIB, stream.disk_gib // SHARDS_ON_A_DISK))
    phases: dict[str, Any] = {
        "hot": {
            "min_age": "0ms",
            "actions": {
                "rollover": {"max_age": f"{stream.rollover_days}d", "max_primary_shard_size": f"{shard}gb"},
                "set_priority": {"priority": 100},  # what is searched most is back first after a restart
            },
        },
        "delete": {"min_age": f"{stream.keep_days}d", "actions": {"delete": {}}},
    }
    if stream.hot_days < stream.keep_days:
        # That it moves to warm machines is the phase's own doing; where there are none, it stays.
        phases["warm"] = {
            "min_age": f"{stream.hot_days}d",
            "actions": {
                "readonly": {},
                "forcemerge": {"max_num_segments": 1},
                "set_priority": {"priority": 50},
            },
        }
    return _json({"policy": {"phases": phases}})


def template(stream: Stream) -> str:
    """The index template of its data stream, as JSON."""
    return _json(
        {
            "index_patterns": [stream.name],
            "data_stream": {},
            "priority": 200,
            "template": {
                "settings": {
                    "index": {
                        "lifecycle": {"name": stream.name},
                        "number_of_shards": 1,
                        "number_of_replicas": stream.copies,
                        "codec": "best_compression",
                    }
                },
                "mappings": {"dynamic": False, "properties": FIELDS},
            },
        }
    )


_KEYWORD: Final = {"type": "keyword", "ignore_above": LONGEST_VALUE}

FIELDS: Final[Mapping[str, Any]] = {
    "@timestamp": {"type": "date"},
    "message": {"type": "match_only_text"},
    "stream": _KEYWORD,
    "json": {"type": "flattened", "ignore_above": LONGEST_VALUE},
    "kubernetes": {
        "properties": {
            "namespace": _KEYWORD,
            "node": {"properties": {"name": _KEYWORD}},
            "pod": {"properties": {"name": _KEYWORD, "uid": _KEYWORD}},
            "container": {"properties": {"name": _KEYWORD}},
        }
    },
    "error": {"properties": {"message": {"type": "match_only_text"}}},
}
"""What can be searched for."""


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
