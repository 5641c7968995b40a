"""gRPC, grpclib, betterproto and Twirp: services are classes whose generated bases are not read.

A service's name is part of the names of generated classes and functions (`add_OrdersServicer_to_server`,
`OrdersStub`), its methods stand in `.proto` files, and a call of a stub's method is joined with both by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.frameworks.records import Dispatch, EntryPoint, called_at
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Values

_ADD = re.compile(r"add_(\w+)Servicer_to_server$")
_BASE = re.compile(r"\.(\w+?)(?:Servicer|ServiceBase|Base)$")
_TWIRP = re.compile(r"_twirp\.(\w+)Server$")
_CALLED = re.compile(r"(?:^|\.)(\w+)(?:Stub|Client)\(\)\.(\w+)(?:\.(?:future|with_call))?$")
_STUBS = ["*Stub().*", "*_twirp.*Client().*"]
_MESSAGE_ONLY = 2


class _Service(NamedTuple):
    """A class that serves the calls of a service."""

    name: str
    cls: Class
    evidence: str
    confidence: float = 0.95
    coroutines: bool = False
    """Whether every method that serves a call is a coroutine."""


def register(bench: Workbench) -> None:
    """Find the methods of every service that is added to a server, and of those that nothing is seen to add."""
    declared = _declared(bench)
    done: set[str] = set()
    for service in _registered(bench):
        done.add(service.name)
        _emit(bench, service, declared)
    for cls in bench.program.all_classes:
        name = _service_of(cls, "Servicer")
        if name and name not in done:
            _emit(bench, _Service(name, cls, f"subclass {cls.module.path}:{cls.record.line}", 0.7), declared)


def connect(bench: Workbench) -> None:
    """Join the calls of stubs with the services of the same name in this repository."""
    units: dict[str, list[EntryPoint]] = {}
    for entry in bench.found.entry_points.values():
        if entry.kind == "rpc":
            for name in entry.names:
                units.setdefault(_plain(name), []).append(entry)
    for match in bench.index.calls(_STUBS) if units else ():
        called = _CALLED.search(match.path)
        name = f"{called[1]}/{called[2]}" if called is not None else ""
        entries = units.get(_plain(name), [])
        if entries:
            site = match.site
            bench.found.dispatch(
                Dispatch(
                    **called_at(site),
                    edge="dispatch",
                    library="grpc",
                    targets=tuple(dict.fromkeys(entry.unit for entry in entries)),
                    name=name,
                    channel=entries[0].detail.name or name,
                    inline=True,
                    confidence=min(0.9, *(entry.confidence for entry in entries)),
                    evidence=match.path,
                )
            )


def _declared(bench: Workbench) -> dict[str, dict[str, str]]:
    """By a service's last name: its methods, each with the full name that travels."""
    found: dict[str, dict[str, str]] = {}
    for trigger in bench.declared:
        if trigger.kind == "rpc":
            owner, _, method = trigger.name.partition("/")
            found.setdefault(owner.rpartition(".")[2], {})[_plain(method)] = trigger.name
    return found


def _registered(bench: Workbench) -> Iterator[_Service]:
    for match in bench.index.calls(["*add_*Servicer_to_server", "*_twirp.*Server", "grpclib.server.Server"]):
        site = match.site
        evidence = f"registering call {site.function.module.path}:{site.line}"
        pick = Pick(argument=0, keyword=["servicer", "service", "handlers"])
        values = bench.picker.values(pick, Given(site.call, site.function))
        named = _ADD.search(match.path) or _TWIRP.search(match.path)
        if named is not None:
            for cls in _classes(values):
                yield _Service(named[1], cls, evidence)
        elif match.path == "grpclib.server.Server":
            for item in bench.contexts.split(values):
                for cls in _classes(item):
                    yield _Service(_service_of(cls, "Base") or cls.record.name, cls, evidence, coroutines=True)


def _classes(values: Values) -> list[Class]:
    found = [v.cls for v in values if isinstance(v, InstanceValue | ClassValue) and v.cls.is_project]
    return list(dict.fromkeys(found))


def _service_of(cls: Class, ending: str) -> str:
    """The service's name in that of a generated base; of several bases the first."""
    for level in cls.mro[1:]:
        named = _BASE.search(f".{level.path}")
        if named is not None and not level.is_project and level.path.endswith(ending):
            return named[1]
    return ""


def _emit(bench: Workbench, service: _Service, declared: dict[str, dict[str, str]]) -> None:
    full = declared.get(service.name, {})
    for method in _methods(service, full):
        name = f"{service.name}/{method.record.name}"
        bench.found.entry(
            EntryPoint(
                id="",
                kind="rpc",
                framework="grpc",
                unit=method.id,
                line=method.record.line,
                receiver=service.cls.id,
                detail=TriggerDetail(name=full.get(_plain(method.record.name), name)),
                names=(name,),
                confidence=service.confidence,
                evidence=service.evidence,
            )
        )


def _methods(service: _Service, declared: dict[str, str]) -> list[Function]:
    """The methods of these names; without any declaration those that have the form of one."""
    found: dict[str, Function] = {}
    for level in service.cls.mro:
        for method in level.methods() if level.is_project else ():
            found.setdefault(method.record.name, method)
    if declared:
        return [method for name, method in found.items() if _plain(name) in declared]
    public = {
        name: method
        for name, method in found.items()
        if not name.startswith("_")
        and len(method.record.parameters) >= _MESSAGE_ONLY
        and not method.is_property
        and (method.record.is_async or not service.coroutines)
    }
    capital = [method for name, method in public.items() if name[:1].isupper()]
    return capital or list(public.values())


def _plain(name: str) -> str:
    """A method's name however a generator writes it: `SayHello` and `say_hello`."""
    return name.replace("_", "").lower()
