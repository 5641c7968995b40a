"""Triggers that are declared outside Python code, joined with the units that they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.frameworks.entry_points.started import OWN_COMMANDS, Started
from discover.frameworks.records import RETURNED, Binding, Channel, DeadLetter, Dispatch, EntryPoint, Problem
from discover.model import TriggerDetail
from discover.resolve.values import ExternalValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind
    from discover.resolve.symbols import Function
    from discover.sources.records import Command, DeclaredTrigger

_KINDS: dict[str, TriggerKind] = {
    "schedule": "schedule",
    "command": "command",
    "process": "command",
    "http": "http",
    "consumer": "consumer",
    "websocket": "websocket",
    "hook": "serverless",
    "rpc": "rpc",
}
_MEDIA = {
    "sqs": "aws",
    "sns": "aws",
    "eventbridge": "eventbridge",
    "eventbridgerule": "eventbridge",
    "cloudwatchevent": "eventbridge",
    "eventsource": "eventbridge_source",
}
"""The brokers whose messages call a function, by the word that the declaring file has for the source."""

_ALIAS_DEPTH = 3
"""An environment variable names a topic, the topic forwards to a queue."""

_RUNNERS = frozenset({"server", "celery", "rq", "worker"})
"""What these start waits for requests or messages: the routes, tasks and schedules are the triggers, not the runner."""
_OWN_CODE = frozenset({"handler", "module", "console_script", "script"})


def resolve_declared(bench: Workbench) -> None:
    """Give each declared trigger its unit; those without one are reported when they name something of the project."""
    started = Started(bench)
    _bind_aliases(bench)
    _set_aside(bench)
    for trigger in bench.declared:
        if (
            trigger.kind == "destination"
            or trigger.starts is None
            or (trigger.kind in ("process", "command") and trigger.starts.kind in _RUNNERS)
        ):
            continue
        found = started.functions(trigger.starts)
        for function in found:
            _add(bench, trigger, function)
        # a library's own command that is run by hand or keeps running (`migrate`, `runserver`) hides nothing
        telling = trigger.starts.kind in _OWN_CODE or (
            trigger.starts.kind in OWN_COMMANDS and trigger.kind not in ("process", "command")
        )
        if not found and telling and not _is_an_object(bench, trigger.starts):
            problem = Problem(
                unit=trigger.file,
                line=trigger.line,
                what=trigger.starts.text,
                reason="what it starts is not in the tree",
            )
            bench.found.problem(problem)
    for trigger in bench.declared:
        if trigger.kind == "destination" and trigger.starts is not None:
            for function in started.functions(trigger.starts):
                _lead_on(bench, trigger, function)


def _lead_on(bench: Workbench, trigger: DeclaredTrigger, function: Function) -> None:
    """Hand over what a cloud function returns, or fails at, to the queue, topic or function that its template names."""
    named = tuple(dict.fromkeys(e.unit for e in bench.found.entry_points.values() if trigger.name in e.names))
    channel = Channel(medium="aws", name=trigger.name)
    if trigger.service == "failure":
        letter = DeadLetter(
            medium="aws",
            queue=function.record.name,
            to=channel,
            unit=function.id,
            line=function.record.line,
            targets=named,
            attempts=trigger.attempts,
            evidence=f"declared {trigger.source}",
        )
        bench.found.dead_letters[letter] = None
        return
    bench.found.dispatch(
        Dispatch(
            unit=function.id,
            number=RETURNED,
            line=function.record.line,
            edge="dispatch" if named else "publish",
            library=trigger.format,
            targets=named,
            name=trigger.name,
            channel=trigger.name,
            sends=() if named else (channel,),
            confidence=0.95,
            evidence=f"declared {trigger.source}",
        )
    )


def _bind_aliases(bench: Workbench) -> None:
    """Let what is sent to another name of a resource come to it, and through topics to the queues behind them."""
    leads: dict[str, dict[str, None]] = {}
    for trigger in bench.declared:
        if trigger.kind == "alias":
            leads.setdefault(trigger.name, {})[trigger.queue] = None
    for name, queues in leads.items():
        reached = dict(queues)
        for _ in range(_ALIAS_DEPTH):
            reached.update(further for queue in list(reached) for further in leads.get(queue, {}).items())
        for medium in dict.fromkeys(_MEDIA.values()):
            for queue in reached:
                bench.found.bindings[Binding(medium=medium, exchange=name, key="", queue=queue)] = None


def _set_aside(bench: Workbench) -> None:
    """Tell of each queue that a template gives dead letters where they go."""
    for trigger in bench.declared:
        if trigger.kind == "dead_letter":
            letter = DeadLetter(
                medium="aws",
                queue=trigger.queue,
                to=Channel(medium="aws", name=trigger.name),
                attempts=trigger.attempts,
                evidence=f"declared {trigger.source}",
            )
            bench.found.dead_letters[letter] = None


def _is_an_object(bench: Workbench, command: Command) -> bool:
    """Whether an object of a library's class is there: the routes or commands of an application are triggers."""
    module = bench.program.by_path.get(command.path)
    target = command.app if command.kind == "console_script" else command.name
    slot = module.body.names.get(target.partition(":")[2]) if module is not None else None
    return slot is not None and any(isinstance(v, InstanceValue | ExternalValue) for v in slot.values)


def _add(bench: Workbench, trigger: DeclaredTrigger, function: Function) -> None:
    kind = _KINDS[trigger.kind]
    if kind == "command" and _says_where(bench, trigger, function):
        return
    command = trigger.starts.text if trigger.starts is not None else trigger.command
    detail = TriggerDetail(
        name=trigger.name or None,
        schedule=trigger.schedule or None,
        path=trigger.path or None,
        methods=trigger.methods,
        queue=trigger.queue or None,
        command=command if kind in ("command", "schedule") else None,
        source=trigger.source,
    )
    medium = _MEDIA.get(trigger.service.lower(), "") if kind == "consumer" else ""
    bench.found.entry(
        EntryPoint(
            id="",
            kind=kind,
            framework=trigger.format,
            names=_names(bench, trigger),
            listens=(Channel(medium=medium, name=trigger.queue),) if medium and trigger.queue else (),
            unit=function.id,
            line=function.record.line,
            detail=detail,
            confidence=0.95,
            evidence=f"declared {trigger.source}",
        )
    )


def _names(bench: Workbench, trigger: DeclaredTrigger) -> tuple[str, ...]:
    """By which names other functions call this one, where a platform runs it by name."""
    if trigger.starts is None or trigger.starts.kind != "handler" or not trigger.name:
        return ()
    others = [one.name for one in bench.declared if one.kind == "alias" and one.queue == trigger.name]
    return tuple(dict.fromkeys((trigger.name, *others)))


def _says_where(bench: Workbench, trigger: DeclaredTrigger, function: Function) -> bool:
    """Whether the function is a command already: then the declaration only adds where it is started."""
    known = [e for e in bench.found.entry_points.values() if e.kind == "command" and e.unit == function.id]
    for entry in known:
        if entry.detail.source is None:
            detail = msgspec.structs.replace(entry.detail, source=trigger.source)
            bench.found.entry_points[entry.id] = msgspec.structs.replace(entry, detail=detail)
    return bool(known)
