"""Managers that Django makes of a query set's class: `OrderManager.from_queryset(OrderQuerySet)()`.

They have the methods of both. The query set's class stands for the made class, as the stub says; a manager's class of
the project stands beside it. Django's own has nothing that a query set lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import ClassValue, Values, join

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Value


def _from_queryset(
    engine: Engine,  # noqa: ARG001
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,
) -> Values:
    given = arguments.at(0, "queryset_class")
    found = tuple(value for value in given if isinstance(value, ClassValue)) or given
    is_own = isinstance(receiver, ClassValue) and receiver.cls.is_project
    return join(found, (receiver,)) if is_own and receiver is not None else found


TABLE: dict[str, Intrinsic] = {"django.db.models.Manager.from_queryset": _from_queryset}
