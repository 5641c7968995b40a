"""The project's functions under the names that plans use: the unit id, made unique for lambdas of one function."""

from __future__ import annotations

from discover.frameworks.records import WORK
from discover.link.records import UnitSource
from discover.model import Unit
from discover.resolve.accessors import accessor_kind
from discover.resolve.program import Program
from discover.resolve.symbols import Class, Function

_MARK = "\0"
"""Between the unit id and the number: no path and no name holds it."""


class Units:
    """Keys, sources and document units of a program."""

    def __init__(self, program: Program) -> None:
        self.keys: dict[Function, str] = {}
        """Function -> key. Functions that share an id share the key, except lambdas: those get a number after it."""
        self.sources: dict[str, UnitSource] = {}
        self._lambdas: dict[str, int] = {}
        for function in program.all_functions:
            self._add(function)
        for cls in program.all_classes:
            record = cls.record
            self.sources.setdefault(
                cls.id, UnitSource(cls.id, record.name, record.line, record.end_line, record.doc, None)
            )

    def orders(self, program: Program) -> dict[str, tuple[str, ...]]:
        """Each class with the project's classes in its method order."""
        return {cls.id: tuple(level.id for level in cls.mro if level.is_project) for cls in program.all_classes}

    def methods(self, program: Program) -> dict[str, dict[str, str]]:
        """Each class with its own methods; under a property's name what reads it."""
        return {
            cls.id: {
                method.record.name: self.keys[method]
                for method in cls.methods()
                if method in self.keys and not accessor_kind(method.record)
            }
            for cls in program.all_classes
        }

    def _add(self, function: Function) -> None:
        record = function.record
        key = function.id
        inlined = record.name == "<lambda>"
        if inlined:
            count = self._lambdas[key] = self._lambdas.get(key, 0) + 1
            key = key if count == 1 else f"{key}{_MARK}{count}"
        self.keys[function] = key
        known = self.sources.get(key)
        # Of definitions with one name the longest is the one that does something: overloads and stand-ins are short.
        if known is None or known.body is None or len(known.body.body) < len(record.body):
            self.sources[key] = UnitSource(
                function.id, record.name, record.line, record.end_line, record.doc, record, is_inlined=inlined
            )

    def add_library_work(self, key: str, line: int) -> None:
        """Make room for what a library does for a unit: it is told within the unit, and has no code."""
        unit = plain(key)
        self.sources.setdefault(key, UnitSource(unit, "", line, line, "", None, is_inlined=True))

    def documented(self, program: Program) -> tuple[Unit, ...]:
        """The units as the document lists them."""
        definitions: list[Function | Class] = [*program.all_functions, *program.all_classes]
        units: dict[str, Unit] = {}
        for definition in definitions:
            record = definition.record
            if definition.id not in units:
                units[definition.id] = Unit(
                    id=definition.id, line=record.line, end_line=record.end_line, doc=record.doc
                )
        return tuple(units[unit] for unit in sorted(units))


def plain(key: str) -> str:
    """The unit id of a key."""
    return key.partition(_MARK)[0]


def is_within(key: str, unit: str) -> bool:
    """Whether a key names what a library does for a unit, and so is told as that unit's own."""
    return key.partition(WORK)[0] == unit != key
