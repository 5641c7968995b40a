"""Values as seen from one caller: which handler goes with which path when a project wraps its framework's calls.

The resolver joins the arguments of all calls of a function. A wrapper such as `def add(self, view, *urls)` around a
registering call needs them apart, so the few expressions that a rule asks for are evaluated again, once per caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.bodies import collect, names_read
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, FunctionValue, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration

_DEPTH = 4
_FRAMES = 600
_TEXTS = 12


class Frame:
    """One call of a project function: by a call site, or as a decorator of a definition."""

    __slots__ = ("decorated", "function", "lexical", "outer", "site")

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


class Contexts:
    """Evaluates expressions in frames, and finds the frames that a site is to be seen from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._intern = program.engine.intern
        self._callers: dict[Function, list[CallSite]] | None = None
        self._decorating: dict[Function, list[Decoration]] = {}
        self._assigned: dict[Function, dict[str, list[ir.Expr]]] = {}
        self._returned: dict[Function, list[ir.Expr]] = {}

    # --- frames ---------------------------------------------------------------------------------------------------

    def frames(self, function: Function, wanted: list[ir.Expr], depth: int = _DEPTH) -> list[Frame | None]:
        """The frames from which to see the wanted expressions of a function's body; just None if it is all the same."""
        if depth == 0 or not self._depends(function, wanted):
            return [None]
        found: list[Frame | None] = []
        for frame in self._calls_of(function, depth):
            found.append(frame)
            if len(found) >= _FRAMES:
                break
        return found or [None]

    def _calls_of(self, function: Function, depth: int) -> Iterator[Frame]:
        self._index()
        assert self._callers is not None
        for site in self._callers.get(function, ()):
            if site.function is function:
                continue
            passed = [*site.call.arguments, *(keyword.value for keyword in site.call.keywords), site.call.function]
            for outer in self.frames(site.function, passed, depth - 1):
                yield Frame(function, site, outer)
        for decoration in self._decorating.get(function, ()):
            definition = decoration.definition
            if isinstance(definition, Class):
                value: Value = self._intern.class_(definition)
            else:
                value = self._intern.function(definition)
            yield Frame(function, None, None, (value,), self._maker(function, decoration))

    def _maker(self, function: Function, decoration: Decoration) -> Frame | None:
        """The frame of the factory that made a decorator: `route("/x")` in `@route("/x")`."""
        outer = function.outer
        if not isinstance(outer, Function) or decoration.call is None:
            return None
        site = self._unit(decoration).sites.get(decoration.call.number)
        return Frame(outer, site) if site is not None else None

    @staticmethod
    def _unit(decoration: Decoration) -> Function:
        definition = decoration.definition
        scope: Scope | None = definition.owner if isinstance(definition, Function) else None
        scope = scope or definition.outer or definition.module.body
        return scope.unit

    def _index(self) -> None:
        if self._callers is not None:
            return
        self._callers = {}
        for function in self.program.all_functions:
            for site in self.program.sites(function):
                for target in site.targets:
                    self._callers.setdefault(target.function, []).append(site)
        for decoration in self.program.decorations:
            for value in decoration.values:
                if isinstance(value, FunctionValue) and value.function.is_project:
                    self._decorating.setdefault(value.function, []).append(decoration)

    def _depends(self, function: Function, wanted: list[ir.Expr], seen: frozenset[str] = frozenset()) -> bool:
        names = {p.name for p in function.record.parameters}
        outer = function.outer
        while isinstance(outer, Function):
            names |= {p.name for p in outer.record.parameters}
            outer = outer.outer
        if not names:
            return False
        assigned = self._assignments(function)
        for name in {name for expression in wanted for name in names_read(expression)}:
            if name in names:
                return True
            if name in assigned and name not in seen and self._depends(function, assigned[name], seen | {name}):
                return True
        return False

    # --- values ---------------------------------------------------------------------------------------------------

    def values(self, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int = 8) -> Values:
        """What the expression can be, seen from the frame."""
        if frame is None and isinstance(expression, ir.Call):
            frame = Frame(scope.unit)
        if depth == 0 or frame is None:
            return self.program.values_of(scope, expression)
        return _Evaluation(self, frame).values(scope, expression, {}, frozenset(), depth)

    def items(self, scope: Scope, expression: ir.Expr, frame: Frame | None) -> list[Values]:
        """The values of each item of a sequence, as far as they can be told apart."""
        if frame is not None:
            return _Evaluation(self, frame).items(scope, expression, {}, frozenset(), 8)
        return self.split(self.program.values_of(scope, expression))

    def split(self, values: Values) -> list[Values]:
        """The items of the containers among the values."""
        found: list[Values] = []
        for value in values:
            if isinstance(value, ContainerValue) and value.items and value.kind != "dict":
                found += [value.items[key].values for key in value.items]
            else:
                element = self.program.elements_of((value,))
                found += [(one,) for one in element]
        return found

    def assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        """Local names with the expressions that are assigned to them."""
        return self._assignments(function)

    def _assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        found = self._assigned.get(function)
        if found is None:
            found = self._assigned[function] = {}
            returned = self._returned[function] = []
            collect(function.record.body, found, returned)
        return found

    def returned(self, function: Function) -> list[ir.Expr]:
        """The expressions that a function returns."""
        self._assignments(function)
        return self._returned[function]


class _Evaluation:
    """One evaluation in one frame."""

    def __init__(self, contexts: Contexts, frame: Frame) -> None:
        self.contexts = contexts
        self.frame = frame
        self.program = contexts.program

    def values(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        if depth == 0:
            return NOTHING
        if isinstance(expression, ir.Name):
            return self._name(scope, expression, bound, open_, depth)
        if isinstance(expression, ir.FString):
            return self._text([self.values(scope, part, bound, open_, depth - 1) for part in expression.parts])
        if isinstance(expression, ir.Binary) and expression.operator == "+":
            left = self.values(scope, expression.left, bound, open_, depth - 1)
            right = self.values(scope, expression.right, bound, open_, depth - 1)
            if _texts(left) or _texts(right):
                return self._text([left, right])
            return join(left, right)
        if isinstance(expression, ir.Choice):
            found: Values = NOTHING
            for one in expression.values:
                found = join(found, self.values(scope, one, bound, open_, depth - 1))
            return found
        if isinstance(expression, ir.Call):
            return self._call(scope, expression, bound, open_, depth)
        if isinstance(expression, ir.Attribute):
            base = self.values(scope, expression.value, bound, open_, depth - 1)
            return self.program.attribute(base, expression.name, scope) if base else NOTHING
        return self.program.values_of(scope, expression)

    def _name(
        self, scope: Scope, expression: ir.Name, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        name = expression.id
        if name in bound:
            return bound[name]
        frame: Frame | None = self.frame if self.frame.site is not None or self.frame.decorated else None
        while frame is not None:
            assigned = self.contexts.assignments(frame.function)
            if name in assigned and name not in open_:
                found: Values = NOTHING
                for value in assigned[name]:
                    inner = _Evaluation(self.contexts, frame)
                    found = join(found, inner.values(frame.function, value, {}, open_ | {name}, depth - 1))
                return found
            given = self._parameter(frame, name, depth)
            if given is not None:
                return given
            frame = frame.lexical
        return self.program.values_of(scope, expression)

    def _parameter(self, frame: Frame, name: str, depth: int) -> Values | None:
        parameters = frame.function.record.parameters
        for number, parameter in enumerate(parameters):
            if parameter.name == name and parameter.kind in ("positional", "normal", "keyword"):
                return self._given(frame, number, parameter, depth)
            if parameter.name == name:
                return self.program.values_of(frame.function, ir.Name(name))
        return None

    def _given(self, frame: Frame, number: int, parameter: ir.Parameter, depth: int) -> Values:
        bound = frame.function.owner is not None and not frame.function.is_static
        if frame.site is None:
            return frame.decorated if number == int(bound) else NOTHING
        call, caller = frame.site.call, frame.site.function
        expression: ir.Expr | None = None
        if bound and number == 0:
            expression = call.function.value if isinstance(call.function, ir.Attribute) else None
            if expression is None:
                return self.program.values_of(frame.function, ir.Name(parameter.name))
        else:
            for keyword in call.keywords:
                if keyword.name == parameter.name:
                    expression = keyword.value
            index = number - int(bound)
            if expression is None and parameter.kind != "keyword" and index < len(call.arguments):
                expression = call.arguments[index]
            if isinstance(expression, ir.Starred) or (expression is None and _has_star(call)):
                return self.program.values_of(frame.function, ir.Name(parameter.name))
        if expression is None:
            default = parameter.default
            return self.program.values_of(frame.function, default) if default is not None else NOTHING
        if isinstance(frame, _Bound):
            return frame.caller.values(frame.scope, expression, frame.bound, frame.open, depth - 1)
        return self.contexts.values(caller, expression, frame.outer, depth - 1)

    def _call(self, scope: Scope, call: ir.Call, bound: dict[str, Values], open_: frozenset[str], depth: int) -> Values:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return self.program.values_of(scope, call)
        if isinstance(call.function, ir.Attribute) and call.function.name == "format" and not site.targets:
            return self._formatted(scope, call, bound, open_, depth) or site.result
        if not site.targets or len(site.targets) > 3:
            return site.result
        found: Values = NOTHING
        for target in site.targets:
            frame = _Bound(target.function, site, self, scope, bound, open_)
            for expression in self.contexts.returned(target.function):
                inner = _Evaluation(self.contexts, frame)
                found = join(found, inner.values(target.function, expression, {}, frozenset(), depth - 1))
        return found or site.result

    def _formatted(
        self, scope: Scope, call: ir.Call, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        """`"/prefix{}".format(rule)`."""
        assert isinstance(call.function, ir.Attribute)
        found: Values = NOTHING
        given = [self.values(scope, argument, bound, open_, depth - 1) for argument in call.arguments]
        for template in _texts(self.values(scope, call.function.value, bound, open_, depth - 1)):
            pieces = template.split("{}")
            parts: list[Values] = []
            for number, piece in enumerate(pieces):
                parts.append((self.program.engine.intern.constant(piece),))
                if number < len(pieces) - 1:
                    parts.append(given[number] if number < len(given) else NOTHING)
            found = join(found, self._text(parts))
        return found

    def items(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> list[Values]:
        """Each item of a sequence expression."""
        if depth == 0:
            return []
        if isinstance(expression, ir.Sequence):
            found: list[Values] = []
            for item in expression.items:
                if isinstance(item, ir.Starred):
                    found += self.items(scope, item.value, bound, open_, depth - 1)
                else:
                    found.append(self.values(scope, item, bound, open_, depth - 1))
            return found
        if isinstance(expression, ir.Comprehension) and len(expression.generators) == 1:
            generator = expression.generators[0]
            if isinstance(generator.target, ir.Name):
                name = generator.target.id
                return [
                    self.values(scope, expression.element, {**bound, name: item}, open_, depth - 1)
                    for item in self.items(scope, generator.iterable, bound, open_, depth - 1)
                ]
        if isinstance(expression, ir.Name):
            return self._named_items(scope, expression, bound, open_, depth)
        return self.contexts.split(self.values(scope, expression, bound, open_, depth))

    def _named_items(
        self, scope: Scope, expression: ir.Name, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> list[Values]:
        name = expression.id
        frame = self.frame
        assigned = self.contexts.assignments(frame.function)
        if name in assigned and name not in open_:
            found: list[Values] = []
            for value in assigned[name]:
                found += self.items(frame.function, value, bound, open_ | {name}, depth - 1)
            return found
        for number, parameter in enumerate(frame.function.record.parameters):
            if parameter.name == name and parameter.kind == "varargs" and frame.site is not None:
                return self._rest(frame, number, depth)
            if parameter.name == name and frame.site is not None:
                return self.contexts.split(self._given(frame, number, parameter, depth))
        return self.contexts.split(self.values(scope, expression, bound, open_, depth))

    def _rest(self, frame: Frame, number: int, depth: int) -> list[Values]:
        assert frame.site is not None
        bound = frame.function.owner is not None and not frame.function.is_static
        found: list[Values] = []
        for argument in frame.site.call.arguments[number - int(bound) :]:
            if isinstance(argument, ir.Starred):
                found += self.contexts.items(frame.site.function, argument.value, frame.outer)
            else:
                found.append(self.contexts.values(frame.site.function, argument, frame.outer, depth - 1))
        return found

    def _text(self, parts: list[Values]) -> Values:
        texts = [""]
        for part in parts:
            texts = [text + one for text in texts for one in (_texts(part) or ["{}"])][:_TEXTS]
        intern = self.program.engine.intern
        return tuple(intern.constant(text) for text in dict.fromkeys(texts))


class _Bound(Frame):
    """A call inside the evaluated expression: its arguments are seen from the evaluation that reached it."""

    __slots__ = ("bound", "caller", "open", "scope")

    def __init__(
        self,
        function: Function,
        site: CallSite,
        caller: _Evaluation,
        scope: Scope,
        bound: dict[str, Values],
        open_: frozenset[str],
    ) -> None:
        super().__init__(function, site, caller.frame)
        self.caller = caller
        self.scope = scope
        self.bound = bound
        self.open = open_


def _has_star(call: ir.Call) -> bool:
    return any(isinstance(a, ir.Starred) for a in call.arguments) or any(k.name is None for k in call.keywords)


def _texts(values: Values) -> list[str]:
    return [str(v.value) for v in values if isinstance(v, ConstantValue)][:_TEXTS]


__all__ = ["Contexts", "Frame"]
