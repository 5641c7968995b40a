"""A module's `deque` that requests fill and a job empties: `pending.append(order)` here, `pending.popleft()` there.

A deque is a container like any other, and most are an algorithm's own. Work is handed over where a module keeps one for
all, and where a loop that takes from it runs by itself: on a schedule, as a task, a command or a thread. So this is no
rule of the catalog, which knows calls and not who runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.within_process import Sites, join_queues
from discover.resolve.values import ContainerValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function, Module

_MADE = "collections.deque"
_PUTS = frozenset({"append", "appendleft", "extend"})
_GETS = frozenset({"popleft", "pop"})
_BY_ITSELF = frozenset({"task", "schedule", "command", "consumer", "hook"})
_CALLERS = 3
"""So many calls away from what runs by itself, the loop still does."""


def connect(bench: Workbench) -> None:
    """Join what fills a module's deque with what empties it by itself."""
    kept = {container: name for module in bench.program.modules.values() for container, name in _kept(module)}
    if not kept:
        return
    alone = _running_alone(bench)
    join_queues(
        bench,
        _by_deque(bench, kept, _PUTS),
        _by_deque(bench, kept, _GETS),
        lambda key, working: key if working & alone else "",
        "a deque",
        whole=True,
    )


def _kept(module: Module) -> list[tuple[ContainerValue, str]]:
    """The deques that a module's names stand for."""
    found: list[tuple[ContainerValue, str]] = []
    for statement in module.facts.body:
        value = statement.value if isinstance(statement, ir.Assign) else None
        site = module.body.sites.get(value.number) if isinstance(value, ir.Call) else None
        if not isinstance(statement, ir.Assign) or site is None or all(e.path != _MADE for e in site.externals):
            continue
        for target in statement.targets:
            if isinstance(target, ir.Name):
                found += [(v, f"{module.name}.{target.id}") for v in site.result if isinstance(v, ContainerValue)]
    return found


def _by_deque(bench: Workbench, kept: dict[ContainerValue, str], methods: frozenset[str]) -> Sites:
    """The calls of these methods on the deques."""
    found: Sites = {}
    for function in bench.program.all_functions:
        for site in function.sites.values():
            called = site.call.function
            if not isinstance(called, ir.Attribute) or called.name not in methods:
                continue
            values = bench.program.values_of(function, called.value)
            meant = [kept[value] for value in values if isinstance(value, ContainerValue) and value in kept]
            for name in meant if len(values) == 1 else ():
                found.setdefault(name, []).append(site)
    return found


def _running_alone(bench: Workbench) -> set[Function]:
    """The functions that nobody's request runs: what is started, and what that calls."""
    started = {entry.unit for entry in bench.found.entry_points.values() if entry.kind in _BY_ITSELF}
    started |= {unit for one in bench.found.callbacks.values() if one.runs == "parallel" for unit in one.targets}
    level = [function for function in bench.program.all_functions if function.id in started]
    found = set(level)
    for _ in range(_CALLERS):
        called = [target.function for one in level for site in one.sites.values() for target in site.targets]
        level = [function for function in dict.fromkeys(called) if function not in found]
        found.update(level)
    return found
