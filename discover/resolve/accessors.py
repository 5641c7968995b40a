"""The functions of a property besides the one that reads it: `@name.setter`, `@name.deleter`, a hybrid's expression."""

from __future__ import annotations

from discover.facts import records as ir
from discover.facts.source_text import ending

_KINDS = ("setter", "deleter", "expression", "comparator", "update_expression")


def accessor_kind(record: ir.Function) -> str:
    """What the function does for the property whose name it has: `setter`; empty for any other function."""
    for expression in record.decorators:
        if (
            isinstance(expression, ir.Attribute)
            and expression.name in _KINDS
            and ending(expression.value) == record.name
        ):
            return expression.name
    return ""


def name_with_kind(record: ir.Function) -> str:
    """The qualified name, of a property's setter with what it does: `Order.name.setter`."""
    kind = accessor_kind(record) if record.decorators else ""
    return f"{record.qualname}.{kind}" if kind else record.qualname
