"""Django Channels: routes of consumers, and messages whose type names the method that takes them.

A consumer stands inside a route as `C.as_asgi()`, perhaps within middleware, under routers that add to the path; and
`{"type": "chat.message"}` is taken by each consumer's `chat_message`, which no call names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.records import Dispatch, EntryPoint, called_at
from discover.frameworks.routing.channel_routers import router_prefixes
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail, TriggerKind
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function, Scope

_CONSUMER = "channels.consumer.AsyncConsumer"
_HTTP = "channels.generic.http.AsyncHttpConsumer"
_ROUTES = ["django.urls.path", "django.urls.re_path", "django.conf.urls.url"]
_METHODS = (
    *("connect", "receive", "receive_json", "disconnect"),
    *("websocket_connect", "websocket_receive", "websocket_disconnect", "handle", "http_request"),
)
_SENDS = ["channels.layers.BaseChannelLayer.group_send", "channels.layers.BaseChannelLayer.send"]
_MESSAGE = Pick(argument=1, keyword="message", key="type")
_ADDRESS = Pick(argument=0, keyword=["group", "channel"])
_CHANNELS = "ChannelNameRouter"
_SURE, _SEVERAL = 0.9, 0.7


def register(bench: Workbench) -> None:
    """Find the consumers of all routes, and the methods that messages of the channel layer name."""
    prefixes = router_prefixes(bench, _ROUTES)
    for match in bench.index.calls(_ROUTES):
        site = match.site
        if len(site.call.arguments) < 2:
            continue
        given = Given(site.call, site.function)
        prefix = prefixes.get((site.function.module.path, site.call.number), "")
        for cls in _consumers(bench, site.function, site.call.arguments[1]):
            for path in bench.picker.texts(Pick(argument=0, keyword="route"), given):
                _route(bench, cls, prefix + path.removeprefix("^"), site)
    _named_channels(bench)
    known = {entry.unit for entry in bench.found.entry_points.values()}
    for kind, place in _sent(bench):
        for method in _takers(bench, kind):
            if method.id not in known:
                _emit(bench, method, "consumer", TriggerDetail(name=kind), f"message sent {place}")


def connect(bench: Workbench) -> None:
    """Join each message with the methods that take its type."""
    for match in bench.index.calls(_SENDS):
        site = match.site
        given = Given(site.call, site.function, None, match.receivers)
        for kind in bench.picker.texts(_MESSAGE, given):
            methods = _takers(bench, kind)
            bench.found.dispatch(
                Dispatch(
                    **called_at(site),
                    edge="publish",
                    library="channels",
                    targets=tuple(method.id for method in methods),
                    name=kind,
                    channel=next(iter(bench.picker.texts(_ADDRESS, given)), ""),
                    confidence=_SURE if len(methods) == 1 else _SEVERAL,
                    evidence=match.path,
                )
            )


def _consumers(bench: Workbench, scope: Scope, expression: ir.Expr) -> Iterator[Class]:
    """The consumer classes that an expression holds: `C.as_asgi()`, `C`, either within other calls."""
    if isinstance(expression, ir.Call):
        function = expression.function
        inside = [function.value] if isinstance(function, ir.Attribute) and function.name == "as_asgi" else []
        for part in inside or expression.arguments:
            yield from _consumers(bench, scope, part)
    elif isinstance(expression, ir.Name | ir.Attribute):
        for value in bench.program.values_of(scope, expression):
            if isinstance(value, ClassValue) and value.cls.is_project and bench.program.is_below(value.cls, _CONSUMER):
                yield value.cls


def _route(bench: Workbench, cls: Class, path: str, site: CallSite) -> None:
    kind: TriggerKind = "http" if bench.program.is_below(cls, _HTTP) else "websocket"
    place = f"route {site.function.module.path}:{site.line}"
    for name in _METHODS:
        method = bench.program.find_method(cls, name)
        if method is not None and method.is_project:
            _emit(bench, method, kind, TriggerDetail(path=path, name=cls.record.name), place, cls)


def _named_channels(bench: Workbench) -> None:
    """`ChannelNameRouter({"thumbnails": C.as_asgi()})`: what is sent to that channel reaches that consumer."""
    for function in bench.program.all_functions:
        for site in bench.program.sites(function) if function.record.name == "<module>" else ():
            given = site.call.arguments[0] if site.call.arguments else None
            if ending(site.call.function) != _CHANNELS or not isinstance(given, ir.Mapping):
                continue
            for key, value in zip(given.keys, given.values, strict=True):
                if isinstance(key, ir.Constant):
                    for cls in _consumers(bench, function, value):
                        _channel(bench, str(key.value), cls, f"channel {function.module.path}:{site.line}")


def _channel(bench: Workbench, name: str, cls: Class, place: str) -> None:
    for method in cls.methods():
        if not method.record.name.startswith("_") and len(method.record.parameters) == 2:
            detail = TriggerDetail(name=method.record.name.replace("_", "."), queue=name)
            _emit(bench, method, "consumer", detail, place, cls)


def _sent(bench: Workbench) -> Iterator[tuple[str, str]]:
    for match in bench.index.calls(_SENDS):
        site = match.site
        for kind in bench.picker.texts(_MESSAGE, Given(site.call, site.function, None, match.receivers)):
            yield kind, f"{site.function.module.path}:{site.line}"


def _takers(bench: Workbench, kind: str) -> list[Function]:
    """The consumers' methods that take messages of this type."""
    name = kind.replace(".", "_")
    found: dict[Function, None] = {}
    for cls in bench.program.subclasses_of(_CONSUMER) if name.isidentifier() else ():
        method = bench.program.find_method(cls, name)
        if method is not None and method.is_project:
            found[method] = None
    return list(found)


def _emit(
    bench: Workbench,
    method: Function,
    kind: TriggerKind,
    detail: TriggerDetail,
    evidence: str,
    cls: Class | None = None,
) -> None:
    receiver = cls or method.owner
    bench.found.entry(
        EntryPoint(
            id="",
            kind=kind,
            framework="channels",
            unit=method.id,
            line=method.record.line,
            receiver=receiver.id if receiver is not None else "",
            detail=detail,
            confidence=0.95,
            evidence=evidence,
        )
    )
