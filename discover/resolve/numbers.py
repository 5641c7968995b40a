"""Numbers that are made of constants: `int(os.environ.get("POLL_SECONDS", "60"))`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING, ConstantValue

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Value, Values


def _number_of(kind: type[int | float]) -> Intrinsic:
    """What `int` or `float` makes of the constants that it is given; of anything else, an object of that type."""

    def made(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
        given = arguments.positional[0] if len(arguments.positional) == 1 else NOTHING
        found = dict.fromkeys(
            n for v in given if isinstance(v, ConstantValue) and (n := _read(kind, v.value)) is not None
        )
        if found:
            return tuple(engine.intern.constant(number) for number in found)
        cls = engine.builtin_class(kind.__name__)
        return (engine.intern.instance(cls),) if cls is not None else NOTHING

    return made


def _read(kind: type[int | float], value: object) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        number = kind(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


TABLE: dict[str, Intrinsic] = {"builtins.int": _number_of(int), "builtins.float": _number_of(float)}
