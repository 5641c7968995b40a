"""Lists as source builds them: literals, sums, comprehensions, what functions return, what other modules define.

The resolver tells few places of a list apart; where a framework is configured by long lists, their items are read from
the expressions instead, with each function's parameters bound to what its caller gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.imports import imports_of, star_sources
from discover.frameworks.reading.named_calls import calls_on
from discover.frameworks.reading.parameters import is_itself
from discover.frameworks.reading.rounds import TOGETHER, in_rounds, in_rounds_of
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import FunctionValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite


class Environment(NamedTuple):
    """From where a list's expression is seen."""

    given: dict[str, tuple[ir.Expr, Scope, Environment]]
    """A function's parameters, each with what the caller gave and where that is to be read."""
    frame: Frame | None
    """The call, and the round of the comprehension, in which it is evaluated."""
    rounds: int = 1
    """So many rounds of the comprehensions around it are told apart."""

    def key(self) -> tuple[object, ...]:
        """What tells it from the environments of other calls and rounds."""
        found: list[object] = []
        frame = self.frame
        while frame is not None:
            at = (frame.site.function.module.path, frame.site.call.number) if frame.site is not None else None
            rows = tuple((name, id(row)) for name, row in frame.standing.items())
            found.append((at, tuple(frame.names.items()), rows))
            frame = frame.outer
        return tuple(found)

    def within(self, function: Function, site: CallSite) -> Environment:
        """The body of a function as a call enters it that is seen from here."""
        given = _given(function, site.call)
        bound: dict[str, tuple[ir.Expr, Scope, Environment]] = {
            name: (expression, site.function, self) for name, expression in given.items()
        }
        return Environment(bound, Frame(function, site, self.frame), self.rounds)

    def in_rounds(self, frames: list[Frame | None]) -> list[Environment]:
        """Itself in each round of a comprehension; where they are too many, once."""
        rounds = self.rounds * len(frames)
        return [self._replace(frame=one, rounds=rounds) for one in frames] if rounds <= TOGETHER else [self]


ANYWHERE = Environment({}, None)
"""Seen from no call in particular."""
Item = TypeVar("Item")
_OPENED = frozenset(
    {
        *("builtins.list", "builtins.tuple", "builtins.sorted", "builtins.reversed", "builtins.sum"),
        *("functools.reduce", "itertools.chain", "itertools.chain.from_iterable"),
    }
)
_CALLEES = 3
_ADDING = ("append", "extend", "insert")
DEPTH = 24


class ListReader(Generic[Item]):
    """Reads lists; what an item is, a subclass says."""

    opened = _OPENED
    """Paths of calls that give the items of their arguments."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program

    def item(self, expression: ir.Expr, scope: Scope, environment: Environment) -> list[Item] | None:
        """The expression as an item of the list; None where it is a list itself, or something to follow."""
        raise NotImplementedError

    def by_value(self, expression: ir.Expr, scope: Scope, depth: int) -> list[Item]:
        """The items of what can't be followed through expressions."""
        raise NotImplementedError

    def listed(self, expression: ir.Expr, scope: Scope, environment: Environment) -> list[Item]:
        """The items of a list expression."""
        return self.read(expression, scope, environment, DEPTH, frozenset())

    def read(
        self, expression: ir.Expr, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Item]:
        """The items, so deep; `open_` are the names that are being read."""
        if depth == 0:
            return []
        own = self.item(expression, scope, environment)
        if own is not None:
            return own
        deeper = depth - 1
        if isinstance(expression, ir.Sequence):
            return [p for item in expression.items for p in self.read(item, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Starred):
            return self.read(expression.value, scope, environment, deeper, open_)
        if isinstance(expression, ir.Binary):
            left = self.read(expression.left, scope, environment, deeper, open_)
            return left + self.read(expression.right, scope, environment, deeper, open_)
        if isinstance(expression, ir.Choice):
            return [p for one in expression.values for p in self.read(one, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Comprehension):
            frames = in_rounds_of(self.bench.contexts, scope.unit, expression, environment.frame)
            rounds = environment.in_rounds(frames)
            return [p for inner in rounds for p in self.read(expression.element, scope, inner, deeper, open_)]
        if isinstance(expression, ir.Call):
            return self._called(expression, scope, environment, deeper, open_)
        if isinstance(expression, ir.Name):
            return self._named(expression, scope, environment, deeper, open_)
        kept = self._kept(expression, scope, deeper, open_) if isinstance(expression, ir.Attribute) else []
        return kept or self.by_value(expression, scope, deeper)

    def _called(
        self, call: ir.Call, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Item]:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return []
        if not self.opened.isdisjoint(external.path for external in site.externals):
            return [p for a in call.arguments for p in self.read(a, scope, environment, depth, open_)]
        if any(external.path == "builtins.map" for external in site.externals):
            return self._mapped(call, scope, depth)
        found: list[Item] = []
        for target in site.targets[:_CALLEES]:
            inner = environment.within(target.function, site)
            for expression in self.bench.contexts.returned(target.function):
                found += self.read(expression, target.function, inner, depth, frozenset())
        return found or self.by_value(call, scope, depth)

    def _mapped(self, call: ir.Call, scope: Scope, depth: int) -> list[Item]:
        """What the function of a `map` makes: its parameter is all that it is called with."""
        made = self.program.values_of(scope, call.arguments[0]) if call.arguments else ()
        functions = [value.function for value in made if isinstance(value, FunctionValue) and value.function.is_project]
        returned = [(f, expression) for f in functions[:_CALLEES] for expression in self.bench.contexts.returned(f)]
        return [item for f, expression in returned for item in self.read(expression, f, ANYWHERE, depth, frozenset())]

    def _named(
        self, name: ir.Name, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Item]:
        given = environment.given.get(name.id)
        if given is not None:
            return self.read(given[0], given[1], given[2], depth, frozenset())
        key = f"{scope.module.path}:{name.id}"
        if key in open_:
            return []
        holder: Scope | None = scope
        while holder is not None:
            if isinstance(holder, Function):
                assigned = self.bench.contexts.assignments(holder).get(name.id)
                if assigned:
                    found = [
                        p for value in assigned for p in self.read(value, holder, environment, depth, open_ | {key})
                    ]
                    return found + self._added(name, holder, environment, depth, open_ | {key})
            holder = holder.outer
        return self._imported(name, scope, depth, open_ | {key}) or self.by_value(name, scope, depth)

    def _added(
        self,
        name: ir.Name,
        holder: Function,
        environment: Environment,
        depth: int,
        open_: frozenset[str],
    ) -> list[Item]:
        """What `name.append(…)`, `.extend(…)` and `.insert(…)` add in the same body."""
        found: list[Item] = []
        frame = environment.frame
        for _, call in calls_on(self.program, holder, name.id, _ADDING):
            item = call.arguments[-1] if call.arguments else None
            frames = [frame]
            if isinstance(item, ir.Call) and (frame is None or frame.function is holder):
                given = [*item.arguments, *(keyword.value for keyword in item.keywords)]
                frames = in_rounds(self.bench.contexts, holder, call, given, frames)
            for inner in environment.in_rounds(frames) if item is not None else ():
                found += self.read(item, holder, inner, depth, open_) if item is not None else []
        return found

    def _kept(self, expression: ir.Attribute, scope: Scope, depth: int, open_: frozenset[str]) -> list[Item]:
        """What the methods of the class around assign and add to an attribute of their own object."""
        owner = scope.unit.owner
        if owner is None or not isinstance(expression.value, ir.Name):
            return []
        key = f"{owner.id}.{expression.name}"
        if key in open_ or not is_itself(scope.unit, expression.value.id):
            return []
        found: list[Item] = []
        for method in (one for level in owner.mro if level.is_project for one in level.methods()):
            added = [
                site.call.arguments[-1]
                for site in method.sites.values()
                if site.call.arguments and _adds_to_own(method, site.call.function, expression.name)
            ]
            set_here = [
                value
                for target, value in self.bench.contexts.attributes_set(method, {expression.name})
                if isinstance(target.value, ir.Name) and is_itself(method, target.value.id)
            ]
            for value in (*set_here, *added):
                found += self.read(value, method, ANYWHERE, depth, open_ | {key})
        return found

    def _imported(self, name: ir.Name, scope: Scope, depth: int, open_: frozenset[str]) -> list[Item]:
        """A list that another module defines: looked up by the import, and read there."""
        for module_name, original in imports_of(scope.module, name.id):
            module = self.program.modules.get(module_name)
            if module is not None and original in module.body.names:
                return self.read(ir.Name(original), module.body, ANYWHERE, depth, open_)
        for source in star_sources(scope.module):
            module = self.program.modules.get(source)
            if module is not None and name.id in module.body.names:
                return self.read(name, module.body, ANYWHERE, depth, open_)
        return []


def _adds_to_own(method: Function, called: ir.Expr, name: str) -> bool:
    """`self.handlers.append`, `self.handlers.extend`, `self.handlers.insert`."""
    if not isinstance(called, ir.Attribute) or called.name not in _ADDING or not isinstance(called.value, ir.Attribute):
        return False
    holder = called.value
    return holder.name == name and isinstance(holder.value, ir.Name) and is_itself(method, holder.value.id)


def _given(function: Function, call: ir.Call) -> dict[str, ir.Expr]:
    """A function's parameters with what a call gives for them; `*items` has all that are left."""
    found: dict[str, ir.Expr] = {}
    for place, parameter in enumerate(function.given):
        if parameter.kind == "varargs":
            found[parameter.name] = ir.Sequence("tuple", call.arguments[place:])
            break
        if place < len(call.arguments):
            found[parameter.name] = call.arguments[place]
    return {**found, **{keyword.name: keyword.value for keyword in call.keywords if keyword.name is not None}}
