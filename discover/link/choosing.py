"""Which parameters choose what runs: those that a call of several possible functions goes through.

A parameter chooses when such a call reads it (`func(*args)`, `plugin.charge()`, `getattr(self, method_name)()`), in the
function itself or in one that stands within it, when it decides a condition or is a number that is told (a limit of
time), or when it is passed on for a parameter that chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.facts import records as facts
from discover.frameworks.reading.parameters import argument_for, is_itself
from discover.link.objects import is_shared
from discover.resolve.bodies import names_read
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function

LEVELS = 4
"""What a caller passes is followed through so many calls."""

Parameter = tuple[Function, str]


class Choosing:
    """The parameters that choose, and the functions that they make differ from caller to caller."""

    def __init__(self, program: Program) -> None:
        self._bodies = program.bodies
        self.parameters: dict[Function, dict[str, None]] = {}
        """Function -> its parameters that choose."""
        self.differing: set[Function] = set()
        """Functions in which a call depends on a parameter that chooses, their own or of a function around them."""
        self.open: dict[Function, list[CallSite]] = {}
        """Their calls of several functions that read such a parameter."""
        self._fresh = self._chosen_at(program)
        self._callers = program.callers

    def asks(self, function: Function, parameters: Iterable[Parameter]) -> None:
        """Note parameters that something else of the function depends on."""
        self._fresh += self._note(function, list(parameters))

    def follow(self) -> None:
        """Note the parameters that are passed on for those that were noted; to be called once, after all `asks`."""
        level = self._fresh
        callers = self._callers if level else {}
        for _ in range(LEVELS - 1):
            level = self._passed_on(level, callers)

    def origin(self, function: Function, name: str) -> tuple[Function, facts.Expr | None] | None:
        """Where a name that the function reads is bound: as a parameter, or with the one expression that it is given.

        None where it is bound otherwise, or more than once.
        """
        at: object = function
        while isinstance(at, Function):
            if name in at.names:
                assigned = self._bodies.assignments(at).get(name, ())
                if any(parameter.name == name for parameter in at.record.parameters):
                    return None if assigned or name in at.rebound else (at, None)
                return (at, assigned[0]) if len(assigned) == 1 and name not in at.rebound else None
            at = at.outer
        return None

    def read_by(self, function: Function, expression: facts.Expr, depth: int = LEVELS) -> Iterator[Parameter]:
        """The parameters that an expression depends on, through names that are bound once; objects' own left out."""
        for name in dict.fromkeys(names_read(expression)):
            found = self.origin(function, name)
            if found is None:
                continue
            at, value = found
            if value is not None:
                if depth:
                    yield from self.read_by(at, value, depth - 1)
            elif not is_itself(at, name):
                yield at, name

    def _note(self, function: Function, parameters: list[Parameter]) -> list[Parameter]:
        """Note what a function depends on; return what is new."""
        if parameters:
            self.differing.add(function)
        fresh = [(at, name) for at, name in parameters if name not in self.parameters.get(at, ())]
        for at, name in fresh:
            self.parameters.setdefault(at, {})[name] = None
        return fresh

    def _chosen_at(self, program: Program) -> list[Parameter]:
        found: list[Parameter] = []
        for function in program.all_functions:
            for site in program.sites(function):
                if len(site.targets) < 2 and not is_shared(site.callee):
                    continue
                parameters = list(self.read_by(function, site.call.function))
                if parameters:
                    self.open.setdefault(function, []).append(site)
                    found += self._note(function, parameters)
        return found

    def _passed_on(self, level: list[Parameter], callers: dict[Function, list[CallSite]]) -> list[Parameter]:
        found: list[Parameter] = []
        for at, name in level:
            for site in callers.get(at, ()):
                given = argument_for(at, name, site.call)
                if given is not None:
                    found += self._note(site.function, list(self.read_by(site.function, given)))
        return found
