"""Rows that are one object in a step's code, and one again in a later step: under two names, or twice in a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_Tagged = dict[str, Any]
_NAME = "object"


class Objects:
    """The rows that one step has been given, and those that it gives."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._read: dict[str, Any] = {}
        self._names: dict[int, tuple[Any, str]] = {}
        """By the object's identity: it is held, so that no other one gets that."""
        self._given: dict[str, int] = {}

    def named(self, row: Any, tagged: _Tagged) -> _Tagged:
        """The row as it crosses, with the name of the object that it is among those of its key."""
        if tagged.get("attached"):
            return tagged  # Its session knows what is one object.
        if id(row) not in self._names:
            key = _key(tagged)
            number = self._given.get(key, 0)
            self._given[key] = number + 1
            self._names[id(row)] = (row, f"{self._step}.{number}" if number else self._step)
        return tagged | {_NAME: self._names[id(row)][1]}

    def read(self, tagged: _Tagged, read: Callable[[], Any]) -> Any:
        """The row, read once for each object that it was."""
        if _NAME not in tagged:
            return read()
        key = f"{tagged[_NAME]} {_key(tagged)}"
        if key not in self._read:
            found = self._read[key] = read()
            self._names[id(found)] = (found, tagged[_NAME])
        return self._read[key]


def _key(tagged: _Tagged) -> str:
    return json.dumps({name: tagged.get(name) for name in ("class", "key", "database")}, sort_keys=True)
