"""Finds what leaves the process: every call that a catalog's rule, or the project's own mapping, makes an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.effects.building import Builder
from discover.effects.handed_calls import HandedCalls
from discover.effects.mapped import attribute_writes
from discover.effects.matching import Match, matches_of
from discover.effects.models import Models
from discover.effects.orm_names import OrmNames
from discover.effects.queries import one_per_chain
from discover.effects.records import Found, SiteEffect
from discover.effects.relations import Relations
from discover.effects.rules import Rules
from discover.effects.services import Services
from discover.effects.sql_wrappers import find_sql_wrappers, statements_through
from discover.effects.state_changes import state_changes
from discover.effects.wrappers import find_wrappers, request_through
from discover.model import Effect

if TYPE_CHECKING:
    from discover.catalog.load import Catalog
    from discover.resolve.program import Program
    from discover.resolve.symbols import Function

_DJANGO = "django"


def find_effects(program: Program, catalog: Catalog) -> list[Effect]:
    """All effects of the program, by unit and line."""
    return [one.effect for one in find_site_effects(program, catalog)]


def find_site_effects(program: Program, catalog: Catalog) -> list[SiteEffect]:
    """All effects with the calls that make them, by unit and line."""
    rules = Rules(catalog)
    models = Models(program, imperative="SQLAlchemy" in catalog.libraries)
    services = Services(rules.hosts)
    builder = Builder(program, models, services)
    relations = Relations(program) if _DJANGO in catalog.libraries else None
    names = OrmNames(relations) if relations else None
    found: dict[str, list[Found]] = {}
    handed = HandedCalls(program, catalog)
    for function in program.all_functions:
        effects = _of_function(program, rules, builder, names, function)
        effects += _handed_over(program, rules, builder, handed, function)
        effects += attribute_writes(program, models, function, effects)
        if effects:
            found.setdefault(function.id, []).extend(effects)
    for unit, change in state_changes(program, catalog.state_changes):
        found.setdefault(unit, []).append(change)
    _add_requests_through_wrappers(program, services, found)
    _add_statements_through_wrappers(program, models, found)
    return _numbered(found)


def _of_function(
    program: Program, rules: Rules, builder: Builder, names: OrmNames | None, function: Function
) -> list[Found]:
    matches: dict[int, list[Match]] = {}
    for site in program.sites(function):
        matched = matches_of(program, rules, site)
        if not matched and names is not None:
            by_name = names.match(site)
            matched = [by_name] if by_name is not None else []
        if matched:
            matches[site.call.number] = matched
    if not matches:
        return []
    one_per_chain(program, function, matches)
    found: list[Found] = []
    for number, matched in matches.items():
        site = function.sites[number]
        for match in matched:
            found += builder.build(site, match)
    return found


def _handed_over(
    program: Program, rules: Rules, builder: Builder, handed: HandedCalls, function: Function
) -> list[Found]:
    """What library functions do that the function hands to something that calls them."""
    found: list[Found] = []
    for site in program.sites(function):
        for seen in handed.at(site):
            for match in matches_of(program, rules, seen):
                found += builder.build(seen, match)
    return found


def _add_requests_through_wrappers(program: Program, services: Services, found: dict[str, list[Found]]) -> None:
    wrappers = find_wrappers(program, found)
    if not wrappers:
        return
    for function in program.all_functions:
        for site in program.sites(function):
            request = request_through(wrappers, services, site)
            if request is not None:
                found.setdefault(function.id, []).append(request)


def _add_statements_through_wrappers(program: Program, models: Models, found: dict[str, list[Found]]) -> None:
    wrappers = find_sql_wrappers(program, found)
    for wrapper in sorted(wrappers, key=lambda one: one.order):
        for site in program.callers.get(wrapper, ()):
            there = found.setdefault(site.function.id, [])
            if not any(one.number == site.call.number for one in there):
                there += statements_through(wrappers, models, site)


def _numbered(found: dict[str, list[Found]]) -> list[SiteEffect]:
    numbered: list[SiteEffect] = []
    for unit in sorted(found):
        count: dict[int, int] = {}
        for one in sorted(found[unit], key=_order):
            count[one.line] = count.get(one.line, 0) + 1
            numbered.append(_site_effect(unit, one, count[one.line]))
    return numbered


def _order(one: Found) -> tuple[int, int, str, str, str]:
    return (one.line, -1 if one.number is None else one.number, one.kind, one.detail, one.target)


def _site_effect(unit: str, one: Found, count: int) -> SiteEffect:
    effect = Effect(
        id=f"effect:{unit}:{one.line}:{count}",
        kind=one.kind,
        at=unit,
        line=one.line,
        target=one.target,
        service=one.service,
        detail=one.detail,
        confidence=round(one.confidence, 2),
        evidence=one.evidence,
    )
    return SiteEffect(
        effect=effect,
        unit=unit,
        number=one.number,
        timeout=one.timeout,
        limit=one.limit,
        can_time_out=one.can_time_out,
        through=one.through,
        of_itself=one.of_itself,
        among=one.among,
    )
