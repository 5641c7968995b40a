"""What code does, by calls of its methods, to something that it has given a name: a list, a part of a canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from discover.resolve.program import Program
    from discover.resolve.symbols import Scope


def calls_on(program: Program, scope: Scope, name: str, methods: Collection[str]) -> Iterator[tuple[str, ir.Call]]:
    """The calls of such methods on a name, in order, each with the method's name: `parts.append(index.s(pk))`."""
    for site in program.sites(scope.unit):
        called = site.call.function
        if isinstance(called, ir.Attribute) and called.name in methods and is_name(called.value, name):
            yield called.name, site.call


def is_name(expression: ir.Expr, name: str) -> bool:
    """Whether the expression is this name alone."""
    return isinstance(expression, ir.Name) and expression.id == name
