"""Joins a call of the project's own HTTP client with the route that it reaches, where the caller alone says the path.

`Client.post(path)` requests `self.base + path`: seen from inside, any path; `client.post("/stock/reserve")` says which.
So does `client.call("POST", "/stock/reserve")` around a client that has the base, `http.request(method, path)`.
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
    is_rooted: bool
    """No base is written: only what begins as a path is one."""
    asked: str = ""
    """The parameter that says the method; empty where the request itself does."""


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
        for site, path, method in _paths(program.callers, request, request.function, request.parameter, request.asked):
            path = request.before.rstrip("/") + path
            entry = routes.only(path, method)
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
                asked = _asked(given[0], names) if _is_any(found.effect.detail) else ""
                if url.end != asked:
                    yield _Request(function, url.end, found.effect.detail, url.before, url.base is None, asked)
                    break


def _is_any(detail: str) -> bool:
    """Whether an effect says of a request that its method is not known, or may be one of several."""
    return detail == "REQUEST" or not detail.isalpha()


def _asked(expression: facts.Expr, names: set[str]) -> str:
    """The parameter that names the method: `request(method, path)`."""
    return expression.id if isinstance(expression, facts.Name) and expression.id in names else ""


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
    if isinstance(expression, facts.Name):
        return _Url(end=expression.id)
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
    end = last.id if isinstance(last, facts.Name) else ""
    if isinstance(base, facts.Constant) and isinstance(base.value, str) and base.value.startswith("/"):
        return _Url(None, _literal([base, *between]), end)
    return _Url(base, _literal(between), end)


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


def _paths(
    callers: Callers, request: _Request, function: Function, parameter: str, asked: str, depth: int = _DEPTH
) -> Iterator[tuple[CallSite, str, str]]:
    """The calls that give the parameter as a text that is a path, each with the method."""
    for site in callers.get(function, ()) if depth else ():
        expression = argument_for(function, parameter, site.call)
        if expression is None:
            continue
        own = {p.name for p in site.function.record.parameters}
        above = argument_for(function, asked, site.call) if asked else None
        if isinstance(expression, facts.Name) and expression.id in own:
            passed = above.id if isinstance(above, facts.Name) and above.id in own else ""
            told = request if passed else request._replace(method=_method(site, function, asked) or request.method)
            yield from _paths(callers, told, site.function, expression.id, passed, depth - 1)
            continue
        for value in _values(site, function, parameter):
            text = value.value if isinstance(value, ConstantValue) else None
            if not isinstance(text, str) or "://" in text or (request.is_rooted and not text.startswith("/")):
                continue
            yield site, "/" + text.lstrip("/").partition("?")[0], _method(site, function, asked) or request.method


def _method(site: CallSite, function: Function, asked: str) -> str:
    """The one method that a call asks for; empty where it is not known."""
    values = _values(site, function, asked) if asked else ()
    texts = {value.value for value in values if isinstance(value, ConstantValue) and isinstance(value.value, str)}
    return texts.pop() if len(texts) == 1 else ""


def _place(function: Function, parameter: str) -> int:
    names = [p.name for p in function.record.parameters if p.kind in ("positional", "normal")]
    return names.index(parameter) - int(function.takes_itself) if parameter in names else -1


def _values(site: CallSite, function: Function, parameter: str) -> Iterable[object]:
    if parameter in site.keywords:
        return site.keywords[parameter]
    place = _place(function, parameter)
    return site.arguments[place] if 0 <= place < len(site.arguments) else ()
