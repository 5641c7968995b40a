"""What runs behind a function that the project's code makes anew for what it is given, and registers.

`def view_of(page): def view(**given): return page().show(**given); return view` makes one function of the code, and
many at run time: `add("/home", view_of(Home))` runs `Home.show`, and `add("/about", view_of(About))` another method.
The same holds for a decorator that is called where something is registered: `add("/pay", signed_in(pay))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.records import HookEdge
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Scope

_AROUND = 0.9
_DEPTH = 6
"""So many names and callers are followed from a registration to the call that makes what it registers."""


class Behind(NamedTuple):
    """What one registered function runs."""

    function: Function
    cls: Class | None
    """The class on whose object it runs, where that is known."""
    around: Function | None
    """The function that is registered, and does more than to run it."""


class Looked(NamedTuple):
    """What was found behind an expression."""

    behind: tuple[Behind, ...] = ()
    ruled_out: frozenset[Function] = frozenset()
    """Closures that call something which what they are given here does not have."""


class MadeClosures:
    """Looks behind the functions that calls of the project's code make."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self._program = program
        self._contexts = contexts
        self._called: dict[Function, list[ir.Expr]] = {}

    def look(self, scope: Scope, expression: ir.Expr | None, frame: Frame | None, depth: int = _DEPTH) -> Looked:
        """What runs behind an expression that a call of the project's code makes, seen from a frame."""
        found: dict[Behind, None] = {}
        ruled_out: set[Function] = set()
        for site, outer in self._makers(scope, expression, frame, depth) if expression is not None else ():
            for target in site.targets:
                made = Frame(target.function, site, outer)
                for closure in _made_by(target.function):
                    run = [self._run(closure, called, made, depth) for called in self._callees(closure)]
                    found.update((one, None) for each in run for one in each or ())
                    if run and not any(run) and None not in run:
                        ruled_out.add(closure)
                for given in self._handed_back(target.function, site) if depth else ():
                    found.update(dict.fromkeys(self.look(site.function, given, outer, depth - 1).behind))
        return Looked(tuple(found), frozenset(ruled_out))

    def _run(self, closure: Function, called: ir.Expr, made: Frame, depth: int) -> tuple[Behind, ...] | None:
        """What a call in a closure runs, for what was given to the function around it; None where that is not known."""
        if isinstance(called, ir.Name) and called.id in self._contexts.assignments(made.function):
            return self.look(made.function, called, made, depth - 1).behind if depth else None
        seen = Frame(closure, lexical=made)
        values = self._values(closure, called, seen, depth)
        around = None if self._is_plain(closure) else closure
        run = [v for v in values if isinstance(v, FunctionValue) and self._may_stand_for(around, v.function)]
        if len(run) < len(values):
            return None
        if not values and not self._contexts.values(closure, self._first(closure, called), seen):
            return None
        return tuple(Behind(value.function, _owner(value), around) for value in run)

    def _makers(
        self, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int
    ) -> Iterator[tuple[CallSite, Frame | None]]:
        """The calls that an expression is the result of, each with the frame that it stands in."""
        if isinstance(expression, ir.Call):
            site = scope.unit.sites.get(expression.number)
            if site is not None:
                yield site, frame
            return
        if not isinstance(expression, ir.Name) or depth == 0:
            return
        assigned = self._contexts.assignments(scope.unit).get(expression.id, [])
        if assigned and self._program.bodies.is_as_given(scope.unit, expression):
            assigned = []  # the argument of `view = view_of(view)` is what the caller gives
        for value in assigned:
            yield from self._makers(scope, value, frame, depth - 1)
        if not assigned and frame is not None and frame.site is not None and frame.function is scope.unit:
            given = argument_for(frame.function, expression.id, frame.site.call)
            if given is not None:
                yield from self._makers(frame.site.function, given, frame.outer, depth - 1)

    def _is_plain(self, closure: Function) -> bool:
        """Whether a closure does nothing but to call what it was made for."""
        called = [self._first(closure, site.call.function) for site in self._program.sites(closure)]
        own = {one.name for one in closure.record.parameters} | set(self._contexts.assignments(closure))
        names = closure.outer.names if closure.outer is not None else {}
        return all(isinstance(one, ir.Name) and one.id in names and one.id not in own for one in called)

    def _may_stand_for(self, around: Function | None, function: Function) -> bool:
        """Whether a function may be told in a closure's place: what others run is without what the closure does."""
        callers = self._contexts.callers(function) if around is not None else []
        return function.is_project and all(site.function is around for site in callers)

    def _handed_back(self, function: Function, site: CallSite) -> Iterator[ir.Expr]:
        """What a call gives for parameters that the function gives back as they are."""
        names = {one.id for one in self._program.bodies.returned(function) if isinstance(one, ir.Name)}
        for parameter in function.given:
            given = argument_for(function, parameter.name, site.call) if parameter.name in names else None
            if given is not None:
                yield given

    def _callees(self, closure: Function) -> list[ir.Expr]:
        """What a closure calls of what the function around it is given or has made: what it gives back, of several."""
        if closure not in self._called:
            maker = closure.outer
            given = {one.name for one in maker.record.parameters} if isinstance(maker, Function) else set[str]()
            given |= set(self._contexts.assignments(maker)) if isinstance(maker, Function) else given
            given -= {one.name for one in closure.record.parameters}
            calls = [site.call for site in self._program.sites(closure) if self._root(closure, site.call) in given]
            inner = {id(one) for call in calls for one in self._inside(closure, call.function)}
            outermost = [call for call in calls if id(call) not in inner]
            returned = {id(one) for each in self._program.bodies.returned(closure) for one in _either(each)}
            chosen = [call for call in outermost if id(call) in returned] or outermost[: len(outermost) == 1]
            self._called[closure] = [call.function for call in chosen]
        return self._called[closure]

    def _root(self, closure: Function, call: ir.Call) -> str:
        """The name that a call begins with: `page` of `page().show()`, also where a local name stands between."""
        first = self._first(closure, call.function)
        return first.id if isinstance(first, ir.Name) else ""

    def _first(self, closure: Function, expression: ir.Expr) -> ir.Expr:
        return [*self._inside(closure, expression)][-1]

    def _inside(self, closure: Function, expression: ir.Expr) -> Iterator[ir.Expr]:
        """The expressions that a called thing is made of, from the outermost to the first name."""
        for _ in range(_DEPTH):
            yield expression
            if isinstance(expression, ir.Attribute):
                expression = expression.value
            elif isinstance(expression, ir.Call):
                expression = expression.function
            elif isinstance(expression, ir.Name):
                assigned = self._contexts.assignments(closure).get(expression.id, [])
                if len(assigned) != 1:
                    return
                expression = _plain(assigned[0])
            else:
                return

    def _values(self, closure: Function, expression: ir.Expr, frame: Frame, depth: int) -> Values:
        """What an expression of the closure is for what was given to the function around it."""
        if depth == 0:
            return NOTHING
        if isinstance(expression, ir.Attribute):
            base = self._values(closure, expression.value, frame, depth - 1)
            return self._program.attribute(base, expression.name, closure) if base else NOTHING
        if isinstance(expression, ir.Call):
            made = self._values(closure, expression.function, frame, depth - 1)
            intern = self._program.engine.intern
            return tuple(intern.instance(v.cls, v.bindings, exact=True) for v in made if isinstance(v, ClassValue))
        if isinstance(expression, ir.Name):
            assigned = self._contexts.assignments(closure).get(expression.id, [])
            if len(assigned) == 1:
                return self._values(closure, _plain(assigned[0]), frame, depth - 1)
            return self._contexts.values(closure, expression, frame)
        return NOTHING


def hook_around(library: str, function: Function, around: Function) -> HookEdge:
    """What is registered in a function's place, and runs it."""
    return HookEdge(
        unit=function.id,
        number=None,
        line=function.record.line,
        target=around.id,
        order=0,
        library=library,
        moment="before",
        confidence=_AROUND,
        evidence="registered in its place",
    )


def _made_by(maker: Function) -> list[Function]:
    """The functions within a function that it gives back."""
    values = (value for value in maker.returns.values if isinstance(value, FunctionValue))
    return [value.function for value in values if value.function.outer is maker]


def _owner(value: FunctionValue) -> Class | None:
    """The class on whose object a method runs."""
    receiver = value.receiver
    return receiver.cls if isinstance(receiver, InstanceValue | ClassValue) else value.function.owner


def _either(expression: ir.Expr) -> list[ir.Expr]:
    """Both ways of `a() if test else b()`."""
    return [_plain(one) for one in expression.values] if isinstance(expression, ir.Choice) else [_plain(expression)]


def _plain(expression: ir.Expr) -> ir.Expr:
    while isinstance(expression, ir.Await):
        expression = expression.value
    return expression
