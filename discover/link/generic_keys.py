"""To what a row with a generic foreign key belongs: `content_type=ContentType.objects.get_for_model(Order)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.facts import records as facts
from discover.facts.source_text import ending
from discover.link.status_writes import Written, assignments
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, ConstantValue, InstanceValue, Values

_TYPE_OF = ("get_for_model", "get_for_models")
_BY_NAME = "__model"


def kinds_asked(program: Program, function: Function, site: CallSite) -> frozenset[str]:
    """The models, in small letters, to whose rows those of a query belong; empty where they may belong to any."""
    found = set(_said(program, function, site))
    for name, values in site.keywords.items():
        if name.endswith(_BY_NAME):
            found.update(str(one.value).lower() for one in values if isinstance(one, ConstantValue))
    return frozenset(found)


def may_be_of(program: Program, function: Function, written: Written, kinds: frozenset[str]) -> bool | None:
    """Whether what is written belongs to one of these models; None where the code does not say to which it does.

    No models: whatever it belongs to is one of them.
    """
    if not kinds:
        return True
    site = function.sites.get(written.number) if written.number is not None else None
    if site is None:
        return None
    said = set(_said(program, function, site))
    if said:
        return not kinds.isdisjoint(said)
    sites = [site, *(one for one in _inner(site) if written.looked.field in one.keywords)]
    given = {name for one in sites for values in one.keywords.values() for name in _models(values)}
    first = {name for one in sites for values in one.arguments for name in _models(values)}
    if not kinds.isdisjoint(first | given):
        return True
    return False if first else None


def _inner(site: CallSite) -> Iterator[CallSite]:
    for target in site.targets:
        yield from target.function.sites.values()


def _said(program: Program, function: Function, site: CallSite) -> Iterator[str]:
    for keyword in site.call.keywords:
        for call in _types(function, keyword.value):
            for argument in call.arguments:
                yield from _models(program.values_of(function, argument))


def _types(function: Function, value: facts.Expr) -> Iterable[facts.Call]:
    """The calls that give a content type for a value, straight or by a name."""
    if isinstance(value, facts.Name):
        assigned = [one.value for one in assignments(function.statements) if value in one.targets]
        return [
            call
            for one in assigned
            if one is not None and not isinstance(one, facts.Name)
            for call in _types(function, one)
        ]
    return [value] if isinstance(value, facts.Call) and ending(value.function) in _TYPE_OF else []


def _models(values: Values) -> Iterator[str]:
    for value in values:
        if isinstance(value, ClassValue | InstanceValue) and value.cls.is_project:
            yield value.cls.record.name.lower()
