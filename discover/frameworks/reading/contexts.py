"""Values as seen from one caller: which handler goes with which path when a project wraps its framework's calls.

The resolver joins the arguments of all calls of a function. A wrapper such as `def add(self, view, *urls)` around a
registering call needs them apart, so the few expressions that a rule asks for are evaluated again, once per caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.reading.evaluation import Evaluation
from discover.frameworks.reading.frames import Callers, Frame
from discover.frameworks.reading.switches import Switches
from discover.frameworks.reading.texts import Texts
from discover.resolve.bodies import attributes_set
from discover.resolve.values import ContainerValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope

_DEPTH = 12
"""How many expressions, one inside the other and through calls, an evaluation opens."""


class Contexts:
    """Evaluates expressions in frames, and finds the frames that a site is to be seen from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.texts = Texts(program.engine.intern)
        self._bodies = program.bodies
        self._callers = Callers(program, self._bodies)
        self._switches = Switches(program, self._bodies)
        self._adders: dict[str, list[CallSite]] | None = None
        self.every_setting = False
        """Whether an evaluation takes what a function answers behind a setting that is off by default."""
        self.left_out = False
        """Whether an evaluation has left such an answer out."""

    def frames(self, function: Function, wanted: list[ir.Expr], depth: int = 4) -> list[Frame | None]:
        """The frames from which to see the wanted expressions of a function's body; just None if it is all the same."""
        return self._callers.frames(function, wanted, depth)

    def callers(self, function: Function) -> list[CallSite]:
        """The calls of a function."""
        return self._callers.of(function)

    def values(self, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int = _DEPTH) -> Values:
        """What the expression can be, seen from the frame."""
        if frame is None and isinstance(expression, ir.Call):
            frame = Frame(scope.unit)
        if depth == 0 or frame is None:
            return self.program.values_of(scope, expression)
        return Evaluation(self, frame).values(scope, expression, {}, frozenset(), depth)

    def items(self, scope: Scope, expression: ir.Expr, frame: Frame | None) -> list[Values]:
        """The values of each item of a sequence, as far as they can be told apart."""
        if frame is not None:
            return Evaluation(self, frame).items(scope, expression, {}, frozenset(), _DEPTH)
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

    def adders(self, name: str) -> list[CallSite]:
        """The calls that append to what has this name."""
        if self._adders is None:
            self._adders = {}
            for function in self.program.all_functions:
                for site in self.program.sites(function):
                    called = site.call.function
                    if isinstance(called, ir.Attribute) and called.name == "append" and len(site.call.arguments) == 1:
                        self._adders.setdefault(ending(called.value), []).append(site)
        return self._adders.get(name, [])

    def flat(self, value: Value) -> list[Value]:
        """The items of a list; anything else as it is."""
        if not isinstance(value, ContainerValue):
            return [value]
        return [inner for item in self.split((value,)) for inner in item]

    def assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        """Local names with the expressions that are assigned to them."""
        return self._bodies.assignments(function)

    def attributes_set(self, function: Function, names: set[str]) -> list[tuple[ir.Attribute, ir.Expr]]:
        """The assignments in a function to attributes of these names."""
        return attributes_set(function.record.body, names)

    def returned(self, function: Function) -> list[ir.Expr]:
        """The expressions that a function returns."""
        return self._bodies.returned(function)

    def answers(self, function: Function) -> list[ir.Expr]:
        """What a function returns, as far as the settings let it."""
        returned = self._bodies.returned(function)
        if self.every_setting or len(returned) < 2:
            return returned
        answers = self._switches.default_answers(function, returned)
        self.left_out = self.left_out or len(answers) < len(returned)
        return answers


__all__ = ["Contexts", "Frame"]
