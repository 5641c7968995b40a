"""From where a function of the project is called, as far as the expressions that a rule reads depend on the caller."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.parameters import argument_for
from discover.resolve.bodies import names_read
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function
from discover.resolve.values import NOTHING, FunctionValue, InstanceValue, PartialValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.reading.kept_rows import Row
    from discover.resolve.bodies import Bodies
    from discover.resolve.program import Program
    from discover.resolve.sites import Decoration

FRAMES = 4_000
_SCANNED = "venusian.attach"
"""What makes a decorator register in a later scan of the package."""


class Frame:
    """One call of a project function: by a call site, or as a decorator of a definition."""

    __slots__ = ("decorated", "function", "lexical", "made_by", "names", "outer", "site", "standing")

    def __init__(
        self,
        function: Function,
        site: CallSite | None = None,
        outer: Frame | None = None,
        decorated: Values = NOTHING,
        lexical: Frame | None = None,
    ) -> None:
        self.function = function
        self.site = site
        self.outer = outer
        """The frame that the call site stands in; None when it makes no difference."""
        self.decorated = decorated
        """The definition, when the function runs as a decorator."""
        self.lexical = lexical
        """The frame of the function around this one, for closures."""
        self.made_by: CallSite | None = None
        """The call that made the object which decorates: `command("ship")` in `@command("ship")`."""
        self.names: dict[str, Values] = {}
        """What a loop's names are in one of its rounds."""
        self.standing: dict[str, Row] = {}
        """The rows that a loop's names stand for in one of its rounds."""

    def round(self, names: dict[str, Values], standing: dict[str, Row] | None = None) -> Frame:
        """The same frame in one round of a loop."""
        frame = Frame(self.function, self.site, self.outer, self.decorated, self.lexical)
        frame.made_by = self.made_by
        frame.names = {**self.names, **names}
        frame.standing = {**self.standing, **(standing or {})}
        return frame


def _enclosing(function: Function, outer: Frame | None) -> Frame | None:
    """The frame whose names a nested function reads, where that is the caller's or the one around the caller."""
    while outer is not None and function.outer is not outer.function:
        outer = outer.lexical
    return outer


class Callers:
    """Finds the frames that an expression is to be seen from."""

    def __init__(self, program: Program, bodies: Bodies) -> None:
        self.program = program
        self.bodies = bodies
        self._later: dict[Function, list[CallSite]] = {}
        self._decorating: dict[Function, list[Decoration]] | None = None

    def frames(self, function: Function, wanted: list[ir.Expr], depth: int, limit: int = FRAMES) -> list[Frame | None]:
        """The frames from which to see the wanted expressions of a function's body; just None if it is all the same."""
        names = self._parameters_read(function, wanted) if depth else set[str]()
        if not names:
            return [None]
        found: list[Frame | None] = []
        for frame in self._calls_of(function, names, depth):
            found.append(frame)
            if len(found) >= limit:
                break
        return found or self._around(function, names, depth) or [None]

    def _around(self, function: Function, names: set[str], depth: int) -> list[Frame | None]:
        """Of a nested function that is only handed on (`config.action(None, add)`): the calls of the one around it."""
        outer = function.outer
        if not isinstance(outer, Function):
            return []
        around = self.frames(outer, [ir.Name(name) for name in sorted(names)], depth - 1)
        return [Frame(function, lexical=frame) for frame in around if frame is not None]

    def of(self, function: Function) -> list[CallSite]:
        """The calls of a function, its own left out."""
        self._index()
        calls = (*self.program.callers.get(function, ()), *self._later.get(function, ()))
        return [site for site in calls if site.function is not function]

    def _calls_of(self, function: Function, names: set[str], depth: int) -> Iterator[Frame]:
        for site in map(completed, self.of(function)):
            passed = _passed(function, names, site.call)
            for outer in self.frames(site.function, passed, depth - 1):
                yield Frame(function, site, outer, NOTHING, _enclosing(function, outer))
        for decoration in self._index().get(function, ()):
            definition = decoration.definition
            if isinstance(definition, Class):
                value: Value = self.program.engine.intern.class_(definition)
            else:
                value = self.program.engine.intern.function(definition)
            frame = Frame(function, None, None, (value,), self._maker(function, decoration))
            if function.owner is not None and decoration.call is not None:
                frame.made_by = decoration.scope.unit.sites.get(decoration.call.number)
            yield frame

    def _maker(self, function: Function, decoration: Decoration) -> Frame | None:
        """The frame of the factory that made a decorator: `route("/x")` in `@route("/x")`."""
        outer = function.outer
        if not isinstance(outer, Function) or decoration.call is None:
            return None
        site = decoration.scope.unit.sites.get(decoration.call.number)
        return Frame(outer, site) if site is not None else None

    def _index(self) -> dict[Function, list[Decoration]]:
        if self._decorating is None:
            self._decorating = {}
            for (unit, _), calls in self.program.engine.forwarded.items():
                for function, call in calls.items():
                    self._later.setdefault(function, []).append(CallSite(unit, call))
            for site in self.program.sites_calling(_SCANNED):
                self._note_scanned(site)
            for decoration in self.program.decorations:
                for value in decoration.values:
                    for function in self._run_by(value):
                        self._decorating.setdefault(function, []).append(decoration)
        return self._decorating

    def _note_scanned(self, site: CallSite) -> None:
        """`venusian.attach(wrapped, callback)`: a later scan calls `callback(context, name, wrapped)`."""
        call = site.call
        wrapped = self.program.argument(site, 0, "wrapped")
        callback = self.program.argument(site, 1, "callback")
        if wrapped is None or callback is None:
            return
        given: list[ir.Expr] = [ir.Constant(None), ir.Constant(None), wrapped]
        later = CallSite(site.function, ir.Call(call.number, call.line, call.end_line, callback, given, []))
        for value in self.program.values_of(site.function, callback):
            if isinstance(value, FunctionValue) and value.function.is_project:
                self._later.setdefault(value.function, []).append(later)

    def _run_by(self, decorator: Value) -> list[Function]:
        """The project function that decorating runs: the decorator itself, or its class's `__call__`."""
        if isinstance(decorator, InstanceValue) and decorator.cls.is_project:
            called = self.program.find_method(decorator.cls, "__call__")
            return [called] if called is not None and called.is_project else []
        return [decorator.function] if isinstance(decorator, FunctionValue) and decorator.function.is_project else []

    def _parameters_read(
        self, function: Function, wanted: list[ir.Expr], seen: frozenset[str] = frozenset()
    ) -> set[str]:
        """The parameters of the function, and of those around it, on which the expressions depend."""
        names = {p.name for p in function.record.parameters}
        outer = function.outer
        while isinstance(outer, Function):
            names |= {p.name for p in outer.record.parameters}
            outer = outer.outer
        if not names:
            return set()
        found: set[str] = set()
        for name in {name for expression in wanted for name in names_read(expression)}:
            if name in names:
                found.add(name)
            elif name not in seen:
                found |= self._parameters_read(function, self.bodies.depends_on(function, name), seen | {name})
        return found


def _passed(function: Function, names: set[str], call: ir.Call) -> list[ir.Expr]:
    """What a call gives for the parameters: all that it gives, where one of them is not told by its place or name."""
    given = [argument_for(function, name, call) for name in sorted(names)]
    if all(given) and not any(isinstance(one, ir.Starred) for one in call.arguments):
        return [one for one in given if one is not None]
    return [*call.arguments, *(keyword.value for keyword in call.keywords), call.function]


def completed(site: CallSite) -> CallSite:
    """The call with a place for what its function had been given before: by `partial`, or as the object before the dot.

    A function of a module that is bound to an object (a directive of a configurator) takes that object first.
    """
    before = 0
    for value in site.callee:
        if isinstance(value, PartialValue):
            before = max(before, len(value.arguments))
        elif isinstance(value, FunctionValue) and value.receiver is not None and value.function.owner is None:
            before = max(before, 1)
    if not before or not site.targets:
        return site
    call = site.call
    arguments: list[ir.Expr] = [*[ir.Constant(None)] * before, *call.arguments]
    whole = copy(site)
    whole.call = ir.Call(call.number, call.line, call.end_line, call.function, arguments, call.keywords)
    return whole
