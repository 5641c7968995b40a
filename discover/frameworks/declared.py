"""Triggers that are declared outside Python code, joined with the units that they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint, Problem
from discover.model import TriggerDetail
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind
    from discover.sources.records import Command, DeclaredTrigger

_KINDS: dict[str, TriggerKind] = {
    "schedule": "schedule",
    "command": "command",
    "process": "command",
    "http": "http",
    "consumer": "consumer",
    "websocket": "websocket",
    "hook": "serverless",
}


def resolve_declared(bench: Workbench) -> None:
    """Give each declared trigger its unit; those without one are reported when they name something of the project."""
    commands = _commands(bench)
    for trigger in bench.declared:
        if trigger.starts is None:
            continue
        found = _started(bench, trigger.starts, commands)
        for function in found:
            _add(bench, trigger, function)
        if not found and trigger.starts.kind in ("manage", "flask", "handler", "module", "console_script", "script"):
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
    if command.kind in ("handler", "console_script") and ("." in command.name or ":" in command.name):
        return bench.handlers.functions(program.named(command.name.replace(":", ".")))
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


def _add(bench: Workbench, trigger: DeclaredTrigger, function: Function) -> None:
    kind = _KINDS[trigger.kind]
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
