"""Which entry points a hand-over means: by their names, or as the tasks that run the code that hands over."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.records import EntryPoint
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_NAMES = ("name", "actor_name", "task_name", "func_name")
"""Attributes of a task that hold its name."""
_AGAIN = 40
_AGAIN_DEPTH = 4
"""A function that asks for another try belongs to the tasks that many calls away, when they are not more."""


class Addresses:
    """The entry points by their names. Needs all of them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.tasks = {entry.unit for entry in bench.found.entry_points.values() if entry.kind == "task"}
        self._by_name: dict[str, list[EntryPoint]] = {}
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind != "signal" else ():
                self._by_name.setdefault(name, []).append(entry)

    def is_name(self, text: str) -> bool:
        """Whether an entry point is registered under the text."""
        return text in self._by_name

    def units(self, text: str, *, is_command: bool = False) -> tuple[list[str], float]:
        """The units that a name means: registered under it, named like it, or fitting its pattern.

        What a call runs at once by a name is a command: a task of that name is none.
        """
        if is_command:
            commands = [entry for entry in self._by_name.get(text, ()) if entry.kind == "command"]
            return list(dict.fromkeys(entry.unit for entry in commands)), 0.9
        entries = self._by_name.get(text)
        if entries:
            return list(dict.fromkeys(e.unit for e in entries)), 0.9
        if "{}" in text and text != "{}" and len(text) > 6:
            fitting = [
                e for name, known in self._by_name.items() if fnmatchcase(name, text.replace("{}", "*")) for e in known
            ]
            return list(dict.fromkeys(e.unit for e in fitting)), 0.5
        if "." in text and "{}" not in text:
            functions = self.bench.handlers.functions(self.bench.program.named(text.replace(":", ".")))
            if functions:
                return [function.id for function in functions], 0.85
        last = [e for name, known in self._by_name.items() if name.rpartition(".")[2] == text for e in known]
        units = list(dict.fromkeys(e.unit for e in last))
        return (units, 0.6) if len(units) == 1 else ([], 0.5)

    def of_task_name(self, to: spec.Pick, given: Given) -> list[Function]:
        """`send_task(bill.name)`: the task whose name is given."""
        expression = self.bench.picker.expression(to, given.call)
        if not isinstance(expression, ir.Attribute) or expression.name not in _NAMES:
            return []
        holders = self.bench.contexts.values(given.scope, expression.value, given.frame)
        return [f for f in self.bench.handlers.functions(holders) if f.id in self.tasks]

    def running(self, function: Function) -> list[str]:
        """The tasks that run a function: itself, or the nearest that call it."""
        level = {function: None}
        for _ in range(_AGAIN_DEPTH):
            found = [f.id for f in level if f.id in self.tasks]
            if found:
                return found if len(found) <= _AGAIN else []
            level = {site.function: None for f in level for site in self.bench.contexts.callers(f)}
        return []
