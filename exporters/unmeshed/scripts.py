"""The scripts of steps: JavaScript that picks what other steps have left, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PICK = "const pick = (...found) => found.find(v => v !== undefined);"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step leaves a value: its reference, and the keys of its output that lead there."""

    ref: str
    keys: tuple[str, ...]

    @property
    def template(self) -> str:
        """As a template of another step's input."""
        return f"{{{{ steps.{self.ref}.output.{'.'.join(self.keys)} }}}}"

    @property
    def expression(self) -> str:
        """As JavaScript; undefined where the step has not run."""
        return f"steps[{json.dumps(self.ref)}]?.output?.{'?.'.join(f'[{json.dumps(key)}]' for key in self.keys)}"


def picked(places: Mapping[str, Sequence[Place]]) -> str:
    """A script whose result holds, by name, the first of each name's places that has a value."""
    fields = ", ".join(
        f"{json.dumps(name)}: pick({', '.join(place.expression for place in found)})" for name, found in places.items()
    )
    return f"(steps, context) => {{ {_PICK} return {{ {fields} }}; }}"


def case(place: Place) -> str:
    """A switch's script: `yes` where the value is true."""
    return f'(steps, context) => {{ return {place.expression} ? "yes" : "no"; }}'


def due(place: Place) -> str:
    """A wait's script: until the time that a message gives, in seconds since 1970."""
    at = f"Math.max(steps.__self.start, 1000 * ({place.expression} || 0))"
    return f"(steps, context) => {{ return {{ waitUntil: {at} }}; }}"


def later(seconds: str) -> str:
    """A wait's script: so many seconds (a number, or an expression)."""
    return f"(steps, context) => {{ return {{ waitUntil: steps.__self.start + 1000 * Math.max(0, {seconds}) }}; }}"
