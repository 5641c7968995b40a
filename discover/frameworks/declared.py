"""Triggers that are declared outside Python code, joined with the units that they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.frameworks.records import EntryPoint, Problem
from discover.model import TriggerDetail
from discover.resolve.values import NOTHING

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values
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


_RUNNERS = frozenset({"server", "celery", "rq", "worker"})
"""What these start waits for requests or messages: the routes, tasks and schedules are the triggers, not the runner."""
_OWN_CODE = frozenset({"handler", "module", "console_script", "script"})
_COMMANDS = frozenset({"manage", "flask"})


def resolve_declared(bench: Workbench) -> None:
    """Give each declared trigger its unit; those without one are reported when they name something of the project."""
    commands = _commands(bench)
    for trigger in bench.declared:
        if trigger.starts is None or (trigger.kind in ("process", "command") and trigger.starts.kind in _RUNNERS):
            continue
        found = _started(bench, trigger.starts, commands)
        for function in found:
            _add(bench, trigger, function)
        # a library's own command that is run by hand or keeps running (`migrate`, `runserver`) hides nothing
        telling = trigger.starts.kind in _OWN_CODE or (
            trigger.starts.kind in _COMMANDS and trigger.kind not in ("process", "command")
        )
        if not found and telling:
            problem = Problem(
                unit=trigger.file,
                line=trigger.line,
                what=trigger.starts.text,
                reason="what it starts is not in the tree",
            )
            bench.found.problem(problem)


def _commands(bench: Workbench) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in bench.found.entry_points.values():
        if entry.kind == "command":
            for name in entry.names:
                found.setdefault(name, []).append(entry.unit)
    return found


def _started(bench: Workbench, command: Command, commands: dict[str, list[str]]) -> list[Function]:
    program = bench.program
    if command.kind in ("manage", "flask", "console_script", "program"):
        words = [command.name, *command.arguments]
        for size in (3, 2, 1):
            units = commands.get(" ".join(words[:size]))
            if units:
                return [program.functions[unit] for unit in dict.fromkeys(units) if unit in program.functions]
    if command.kind in ("handler", "console_script"):
        return _named(bench, command.name if command.kind == "handler" else command.app, command.path)
    if command.kind in _COMMANDS:
        return []
    if command.path:
        module = program.by_path.get(command.path)
        if module is not None:
            return [module.body]
    if command.kind == "module" and command.name:
        for name in (f"{command.name}.__main__", command.name):
            module = program.modules.get(name)
            if module is not None:
                return [module.body]
    return []


def _named(bench: Workbench, target: str, path: str) -> list[Function]:
    """What `pkg.module:function` names; looked up in the file where that is known, else by the dotted name."""
    module = bench.program.by_path.get(path)
    attributes = target.partition(":")[2].split(".")
    if module is not None and attributes[0]:
        slot = module.body.names.get(attributes[0])
        values: Values = slot.values if slot is not None else NOTHING
        for name in attributes[1:]:
            values = bench.program.attribute(values, name, module.body)
        return bench.handlers.functions(values)
    return bench.handlers.functions(bench.program.named(target.replace(":", "."))) if target else []


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
    bench.found.entry(
        EntryPoint(
            id="",
            kind=kind,
            framework=trigger.format,
            unit=function.id,
            line=function.record.line,
            detail=detail,
            confidence=0.95,
            evidence=f"declared {trigger.source}",
        )
    )


def _says_where(bench: Workbench, trigger: DeclaredTrigger, function: Function) -> bool:
    """Whether the function is a command already: then the declaration only adds where it is started."""
    known = [e for e in bench.found.entry_points.values() if e.kind == "command" and e.unit == function.id]
    for entry in known:
        if entry.detail.source is None:
            detail = msgspec.structs.replace(entry.detail, source=trigger.source)
            bench.found.entry_points[entry.id] = msgspec.structs.replace(entry, detail=detail)
    return bool(known)
