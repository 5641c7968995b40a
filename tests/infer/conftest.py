"""A one-file linker for the flow's tests: names stand for themselves, so that a test says in code what it means.

`effect.<kind>.<verb>(target)` is an effect, `f()` calls the file's function `f`, `f.delay()` hands it over,
`sleep(n)` waits, `gather(…)` runs side by side.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, cast, get_args

import msgspec
import pytest

from discover.facts import records as facts
from discover.facts.extract import extract
from discover.facts.source_text import text_of
from discover.link.records import (
    EffectAt,
    Handover,
    Linked,
    Pause,
    RunOptions,
    Target,
    UnitPlan,
    UnitSource,
)
from discover.model import (
    Call,
    Decision,
    Effect,
    EffectKind,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    Step,
    Trigger,
    TriggerKind,
    Wait,
)

PATH = "app.py"


def _functions(statements: list[facts.Stmt]) -> Iterator[facts.Function]:
    for statement in statements:
        if isinstance(statement, facts.Function):
            yield statement
            yield from _functions(statement.body)
        elif isinstance(statement, facts.Class):
            yield from _functions(statement.body)


def _calls(node: object) -> Iterator[facts.Call]:
    if isinstance(node, facts.Function | facts.Class | facts.Lambda):
        return
    if isinstance(node, facts.Call):
        yield node
    if isinstance(node, list | tuple):
        for item in node:
            yield from _calls(item)
    elif isinstance(node, msgspec.Struct):
        for field in node.__struct_fields__:
            yield from _calls(getattr(node, field))


def _place(plan: UnitPlan, call: facts.Call, unit: str, names: dict[str, str]) -> None:
    name = text_of(call.function)
    number, line = call.number, call.line
    if name.startswith("effect."):
        _, kind, verb = name.split(".")
        assert kind in get_args(EffectKind)
        first = call.arguments[0] if call.arguments else None
        target = str(first.value) if isinstance(first, facts.Constant) else text_of(first)
        effect = Effect(
            id=f"effect:{unit}:{number}",
            kind=cast("EffectKind", kind),
            at=unit,
            line=line,
            target=target,
            detail=verb.upper(),
        )
        plan.effects[number] = [EffectAt(effect)]
    elif name in names:
        plan.calls[number] = (Target(names[name]),)
    elif name.endswith(".delay") and name[:-6] in names:
        plan.handovers[number] = [
            Handover(
                kind="dispatch",
                line=line,
                targets=(Target(names[name[:-6]]),),
                arguments=tuple(text_of(a) for a in call.arguments),
            )
        ]
    elif name == "sleep":
        first = call.arguments[0]
        plan.pauses[number] = Pause(
            first.value if isinstance(first, facts.Constant) and isinstance(first.value, int) else None
        )
    elif name == "gather":
        plan.gathers[number] = "asyncio.gather"


@pytest.fixture
def linked():
    """Make the input of inference from one file's code; `entry` is the triggered function."""

    def make(code: str, entry: str = "entry", kind: TriggerKind = "http") -> Linked:
        module = extract(PATH, textwrap.dedent(code).encode())
        functions = list(_functions(module.body))
        names = {f.name: f"{PATH}::{f.qualname}" for f in functions}
        plans: dict[str, UnitPlan] = {}
        sources: dict[str, UnitSource] = {}
        for function in functions:
            unit = names[function.name]
            plan = plans[unit] = UnitPlan()
            for call in _calls(function.body):
                _place(plan, call, unit, names)
            sources[unit] = UnitSource(unit, function.name, function.line, function.end_line, function.doc, function)
        handler = names[entry]
        trigger = Trigger(id=f"{kind}:{handler}", kind=kind, framework="test", handler=handler, line=1)
        runs = {handler: RunOptions(kind)}
        for name, unit in names.items():
            if name.startswith("task_"):
                runs[unit] = RunOptions("task")
        return Linked(plans=plans, sources=sources, triggers=(trigger,), runs=runs)

    return make


@pytest.fixture
def outline():
    """A workflow as nested lists of short texts: what a person would note down, so that tests read as such notes."""
    return _outline


def _outline(nodes: tuple[Node, ...]) -> list[Any]:
    """The nodes, each as a text or as a mapping from its head to what it contains."""
    return [_line(node) for node in nodes]


def _line(node: Node) -> Any:
    match node:
        case Step():
            return f"{node.kind} {node.target}".strip()
        case Wait():
            return f"wait {node.seconds:g}"
        case End():
            return f"{node.outcome} {node.text}".strip()
        case Hop():
            return f"{_hop(node)} {' '.join(run.partition('::')[2] for run in node.runs)}"
        case Call():
            name = node.callee.partition("::")[2]
            return f"seen {name}" if node.seen else {name: _outline(node.body)}
        case Loop():
            return {f"{node.kind} {node.over}": _outline(node.body)}
        case Guard():
            parts: dict[str, Any] = {node.kind: _outline(node.body)}
            parts |= {f"except {h.label}": _outline(h.body) for h in node.handlers}
            return parts | ({"finally": _outline(node.last)} if node.last else {})
        case Decision() | OneOf():
            head = node.condition if isinstance(node, Decision) else "one of"
            return {f"{head}? {b.label}": _outline(b.body) for b in node.branches if b.body}
        case Parallel():
            return {f"side by side {node.each}".strip(): [_outline(b.body) for b in node.branches]}


def _hop(node: Hop) -> str:
    return "hop" if node.kind == "dispatch" else node.kind
