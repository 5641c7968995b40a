"""Ariadne's fields: the type's name stands in the call that made the object, the field's in the decorator on it.

A catalog's detail is read from one call; here two calls make up one name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.routing.graphql import add_field
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.values import Value, Values

_DECORATORS = ["ariadne.objects.ObjectType.field", "ariadne.subscriptions.SubscriptionType.source"]
_CALLS = ["ariadne.objects.ObjectType.set_field", "ariadne.subscriptions.SubscriptionType.set_source"]
_ROOTS = {"QueryType": "query", "MutationType": "mutation", "SubscriptionType": "subscription"}
_FIELD = Pick(argument=0, keyword="name")
_RESOLVER = Pick(argument=1, keyword=["resolver", "generator"])


def register(bench: Workbench) -> None:
    """Find the resolvers that are bound by decorators, by calls, and by decorators called as functions."""
    for decoration, receiver in bench.index.decorations(_DECORATORS):
        function = decoration.definition
        if isinstance(function, Function) and receiver is not None:
            scope = function.owner or function.outer or function.module.body
            names = bench.picker.texts(_FIELD, Given(decoration.call, scope))
            _add(bench, (receiver,), names, function, f"decorator {function.module.path}:{decoration.line}")
    for match in bench.index.calls([*_DECORATORS, *_CALLS]):
        site = match.site
        if bench.is_decorator(site):
            continue
        given = Given(site.call, site.function, None, match.receivers)
        handed = bench.picker.values(_RESOLVER, given)
        outer = bench.call_of_result(site)
        if outer is not None and not handed:
            handed = outer.arguments[0] if outer.arguments else ()
        for function in bench.handlers.functions(handed, site.function.module):
            place = f"registering call {site.function.module.path}:{site.line}"
            _add(bench, match.receivers, bench.picker.texts(_FIELD, given), function, place)


def _add(bench: Workbench, receivers: Values, fields: list[str], function: Function, evidence: str) -> None:
    for receiver in receivers:
        for owner in _owners(bench, receiver):
            for field in fields:
                add_field(bench, "ariadne", owner + field, function, function.owner, evidence=evidence)


def _owners(bench: Workbench, receiver: Value) -> list[str]:
    """`mutation ` for a root type, `User.` for another; empty when the type's name is not known."""
    if not isinstance(receiver, InstanceValue):
        return []
    for level in receiver.cls.mro:
        if level.record.name in _ROOTS:
            return [_ROOTS[level.record.name] + " "]
    names = [
        text
        for scope, call in bench.picker.creations.made(receiver)
        for text in bench.picker.texts(Pick(argument=0, keyword="name"), Given(call, scope))
    ]
    roots = {operation.capitalize(): f"{operation} " for operation in _ROOTS.values()}
    return [roots.get(name, f"{name}.") for name in names] or [""]
