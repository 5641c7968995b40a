"""Strawberry's permissions: asked before a field's resolver, as the field's own call says.

`permission_classes=[IsStaff]` or `extensions=[PermissionExtension(permissions=[IsStaff()])]` stands in the call that
makes the field, which may be hidden in a decorator of the project: no rule of the catalog sees both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.records import HookEdge
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Scope

_PERMISSION = "strawberry.permission.BasePermission"
_CLASSES = Pick(keyword="permission_classes")
_LISTED = Pick(argument=0, keyword="permissions")
_ASKS = "has_permission"


def register(bench: Workbench) -> None:
    """Hook each permission before the resolvers that it guards."""
    for decoration in bench.program.decorations:
        function = decoration.definition
        if isinstance(function, Function):
            asked: dict[Function, None] = {}
            makers = [value.function for value in decoration.values if isinstance(value, FunctionValue)]
            if decoration.call is not None:
                scope = function.owner or function.outer or function.module.body
                asked.update(_asked(bench, decoration.call, scope))
                site = scope.unit.sites.get(decoration.call.number)
                makers += [target.function for target in site.targets] if site is not None else []
            for maker in dict.fromkeys(makers):
                for site in bench.program.sites(maker) if maker.is_project else ():
                    asked.update(_asked(bench, site.call, maker))
            _hook(bench, function, asked)
    for match in bench.index.calls(["strawberry.field.field", "strawberry.*field", "strawberry.*mutation"]):
        asked = _asked(bench, match.site.call, match.site.function)
        values = bench.picker.values(Pick(keyword="resolver"), Given(match.site.call, match.site.function))
        for function in bench.handlers.functions(values, match.site.function.module) if asked else ():
            _hook(bench, function, asked)


def _asked(bench: Workbench, call: ir.Call, scope: Scope) -> dict[Function, None]:
    """What the permissions of a field ask."""
    return {
        method: None
        for cls in _permissions(bench, call, scope)
        if (method := bench.program.find_method(cls, _ASKS)) is not None and method.is_project
    }


def _permissions(bench: Workbench, call: ir.Call, scope: Scope) -> Iterator[Class]:
    for pick in (_CLASSES, _LISTED):
        inner = [call] if pick is _CLASSES else _extensions(call)
        for one in inner:
            values = bench.picker.values(pick, Given(one, scope))
            for value in (*values, *bench.program.elements_of(values)):
                cls = getattr(value, "cls", None)
                if cls is not None and bench.program.is_below(cls, _PERMISSION):
                    yield cls


def _extensions(call: ir.Call) -> list[ir.Call]:
    """The calls of `PermissionExtension` in a field's `extensions`."""
    listed = next((keyword.value for keyword in call.keywords if keyword.name == "extensions"), None)
    items = listed.items if isinstance(listed, ir.Sequence) else []
    return [item for item in items if isinstance(item, ir.Call) and ending(item.function) == "PermissionExtension"]


def _hook(bench: Workbench, function: Function, asked: dict[Function, None]) -> None:
    for order, method in enumerate(asked, 1):
        bench.found.hook(
            HookEdge(
                unit=function.id,
                number=None,
                line=function.record.line,
                target=method.id,
                order=order,
                library="strawberry",
                moment="before",
                confidence=0.95,
                evidence="permission of the field",
            )
        )
