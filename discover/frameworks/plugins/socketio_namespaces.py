"""Socket.IO namespaces as classes: each `on_…` method takes the event that its name says, once an object is registered.

Which methods are entered, and for which events, stands in their names alone, which no catalog's list can foresee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

_REGISTER = ["socketio.base.Base.register_namespace", "flask_socketio.SocketIO.on_namespace"]
_NAMESPACE = "socketio.namespace.Namespace"


def register(bench: Workbench) -> None:
    """Find the event methods of every namespace that is registered."""
    done: set[Class] = set()
    for match in bench.index.calls(_REGISTER):
        site = match.site
        values = bench.picker.values(Pick(argument=0, keyword="namespace_handler"), Given(site.call, site.function))
        for value in values:
            cls = value.cls if isinstance(value, InstanceValue | ClassValue) else None
            if cls is not None and cls.is_project and cls not in done and bench.program.is_below(cls, _NAMESPACE):
                done.add(cls)
                _events(bench, cls, f"registering call {site.function.module.path}:{site.line}")


def _events(bench: Workbench, cls: Class, evidence: str) -> None:
    seen: set[str] = set()
    for level in cls.mro:
        for method in level.methods() if level.is_project else ():
            name = method.record.name
            if not name.startswith("on_") or name in seen:
                continue
            seen.add(name)
            event = name.removeprefix("on_")
            entry = EntryPoint(
                id="",
                kind="websocket",
                framework="socketio",
                unit=method.id,
                line=method.record.line,
                receiver=cls.id,
                detail=TriggerDetail(name=event),
                names=(event,),
                confidence=0.95,
                evidence=evidence,
            )
            bench.found.entry(entry)
