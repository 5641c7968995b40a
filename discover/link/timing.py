"""Places what the catalogs say of time at the calls: waits, calls that run side by side, and how far a loop counts."""

from __future__ import annotations

from discover.catalog.load import Catalog
from discover.catalog.spec import paths_of
from discover.link.constants import constant_number
from discover.link.plans import Plans
from discover.link.records import Pause
from discover.link.said import number_of, words_of
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite


def place_timing(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    """Add waits and parallel calls to the plans."""
    for _, rule in catalog.waits:
        for path in paths_of(rule.call):
            for site in program.sites_calling(path):
                pause = Pause(number_of(program, site, rule.seconds), words_of(program, site, rule.until))
                plans.of(units.keys[site.function]).pauses[site.call.number] = pause
    for path in catalog.gathers:
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
    numbers = [constant_number(program, site.function, expression) for expression in site.call.arguments]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else ()
