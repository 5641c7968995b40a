"""Time zones of libraries: pytz and dateutil, which are older than the standard library's own, and pydantic's."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections.abc import Callable
from typing import Any

from exporters.worker.errors import RefusedError

_PYTZ = frozenset({"_p", "_UTC", "FixedOffset"})
"""The functions of pytz that make a zone again, as pickling asks for them."""


def encode(zone: dt.tzinfo) -> dict[str, Any]:
    """What makes the zone again, as it is at that time."""
    library = type(zone).__module__.partition(".")[0]
    told = _TELLING.get(library)
    found = told(zone) if told is not None else None
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
    if library == "pydantic_core" and value["make"] == "TzInfo":
        return importlib.import_module("pydantic_core").TzInfo(*arguments)
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


def _of_pydantic(zone: dt.tzinfo) -> dict[str, Any] | None:
    """What pydantic reads a time with an offset as."""
    offset = zone.utcoffset(None)
    if offset is None or type(zone) is not sys.modules["pydantic_core"].TzInfo:
        return None
    return {"library": "pydantic_core", "make": "TzInfo", "arguments": [offset.total_seconds()]}


_TELLING: dict[str, Callable[[Any], dict[str, Any] | None]] = {
    "pytz": _of_pytz,
    "dateutil": _of_dateutil,
    "pydantic_core": _of_pydantic,
}
