"""What a class reads of its own generic bases: `get_args(cls.__orig_bases__[0])[0]` in an `__init_subclass__`.

`class Orders(Store[Order])` says it in its bases; the code that reads it there stands in `Store`, for all below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope

_BELOW = 64
"""So many classes below one that reads its bases are asked for theirs."""


def argument_of_base(engine: Engine, scope: Scope, expression: ir.Subscript) -> Values | None:
    """The classes that stand in a generic base; None where the expression does not ask for one."""
    asked, place = _asked(expression.value), _number(expression.index)
    if asked is None or place is None:
        return None
    base = _number(asked.index)
    if base is None or not isinstance(asked.value, ir.Attribute) or asked.value.name != "__orig_bases__":
        return None
    found: Values = NOTHING
    for cls in _classes(engine, engine.evaluate(scope, asked.value.value)):
        found = join(found, _written(engine, cls, base, place))
    return found


def _asked(value: ir.Expr) -> ir.Subscript | None:
    """The base of `get_args(base)` and of `base.__args__`."""
    if isinstance(value, ir.Call) and len(value.arguments) == 1 and ending(value.function) == "get_args":
        inner = value.arguments[0]
    elif isinstance(value, ir.Attribute) and value.name == "__args__":
        inner = value.value
    else:
        return None
    return inner if isinstance(inner, ir.Subscript) else None


def _number(index: ir.Expr) -> int | None:
    is_number = isinstance(index, ir.Constant) and isinstance(index.value, int) and not isinstance(index.value, bool)
    return index.value if is_number and isinstance(index, ir.Constant) and isinstance(index.value, int) else None


def _classes(engine: Engine, values: Values) -> dict[Class, None]:
    found: dict[Class, None] = {}
    for value in values:
        if isinstance(value, ClassValue | InstanceValue):
            is_open = value.open if isinstance(value, ClassValue) else not value.exact
            below = engine.hierarchy.below(value.cls)[:_BELOW] if is_open else ()
            found.update(dict.fromkeys(one for one in (value.cls, *below) if one.is_project))
    return found


def _written(engine: Engine, cls: Class, base: int, place: int) -> Values:
    """What the nearest class in method order with generic bases writes in them."""
    for level in cls.mro:
        bases = level.record.bases if level.is_project else []
        if not any(isinstance(one, ir.Subscript) for one in bases):
            continue
        written = bases[base] if -len(bases) <= base < len(bases) else None
        index = written.index if isinstance(written, ir.Subscript) else None
        items = index.items if isinstance(index, ir.Sequence) else [index] if index is not None else []
        if not -len(items) <= place < len(items):
            return NOTHING
        values = engine.evaluate(level.outer or level.module.body, items[place])
        return tuple(value for value in values if isinstance(value, ClassValue))
    return NOTHING
