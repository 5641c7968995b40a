"""Numbers that code writes down: a literal, or what one name of a module stands for."""

from __future__ import annotations

from collections.abc import Mapping

from discover.facts import records as facts
from discover.resolve.program import Program
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, ModuleValue


class Constants:
    """Looks numbers up when they are asked for."""

    def __init__(self, program: Program, keys: Mapping[Function, str]) -> None:
        self._program = program
        self._functions = {key: function for function, key in keys.items()}

    def number(self, unit: str, expression: facts.Expr) -> int | None:
        """The whole number that an expression of a unit is; None where it may differ from run to run."""
        function = self._functions.get(unit)
        return constant_number(self._program, function, expression) if function is not None else None


def constant_number(program: Program, function: Function, expression: facts.Expr) -> int | None:
    """The whole number that an expression in a function is; None where it may differ from run to run."""
    if not _is_constant(program, function, expression):
        return None
    values = program.values_of(function, expression)
    numbers = [v.value for v in values if isinstance(v, ConstantValue) and type(v.value) is int]
    return numbers[0] if len(numbers) == len(values) == 1 else None


def _is_constant(program: Program, function: Function, expression: facts.Expr) -> bool:
    """Whether it is a number, or the name of one in a module: what a function is given differs from call to call."""
    if isinstance(expression, facts.Name):
        return expression.id in function.module.body.names and expression.id not in function.names
    if isinstance(expression, facts.Attribute):
        owners = program.values_of(function, expression.value)
        return bool(owners) and all(isinstance(owner, ModuleValue) for owner in owners)
    return isinstance(expression, facts.Constant)
