"""Entry points against the registries of the running backend: recall, and precision where the registry is complete."""

from __future__ import annotations

import re

from benchmarks.document import Scan, clean, known
from benchmarks.measures import Measure, measure, share
from benchmarks.truth import Truth


def score_registries(scan: Scan, truth: Truth) -> list[Measure]:
    """Routes, tasks, commands, schedules and receivers, those that the backend has."""
    measures = [
        *_routes(scan, truth),
        *_tasks(scan, truth),
        _schedules(scan, truth),
        _receivers(scan, truth),
    ]
    return [result for result in measures if result.total]


def normal_path(path: str) -> str:
    r"""One form for all frameworks: `^orders/(?P<id>\d+)/$`, `/orders/<int:id>` -> `/orders/{}`."""
    path = re.sub(r"\(\?P<[^>]*>(?:[^()]|\([^()]*\))*\)", "{}", path)
    path = re.sub(r"<[^>]*>", "{}", path)
    path = re.sub(r"\{[^}]*\}", "{}", path)
    for mark in ("\\Z", "$", "^", "\\"):
        path = path.replace(mark, "")
    return "/" + path.strip("/")


def _routes(scan: Scan, truth: Truth) -> list[Measure]:
    want = {clean(route.handler) for route in truth.routes if route.handler}
    got = scan.handlers("http", "webhook", "websocket", "graphql", "rpc")
    http = scan.handlers("http", "webhook")
    right = want | {handler.rsplit(".", 1)[0] for handler in want}
    ok = [handler for handler in http if handler in right or any(name.startswith(handler + ".") for name in want)]
    missing = [handler for handler in sorted(want) if not known(handler, got)]
    handlers = measure("route handlers", want, missing, share(len(ok), len(http)))

    pairs = {(normal_path(route.path), clean(route.handler)) for route in truth.routes if route.handler and route.path}
    found = {
        (normal_path(trigger.detail.path), handler)
        for kind in ("http", "webhook", "websocket")
        for handler, trigger in scan.triggers.get(kind, [])
        if trigger.detail.path is not None
    }
    absent = [
        f"{path} {handler}"
        for path, handler in sorted(pairs)
        if (path, handler) not in found and (path, handler.rsplit(".", 1)[0]) not in found
    ]
    claimed = [(path, handler) for path, handler in sorted(found) if handler in http]
    # A class view is one handler here and one for each method there, or the other way round.
    right_pairs = pairs | {(path, handler.rsplit(".", 1)[0]) for path, handler in pairs}
    exact = [pair for pair in claimed if pair in right_pairs or (pair[0], pair[1].rsplit(".", 1)[0]) in pairs]
    return [handlers, measure("route path+handler", map(str, pairs), absent, share(len(exact), len(claimed)))]


def _tasks(scan: Scan, truth: Truth) -> list[Measure]:
    commands = {clean(task.handler) for task in truth.tasks if task.handler and task.name.startswith("command:")}
    want = {clean(task.handler) for task in truth.tasks if task.handler} - commands
    got = scan.handlers("task", "consumer", "schedule")
    claimed = scan.handlers("task", "consumer")
    missing = [handler for handler in sorted(want) if not known(handler, got)]
    absent = [handler for handler in sorted(commands) if not known(handler, scan.handlers())]
    return [
        measure("tasks", want, missing, share(len(claimed & want), len(claimed))),
        measure("commands", commands, absent, _share_right(scan.handlers("command"), commands)),
    ]


def _share_right(got: set[str], want: set[str]) -> float | None:
    return share(sum(known(handler, want) for handler in got), len(got))


def _schedules(scan: Scan, truth: Truth) -> Measure:
    names = {task.name: clean(task.handler or "") for task in truth.tasks}
    want = [
        (row.name, clean(row.handler or "") or names.get(row.task or "") or clean(row.task or ""))
        for row in truth.schedules
    ]
    got = scan.handlers("schedule")
    missing = [f"{name} {handler}" for name, handler in want if not (handler and known(handler, got))]
    return measure("schedules", map(str, want), missing, _share_right(got, {handler for _, handler in want}))


def _receivers(scan: Scan, truth: Truth) -> Measure:
    want = {clean(receiver.handler) for receiver in truth.receivers if receiver.handler}
    got = scan.handlers("signal", "hook")
    missing = [handler for handler in sorted(want) if not known(handler, got)]
    return measure("signal receivers", want, missing, share(len(got & want), len(got)))
