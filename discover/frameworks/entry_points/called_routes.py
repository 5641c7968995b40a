"""Schedules outside Python code that call a route of the project: App Engine's cron, Cloud Scheduler, `curl`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint, Problem
from discover.frameworks.routing.own_paths import Routes, own_path
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.sources.records import Command, DeclaredTrigger

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{\{[^}]*\}\}")
_INSIDE = re.compile(r"://(?P<host>[\w-]+(?:\.[\w-]+\.svc(?:\.[\w.-]+)?)?)(?=[:/])")
"""A host that only a cluster or a network of containers knows: one word, or a service's full name."""
_BODY = ("-d", "--data", "--json", "--post-data", "-F", "--form")


def link_called_routes(bench: Workbench) -> None:
    """Give each schedule that calls a path the handler of it."""
    routes = Routes(bench.found.entry_points.values())
    for trigger in bench.declared:
        address = _address(trigger) if trigger.kind == "schedule" else None
        if address is None:
            continue
        path, method = address
        entry = routes.only(path, method)
        if entry is not None:
            _add(bench, trigger, entry, f"{method} {path}")
        elif trigger.starts is None:
            problem = Problem(
                unit=trigger.file,
                line=trigger.line,
                what=f"{method} {path}",
                reason="what it starts is not in the tree",
            )
            bench.found.problem(problem)


def _address(trigger: DeclaredTrigger) -> tuple[str, str] | None:
    """The path and the method that a trigger calls."""
    if trigger.starts is None:
        return (trigger.path, (trigger.methods or ("GET",))[0]) if trigger.path else None
    return _fetched(trigger.starts)


def _fetched(command: Command) -> tuple[str, str] | None:
    """What `curl` or `wget` fetches, where that can be the project's own."""
    if command.kind != "program" or command.name.rpartition("/")[2] not in ("curl", "wget"):
        return None
    arguments = command.arguments
    url = next((word for word in arguments if "://" in word or word.startswith(("localhost", "$"))), "")
    url = _VARIABLE.sub("{}", url if "://" in url or url.startswith("$") else f"http://{url}")
    path = own_path(_INSIDE.sub("://localhost", url))
    method = "POST" if any(word.startswith(_BODY) for word in arguments) else "GET"
    for before, after in pairwise(arguments):
        if before in ("-X", "--request"):
            method = after
    method = next((word[2:] for word in arguments if word.startswith("-X") and len(word) > 2), method)
    return (path, method.upper()) if path else None


def _add(bench: Workbench, trigger: DeclaredTrigger, route: EntryPoint, command: str) -> None:
    bench.found.entry(
        EntryPoint(
            id="",
            kind="schedule",
            framework=trigger.format,
            unit=route.unit,
            line=route.line,
            receiver=route.receiver,
            detail=TriggerDetail(
                name=trigger.name or None, schedule=trigger.schedule, command=command, source=trigger.source
            ),
            confidence=0.9,
            evidence=f"declared {trigger.source}",
        )
    )
