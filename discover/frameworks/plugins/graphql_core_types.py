"""graphql-core's types as objects: a field's name is the key that its object has in a mapping of its type.

Neither call says both, and the mapping may stand in the call, in a variable, or be the result of a lambda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.routing.graphql import OPERATIONS, add_field, assigned
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_TYPES = ["graphql.type.definition.GraphQLObjectType", "graphql.type.definition.GraphQLInterfaceType"]
_FIELDS = Pick(argument=1, keyword="fields")
_FUNCTIONS = (Pick(argument=2, keyword=["resolve", "resolver"]), Pick(argument=3, keyword="subscribe"))
_ROOTS = {operation.capitalize(): operation for operation in OPERATIONS}
_DEPTH = 3


def register(bench: Workbench) -> None:
    """Find the resolvers in every type's mapping of fields."""
    for match in bench.index.calls(_TYPES):
        site = match.site
        fields = bench.picker.expression(_FIELDS, site.call)
        name = next(iter(bench.picker.texts(Pick(argument=0, keyword="name"), Given(site.call, site.function))), "")
        operation = _ROOTS.get(name, "")
        owner = f"{operation} " if operation else f"{name}." if name else ""
        if fields is not None:
            for field, call, scope in _entries(bench, fields, site.function, _DEPTH):
                for pick in _FUNCTIONS:
                    values = bench.picker.values(pick, Given(call, scope))
                    for function in bench.handlers.functions(values, scope.module):
                        evidence = f"field {scope.module.path}:{call.line}"
                        add_field(bench, "graphql-core", owner + field, function, evidence=evidence)


def _entries(bench: Workbench, expression: ir.Expr, scope: Scope, depth: int) -> Iterator[tuple[str, ir.Call, Scope]]:
    """The fields of a mapping, followed through variables, lambdas and functions that return one."""
    if depth == 0:
        return
    if isinstance(expression, ir.Mapping):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if isinstance(key, ir.Constant) and isinstance(value, ir.Call):
                yield str(key.value), value, scope
    elif isinstance(expression, ir.Lambda):
        for result in _results(expression.function):
            yield from _entries(bench, result, scope, depth - 1)
    elif isinstance(expression, ir.Name):
        for value in assigned(scope.module, expression.id):
            yield from _entries(bench, value, scope.module.body, depth - 1)
        for child in scope.module.body.children.values():
            if isinstance(child, Function) and child.record.name == expression.id:
                for result in _results(child.record):
                    yield from _entries(bench, result, child, depth - 1)


def _results(function: ir.Function) -> list[ir.Expr]:
    return [s.value for s in function.body if isinstance(s, ir.Return) and s.value is not None]
