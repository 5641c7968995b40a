"""The standard library's servers: what answers is told by a method's name, and the path by what its body compares.

`do_POST` of a request handler runs for every path; the paths that it knows stand in its conditions. An object that is
registered with an XML-RPC server makes all its public methods callable. YAML rules read calls and decorators only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.request_paths import compared_paths
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind

_HTTP = "http.server.BaseHTTPRequestHandler"
_SOCKET = "socketserver.BaseRequestHandler"
_APPLICATION = Pick(argument=2, keyword="app")


def register(bench: Workbench) -> None:
    """Find the methods of request handlers, of registered objects, and plain WSGI applications."""
    for cls in bench.program.subclasses_of(_HTTP):
        for name in dict.fromkeys(n for level in cls.mro if level.is_project for n in level.names):
            method = bench.program.find_method(cls, name) if name.startswith("do_") else None
            if method is not None and method.is_project and not cls.subclasses:
                for path in compared_paths(method.record.body) or ["/*"]:
                    detail = TriggerDetail(path=path, methods=(name.removeprefix("do_").upper(),))
                    _emit(bench, method, cls, "http", "http.server", detail)
    for cls in bench.program.subclasses_of(_SOCKET):
        method = bench.program.find_method(cls, "handle")
        if method is not None and method.is_project:
            _emit(bench, method, cls, "rpc", "socketserver", TriggerDetail(name=cls.record.name))
    for match in bench.index.calls("xmlrpc.server.SimpleXMLRPCDispatcher.register_instance"):
        given = Given(match.site.call, match.site.function)
        for value in bench.picker.values(Pick(argument=0, keyword="instance"), given):
            if isinstance(value, InstanceValue) and value.cls.is_project:
                _instance(bench, value.cls)
    for match in bench.index.calls("wsgiref.simple_server.make_server"):
        given = Given(match.site.call, match.site.function)
        for function in bench.handlers.functions(bench.picker.values(_APPLICATION, given)):
            for path in compared_paths(function.record.body, ("PATH_INFO",)) or ["/*"]:
                _emit(bench, function, None, "http", "wsgi", TriggerDetail(path=path))


def _instance(bench: Workbench, cls: Class) -> None:
    dispatch = bench.program.find_method(cls, "_dispatch")
    names = dict.fromkeys(n for level in cls.mro if level.is_project for n in level.names)
    for name in names if dispatch is None else ["_dispatch"]:
        method = bench.program.find_method(cls, name)
        if method is not None and method.is_project and (name == "_dispatch" or not name.startswith("_")):
            _emit(bench, method, cls, "rpc", "xmlrpc", TriggerDetail(name=name))


def _emit(
    bench: Workbench, method: Function, cls: Class | None, kind: TriggerKind, framework: str, detail: TriggerDetail
) -> None:
    bench.found.entry(
        EntryPoint(
            id="",
            kind=kind,
            framework=framework,
            unit=method.id,
            line=method.record.line,
            receiver=cls.id if cls is not None else "",
            detail=detail,
            names=(detail.name,) if detail.name else (),
            confidence=0.95,
            evidence=f"{framework} {method.module.path}:{method.record.line}",
        )
    )
