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
from discover.frameworks.rules.handlers import Handler
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.collect import Collector
    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Scope

_AROUND = 0.9
_DEPTH = 6
"""So many names and callers are followed from a registration to the call that makes what it registers."""
_LOOKS = 200
"""So many expressions are looked behind for one registration: makers that make each other have ever more ways."""


class Behind(NamedTuple):
    """What one registered function runs."""

    function: Function
    cls: Class | None
    """The class on whose object it runs, where that is known."""
    around: Function | None
    """The function that is registered, and does more than to run it."""
    made: tuple[Function, ...] = ()
    """The constructors of the object on which it runs, which the registered function calls first."""


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
        self._left = 0
        """So many more expressions may be looked behind for the registration at hand."""

    def look(self, scope: Scope, expression: ir.Expr | None, frame: Frame | None) -> Looked:
        """What runs behind an expression that a call of the project's code makes, seen from a frame.

        Nothing is told where there are too many ways to follow: what is found of some of them is not all that runs.
        """
        self._left = _LOOKS
        looked = self._look(scope, expression, frame, _DEPTH)
        return looked if self._left >= 0 else Looked()

    def _look(self, scope: Scope, expression: ir.Expr | None, frame: Frame | None, depth: int) -> Looked:
        self._left -= 1
        if self._left < 0:
            return Looked()
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
                    found.update(dict.fromkeys(self._look(site.function, given, outer, depth - 1).behind))
        return Looked(tuple(found), frozenset(ruled_out))

    def _run(self, closure: Function, called: ir.Expr, made: Frame, depth: int) -> tuple[Behind, ...] | None:
        """What a call in a closure runs, for what was given to the function around it; None where that is not known."""
        if isinstance(called, ir.Name) and called.id in self._contexts.assignments(made.function):
            return (self._look(made.function, called, made, depth - 1).behind or None) if depth else None
        seen = Frame(closure, lexical=made)
        values = self._values(closure, called, seen, depth)
        around = None if self._is_plain(closure) else closure
        run = [v for v in values if isinstance(v, FunctionValue) and self._may_stand_for(around, v.function)]
        if len(run) < len(values):
            return None
        if not values and not self._lacks(self._contexts.values(closure, self._first(closure, called), seen)):
            return None
        inits = self._constructors(closure, called, seen, depth)
        return tuple(Behind(value.function, _owner(value), around, inits) for value in run)

    @staticmethod
    def _lacks(first: Values) -> bool:
        """Whether what a call begins with is known not to lead on: a function may answer an object that does."""
        answers = [one for value in first if isinstance(value, FunctionValue) for one in value.function.returns.values]
        return bool(first) and not any(isinstance(one, InstanceValue) and one.cls.is_project for one in answers)

    def _constructors(self, closure: Function, called: ir.Expr, seen: Frame, depth: int) -> tuple[Function, ...]:
        """The project's constructors that make the object of a called method."""
        calls = [one for one in self._inside(closure, called) if isinstance(one, ir.Call)]
        made = [value for one in calls for value in self._values(closure, one.function, seen, depth)]
        classes = [value.cls for value in made if isinstance(value, ClassValue)]
        inits = [self._program.find_method(cls, "__init__") for cls in classes]
        return tuple(dict.fromkeys(init for init in inits if init is not None and init.is_project))

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
        run = {id(part) for one in self._callees(closure) for part in self._inside(closure, one)}
        called = [site.call for site in self._program.sites(closure)]
        return all(id(call) in run or id(call.function) in run for call in called)

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
            # Of several things that a closure was made to call, none is told in its place: the others would be lost.
            is_one = {self._root(closure, call) for call in chosen} == {self._root(closure, call) for call in outermost}
            self._called[closure] = [call.function for call in chosen] if is_one else []
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


def handlers_behind(found: Collector, library: str, behind: tuple[Behind, ...]) -> list[Handler]:
    """The handlers that run, with hooks for what is registered in their place and what makes their objects."""
    for one in behind:
        if one.around is not None:
            found.hook(_hook(library, one.function, one.around, (), "registered in its place"))
        for init in one.made:
            on = (one.cls.id,) if one.cls is not None else ()
            found.hook(_hook(library, one.function, init, on, "makes the object on which it runs"))
    return [Handler(*each) for each in dict.fromkeys((one.function, one.cls) for one in behind)]


def _hook(library: str, function: Function, target: Function, on: tuple[str, ...], evidence: str) -> HookEdge:
    return HookEdge(
        unit=function.id,
        number=None,
        line=function.record.line,
        target=target.id,
        receiver=on[0] if on else "",
        on=on,
        order=int(bool(on)),
        library=library,
        moment="before",
        confidence=_AROUND,
        evidence=evidence,
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
