"""A call that says when, as one caller sees it: `add_job(f, "cron", **options)` with what that caller gave.

Schedules are read from the words of a call; in a function of the project's own some of them are its caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.frameworks.reading.unpacking import is_gathered, passed_keyword, unpacked_keyword
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, Values

if TYPE_CHECKING:
    from discover.frameworks.reading.contexts import Contexts, Frame
    from discover.resolve.symbols import Scope

_SAYING = (
    "second", "minute", "hour", "day", "month", "day_of_week", "weekday", "week", "year", "day_of_month",
    "month_of_year", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "run_date",
)  # fmt: skip
"""The names by which schedules are said."""


def said_here(
    contexts: Contexts, scope: Scope, call: ir.Call, frame: Frame | None, mapping: ContainerValue | None = None
) -> ir.Call:
    """The call with the keywords that a `**` holds, and with its caller's constants for names.

    Args:
        contexts: Evaluates expressions in frames.
        scope: Where the call stands.
        call: The call.
        frame: The frame to see the call from.
        mapping: The one mapping that `**` stands for, when it may be one of several.
    """
    spread = [keyword.value for keyword in call.keywords if keyword.name is None]
    if not spread and frame is None:
        return call
    keywords = [_seen(contexts, scope, keyword, frame) for keyword in call.keywords]
    written = {keyword.name for keyword in keywords}
    gathered = next((one for one in spread if is_gathered(one, frame)), None)
    for name in (name for name in _SAYING if spread and name not in written):
        if gathered is not None:  # what its caller does not tell is not what others give
            values = passed_keyword(contexts, gathered, [name], frame) or NOTHING
        else:
            values = unpacked_keyword(contexts, scope, call, [name], frame, mapping)
        constant = _constant(values)
        if constant is not None:
            keywords.append(ir.Keyword(name, constant))
    return msgspec.structs.replace(call, keywords=keywords)


def _seen(contexts: Contexts, scope: Scope, keyword: ir.Keyword, frame: Frame | None) -> ir.Keyword:
    if keyword.name not in _SAYING or isinstance(keyword.value, ir.Constant) or frame is None:
        return keyword
    constant = _constant(contexts.values(scope, keyword.value, frame))
    return ir.Keyword(keyword.name, constant) if constant is not None else keyword


def _constant(values: Values) -> ir.Constant | None:
    """The one text or number that the values are."""
    if len(values) != 1 or not isinstance(values[0], ConstantValue):
        return None
    value = values[0].value
    return ir.Constant(value) if isinstance(value, str | int | float) else None
