"""Decorators that code makes once and names: `retried = shared_task(acks_late=True)`, then `@retried` on many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Function
from discover.resolve.values import ModuleValue

if TYPE_CHECKING:
    from discover.resolve.bodies import Bodies
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Scope


def making_call(engine: Engine, bodies: Bodies, scope: Scope, expression: ir.Expr) -> tuple[ir.Call, Function] | None:
    """The call whose result the one assignment of a name binds, with the body in which it stands; None for others."""
    holder, name = _bound_in(engine, scope, expression)
    assigned = bodies.assignments(holder).get(name, []) if holder is not None else []
    call = assigned[0] if len(assigned) == 1 else None
    return (call, holder) if holder is not None and isinstance(call, ir.Call) else None


def _bound_in(engine: Engine, scope: Scope, expression: ir.Expr) -> tuple[Function | None, str]:
    """The body of the project that binds what a name, or a module's attribute, stands for, and its name there."""
    if isinstance(expression, ir.Attribute):
        modules = [v.module for v in engine.evaluate(scope, expression.value) if isinstance(v, ModuleValue)]
        is_known = len(modules) == 1 and modules[0].is_project
        return (modules[0].body, expression.name) if is_known else (None, "")
    slot = engine.names.lookup(scope, expression.id) if isinstance(expression, ir.Name) else None
    if slot is None or not isinstance(expression, ir.Name):
        return None, ""
    origin = engine.names.origins.get(slot)
    if origin is not None:
        names = origin.body.names.items() if origin.is_project else ()
        return origin.body, next((name for name, own in names if own is slot), "")
    holder: Scope | None = scope
    while holder is not None and holder.names.get(expression.id) is not slot:
        holder = holder.outer
    return (holder, expression.id) if isinstance(holder, Function) else (None, "")
