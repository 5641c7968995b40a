"""What a rule's pick finds at a call, as a number or as words."""

from __future__ import annotations

import re

from discover.catalog.spec import Pick
from discover.effects.picks import pick, text_of
from discover.facts import records as facts
from discover.facts.source_text import text_of as written
from discover.resolve.program import Program
from discover.resolve.sites import CallSite, External
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, ExternalValue, Values

_ONCE = re.compile(
    r"\bON\s+CONFLICT(?:\s*\((?P<columns>[^()]*)\)|\s+ON\s+CONSTRAINT\s+(?P<constraint>\w+))?"
    r"|^\s*INSERT\s+(?:OR\s+)?(?:IGNORE|REPLACE)\b|^\s*REPLACE\s+INTO\b|\bON\s+DUPLICATE\s+KEY\b",
    re.IGNORECASE,
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "milliseconds": 0.001}


def number_of(
    program: Program, site: CallSite, rule: Pick | float | None, external: External | None = None
) -> float | None:
    """The number that the pick finds; a `timedelta(…)` in seconds; None when it finds none, or several."""
    if rule is None or isinstance(rule, int | float):
        return None if rule is None else float(rule)
    found = pick(program, site, external, rule)
    constants = [value.value for value in found.values if isinstance(value, ConstantValue)]
    numbers = [float(one) for one in constants if isinstance(one, int | float) and not isinstance(one, bool)]
    if not numbers and found.text is not None:
        try:
            numbers = [float(found.text)]
        except ValueError:
            return None
    if not numbers and isinstance(found.expression, facts.Call):
        numbers = seconds_of(found.expression)
    # Always a float: a whole number would be written otherwise before and after it was stored.
    return float(numbers[0] * rule.times + rule.plus) if len(numbers) == 1 else None


def seconds_of(call: facts.Call) -> list[float]:
    """The seconds of a `timedelta(…)` that is written in numbers; none for any other call."""
    if not written(call.function).endswith("timedelta"):
        return []
    parts = [(k.name or "", k.value) for k in call.keywords]
    parts += list(zip(("days", "seconds"), call.arguments, strict=False))
    total = 0.0
    for name, value in parts:
        if name not in _SECONDS or not isinstance(value, facts.Constant) or not isinstance(value.value, int | float):
            return []
        total += value.value * _SECONDS[name]
    return [total] if parts else []


def words_of(program: Program, site: CallSite, rule: Pick | str | None, external: External | None = None) -> str:
    """The text that the pick finds, else the code's own words."""
    if rule is None or isinstance(rule, str):
        return rule or ""
    found = pick(program, site, external, rule)
    told = found.text or text_of(found.values) or _items_of(program, found.values)
    if told:
        return rule.before + told + rule.after
    return _listed(found.expression) if found.expression is not None else ""


def _items_of(program: Program, values: Values) -> str:
    """The constants of a list, where that is all that it holds."""
    lists = tuple(value for value in values if isinstance(value, ContainerValue) and value.kind != "dict")
    items = program.elements_of(lists)
    constants = [str(one.value) for one in items if isinstance(one, ConstantValue)]
    return ", ".join(constants) if lists and len(constants) == len(items) else ""


def _listed(expression: facts.Expr) -> str:
    """The expression as it is written; of a list its items, of a mapping its keys."""
    if isinstance(expression, facts.Mapping) and all(isinstance(key, facts.Constant) for key in expression.keys):
        items = [key for key in expression.keys if key is not None]
    elif isinstance(expression, facts.Sequence):
        items = expression.items
    else:
        return written(expression)
    return ", ".join(str(one.value) if isinstance(one, facts.Constant) else written(one) for one in items)


def unique_key(statements: list[str]) -> str:
    """The key by which SQL inserts a row only once; empty where it would insert it again."""
    for text in statements:
        match = _ONCE.search(text)
        if match is not None:
            columns = [column.strip(' "`') for column in (match["columns"] or "").split(",") if column.strip()]
            return ", ".join(columns) or match["constraint"] or "its unique key"
    return ""


def class_names(values: Values) -> tuple[str, ...]:
    """The names of the classes among the values: of exceptions that lead to another try."""
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, ClassValue):
            found[value.cls.record.name] = None
        elif isinstance(value, ExternalValue):
            found[value.path.rpartition(".")[2]] = None
    return tuple(found)
