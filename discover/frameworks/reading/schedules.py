"""Schedules and durations in words: crontab(…), timedelta(…), trigger objects, numbers, fluent chains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Value

_CRONTAB_FIELDS = re.compile(r"(?:[\d*/,\-a-zA-Z?#]+\s+){4,5}[\d*/,\-a-zA-Z?#]+")
"""The five or six fields of a crontab."""
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "milliseconds": 0.001}
_POSITIONS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
_CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_CRON_POSITIONS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
_CRON_ALIASES = {"day": "day_of_month", "month": "month_of_year"}
_CRON_KEYWORDS = ("minute", "hour", "day", "month", "day_of_week")
_TRIGGER_FIELDS = ("second", "minute", "hour", "day", "month", "day_of_week", "weekday", "week", "year")
_DURATIONS = frozenset({"timedelta", "relativedelta", "schedule"})
_UNITS = frozenset(
    [
        "second",
        "seconds",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "week",
        "weeks",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
)


def number_of(program: Program, scope: Scope, expression: ir.Expr) -> float | None:
    """The number that an expression is, products and sums included."""
    if isinstance(expression, ir.Constant):
        value = expression.value
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if isinstance(expression, ir.Binary):
        left = number_of(program, scope, expression.left)
        right = number_of(program, scope, expression.right)
        if left is None or right is None:
            return None
        return _calculated(expression.operator, left, right)
    for value in program.values_of(scope, expression):
        if isinstance(value, ConstantValue) and isinstance(value.value, int | float):
            return float(value.value)
    return None


def _calculated(operator: str, left: float, right: float) -> float | None:
    if operator == "*":
        return left * right
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left / right if operator == "/" and right else None


def duration_of(program: Program, scope: Scope, expression: ir.Expr) -> float | None:
    """The seconds that an expression is: a number, or `timedelta(…)`."""
    if isinstance(expression, ir.Name):
        return _named_duration(program, scope, expression)
    if isinstance(expression, ir.Call) and (called := _called(program, scope, expression)) in _DURATIONS:
        if called == "schedule":
            inner = _argument(expression, 0, "run_every")
            return duration_of(program, scope, inner) if inner is not None else None
        total, known = 0.0, False
        for name, value in _timedelta_parts(expression):
            number = number_of(program, scope, value)
            if number is None or name not in _SECONDS:
                return None
            total, known = total + number * _SECONDS[name], True
        return total if known else None
    return number_of(program, scope, expression)


def _called(program: Program, scope: Scope, call: ir.Call) -> str:
    """What the called thing is called where it is defined, whatever name it was imported by."""
    if isinstance(call.function, ir.Name):
        return program.engine.names.home(scope, call.function.id)[1]
    return ending(call.function)


def _named_duration(program: Program, scope: Scope, expression: ir.Name) -> float | None:
    """A module's constant such as `WEEK = timedelta(days=7)`."""
    for body in (scope.unit.record.body, scope.module.facts.body):
        for statement in body:
            if not isinstance(statement, ir.Assign) or not isinstance(statement.value, ir.Call):
                continue
            if any(isinstance(t, ir.Name) and t.id == expression.id for t in statement.targets):
                return duration_of(program, scope, statement.value)
    return number_of(program, scope, expression)


def _timedelta_parts(call: ir.Call) -> list[tuple[str, ir.Expr]]:
    parts = list(zip(_POSITIONS, call.arguments, strict=False))
    return parts + [(k.name, k.value) for k in call.keywords if k.name is not None]


def crontab(value: Value) -> str:
    """The fields of the crontab that a value is as text; empty for anything else."""
    text = value.value if isinstance(value, ConstantValue) else None
    return text.strip() if isinstance(text, str) and _CRONTAB_FIELDS.fullmatch(text.strip()) else ""


def every(seconds: float) -> str:
    """The words for what repeats after so many seconds, with all their digits."""
    return f"every {seconds:.10g} s"


def schedule_text(program: Program, scope: Scope, expression: ir.Expr, call: ir.Call | None = None) -> str:
    """A schedule in the reader's words: `cron 0 3 * * *`, `every 300 s`, `cron hour=3 minute=30`."""
    if isinstance(expression, ir.Constant) and isinstance(expression.value, str):
        return _named_trigger(program, scope, expression.value, call)
    if isinstance(expression, ir.Call):
        name = _called(program, scope, expression)
        if name == "crontab":
            return _crontab(program, scope, expression)
        says_when = any(keyword.name in _TRIGGER_FIELDS for keyword in expression.keywords)
        if name == "cron" and (says_when or not any(isinstance(a, ir.Constant) for a in expression.arguments)):
            return _trigger(program, scope, "cron", expression)
        if name == "cron" and expression.arguments:
            return f"cron {_text(program, scope, expression.arguments[0])}"
        if name in ("CronTrigger", "IntervalTrigger", "DateTrigger"):
            kind = name.removesuffix("Trigger").lower()
            return _trigger(program, scope, kind, expression)
        if name == "from_crontab":
            inner = _argument(expression, 0, "expr")
            return f"cron {_text(program, scope, inner)}" if inner is not None else "cron"
        if name == "Schedule":
            return _minutes_or_times(program, scope, expression)
        if name in ("job", "loop"):
            return _said_by_keywords(program, scope, expression)
        if name == "solar":
            return text_of(expression)
        if name == "Rate" and len(expression.arguments) + len(expression.keywords) == 2:
            return _rate(program, scope, expression)
        if name == "Cron" and len(expression.arguments) == 6:
            return "cron " + " ".join(_text(program, scope, value) for value in expression.arguments)
    seconds = duration_of(program, scope, expression)
    if seconds is not None:
        return every(seconds)
    chain = fluent(program, scope, expression)
    return chain or text_of(expression)


def _minutes_or_times(program: Program, scope: Scope, call: ir.Call) -> str:
    """`Schedule(run_every_mins=5)`, `Schedule(run_at_times=["6:30"])`."""
    minutes = _argument(call, 0, "run_every_mins")
    number = number_of(program, scope, minutes) if minutes is not None else None
    if number is not None:
        return every(number * 60)
    times = _argument(call, 1, "run_at_times")
    if times is None:
        return text_of(call)
    items = times.items if isinstance(times, ir.Sequence) else [times]
    return f"every day at {', '.join(_text(program, scope, item) for item in items)}"


def _said_by_keywords(program: Program, scope: Scope, call: ir.Call) -> str:
    """`job(minute="0", hour="3")` as cron, `loop(minutes=5)` as a span."""
    if any(keyword.name in _SECONDS for keyword in call.keywords):
        return _trigger(program, scope, "interval", call)
    fields = [_argument(call, number, name) for number, name in enumerate(_CRON_KEYWORDS)]
    return "cron " + " ".join("*" if one is None else _text(program, scope, one) for one in fields)


def _crontab(program: Program, scope: Scope, call: ir.Call) -> str:
    fields = dict.fromkeys(_CRON_FIELDS, "*")
    for name, value in zip(_CRON_POSITIONS, call.arguments, strict=False):
        fields[name] = _text(program, scope, value)
    for keyword in call.keywords:
        name = _CRON_ALIASES.get(keyword.name or "", keyword.name)
        if name in fields:
            fields[name] = _text(program, scope, keyword.value)
    return "cron " + " ".join(fields[name] for name in _CRON_FIELDS)


def _rate(program: Program, scope: Scope, call: ir.Call) -> str:
    """Chalice's `Rate(5, unit=Rate.MINUTES)`."""
    value, unit = _argument(call, 0, "value"), _argument(call, 1, "unit")
    number = _text(program, scope, value) if value is not None else ""
    word = unit.name if isinstance(unit, ir.Attribute) else _text(program, scope, unit) if unit is not None else ""
    return f"every {number} {word.lower()}"


def _named_trigger(program: Program, scope: Scope, kind: str, call: ir.Call | None) -> str:
    if kind not in ("cron", "interval", "date") or call is None:
        return kind if kind.startswith(("cron", "every")) or kind.count(" ") not in (4, 5) else f"cron {kind}"
    return _trigger(program, scope, kind, call)


def _trigger(program: Program, scope: Scope, kind: str, call: ir.Call) -> str:
    if kind == "interval":
        total = 0.0
        for keyword in call.keywords:
            number = number_of(program, scope, keyword.value) if keyword.name in _SECONDS else None
            if number is not None and keyword.name is not None:
                total += number * _SECONDS[keyword.name]
        return every(total) if total else "interval"
    if kind == "date":
        value = next((k.value for k in call.keywords if k.name == "run_date"), None)
        return f"once at {_text(program, scope, value)}" if value is not None else "once"
    given = {k.name: _text(program, scope, k.value) for k in call.keywords if k.name in _TRIGGER_FIELDS}
    return "cron " + " ".join(f"{name}={given[name]}" for name in _TRIGGER_FIELDS if name in given)


def fluent(program: Program, scope: Scope, expression: ir.Expr) -> str:
    """`every(5).minutes`, `every().day.at("10:30")` as words."""
    words: list[str] = []
    while True:
        if isinstance(expression, ir.Attribute):
            if expression.name in _UNITS:
                words.append(expression.name)
            expression = expression.value
        elif isinstance(expression, ir.Call):
            name = ending(expression.function)
            first = expression.arguments[0] if expression.arguments else None
            if name == "every":
                words.append(_text(program, scope, first) if first is not None else "")
                return "every " + " ".join(word for word in reversed(words) if word)
            if name in ("at", "to", "until") and first is not None:
                words.append(f"{name} {_text(program, scope, first)}")
            expression = expression.function
        else:
            return ""


def _text(program: Program, scope: Scope, expression: ir.Expr) -> str:
    for value in program.values_of(scope, expression):
        if isinstance(value, ConstantValue) and value.value is not None:
            return str(value.value)
    return text_of(expression)


def _argument(call: ir.Call, position: int, name: str) -> ir.Expr | None:
    for keyword in call.keywords:
        if keyword.name == name:
            return keyword.value
    return call.arguments[position] if position < len(call.arguments) else None
