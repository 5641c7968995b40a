"""What a call on something that the own class says runs for which class: `form.save()` in what many views inherit."""

from __future__ import annotations

from discover.facts import records as facts
from discover.link.records import OwnRun, Target
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import InstanceValue, Values

_KNOWN, _EVIDENCE = 0.9, "the own class says whose method"


def runs_by_own_class(program: Program, keys: dict[Function, str], site: CallSite) -> dict[str, OwnRun]:
    """What a call runs for each class whose objects run the calling method, as far as the class says so."""
    called = site.call.function
    if site.function.owner is None or not isinstance(called, facts.Attribute):
        return {}
    by_class = program.own_values.by_class(site.function, called.value)
    runs = {cls.id: _run(program, keys, values, called.name) for cls, values in by_class.items()}
    return {cls: run for cls, run in runs.items() if run is not None}


def _run(program: Program, keys: dict[Function, str], values: Values, name: str) -> OwnRun | None:
    found: dict[tuple[str, str], None] = {}
    is_all = True
    for value in values:
        method = program.find_method(value.cls, name) if isinstance(value, InstanceValue) else None
        if method is None or not isinstance(value, InstanceValue):
            return None
        if method in keys:
            found[keys[method], value.cls.id] = None
        else:
            is_all = False
    return OwnRun(tuple([Target(unit, _KNOWN, _EVIDENCE, cls) for unit, cls in found]), is_all)
