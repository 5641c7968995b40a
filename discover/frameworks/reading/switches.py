"""Settings that are off until a deployment turns them on, and what a function answers only then.

A switch is a name at module level whose value is an environment variable with a default that says no:
`MULTI_ORG = parse_boolean(os.environ.get("APP_MULTI_ORG", "false"))`. Functions of one argument around it are taken to
convert it, whatever they are; comparisons are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.imports import imports_of
from discover.resolve.values import ModuleValue

if TYPE_CHECKING:
    from discover.resolve.bodies import Bodies
    from discover.resolve.program import Program
    from discover.resolve.symbols import Function, Module

_READS = frozenset({"os.environ.get", "os.getenv", "os.environ().get"})
_NO = frozenset({"", "0", "f", "false", "n", "no", "none", "off"})
_DEPTH = 4


class Switches:
    """Finds the answers that stand behind a switch that is off."""

    def __init__(self, program: Program, bodies: Bodies) -> None:
        self.program = program
        self.bodies = bodies
        self._off: dict[tuple[str, str], bool] = {}

    def default_answers(self, function: Function, answers: list[ir.Expr]) -> list[ir.Expr]:
        """What the function returns while every switch is as it is by default; all of it where that leaves nothing."""
        behind: set[int] = set()
        for statement in function.record.body:
            if isinstance(statement, ir.If) and self.is_off(function, statement.test):
                behind |= {id(inner.value) for inner in statement.body if isinstance(inner, ir.Return)}
        return [answer for answer in answers if id(answer) not in behind] or answers

    def is_off(self, function: Function, test: ir.Expr) -> bool:
        """Whether a test of a function is a switch that is off by default."""
        if isinstance(test, ir.Name):
            named = [(function.module, test.id)]
            for source, name in imports_of(function.module, test.id):
                module = self.program.modules.get(source)
                named += [(module, name)] if module is not None else []
        elif isinstance(test, ir.Attribute) and isinstance(test.value, ir.Name | ir.Attribute):
            values = self.program.values_of(function, test.value)
            named = [(value.module, test.name) for value in values if isinstance(value, ModuleValue)]
        else:
            return False
        return any(self._is_off_by_default(module, name) for module, name in named)

    def _is_off_by_default(self, module: Module, name: str) -> bool:
        key = (module.path, name)
        known = self._off.get(key)
        if known is None:
            assigned = self.bodies.assignments(module.body).get(name, [])
            known = self._off[key] = len(assigned) == 1 and self._says_no(module, assigned[0], _DEPTH)
        return known

    def _says_no(self, module: Module, expression: ir.Expr, depth: int) -> bool:
        if not isinstance(expression, ir.Call) or depth == 0:
            return False
        site = module.body.sites.get(expression.number)
        if site is not None and not _READS.isdisjoint(external.path for external in site.externals):
            default = self.program.argument(site, 1, "default")
            return isinstance(default, ir.Constant) and str(default.value).lower() in _NO
        return len(expression.arguments) == 1 and self._says_no(module, expression.arguments[0], depth - 1)
