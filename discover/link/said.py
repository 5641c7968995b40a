"""What a rule's pick finds at a call, as a number or as words."""

from __future__ import annotations

from discover.catalog.spec import Pick
from discover.effects.picks import pick, text_of
from discover.facts import records as facts
from discover.facts.source_text import text_of as written
from discover.resolve.program import Program
from discover.resolve.sites import CallSite, External
from discover.resolve.values import ClassValue, ConstantValue, ExternalValue, Values

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
    if found.text is not None:
        return found.text
    return text_of(found.values) or (written(found.expression) if found.expression is not None else "")


def class_names(values: Values) -> tuple[str, ...]:
    """The names of the classes among the values: of exceptions that lead to another try."""
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, ClassValue):
            found[value.cls.record.name] = None
        elif isinstance(value, ExternalValue):
            found[value.path.rpartition(".")[2]] = None
    return tuple(found)
