"""Which part of a correction fits nothing, where it applies to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.config.corrections import NOUNS
from discover.corrections.places import calls_meant

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.config.corrections import Correction
    from discover.resolve.program import Program

_REST = ("kind", "path", "id", "target", "service", "to")


def missing_in(program: Program) -> Callable[[Correction], str]:
    """Tells of a correction that applies to nothing what is not there: a file, a unit, a call, a line, or the rest."""
    units = sorted({definition.id for definition in (*program.all_functions, *program.all_classes)})

    def missing(rule: Correction) -> str:
        for field in ("unit", "from", "to"):
            if field in rule.selected and not rule.of(field).startswith("effect:"):
                wrong = _no_unit(units, rule, field)
                if wrong:
                    return wrong
        return _no_call(program, rule) or _nothing_such(rule)

    return missing


def _no_unit(units: list[str], rule: Correction, field: str) -> str:
    if any(rule.means(field, unit) for unit in units):
        return ""
    file, mark, name = rule.of(field).partition("::")
    if not mark or "*" in file:
        return f"no unit fits `{rule.of(field)}`"
    if not any(unit.startswith(f"{file}::") for unit in units):
        return f"no file `{file}` was read"
    return f"`{file}` has no unit `{name}`"


def _no_call(program: Program, rule: Correction) -> str:
    """What is wrong with the place in the unit, where the correction names one."""
    field = "from" if rule.subject == "links" else "unit"
    functions = [function for function in program.all_functions if rule.means(field, function.id)]
    call = rule.of("call")
    if not call and not rule.at:
        return ""
    if calls_meant(functions, rule):
        return ""
    where = f"`{rule.of(field)}`" if rule.of(field) else "what is read"
    if call and rule.at:
        return f"{where} has no call `{call}` on line {rule.at}"
    return f"{where} has no call `{call}`" if call else f"no call of {where} stands on line {rule.at}"


def _nothing_such(rule: Correction) -> str:
    """The places are there: what is found at them is something else."""
    given = [f"{field} `{rule.of(field)}`" for field in _REST if field in rule.selected]
    return f"no {NOUNS[rule.subject]} is found there" + (f" with the {' and the '.join(given)}" if given else "")
