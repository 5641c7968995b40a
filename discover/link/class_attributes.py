"""Hand-overs through an attribute that each class sets for itself: `self.task.delay()` over `task = send_invoice`."""

from __future__ import annotations

from discover.facts import records as facts
from discover.link.plans import Plans
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.symbols import Class, Function


def place_class_attributes(program: Program, plans: Plans, units: Units) -> None:
    """Note for each such call with several receivers which of them each class means."""
    below: dict[Class, list[Class]] = {}
    for cls in program.all_classes:
        for level in cls.mro:
            below.setdefault(level, []).append(cls)
    for function in program.all_functions:
        plan = plans.by_unit.get(units.keys[function])
        if plan is None or function.owner is None:
            continue
        for number, handovers in plan.handovers.items():
            attribute = _attribute(function, number)
            known = {target.unit for handover in handovers for target in handover.targets}
            if attribute is None or len(known) < 2:
                continue
            meant = plan.meant.setdefault(number, {})
            for cls in below.get(function.owner, ()):
                values = program.class_attribute(cls, attribute)
                found = {f.id for f in program.functions_of(values)} & known
                if found:
                    meant[cls.id] = frozenset(found)


def _attribute(function: Function, number: int) -> str | None:
    """`name` of a call `self.name.method()`."""
    site = function.sites.get(number)
    called = site.call.function if site is not None else None
    holder = called.value if isinstance(called, facts.Attribute) else None
    parameters = function.record.parameters
    if not isinstance(holder, facts.Attribute) or not isinstance(holder.value, facts.Name) or not parameters:
        return None
    return holder.name if holder.value.id == parameters[0].name else None
