"""Fire's commands: one call makes commands of all that a function, class, object, mapping or module holds.

`Fire(Tools)` names none of the methods that it turns into commands; a YAML rule names a handler for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function
from discover.resolve.values import (
    ClassValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    PartialValue,
    Value,
)

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Module

_DEPTH = 4


def register(bench: Workbench) -> None:
    """Find the commands of every call of `Fire`."""
    for match in bench.index.calls("fire.Fire"):
        given = Given(match.site.call, match.site.function)
        pick = Pick(argument=0, keyword="component")
        module = match.site.function.module
        if bench.picker.expression(pick, match.site.call) is None:
            _module(bench, module, match.site.line)
        for value in bench.picker.values(pick, given):
            _component(bench, value, [], f"{module.path}:{match.site.line}", _DEPTH)


def _component(bench: Workbench, value: Value, words: list[str], place: str, depth: int) -> None:
    """What a value offers: a function is a command, all else is a group of what it holds."""
    if depth == 0:
        return
    if isinstance(value, FunctionValue | PartialValue):
        for function in bench.handlers.functions((value,)):
            _emit(bench, function, words, place)
    elif isinstance(value, ContainerValue):
        for key, slot in value.items.items():
            for inner in slot.values:
                _component(bench, inner, [*words, str(key)], place, depth - 1)
    elif isinstance(value, ClassValue | InstanceValue) and value.cls.is_project:
        _class(bench, value.cls, words, place, depth)
    elif isinstance(value, ModuleValue) and value.module.is_project:
        _module(bench, value.module, 1)


def _class(bench: Workbench, cls: Class, words: list[str], place: str, depth: int) -> None:
    instance = bench.program.engine.intern.instance(cls, ())
    levels = [level for level in cls.mro if level.is_project]
    names = dict.fromkeys(n for level in levels for n in (*level.names, *level.self_attributes))
    for name in names:
        if name.startswith("_"):
            continue
        method = bench.program.find_method(cls, name)
        if method is not None:
            _emit(bench, method, [*words, name], place)
            continue
        for value in bench.program.attribute((instance,), name, cls.module.body):
            if isinstance(value, InstanceValue) and value.cls is not cls:
                _component(bench, value, [*words, name], place, depth - 1)


def _module(bench: Workbench, module: Module, line: int) -> None:
    for child in module.body.children.values():
        if isinstance(child, Function) and not child.record.name.startswith("_"):
            _emit(bench, child, [child.record.name], f"{module.path}:{line}")


def _emit(bench: Workbench, function: Function, words: list[str], place: str) -> None:
    command = " ".join(words) or f"python {place.rpartition(':')[0]}"
    bench.found.entry(
        EntryPoint(
            id="",
            kind="command",
            framework="fire",
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(command=command, name=words[-1] if words else None),
            names=(command,),
            confidence=0.95,
            evidence=f"fire {place}",
        )
    )
