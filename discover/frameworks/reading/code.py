"""The project's code as expressions are read in it: what bodies assign and return, what containers hold."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.model_options import ModelOptions
from discover.frameworks.reading.switches import Switches
from discover.frameworks.reading.texts import Texts
from discover.resolve.values import ContainerValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Function


class Code:
    """What an evaluation asks of the program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.texts = Texts(program.engine.intern)
        self.bodies = program.bodies
        self.options = ModelOptions(program)
        self._switches = Switches(program, self.bodies)
        self.every_setting = False
        """Whether an evaluation takes what a function answers behind a setting that is off by default."""
        self.left_out = False
        """Whether an evaluation has left such an answer out."""
        self.is_deciding = False
        """Whether an evaluation is that of a test, which says which way a function takes."""

    def split(self, values: Values) -> list[Values]:
        """The items of the containers among the values."""
        found: list[Values] = []
        for value in values:
            if isinstance(value, ContainerValue) and value.items and value.kind != "dict":
                told = [slot.values for slot in value.items.values()]
                found += told
                found += self._beyond(value, {one for item in told for one in item})
            else:
                found += self._beyond(value, set())
        return found

    def _beyond(self, value: Value, told: set[Value]) -> list[Values]:
        """What a container holds besides these: at places that are not told apart, or added later."""
        element = self.program.elements_of((value,))
        return [
            (one,) for one in element if one not in told and not (isinstance(one, ContainerValue) and one.is_joined)
        ]

    def flat(self, value: Value) -> list[Value]:
        """The items of a list; anything else as it is."""
        if not isinstance(value, ContainerValue):
            return [value]
        return [inner for item in self.split((value,)) for inner in item]

    def assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        """Local names with the expressions that are assigned to them."""
        return self.bodies.assignments(function)

    def attributes_set(self, function: Function, names: set[str]) -> list[tuple[ir.Attribute, ir.Expr]]:
        """The assignments in a function to attributes of these names."""
        return self.bodies.attributes_set(function, names)

    @cached_property
    def set_from_outside(self) -> frozenset[str]:
        """The names of attributes that code sets in other objects than its own: `pages.prefix = "/orders"`."""
        found: set[str] = set()
        for function in self.program.all_functions:
            own = function.record.parameters[0].name if function.owner and function.record.parameters else ""
            for target in self.bodies.every_attribute_set(function):
                if not isinstance(target.value, ir.Name) or target.value.id != own:
                    found.add(target.name)
        for site in self.program.sites_calling("builtins.setattr"):
            found.update(text for values in site.arguments[1:2] for text in self.program.texts_of(values))
        return frozenset(found)

    def returned(self, function: Function) -> list[ir.Expr]:
        """The expressions that a function returns."""
        return self.bodies.returned(function)

    def is_off(self, function: Function, test: ir.Expr) -> bool:
        """Whether a test asks for a setting that is off by default."""
        if self.every_setting or not self._switches.is_off(function, test):
            return False
        self.left_out = True
        return True

    def answers(self, function: Function) -> list[ir.Expr]:
        """What a function returns, as far as the settings let it."""
        returned = self.bodies.returned(function)
        if self.every_setting or len(returned) < 2:
            return returned
        answers = self._switches.default_answers(function, returned)
        self.left_out = self.left_out or len(answers) < len(returned)
        return answers
