"""Places what the catalogs say of time at the calls: waits, calls that run side by side, and how far a loop counts."""

from __future__ import annotations

from discover.catalog.load import Catalog
from discover.catalog.spec import paths_of
from discover.facts import records as facts
from discover.link.plans import Plans
from discover.link.records import Pause
from discover.link.said import number_of, words_of
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.values import ConstantValue, ModuleValue

SIDE_BY_SIDE = (
    "asyncio.gather",
    "asyncio.wait",
    "asyncio.as_completed",
    "asyncio.TaskGroup",
    "anyio.create_task_group",
    "trio.open_nursery",
)


def place_timing(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    """Add waits and parallel calls to the plans."""
    for _, rule in catalog.waits:
        for path in paths_of(rule.call):
            for site in program.sites_calling(path):
                pause = Pause(number_of(program, site, rule.seconds), words_of(program, site, rule.until))
                plans.of(units.keys[site.function]).pauses[site.call.number] = pause
    for path in SIDE_BY_SIDE:
        for site in program.sites_calling(path):
            plans.of(units.keys[site.function]).gathers[site.call.number] = path
    for site in program.sites_calling("builtins.range"):
        bounds = _bounds(program, site)
        if bounds:
            plans.of(units.keys[site.function]).ranges[site.call.number] = bounds


def _bounds(program: Program, site: CallSite) -> tuple[int, ...]:
    """What `range` is given, where each bound is a number or a module's constant; nothing else."""
    if len(site.call.arguments) > 3:
        return ()
    found: list[int] = []
    for expression in site.call.arguments:
        values = program.values_of(site.function, expression) if _is_constant(program, site, expression) else ()
        numbers = [v.value for v in values if isinstance(v, ConstantValue) and type(v.value) is int]
        if len(numbers) != 1 or len(values) != 1:
            return ()
        found += numbers
    return tuple(found)


def _is_constant(program: Program, site: CallSite, expression: facts.Expr) -> bool:
    """Whether it is a number, or the name of one in a module: what a function is given differs from call to call."""
    if isinstance(expression, facts.Name):
        return expression.id in site.function.module.body.names and expression.id not in site.function.names
    if isinstance(expression, facts.Attribute):
        owners = program.values_of(site.function, expression.value)
        return bool(owners) and all(isinstance(owner, ModuleValue) for owner in owners)
    return isinstance(expression, facts.Constant)
