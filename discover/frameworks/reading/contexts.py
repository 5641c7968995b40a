"""Values as seen from one caller: which handler goes with which path when a project wraps its framework's calls.

The resolver joins the arguments of all calls of a function. A wrapper such as `def add(self, view, *urls)` around a
registering call needs them apart, so the few expressions that a rule asks for are evaluated again, once per caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.reading.code import Code
from discover.frameworks.reading.evaluation import DEPTH, evaluated, items_of
from discover.frameworks.reading.frames import FRAMES, Callers, Frame
from discover.frameworks.reading.kept_rows import AddedRows, below
from discover.resolve.values import Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope


class Contexts(Code):
    """Evaluates expressions in frames, and finds the frames that a site is to be seen from."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._callers = Callers(program, self.bodies)
        self._adders: dict[str, list[CallSite]] | None = None
        self.added = AddedRows(self)

    def frames(
        self, function: Function, wanted: list[ir.Expr], depth: int = 4, limit: int = FRAMES
    ) -> list[Frame | None]:
        """The frames from which to see the wanted expressions of a function's body; just None if it is all the same."""
        return self._callers.frames(function, wanted, depth, limit)

    def callers(self, function: Function) -> list[CallSite]:
        """The calls of a function."""
        return self._callers.of(function)

    def values(self, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int = DEPTH) -> Values:
        """What the expression can be, seen from the frame."""
        return evaluated(self, scope, expression, frame, depth)

    def items(self, scope: Scope, expression: ir.Expr, frame: Frame | None) -> list[Values]:
        """The values of each item of a sequence, as far as they can be told apart."""
        return items_of(self, scope, expression, frame)

    def adders(self, name: str) -> list[CallSite]:
        """The calls that append to what has this name, or to what stands in it under keys."""
        if self._adders is None:
            self._adders = {}
            for function in self.program.all_functions:
                for site in self.program.sites(function):
                    called = site.call.function
                    if isinstance(called, ir.Attribute) and called.name == "append" and len(site.call.arguments) == 1:
                        self._adders.setdefault(ending(below(called.value)[0]), []).append(site)
        return self._adders.get(name, [])


__all__ = ["Contexts", "Frame"]
