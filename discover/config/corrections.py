"""What a user overrules of an analysis: links, entry points, effects and steps to add, drop or rename.

`docs/corrections.md` explains the format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache
from typing import Literal, get_args

import msgspec

from discover.model import EdgeKind, EffectKind, TriggerKind

Action = Literal["add", "drop", "rename"]
Subject = Literal["links", "entry_points", "effects", "steps"]
ACTIONS: tuple[str, ...] = get_args(Action)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One correction: what it selects, and what it says instead."""

    action: Action
    subject: Subject
    selected: dict[str, str]
    """Field to text or pattern; for `add`, what is added."""
    said: dict[str, str] = {}
    """For `rename`: field to its new text."""
    methods: tuple[str, ...] = ()
    """Of an added HTTP entry point."""
    at: int = 0
    """Line of the call that is meant; 0 for any."""
    because: str = ""
    line: int = 0
    """Where it stands in the configuration file."""

    def of(self, field: str) -> str:
        """The text of a selected field, empty where none is given."""
        return self.selected.get(field, "")

    def means(self, field: str, text: str) -> bool:
        """Whether the field is left open, or its pattern fits the text."""
        pattern = self.selected.get(field)
        return pattern is None or pattern == text or ("*" in pattern and bool(_expression(pattern).fullmatch(text)))

    def means_line(self, line: int) -> bool:
        """Whether no line is asked for, or this one."""
        return self.at in {0, line}

    def describe(self) -> str:
        """The correction in one line: `drop link from a.py::f to b.py::g`."""
        words = [f"{name} {text}" for name, text in self.selected.items()]
        words += [f"line {self.at}"] if self.at else []
        words += [f"as {name} {text}" for name, text in self.said.items()]
        return f"{self.action} {NOUNS[self.subject]}: {', '.join(words)}"


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    # Only `*` has a meaning; `translate` tries each star once, so that many of them can't take for ever.
    return re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]")))


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields corrections of one subject have."""

    selects: tuple[str, ...]
    """What says which ones are meant."""
    required: tuple[str, ...]
    """Of these, one that adds needs all, and any other at least one."""
    adds: tuple[str, ...]
    """Further fields of an added one."""
    says: tuple[str, ...]
    """What can be renamed."""
    needs_place: bool = False
    """One that adds must name its call, by `call` or `line`."""
    needs_unit: bool = False
    """One that adds is about a whole unit, not about a call."""


SHAPES: Mapping[Subject, Shape] = {
    "links": Shape(
        selects=("from", "to", "kind", "call", "line"),
        required=("from", "to"),
        adds=("channel", "name"),
        says=("name", "channel"),
        needs_place=True,
    ),
    "entry_points": Shape(
        selects=("unit", "kind", "path", "id"),
        required=("unit",),
        adds=("methods", "name", "schedule", "signal", "sender", "queue", "topic", "command"),
        says=("name",),
    ),
    "effects": Shape(
        selects=("unit", "kind", "target", "service", "call", "line"),
        required=("unit",),
        adds=("detail",),
        says=("target", "service", "detail"),
        needs_place=True,
    ),
    "steps": Shape(
        selects=("unit", "call", "line"), required=("unit",), adds=("name",), says=("name",), needs_unit=True
    ),
}
NOUNS: Mapping[Subject, str] = {
    "links": "link",
    "entry_points": "entry point",
    "effects": "effect",
    "steps": "step",
}
KINDS: Mapping[Subject, tuple[str, ...]] = {
    "links": get_args(EdgeKind),
    "entry_points": get_args(TriggerKind),
    "effects": get_args(EffectKind),
    "steps": (),
}
