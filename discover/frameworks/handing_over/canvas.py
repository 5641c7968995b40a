"""Canvases: parts put together by chain, group, chord, `|` and links, and sent later, perhaps elsewhere.

The order of the parts is in the shape of nested expressions, variables and lists, so it is read off a small tree. What
the parts are called is a catalog's `canvas`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Arguments, paths_of
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.handing_over.shapes import Leaf, Shape, alternatives, chained, grouped
from discover.frameworks.reading.arguments import outermost_argument, travelling
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.named_calls import calls_on, is_name
from discover.frameworks.reading.passing import Passages, inwards, outermost
from discover.frameworks.reading.schedules import duration_of
from discover.frameworks.records import Dispatch, called_at
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from discover.catalog.spec import Canvas
    from discover.frameworks.handing_over.addresses import Addresses
    from discover.frameworks.reading.passing import Passage
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Values

_DEPTH = 12
_FEW = 5
"""A caller that may mean as many tasks as this says nothing, where no task is known otherwise."""
_ONE_OF = 0.7
"""How sure each is of several that a caller may mean."""
_PACKED: dict[str, int | None] = {
    "signature": 0,
    "subtask": 0,
    "signature_from_request": None,
    "message_with_options": 0,
    "map": None,
    "starmap": None,
    "chunks": None,
}
"""Methods that take the task's arguments as one sequence, at this place, or not at all."""


def find_canvases(bench: Workbench, addresses: Addresses) -> None:
    """Emit the dispatches of every canvas that is sent."""
    for library, rule in bench.catalog.canvases:
        reader = _Reader(bench, addresses, library, rule)
        for match in bench.index.calls([*paths_of(rule.sent), *paths_of(rule.handed)]):
            reader.send(match)
        for match in bench.index.calls(rule.linked):
            reader.links(match.site, 0)


class _Reader:
    """Reads canvas expressions."""

    def __init__(self, bench: Workbench, addresses: Addresses, library: str, rule: Canvas) -> None:
        self.bench = bench
        self.program = bench.program
        self.addresses = addresses
        self.library = library
        self.rule = rule
        self._passages = Passages(bench.contexts)
        self._frame: Frame | None = None
        """The caller by whom an expression is seen."""
        self._kinds: dict[str, str] = {}
        for kind in ("chains", "groups", "chords", "named"):
            self._kinds.update(dict.fromkeys(paths_of(getattr(rule, kind)), kind))

    def send(self, match: Match) -> None:
        """Emit what the sent expression consists of."""
        site = match.site
        expression = self._sent(match)
        if expression is None:
            return
        passages = self._passages.to(site, [expression])
        chosen = [(outermost_argument(expression, passage.frame), passage) for passage in passages]
        sent = [one for one, _ in chosen if one is not None and one.is_whole]
        others = [passage for one, passage in chosen if one is None or not one.is_whole]
        is_made = bool(others) and self._made_for(others, site, expression)
        if not is_made:
            sent += [one for one, _ in chosen if one is not None and not one.is_whole]
        for one in {(one.site, id(one.expression)): one for one in sent}.values():
            self._send(one.site, site.call, one.expression, one.site.function)
        if not sent and not is_made:
            self._send(site, site.call, expression, site.function)

    def _made_for(self, passages: list[Passage], site: CallSite, expression: ir.Expr) -> bool:
        """Whether the callers say of which task a part is made here: `part = make(task, …)`, `part.apply_async()`."""
        every = self._units(expression, site, None) if passages else set[str]()
        seen: dict[CallSite, Shape] = {}
        for passage in passages:
            frames = list(inwards(passage.frame))
            told = [(self._units(expression, site, frame), frame) for frame in frames]
            units, frame = min(told, key=lambda one: len(one[0]) or len(every) + 1)
            if 0 < len(units) < (len(every) or _FEW):
                self._frame = frame
                seen[outermost(frame, site)] = self.shape(expression, site.function, _DEPTH, frozenset())
                self._frame = None
        for at, shape in seen.items():
            for leaf in shape.leaves:
                self._emit(at, leaf, 0.9 if len(leaf.units) == 1 else _ONE_OF)
        return bool(seen)

    def _units(self, expression: ir.Expr, site: CallSite, frame: Frame | None) -> set[str]:
        """The units that a sent expression runs, as one caller sees it."""
        self._frame = frame
        shape = self.shape(expression, site.function, _DEPTH, frozenset())
        self._frame = None
        return {unit for leaf in shape.leaves for unit in leaf.units}

    def _sent(self, match: Match) -> ir.Expr | None:
        call = match.site.call
        if match.path in paths_of(self.rule.handed):
            return call.arguments[0] if call.arguments else None
        wrapped = call.function.arguments if isinstance(call.function, ir.Call) else ()
        for one in (call.function, *wrapped, *call.arguments):
            # the sending method itself may be wrapped, or handed over: `sync_to_async(chain(…).apply_async)()`
            if isinstance(one, ir.Attribute) and match.path.endswith(f".{one.name}"):
                return one.value
        if isinstance(call.function, ir.Call) and self._kind(call.function, match.site.function) == "chords":
            return call
        return call.function

    def _send(self, site: CallSite, call: ir.Call, expression: ir.Expr, scope: Scope) -> None:
        shape = self.shape(expression, scope, _DEPTH, frozenset())
        first = [leaf for leaf in shape.leaves if leaf.stage == 0]
        delay = self._delay(call, site.function)
        for leaf in first:
            if delay[1]:
                leaf.delay = delay
        for leaf in shape.leaves:
            self._emit(site, leaf)
        self.links(site, max(shape.length - 1, 0))

    def links(self, site: CallSite, stage: int) -> None:
        """`link=` and `link_error=` of the sending call."""
        for keyword in site.call.keywords:
            if keyword.name in ("link", "link_error"):
                shape = self.shape(keyword.value, site.function, _DEPTH, frozenset())
                for leaf in shape.leaves:
                    leaf.stage += stage + 1
                    leaf.outcome = "success" if keyword.name == "link" else "failure"
                    self._emit(site, leaf)

    def _emit(self, site: CallSite, leaf: Leaf, confidence: float = 0.9) -> None:
        units = list(leaf.units)
        if not units and leaf.name:
            units, confidence = self.addresses.units(leaf.name)
        self.bench.found.dispatch(
            Dispatch(
                **called_at(site),
                edge="dispatch",
                library=self.library,
                targets=tuple(dict.fromkeys(units)),
                name=leaf.name,
                delay=leaf.delay[0],
                delay_text=leaf.delay[1],
                arguments=leaf.arguments,
                stage=leaf.stage,
                outcome=leaf.outcome,
                each=leaf.each,
                choice=leaf.choice,
                confidence=confidence,
                evidence=f"{self.library} canvas",
            )
        )

    # --- shapes ---------------------------------------------------------------------------------------------------

    def shape(self, expression: ir.Expr, scope: Scope, depth: int, open_: frozenset[str]) -> Shape:
        """The stages of an expression that is a signature, or several."""
        if depth == 0:
            return Shape([], 0)
        if isinstance(expression, ir.Call):
            return self._call(expression, scope, depth - 1, open_)
        if isinstance(expression, ir.Binary) and expression.operator == "|":
            left = self.shape(expression.left, scope, depth - 1, open_)
            return chained([left, self.shape(expression.right, scope, depth - 1, open_)])
        if isinstance(expression, ir.Sequence):
            return grouped([self.shape(item, scope, depth - 1, open_) for item in expression.items])
        if isinstance(expression, ir.Choice):
            ways = [self.shape(value, scope, depth - 1, open_) for value in expression.values]
            return alternatives(ways, text_of(expression))
        if isinstance(expression, ir.Comprehension):
            inner = self.shape(expression.element, scope, depth - 1, open_)
            for leaf in inner.leaves:
                leaf.each = text_of(expression.generators[0].iterable) if expression.generators else ""
            return Shape(inner.leaves, inner.length, parallel=True)
        if isinstance(expression, ir.Starred | ir.Await):
            return self.shape(expression.value, scope, depth, open_)
        if isinstance(expression, ir.Name):
            return self._name(expression, scope, depth - 1, open_)
        return self._by_value(expression, scope)

    def _name(self, name: ir.Name, scope: Scope, depth: int, open_: frozenset[str]) -> Shape:
        if name.id in open_:
            return Shape([], 0)
        inner = open_ | {name.id}
        scope = self._binding(name.id, scope)
        assigned = self.bench.contexts.assignments(scope.unit).get(name.id, [])
        if not assigned:
            return self._by_value(name, scope)
        ways: list[Shape] = []
        for value in assigned:
            if isinstance(value, ir.Binary) and is_name(value.left, name.id):
                # what is assigned further down begins anew
                join = chained if value.operator == "|" else grouped
                following = value.right
                ways = [join([way, self.shape(following, scope, depth, inner)]) for way in ways or [Shape([], 0)]]
            else:
                ways.append(self.shape(value, scope, depth, inner))
        found = alternatives(ways, name.id)
        added = self._added(name.id, scope, depth, inner)
        if added.leaves:
            found = grouped([found, added])
        found = found if found.leaves else self._by_value(name, scope)
        following = (*self.rule.following, *self.rule.success, *self.rule.failure)
        for method, call in calls_on(self.program, scope, name.id, following):
            given = call.arguments
            found = self._linked(found, given[0], method, scope, depth, inner) if given else found
        return found

    def _binding(self, name: str, scope: Scope) -> Scope:
        """The function whose local name it is: around a lambda or an inner function, too."""
        level: Scope | None = scope
        while isinstance(level, Function):
            if name in self.bench.contexts.assignments(level):
                return level
            if any(parameter.name == name for parameter in level.record.parameters):
                break
            level = level.outer
        return scope

    def _added(self, name: str, scope: Scope, depth: int, open_: frozenset[str]) -> Shape:
        calls = calls_on(self.program, scope, name, ("append", "extend"))
        return grouped([self.shape(argument, scope, depth, open_) for _, call in calls for argument in call.arguments])

    def _call(self, call: ir.Call, scope: Scope, depth: int, open_: frozenset[str]) -> Shape:
        function = call.function
        kind = self._kind(call, scope)
        if kind == "chains":
            return chained(self._parts(call, scope, depth, open_, spread=True))
        if kind == "groups":
            return grouped(self._parts(call, scope, depth, open_, spread=False))
        if kind == "chords":
            return self._chord(call, None, scope, depth, open_)
        if isinstance(function, ir.Call) and self._kind(function, scope) == "chords":
            return self._chord(function, call, scope, depth, open_)
        if isinstance(function, ir.Attribute) and function.name in self._modifiers():
            return self._modified(call, function, scope, depth, open_)
        if isinstance(function, ir.Attribute) and function.name in self.rule.parts:
            values, frame = self._seen(scope, function.value)
            units = [f.id for f in self.bench.handlers.functions(values, scope.module)]
            if units:
                leaf = Leaf(units, "", _arguments(call, function.name, frame))
                leaf.delay = self._delay(call, scope)
                is_spread = call.arguments and function.name in ("map", "starmap", "chunks")
                leaf.each = text_of(call.arguments[0]) if is_spread else ""
                return Shape([leaf], 1)
        if kind == "named" and call.arguments:
            values, frame = self._seen(scope, call.arguments[0])
            texts = self.program.texts_of(values)
            units = [] if texts else [f.id for f in self.bench.handlers.functions(values, scope.module)]
            if texts or units:
                arguments = travelling(Arguments(args=1, kwargs=2), call, frame)
                return Shape([Leaf(units, texts[0] if texts else "", arguments)], 1)
        return self._returned(call, scope, depth)

    def _returned(self, call: ir.Call, scope: Scope, depth: int) -> Shape:
        site = scope.unit.sites.get(call.number)
        for target in site.targets[:2] if site is not None else ():
            outer = self._frame
            self._frame = Frame(target.function, site, outer) if outer is not None else None
            shapes = [
                self.shape(expression, target.function, depth, frozenset())
                for expression in self.bench.contexts.returned(target.function)
            ]
            self._frame = outer
            found = next((shape for shape in shapes if shape.leaves), None)
            if found is not None:
                return found
        return self._by_value(call, scope)

    def _chord(self, call: ir.Call, body: ir.Call | None, scope: Scope, depth: int, open_: frozenset[str]) -> Shape:
        header = self.shape(call.arguments[0], scope, depth, open_) if call.arguments else Shape([], 0)
        after: ir.Expr | None = call.arguments[1] if len(call.arguments) > 1 else None
        after = next((k.value for k in call.keywords if k.name in ("body", "callback")), after)
        if body is not None and body.arguments:
            after = body.arguments[0]
        parts = [header] if after is None else [header, self.shape(after, scope, depth, open_)]
        return chained(parts)

    def _modified(
        self, call: ir.Call, function: ir.Attribute, scope: Scope, depth: int, open_: frozenset[str]
    ) -> Shape:
        shape = self.shape(function.value, scope, depth, open_)
        delay = self._delay(call, scope)
        for leaf in shape.leaves:
            if delay[1] and leaf.stage == 0:
                leaf.delay = delay
        if not call.arguments or function.name in self.rule.same:
            return shape
        return self._linked(shape, call.arguments[0], function.name, scope, depth, open_)

    def _linked(
        self, shape: Shape, what: ir.Expr, method: str, scope: Scope, depth: int, open_: frozenset[str]
    ) -> Shape:
        """The shape with what follows it by this method."""
        linked = self.shape(what, scope, depth, open_)
        for leaf in linked.leaves:
            leaf.stage += max(shape.length, 1)
            if method not in self.rule.following:
                leaf.outcome = "success" if method in self.rule.success else "failure"
        length = shape.length + (linked.length if method in self.rule.following else 0)
        return Shape(shape.leaves + linked.leaves, length, parallel=shape.parallel)

    def _modifiers(self) -> list[str]:
        return [*self.rule.same, *self.rule.following, *self.rule.success, *self.rule.failure]

    def _parts(self, call: ir.Call, scope: Scope, depth: int, open_: frozenset[str], *, spread: bool) -> list[Shape]:
        """The parts of a chain or group; a single list stands for its items."""
        arguments = call.arguments
        if len(arguments) == 1 and isinstance(arguments[0], ir.Sequence):
            arguments = arguments[0].items
        shapes: list[Shape] = []
        for argument in arguments:
            inner = argument.value if isinstance(argument, ir.Starred) else argument
            items = self._items(inner, scope) if spread else None
            if items is not None:
                shapes += [self.shape(item, scope, depth, open_) for item in items]
            else:
                shapes.append(self.shape(inner, scope, depth, open_))
        return shapes

    def _items(self, expression: ir.Expr, scope: Scope) -> list[ir.Expr] | None:
        """A variable that holds a list: its items in the order they were put in."""
        if not isinstance(expression, ir.Name):
            return None
        assigned = self.bench.contexts.assignments(scope.unit).get(expression.id, [])
        if len(assigned) != 1 or not isinstance(assigned[0], ir.Sequence):
            return None
        items = list(assigned[0].items)
        for _, call in calls_on(self.program, scope, expression.id, ("append",)):
            items += call.arguments
        return items

    def _by_value(self, expression: ir.Expr, scope: Scope) -> Shape:
        values = tuple(v for v in self._seen(scope, expression)[0] if not isinstance(v, ConstantValue))
        functions = self.bench.handlers.functions(values, scope.module)
        if functions:
            return Shape([Leaf([f.id for f in functions])], 1)
        # Parts that a list holds, wherever the list was kept: `plan["header"]`.
        parts = self.bench.handlers.functions(self.program.elements_of(values), scope.module)
        return grouped([Shape([Leaf([f.id])], 1) for f in parts])

    # --- parts ----------------------------------------------------------------------------------------------------

    def _kind(self, call: ir.Call, scope: Scope) -> str:
        site = scope.unit.sites.get(call.number)
        for external in site.externals if site is not None else ():
            if external.path in self._kinds:
                return self._kinds[external.path]
        return ""

    def _delay(self, call: ir.Call, scope: Scope) -> tuple[float | None, str]:
        for keyword in call.keywords:
            if keyword.name in ("countdown", "eta", "delay"):
                return duration_of(self.program, scope, keyword.value), text_of(keyword.value)
        return None, ""

    def _seen(self, scope: Scope, expression: ir.Expr) -> tuple[Values, Frame | None]:
        """What an expression can be for the caller by whom it is seen."""
        frame = self._frame if self._frame is not None and self._frame.function is scope.unit else None
        if frame is None:
            return self.program.values_of(scope, expression), None
        return self.bench.contexts.values(scope, expression, frame), frame


def _arguments(call: ir.Call, name: str, frame: Frame | None) -> tuple[str, ...]:
    if name not in _PACKED:
        return travelling(Arguments(start=0), call, frame)
    return travelling(Arguments(args=_PACKED[name]), call, frame)
