"""web.py's URLs: one flat sequence in which each pattern is followed by its class, by a class's name, or by a program.

Which item goes with which is told by their places in the sequence; a YAML rule picks single values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.routers import site_keys
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, ConstantValue, Value, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Module

_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_DEPTH = 4
_Pairs = list[tuple[str, Values, "CallSite"]]


def register(bench: Workbench) -> None:
    """Find the classes behind the patterns of every program."""
    programs: dict[str, _Pairs] = {}
    for match in bench.index.calls("web.application"):
        site = match.site
        key = f"{site.function.module.path}#{site.call.number}"
        items = bench.contexts.items(site.function, site.call.arguments[0], None) if site.call.arguments else []
        programs[key] = [
            (str(pattern.value), target, site)
            for found, target in zip(items[::2], items[1::2], strict=False)
            for pattern in found
            if isinstance(pattern, ConstantValue)
        ]
    for match in bench.index.calls("web.application.add_mapping"):
        if len(match.site.arguments) > 1:
            pattern = next((v.value for v in match.site.arguments[0] if isinstance(v, ConstantValue)), "{}")
            for key in site_keys(match.receivers):
                programs.setdefault(key, []).append((str(pattern), match.site.arguments[1], match.site))
    inner = {key for pairs in programs.values() for _, target, _ in pairs for key in site_keys(target)}
    for key in programs:
        if key not in inner:
            _program(bench, programs, key, "", _DEPTH)


def _program(bench: Workbench, programs: dict[str, _Pairs], key: str, prefix: str, depth: int) -> None:
    for pattern, target, site in programs.get(key, ()) if depth else ():
        for below in site_keys(target):
            _program(bench, programs, below, prefix + pattern, depth - 1)
        for value in target:
            for cls in _classes(bench, value, site.function.module):
                _handlers(bench, cls, prefix + pattern, f"{site.function.module.path}:{site.line}")


def _classes(bench: Workbench, value: Value, near: Module) -> list[Class]:
    """The class itself, or the one that its name says: of this module, or dotted."""
    if isinstance(value, ConstantValue) and isinstance(value.value, str):
        slot = near.body.names.get(value.value)
        named: Values = slot.values if slot is not None else bench.program.named(value.value, near)
        return [v.cls for v in named if isinstance(v, ClassValue) and v.cls.is_project]
    return [value.cls] if isinstance(value, ClassValue) and value.cls.is_project else []


def _handlers(bench: Workbench, cls: Class, path: str, place: str) -> None:
    for verb in _VERBS:
        method = bench.program.find_method(cls, verb)
        if method is not None and method.is_project:
            bench.found.entry(
                EntryPoint(
                    id="",
                    kind="http",
                    framework="web.py",
                    unit=method.id,
                    line=method.record.line,
                    receiver=cls.id,
                    detail=TriggerDetail(path=path, methods=(verb,)),
                    confidence=0.95,
                    evidence=f"urls {place}",
                )
            )
