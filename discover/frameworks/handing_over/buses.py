"""A project's own event bus, told by what it does: functions are stored in a dict under a key, and called by that key.

A store is `handlers[key].append(f)`, `handlers.setdefault(key, []).append(f)`, `handlers[key] = f`, seen from each
caller of the function around it, decorators included. A lookup is a loop that calls what `handlers[key]` or
`handlers.get(key, …)` gives. Where every caller's key is known, the hand-over stands at the caller's call and reaches
only what is stored under that key; where one is not known, the lookup stays what it is: a call of any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.reading.branches import is_none
from discover.frameworks.reading.passing import Passages
from discover.frameworks.records import Dispatch, called_at
from discover.resolve.values import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope

LIBRARY = "in-process events"
_KEEPING = frozenset({"append", "add", "insert", "appendleft"})
_READING = frozenset({"get", "setdefault", "pop"})
_COPYING = frozenset({"list", "tuple", "set", "sorted", "reversed", "iter"})
_CALLED = (FunctionValue, PartialValue, InstanceValue)
_CONFIDENCE = 0.85
_DEPTH = 6

Table = dict[str, dict[str, None]]
"""Key -> the units stored under it; the empty key stands for one that is not known."""


class Part(NamedTuple):
    """A dict of functions at a key."""

    container: ir.Expr
    key: ir.Expr


class Lookup(NamedTuple):
    """A call of what a dict of functions gives for a key."""

    site: CallSite
    key: ir.Expr
    containers: list[ContainerValue]


def find_buses(bench: Workbench) -> None:
    """Hand over from each call that names a key to what is stored under it."""
    found = _Buses(bench)
    found.read_lookups()
    if found.lookups:
        found.read_stores()
        found.connect()


class _Buses:
    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.contexts = bench.contexts
        self.passages = Passages(bench.contexts)
        self.lookups: list[Lookup] = []
        self.tables: dict[ContainerValue, Table] = {}
        """Of the dicts that are looked into."""
        self._marked_by: dict[str, dict[Function, list[str]]] = {}
        self._comprehended: dict[Function, dict[str, list[ir.Expr]]] = {}

    # --- stores ---------------------------------------------------------------------------------------------------

    def read_stores(self) -> None:
        for function in self.program.all_functions:
            for site in function.sites.values():
                called = site.call.function
                if isinstance(called, ir.Attribute) and called.name in _KEEPING and site.call.arguments:
                    part = _part(called.value)
                    if part is not None:
                        self._store(function, part, site.call.arguments[-1], site.arguments[-1])
            for part, value in _assigned(function.record.body):
                self._store(function, part, value, self.program.values_of(function, value))

    def _store(self, function: Function, part: Part, value: ir.Expr, known: Values) -> None:
        if not any(isinstance(one, _CALLED) for one in known):
            return
        containers = [one for one in self._containers(function, part.container) if one in self.tables]
        if not containers:
            return
        for frame in self.contexts.frames(function, [part.key, value]):
            if is_none(self.contexts, value, frame):
                continue
            values = self.contexts.values(function, value, frame) or known
            functions = self.bench.handlers.functions(values, function.module)
            if not functions:
                continue
            keys = self._keys(function, part.key, frame) or [""]
            for one in functions:
                for key in self._marked(part.key, value, one) or keys:
                    for container in containers:
                        self.tables[container].setdefault(key, {})[one.id] = None

    def _marked(self, key: ir.Expr, value: ir.Expr, function: Function) -> list[str]:
        """The keys that stand on the function itself: `handlers[member._event] = member`."""
        if not isinstance(key, ir.Attribute) or not isinstance(key.value, ir.Name) or not isinstance(value, ir.Name):
            return []
        marks = self._marks(key.name) if key.value.id == value.id else {}
        return [word for one in (function, *function.wrappers) for word in marks.get(one, ())]

    def _marks(self, name: str) -> dict[Function, list[str]]:
        """What the attribute says on each function that is given it: as each `@` of the decorator gives it."""
        found = self._marked_by.get(name)
        if found is None:
            found = self._marked_by[name] = {}
            setters = self.program.all_functions if name in self.program.engine.marks.attached else ()
            for setter in setters:
                for target, value in self.contexts.attributes_set(setter, {name}):
                    for frame in self.contexts.frames(setter, [target.value, value]):
                        words = self._keys(setter, value, frame)
                        for holder in self.contexts.values(setter, target.value, frame) if words else ():
                            if isinstance(holder, FunctionValue):
                                found.setdefault(holder.function, []).extend(words)
        return found

    def _containers(self, scope: Scope, expression: ir.Expr) -> list[ContainerValue]:
        values = self.program.values_of(scope, expression)
        return [value for value in values if isinstance(value, ContainerValue) and value.kind == "dict"]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _keys(self, scope: Scope, expression: ir.Expr, frame: Frame | None) -> list[str]:
        """What the key can be, in words that tell keys apart; none when it is not known."""
        of_type = _typed(expression)
        values = self.contexts.values(scope, of_type if of_type is not None else expression, frame)
        found = [_word(value, is_type=of_type is not None) for value in values]
        return [] if not found or not all(found) else list(dict.fromkeys(found))

    # --- lookups --------------------------------------------------------------------------------------------------

    def read_lookups(self) -> None:
        for function in self.program.all_functions:
            for site in function.sites.values():
                if isinstance(site.call.function, ir.Name) and (site.targets or site.callee):
                    part = self._looked_up(function, site)
                    containers = self._containers(function, part.container) if part is not None else []
                    if part is not None and containers:
                        self.lookups.append(Lookup(site, part.key, containers))
                        self.tables.update((one, {}) for one in containers)

    def connect(self) -> None:
        for lookup in self.lookups:
            self._connect(lookup)

    def _looked_up(self, function: Function, site: CallSite) -> Part | None:
        """The dict and the key that a loop's function comes from."""
        called = site.call.function
        if not isinstance(called, ir.Name) or called.id not in function.names:
            return None
        for value in self.contexts.assignments(function).get(called.id, ()) or self._gone_over(function, called.id):
            if isinstance(value, ir.Starred):
                part = self._source(function, value.value)
                if part is not None:
                    return part
        return None

    def _gone_over(self, function: Function, name: str) -> list[ir.Expr]:
        found = self._comprehended.get(function)
        if found is None:
            found = self._comprehended[function] = _comprehended(function)
        return found.get(name, [])

    def _source(self, function: Function, expression: ir.Expr, depth: int = _DEPTH) -> Part | None:
        part = _part(expression)
        if part is not None or depth == 0:
            return part
        if isinstance(expression, ir.Call) and isinstance(expression.function, ir.Name):
            inside = expression.function.id in _COPYING and expression.arguments
            return self._source(function, expression.arguments[0], depth - 1) if inside else None
        if isinstance(expression, ir.Choice) and not expression.tests:
            return self._source(function, expression.values[0], depth - 1)
        if isinstance(expression, ir.Name):
            for value in self.contexts.assignments(function).get(expression.id, ()):
                part = self._source(function, value, depth - 1)
                if part is not None:
                    return part
        return None

    def _connect(self, lookup: Lookup) -> None:
        site = lookup.site
        tables = [table for one in lookup.containers if (table := self.tables[one])]
        if not tables or any("" in table for table in tables):
            return
        passages = self.passages.to(site, [lookup.key])
        seen = [(one.site, self._keys(site.function, lookup.key, one.frame)) for one in passages]
        if not seen or not all(keys for _, keys in seen):
            return
        every = dict.fromkeys(unit for table in tables for units in table.values() for unit in units)
        self._add(site, site, tuple(every), "", is_passed_on=True)
        for caller, keys in seen:
            units = dict.fromkeys(unit for table in tables for key in keys for unit in table.get(key, ()))
            self._add(caller, site, tuple(units), ", ".join(keys), is_passed_on=False)

    def _add(self, at: CallSite, lookup: CallSite, units: tuple[str, ...], key: str, *, is_passed_on: bool) -> None:
        shown = key.rpartition("::")[2].strip("'\"")
        self.bench.found.dispatch(
            Dispatch(
                **called_at(at),
                edge="signal",
                library=LIBRARY,
                targets=units,
                name=key,
                channel=shown,
                arguments=tuple(text_of(argument) for argument in at.call.arguments) if not is_passed_on else (),
                inline=True,
                is_passed_on=is_passed_on,
                confidence=_CONFIDENCE,
                evidence=f"stored under a key, called by it in {lookup.function.id}:{lookup.line}",
            )
        )


def _part(expression: ir.Expr) -> Part | None:
    """`handlers[key]`, `handlers.get(key, …)`, `handlers.setdefault(key, …)`."""
    if isinstance(expression, ir.Subscript):
        return None if isinstance(expression.index, ir.Constant) else Part(expression.value, expression.index)
    if not isinstance(expression, ir.Call) or not isinstance(expression.function, ir.Attribute):
        return None
    is_read = expression.function.name in _READING and expression.arguments
    return Part(expression.function.value, expression.arguments[0]) if is_read else None


def _assigned(body: list[ir.Stmt]) -> Iterator[tuple[Part, ir.Expr]]:
    """`handlers[key] = f`, also within conditions."""
    for statement in body:
        if isinstance(statement, ir.Assign) and statement.value is not None and not statement.operator:
            for target in statement.targets:
                part = _part(target) if isinstance(target, ir.Subscript) else None
                if part is not None:
                    yield part, statement.value
        elif isinstance(statement, ir.If):
            yield from _assigned([*statement.body, *statement.otherwise])


def _comprehended(function: Function) -> dict[str, list[ir.Expr]]:
    """What each name goes over in the comprehensions of a function: `[h(event) for h in handlers[key]]`."""
    found: dict[str, list[ir.Expr]] = {}
    for site in function.sites.values():
        for argument in site.call.arguments:
            inner = argument.value if isinstance(argument, ir.Starred) else argument
            if isinstance(inner, ir.Comprehension):
                _note_generators(inner, found)
    for statement in function.record.body:
        value = getattr(statement, "value", None)
        if isinstance(value, ir.Await):
            value = value.value
        if isinstance(value, ir.Comprehension):
            _note_generators(value, found)
    return found


def _note_generators(comprehension: ir.Comprehension, found: dict[str, list[ir.Expr]]) -> None:
    for generator in comprehension.generators:
        if isinstance(generator.target, ir.Name):
            found.setdefault(generator.target.id, []).append(ir.Starred(generator.iterable))


def _typed(expression: ir.Expr) -> ir.Expr | None:
    """The object whose class is the key: `type(event)`, `event.__class__`, and their `__name__`."""
    if isinstance(expression, ir.Attribute) and expression.name in ("__name__", "__qualname__"):
        expression = expression.value
    if isinstance(expression, ir.Attribute) and expression.name == "__class__":
        return expression.value
    if not isinstance(expression, ir.Call) or not isinstance(expression.function, ir.Name):
        return None
    is_type = expression.function.id == "type" and len(expression.arguments) == 1
    return expression.arguments[0] if is_type else None


def _word(value: Value, *, is_type: bool) -> str:
    if isinstance(value, ConstantValue) and isinstance(value.value, (str, int)) and not is_type:
        return repr(value.value)
    if isinstance(value, ClassValue) and not is_type:
        return value.cls.id
    if isinstance(value, InstanceValue) and is_type:
        return value.cls.id
    return ""
