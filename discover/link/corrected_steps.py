"""Steps that a user adds, drops or renames: those of single calls in the plans, those of whole units by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.corrections.places import calls_meant
from discover.link.records import StepCorrection

if TYPE_CHECKING:
    from discover.config.corrections import Correction
    from discover.corrections.ledger import Ledger
    from discover.link.plans import Plans
    from discover.link.units import Units
    from discover.resolve.program import Program


def correct_steps(program: Program, plans: Plans, units: Units, ledger: Ledger) -> dict[str, StepCorrection]:
    """What the user says of the units that are steps; what is said of single calls is put into the plans."""
    of_units: dict[str, StepCorrection] = {}
    for rule in ledger.about("steps"):
        step = StepCorrection(
            name=rule.said.get("name") or rule.of("name"),
            evidence=ledger.evidence(rule),
            is_dropped=rule.action == "drop",
            is_added=rule.action == "add",
        )
        if rule.at or rule.of("call"):
            _correct_calls(program, plans, units, rule, step, ledger)
            continue
        for key, source in units.sources.items():
            if source.body is not None and rule.means("unit", source.id):
                of_units[key] = step
                ledger.matched(rule, source.id)
    return of_units


def _correct_calls(
    program: Program, plans: Plans, units: Units, rule: Correction, step: StepCorrection, ledger: Ledger
) -> None:
    functions = [function for function in program.all_functions if rule.means("unit", function.id)]
    for site in calls_meant(functions, rule):
        plans.of(units.keys[site.function]).corrected[site.call.number] = step
        ledger.matched(rule, f"{site.function.id}:{site.line}")
