"""Thin wrappers of HTTP clients: where a project's own `post(url, …)` is called, that is the effect.

The wrapper itself keeps its effect, whose URL is a parameter and so says nothing; who calls it knows what is called.
Inside the wrapper's own module only a call with a known URL counts: there one wrapper is made of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.effects.given import argument_at
from discover.effects.picks import dotted, text_of
from discover.effects.records import Found
from discover.effects.services import host_of, may_be_url
from discover.effects.targets import is_parameter
from discover.facts import records as ir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discover.effects.services import Services
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
URL_NAMES = frozenset({"url", "uri", "endpoint", "target_url", "webhook_url", "full_url"})
_CERTAINTY = 0.9
_FORWARDED = 0.8
_DEPTH = 4


class Wrapper(NamedTuple):
    """Which parameters of a function are the URL and the method of the request that it makes."""

    url: str
    method: str
    verb: str = ""
    """The verb of its request, where that is fixed."""


def find_wrappers(program: Program, effects: Mapping[str, list[Found]]) -> dict[Function, Wrapper]:
    """Functions that make an HTTP request to a URL that is their parameter, or hand it on to such a function."""
    found: dict[Function, Wrapper] = {}
    for unit, effects_there in effects.items():
        function = program.functions.get(unit)
        if function is not None and any(effect.kind == "http" and _may_be_given(effect) for effect in effects_there):
            wrapper = _own(function)
            if wrapper is not None:
                verbs = {effect.detail for effect in effects_there if effect.kind == "http"}
                verb = verbs.pop() if len(verbs) == 1 else ""
                found[function] = wrapper._replace(verb=verb if verb.lower() in _VERBS else "")
    newest = list(found)
    for _ in range(_DEPTH):
        newest = _callers(program, found, set(newest))
        if not newest:
            break
    return found


def _may_be_given(request: Found) -> bool:
    """Whether a request's URL is not all known where it is made."""
    return "{" in request.target or not request.target


def _own(function: Function) -> Wrapper | None:
    names = [parameter.name for parameter in function.record.parameters]
    url = next((name for name in names if name in URL_NAMES), None)
    if url is None:
        return None
    return Wrapper(url, "method" if "method" in names else "")


def _callers(program: Program, found: dict[Function, Wrapper], newest: set[Function]) -> list[Function]:
    added: list[Function] = []
    for function in program.functions.values():
        wrapper = _own(function)
        if wrapper is None or function in found:
            continue
        for site in program.sites(function):
            if any(target.function in newest for target in site.targets) and wrapper.url in _names_given(site.call):
                found[function] = wrapper
                added.append(function)
                break
    return added


def _names_given(call: ir.Call) -> set[str]:
    given = [*call.arguments, *(keyword.value for keyword in call.keywords)]
    return {expression.id for expression in given if isinstance(expression, ir.Name)}


def request_through(wrappers: Mapping[Function, Wrapper], services: Services, site: CallSite) -> Found | None:
    """The request that the call makes through a wrapper, if its URL or service is known."""
    for target in site.targets:
        wrapper = wrappers.get(target.function)
        if wrapper is None:
            continue
        url = _argument(site, target.function, wrapper.url)
        if url is None:
            return None
        expression, text = url
        text = text if text and may_be_url(text) else None
        service = services.of_url(text or "") or services.of_name(dotted(expression))
        known = bool(host_of(text or "") or service)
        service = service or ("" if known else services.of_place(site.function))
        if not known and target.function.module is site.function.module:
            return None
        return Found(
            kind="http",
            line=site.line,
            number=site.call.number,
            target=text or (f"{{{dotted(expression)}}}" if dotted(expression) else ""),
            service=service,
            detail=_method(site, target.function, wrapper).upper(),
            confidence=(_CERTAINTY if known else _FORWARDED) * target.confidence,
            evidence=f"through {target.function.id}",
            through=target.function.id,
        )
    return None


def _argument(site: CallSite, function: Function, name: str) -> tuple[ir.Expr, str | None] | None:
    """The argument for a parameter, with its text; what is a parameter itself has none: each caller gives its own."""
    given = argument_at(site, function, name)
    if given is None:
        return None
    expression, values = given
    return expression, None if is_parameter(site.function, expression) else text_of(values)


def _method(site: CallSite, function: Function, wrapper: Wrapper) -> str:
    name = function.record.name.strip("_")
    for verb in sorted(_VERBS):
        if name == verb or name.startswith(f"{verb}_") or name.endswith(f"_{verb}"):
            return verb
    if wrapper.method:
        given = _argument(site, function, wrapper.method)
        if given is not None and given[1]:
            return given[1]
    return wrapper.verb or "request"
