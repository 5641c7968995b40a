"""Joins a call of the project's own HTTP client with the route that it reaches, where the caller alone says the path.

`Client.post(path)` requests `self.base + path`: seen from inside, any path; `client.post("/stock/reserve")` says which.
Up to three functions pass the path on. A base that is known to be another host is somebody else's API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from discover.effects.records import SiteEffect
from discover.facts import records as facts
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.own_paths import Routes, own_path
from discover.link.own_routes import to_route
from discover.link.plans import Plans
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue

_DEPTH = 3
_JOINERS = frozenset({"urljoin", "join"})
Callers = dict[Function, list[CallSite]]


class _Request(NamedTuple):
    function: Function
    parameter: str
    method: str
    before: str
    """What stands between the base and the parameter: `/api` of `f"{self.base}/api{path}"`."""


class _Url(NamedTuple):
    """An expression for a URL, taken apart."""

    base: facts.Expr | None = None
    before: str = ""
    end: str = ""
    """The name that stands last."""


def link_client_routes(
    program: Program, entry_points: Iterable[EntryPoint], effects: Sequence[SiteEffect], plans: Plans, units: Units
) -> None:
    """Add a hand-over at each call that says the path of a request made further down."""
    routes = Routes(entry_points)
    functions = {units.keys[function]: function for function in program.all_functions}
    open_ended = [found for found in effects if found.effect.kind == "http" and not _is_known(routes, found)]
    requests = list(_requests(program, functions, open_ended)) if routes else []
    if not requests:
        return
    for request in requests:
        for site, path in _paths(program.callers, request.function, request.parameter, _DEPTH):
            path = request.before.rstrip("/") + path
            entry = routes.only(path, request.method)
            unit = units.keys[site.function]
            if entry is not None and entry.unit != unit:
                evidence = f"{path!r} is the path of the project's own route, requested by {request.function.id}"
                plans.add_handover(unit, site.call.number, to_route(entry, site.line, evidence))


def _is_known(routes: Routes, found: SiteEffect) -> bool:
    """Whether the request itself says its path."""
    path = own_path(found.effect.target)
    return path is not None and routes.only(path, found.effect.detail) is not None


def _requests(program: Program, functions: dict[str, Function], effects: Sequence[SiteEffect]) -> Iterator[_Request]:
    """The requests whose URL ends in a parameter of the function."""
    for found in effects:
        function = functions.get(found.unit)
        if found.number is None or function is None or found.through:
            continue
        site = function.sites.get(found.number)
        given = (
            []
            if site is None
            else [*site.call.arguments[:2], *(k.value for k in site.call.keywords if k.name == "url")]
        )
        names = {parameter.name for parameter in function.record.parameters}
        for expression in given:
            url = _split(_assigned(function, expression))
            if url.end in names and not _is_foreign(program, function, url.base):
                yield _Request(function, url.end, found.effect.detail, url.before)
                break


def _assigned(function: Function, expression: facts.Expr) -> facts.Expr:
    """What a local name stands for: `url = self.base + path`."""
    if isinstance(expression, facts.Name):
        values = [
            statement.value
            for statement in function.record.body
            if isinstance(statement, facts.Assign) and statement.value is not None
            for target in statement.targets
            if isinstance(target, facts.Name) and target.id == expression.id
        ]
        return values[0] if len(values) == 1 else expression
    return expression


def _split(expression: facts.Expr) -> _Url:
    """What comes before the last part of a URL, and the last part's name."""
    parts: list[facts.Expr] = []
    if isinstance(expression, facts.Binary):
        parts = _added(expression)
    elif isinstance(expression, facts.FString) and len(expression.parts) > 1:
        parts = expression.parts
    elif isinstance(expression, facts.Call) and len(expression.arguments) > 1:
        called = expression.function
        name = (
            called.name if isinstance(called, facts.Attribute) else called.id if isinstance(called, facts.Name) else ""
        )
        if name in _JOINERS:
            parts = [expression.arguments[0], expression.arguments[-1]]
    if len(parts) < 2:
        return _Url()
    base, *between, last = parts
    if isinstance(last, facts.Call) and isinstance(last.function, facts.Attribute):
        last = last.function.value  # `path.lstrip("/")`
    return _Url(base, _literal(between), last.id if isinstance(last, facts.Name) else "")


def _added(expression: facts.Expr) -> list[facts.Expr]:
    """The parts of `base + "/api" + path`."""
    if isinstance(expression, facts.Binary) and expression.operator == "+":
        return [*_added(expression.left), expression.right]
    return [expression]


def _literal(parts: list[facts.Expr]) -> str:
    """The text of parts that are all written out; empty where one of them is not."""
    texts = [part.value for part in parts if isinstance(part, facts.Constant) and isinstance(part.value, str)]
    return "".join(texts) if len(texts) == len(parts) else ""


def _is_foreign(program: Program, function: Function, base: facts.Expr | None) -> bool:
    """Whether the base is known to be of another host."""
    values = program.values_of(function, base) if base is not None else ()
    texts = [value.value for value in values if isinstance(value, ConstantValue) and isinstance(value.value, str)]
    return any("://" in text and own_path(text.rstrip("/") + "/x") is None for text in texts)


def _paths(callers: Callers, function: Function, parameter: str, depth: int) -> Iterator[tuple[CallSite, str]]:
    """The calls that give the parameter as a text that is a path."""
    for site in callers.get(function, ()) if depth else ():
        expression = argument_for(function, parameter, site.call)
        if expression is None:
            continue
        if isinstance(expression, facts.Name) and any(p.name == expression.id for p in site.function.record.parameters):
            yield from _paths(callers, site.function, expression.id, depth - 1)
            continue
        for value in _values(site, function, parameter):
            if isinstance(value, ConstantValue) and isinstance(value.value, str) and "://" not in value.value:
                yield site, "/" + value.value.lstrip("/").partition("?")[0]


def _place(function: Function, parameter: str) -> int:
    names = [p.name for p in function.record.parameters if p.kind in ("positional", "normal")]
    return names.index(parameter) - int(function.takes_itself) if parameter in names else -1


def _values(site: CallSite, function: Function, parameter: str) -> Iterable[object]:
    if parameter in site.keywords:
        return site.keywords[parameter]
    place = _place(function, parameter)
    return site.arguments[place] if 0 <= place < len(site.arguments) else ()
