"""Places what the catalogs say of time at the calls and units: waits, retry decorators, calls that run side by side."""

from __future__ import annotations

from discover.catalog.load import Catalog
from discover.catalog.spec import Pick, RetryRule, paths_of
from discover.effects.picks import pick, text_of
from discover.link.plans import Plans
from discover.link.records import Pause
from discover.link.text import text_of as written
from discover.link.units import Units
from discover.model import RetryPolicy
from discover.resolve.program import Program
from discover.resolve.sites import CallSite, Decoration
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue

SIDE_BY_SIDE = (
    "asyncio.gather",
    "asyncio.wait",
    "asyncio.as_completed",
    "asyncio.TaskGroup",
    "anyio.create_task_group",
    "trio.open_nursery",
)


def place_timing(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    """Add waits, retries and parallel calls to the plans."""
    for _, rule in catalog.waits:
        for path in paths_of(rule.call):
            for site in program.sites_calling(path):
                pause = Pause(_number(program, site, rule.seconds), _text(program, site, rule.until))
                plans.of(units.keys[site.function]).pauses[site.call.number] = pause
    for path in SIDE_BY_SIDE:
        for site in program.sites_calling(path):
            plans.of(units.keys[site.function]).gathers[site.call.number] = path
    _place_retries(program, catalog, plans, units)


def _place_retries(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    rules = {path: rule for _, rule in catalog.retries for path in paths_of(rule.decorator)}
    if not rules:
        return
    for decoration in program.decorations:
        definition = decoration.definition
        rule = next((rules[e.path] for e in decoration.externals if e.path in rules), None)
        if rule is not None and isinstance(definition, Function):
            plans.of(units.keys[definition]).retry = _policy(program, decoration, rule)


def _policy(program: Program, decoration: Decoration, rule: RetryRule) -> RetryPolicy:
    call = decoration.call
    scope = decoration.definition.outer or decoration.definition.module.body
    site = scope.unit.sites.get(call.number) if call is not None else None
    if site is None:
        return RetryPolicy(text=written(decoration.expression))
    attempts = _number(program, site, rule.attempts)
    on = _text(program, site, rule.on)
    return RetryPolicy(
        attempts=None if attempts is None else int(attempts),
        delay=_number(program, site, rule.delay),
        backoff=_number(program, site, rule.backoff),
        max_delay=_number(program, site, rule.max_delay),
        on=(on,) if on else (),
        text=written(decoration.expression),
    )


def _number(program: Program, site: CallSite, rule: Pick | float | None) -> float | None:
    if rule is None or isinstance(rule, int | float):
        return rule
    found = pick(program, site, None, rule)
    numbers = [
        value.value
        for value in found.values
        if isinstance(value, ConstantValue) and isinstance(value.value, int | float) and value.value is not True
    ]
    if not numbers and found.text is not None:
        try:
            numbers = [float(found.text)]
        except ValueError:
            return None
    return numbers[0] * rule.times + rule.plus if len(numbers) == 1 else None


def _text(program: Program, site: CallSite, rule: Pick | str | None) -> str:
    if rule is None or isinstance(rule, str):
        return rule or ""
    found = pick(program, site, None, rule)
    if found.text is not None:
        return found.text
    return text_of(found.values) or (written(found.expression) if found.expression is not None else "")
