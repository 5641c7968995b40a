"""Texts that an expression makes of others: by a method of one, or by `%`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from discover.facts import records as ir
from discover.frameworks.reading.texts import texts_of
from discover.resolve.values import NOTHING, ConstantValue, Values

if TYPE_CHECKING:
    from discover.frameworks.reading.code import Code
    from discover.frameworks.reading.texts import Texts
    from discover.resolve.symbols import Scope


class Reading(Protocol):
    """What reads the parts that a text is made of: an evaluation, in its frame."""

    texts: Texts

    def values(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        """What a part can be."""
        ...

    def items(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> list[Values]:
        """What each item of a part can be."""
        ...


def by_method(
    reading: Reading, scope: Scope, call: ir.Call, bound: dict[str, Values], open_: frozenset[str], depth: int
) -> Values:
    """What a method of a text makes: `"/{}".format(rule)`, `"/".join(parts)`, `rule.strip("/")`."""
    method = call.function
    if not isinstance(method, ir.Attribute) or not reading.texts.is_made_by(method.name):
        return NOTHING
    base = reading.values(scope, method.value, bound, open_, depth)
    if not texts_of(base):
        return NOTHING
    if method.name == "join":
        items = reading.items(scope, call.arguments[0], bound, open_, depth) if call.arguments else []
        return reading.texts.between(base, items) if items else NOTHING
    positional = [reading.values(scope, argument, bound, open_, depth) for argument in call.arguments]
    if method.name != "format":
        return reading.texts.left(method.name, base, positional)
    named = {k.name: reading.values(scope, k.value, bound, open_, depth) for k in call.keywords if k.name}
    return reading.texts.formatted(base, positional, named)


def by_percent(
    reading: Reading, scope: Scope, expression: ir.Binary, bound: dict[str, Values], open_: frozenset[str], depth: int
) -> Values:
    """`"/%s" % rule`."""
    right = expression.right
    positional: list[Values] = []
    named: dict[str, Values] = {}
    if isinstance(right, ir.Mapping):
        for key, value in zip(right.keys, right.values, strict=True):
            if isinstance(key, ir.Constant):
                named[str(key.value)] = reading.values(scope, value, bound, open_, depth)
    else:
        items = right.items if isinstance(right, ir.Sequence) else [right]
        positional = [reading.values(scope, item, bound, open_, depth) for item in items]
    templates = reading.values(scope, expression.left, bound, open_, depth)
    return reading.texts.percent(templates, positional, named)


def text_call(code: Code, scope: Scope, name: ir.Name) -> ir.Call | None:
    """The one call that makes the text which a name stands for: other calls of the function make other texts.

    An object is told by what made it already.
    """
    bound = code.assignments(scope.unit).get(name.id, ())
    if len(bound) != 1 or not isinstance(bound[0], ir.Call):
        return None
    values = code.program.values_of(scope, name)
    return bound[0] if all(isinstance(value, ConstantValue) for value in values) else None
