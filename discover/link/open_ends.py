"""What could hide a hop and was not followed: each place with its reason, and the correction that would settle it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.link.brokers import NOBODY_FEEDS, UNKNOWN_HEARD
from discover.link.packages import Packages
from discover.model import CORRECTED, Edge, Trigger, Unresolved
from discover.resolve.by_name import family_of
from discover.resolve.django_apps import GET_APP_CONFIG
from discover.resolve.dynamic_imports import LOADERS
from discover.resolve.installed_plugins import LOADERS as PLUGIN_LOADERS
from discover.resolve.installed_plugins import MANAGERS, group_of

if TYPE_CHECKING:
    from discover.catalog.load import Catalog
    from discover.frameworks.records import Dispatch, Problem
    from discover.link.channels import Directory
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration

NOBODY_RECEIVES = "nothing in the project is known to receive it"
CROWDED = "further targets are not followed"
IMPORTED = "what is imported here is named by data"
CONFIGURED = "the label of the app is not known, and with it its configuration"
INSTALLED = "no distribution in the tree declares this group of entry points"
PICKED = "what is called here is picked by data"
OF_UNKNOWN = "the object's class is not known, and classes of the project override this method"
DECORATED = "no catalog describes this decorator: it may register what it decorates"

_BLANK = "…"
"""Stands in a correction for what the user must say."""
_NAMED = 80


class Place(NamedTuple):
    """Where something is open, and what stands there."""

    unit: str
    line: int
    call: str = ""
    """The call as the code writes it; empty where no call is open."""


def call_at(place: Place, kind: str) -> str:
    """The correction that would say where a call leads: a link of this kind."""
    where = _entry("call", place.call) if place.call else f"line: {place.line}"
    kinds = "" if kind == "call" else f", kind: {kind}"
    return f"links: [{{add: {{{_entry('from', place.unit)}, {where}, {_entry('to', _BLANK)}{kinds}}}}}]"


def effect_at(place: Place) -> str:
    """The correction that would say what a call of a library does outside."""
    known = f"{_entry('unit', place.unit)}, {_entry('call', place.call)}"
    return f"effects: [{{add: {{{known}, kind: {_BLANK}, service: {_BLANK}}}}}]"


def sender_of(unit: str) -> str:
    """The correction that would say who feeds a consumer."""
    known = f"{_entry('from', _BLANK)}, {_entry('call', _BLANK)}, {_entry('to', unit)}"
    return f"links: [{{add: {{{known}, kind: publish}}}}]"


def entry_point_at(unit: str, kind: str = _BLANK) -> str:
    """The correction that would say that a unit is where control comes in."""
    return f"entry_points: [{{add: {{{_entry('unit', unit)}, kind: {kind}}}}}]"


def _entry(name: str, text: str) -> str:
    # A JSON string is a YAML string in double quotes, whatever it holds.
    return f"{name}: {json.dumps(text, ensure_ascii=False)}"


def settled(edges: Iterable[Edge], triggers: Iterable[Trigger]) -> set[tuple[str, int]]:
    """The places of which a correction says what they lead to, or that they are an entry point."""
    places = {(edge.source, edge.line) for edge in edges if edge.evidence.startswith(CORRECTED)}
    return places | {(one.handler, one.line) for one in triggers if one.evidence.startswith(CORRECTED)}


def in_order(unresolved: Iterable[Unresolved]) -> tuple[Unresolved, ...]:
    """The entries as the document lists them."""
    return tuple(sorted(unresolved, key=lambda one: (one.at, one.line, one.what, one.reason)))


def of_problems(problems: Iterable[Problem]) -> Iterator[Unresolved]:
    """Registrations whose handler is not known, and calls of which it is not known what they do."""
    for problem in problems:
        kind = problem.what.partition(" ")[0] if problem.what.endswith(" registered") else _BLANK
        if problem.what.startswith("scheduled "):
            kind = "schedule"
        yield Unresolved(
            at=problem.unit,
            line=problem.line,
            what=problem.what,
            reason=problem.reason,
            correction=call_at(Place(problem.unit, problem.line, problem.call), "dispatch")
            if problem.call
            else entry_point_at(_BLANK, kind),
        )


def of_dispatches(program: Program, dispatches: Iterable[Dispatch], directory: Directory) -> Iterator[Unresolved]:
    """Hand-overs that nothing in the project is known to receive. A signal that nobody hears hides nothing."""
    for dispatch in dispatches:
        if dispatch.sends or dispatch.targets or dispatch.is_passed_on or dispatch.edge == "signal":
            continue
        if dispatch.is_known or directory.receivers(dispatch):
            continue
        site = (
            program.functions[dispatch.unit].sites.get(dispatch.number) if dispatch.unit in program.functions else None
        )
        call = text_of(site.call.function) if site is not None else ""
        yield Unresolved(
            at=dispatch.unit,
            line=dispatch.line,
            what=dispatch.name or dispatch.channel or dispatch.library,
            reason=NOBODY_RECEIVES,
            correction=call_at(Place(dispatch.unit, dispatch.line, call), dispatch.edge),
        )


def of_brokers(open_channels: Iterable[Unresolved]) -> Iterator[Unresolved]:
    """Sends that nobody consumes and consumers that nobody feeds, with what would settle them."""
    for one in open_channels:
        if one.reason in {NOBODY_FEEDS, UNKNOWN_HEARD}:
            correction = sender_of(one.at)
        else:
            correction = call_at(Place(one.at, one.line), "publish")
        yield msgspec.structs.replace(one, correction=correction)


def of_calls(program: Program) -> Iterator[Unresolved]:
    """Calls with more targets than are followed, of what data picks, and of methods whose object is not known."""
    for site in program.crowded_sites():
        what = f"call with {max(len(site.targets), len(site.callee))} possible targets"
        yield _open_call(site, what, CROWDED)
    families: dict[str, int] = {}
    for function in program.all_functions:
        for site in program.sites(function):
            if site.targets or site.externals or site.callee:
                continue
            called = site.call.function
            if _is_picked(called):
                yield _open_call(site, f"{text_of(called)}(…)", PICKED)
            elif isinstance(called, facts.Attribute):
                if called.name not in families:
                    families[called.name] = family_of(program.engine, called.name)
                if families[called.name]:
                    yield _open_call(site, f"{text_of(called)}(…)", OF_UNKNOWN)


def _is_picked(called: facts.Expr) -> bool:
    """`HANDLERS[key](…)`, `getattr(plugin, name)(…)`."""
    if isinstance(called, facts.Subscript):
        return True
    return (
        isinstance(called, facts.Call) and isinstance(called.function, facts.Name) and called.function.id == "getattr"
    )


def of_imports(program: Program) -> Iterator[Unresolved]:
    """Modules and names that are imported by a string which is not known."""
    for path in LOADERS:
        for site in program.sites_calling(path):
            if not site.result and not (site.arguments and program.texts_of(site.arguments[0])):
                yield _open_call(site, text_of(site.call)[:_NAMED], IMPORTED)


def of_plugins(program: Program) -> Iterator[Unresolved]:
    """Entry points that are loaded and that nothing in the tree declares."""
    for path in PLUGIN_LOADERS:
        for site in program.sites_calling(path):
            if not site.result:
                reason = INSTALLED if group_of(site) else IMPORTED
                yield _open_call(site, text_of(site.call)[:_NAMED], reason)
    for path in MANAGERS:
        for site in program.sites_calling(path):
            groups = group_of(site)
            if not any(group in program.engine.plugins for group in groups):
                yield _open_call(site, text_of(site.call)[:_NAMED], INSTALLED if groups else IMPORTED)


def of_configurations(program: Program) -> Iterator[Unresolved]:
    """Configurations of apps that are asked for by a label which is not known."""
    for site in program.sites_calling(GET_APP_CONFIG):
        given = site.arguments[0] if site.arguments else site.keywords.get("app_label", ())
        if not any("{}" not in text for text in program.texts_of(given)):
            yield _open_call(site, text_of(site.call)[:_NAMED], CONFIGURED)


def of_decorators(program: Program, catalog: Catalog) -> Iterator[Unresolved]:
    """Functions and classes that a library decorates of which nothing is known."""
    packages = Packages(catalog)
    for decoration in program.decorations:
        paths = [external.path for external in decoration.externals]
        if paths and not any(packages.describe_decorator(path) for path in paths):
            yield _decorated(decoration)


def _decorated(decoration: Decoration) -> Unresolved:
    unit = decoration.definition.id
    return Unresolved(
        at=unit,
        line=decoration.line,
        what=f"@{text_of(decoration.expression)}"[:_NAMED],
        reason=DECORATED,
        correction=entry_point_at(unit),
    )


def _open_call(site: CallSite, what: str, reason: str) -> Unresolved:
    place = Place(site.function.id, site.line, text_of(site.call.function))
    return Unresolved(at=place.unit, line=place.line, what=what, reason=reason, correction=call_at(place, "call"))
