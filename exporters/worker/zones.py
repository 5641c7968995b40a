"""Time zones of libraries that are older than the standard library's own: pytz and dateutil."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from typing import Any

from exporters.worker.errors import RefusedError

_PYTZ = frozenset({"_p", "_UTC", "FixedOffset"})
"""The functions of pytz that make a zone again, as pickling asks for them."""


def encode(zone: dt.tzinfo) -> dict[str, Any]:
    """What makes the zone again, as it is at that time."""
    library = type(zone).__module__.partition(".")[0]
    found = _of_pytz(zone) if library == "pytz" else _of_dateutil(zone) if library == "dateutil" else None
    if found is None:
        raise RefusedError(f"a time zone of {type(zone).__module__} can't be stored")
    return found


def decode(value: dict[str, Any]) -> dt.tzinfo:
    """The zone that `encode` took."""
    library, arguments = value["library"], value["arguments"]
    if library == "pytz" and value["make"] in _PYTZ:
        return getattr(importlib.import_module("pytz"), value["make"])(*arguments)
    if library == "dateutil" and value["make"] in {"tzutc", "tzoffset", "gettz"}:
        found = getattr(importlib.import_module("dateutil.tz"), value["make"])(*arguments)
        if found is not None:
            return found
    raise RefusedError(f"a stored time zone is unknown: {library} {value['make']} {arguments}")


def _of_pytz(zone: Any) -> dict[str, Any] | None:
    made = zone.__reduce__()
    name = made[0].__name__
    return {"library": "pytz", "make": name, "arguments": list(made[1])} if name in _PYTZ else None


def _of_dateutil(zone: Any) -> dict[str, Any] | None:
    tz = sys.modules["dateutil.tz"]
    if isinstance(zone, tz.tzutc):
        return {"library": "dateutil", "make": "tzutc", "arguments": []}
    if isinstance(zone, tz.tzoffset):
        offset = zone.utcoffset(None)
        assert offset is not None
        return {"library": "dateutil", "make": "tzoffset", "arguments": [zone.tzname(None), offset.total_seconds()]}
    path = str(getattr(zone, "_filename", ""))
    name = path.partition("zoneinfo/")[2] or path
    is_named = isinstance(zone, tz.tzfile) and tz.gettz(name) == zone
    return {"library": "dateutil", "make": "gettz", "arguments": [name]} if is_named else None
