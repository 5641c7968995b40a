"""A definition as a workflow of the model, for what draws workflows: a diagram of what the file says now."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from discover import model
from discover.model.graph import EffectKind, TriggerKind
from exporters.canonical.records import (
    ASKING,
    Decision,
    Definition,
    Effect,
    Element,
    End,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Run,
    Start,
    Step,
    Trigger,
    Try,
    Wait,
    While,
)
from exporters.canonical.walk import all_elements

Plain = dict[str, Any]


def graph_of(definition: Definition) -> model.Graph:
    """A graph that holds the one workflow; its nodes have the ids of the elements."""
    first = next(run for run in definition.runs if run.id == definition.start)
    elements = [element for run in definition.runs for element in all_elements(run)]
    steps = [element for element in elements if isinstance(element, Step)]
    others = [run for run in definition.runs if run is not first]
    workflow: Plain = {
        "id": definition.id,
        "name": definition.name,
        "triggers": [f"trigger-{number}" for number, _ in enumerate(definition.triggers, 1)],
        "services": sorted({effect.service for step in steps for effect in step.effects if effect.service}),
        "unit": _unit(first.at, first.function),
        "retry": _retry(first.retry),
        "timeout": first.timeout,
        "body": _body(first),
        "runs": [_run(run) for run in others],
        "counts": _counts(definition, elements),
    }
    graph: Plain = {
        "root": definition.name,
        "triggers": [_trigger(one, number, first) for number, one in enumerate(definition.triggers, 1)],
        "effects": [
            _effect(effect, f"{step.id}.{number}", definition)
            for step in steps
            for number, effect in enumerate(step.effects, 1)
        ],
        "workflows": [workflow],
    }
    return msgspec.convert(graph, model.Graph)


def _counts(definition: Definition, elements: list[Element]) -> Plain:
    tried = [one for one in (*definition.runs, *elements) if getattr(one, "retry", None) is not None]
    kinds = {"hops": Start, "steps": Step, "decisions": Decision, "waits": Wait}
    counts = {name: sum(isinstance(one, kind) for one in elements) for name, kind in kinds.items()}
    parallels = sum(isinstance(one, Parallel) or (isinstance(one, Loop) and one.parallel) for one in elements)
    return {**counts, "runs": len(definition.runs), "retries": len(tried), "parallels": parallels}


def _run(run: Run) -> Plain:
    line, end = _lines(run.at)
    return {
        "id": run.id,
        "unit": _unit(run.at, run.function),
        "kind": run.kind,
        "name": run.name or run.task or run.id,
        "line": line,
        "end_line": end,
        "queue": run.queue,
        "retry": _retry(run.retry),
        "timeout": run.timeout,
        "parameters": list(run.parameters),
        "body": _body(run),
    }


def _body(run: Run) -> list[Plain]:
    body = _nodes(run.steps)
    if not run.on_failure:
        return body
    failed = {"label": "when it has failed for good", "body": _nodes(run.on_failure)}
    return [{"type": "guard", "id": f"{run.id}.on_failure", "body": body, "handlers": [failed]}]


def _nodes(elements: tuple[Element, ...]) -> list[Plain]:
    return [_node(element) for element in elements]


def _node(element: Element) -> Plain:
    line, end = _lines(element.at)
    about: Plain = {"id": element.id, "unit": _unit(element.at, ""), "line": line, "end_line": end}
    if isinstance(element, End):
        return {**about, "type": "end", "text": element.result}
    about["name"] = element.name or element.id.replace("_", " ")
    match element:
        case Step():
            return {**about, **_step(element)}
        case Start():
            names = ("kind", "channel", "delay", "confidence", "evidence")
            hop = {name: getattr(element, name) for name in names}
            hop |= {"after": list(element.after or ()), "arguments": list(element.arguments)}
            return {**about, "type": "hop", **hop, "runs": [element.run]}
        case Wait():
            return {**about, "type": "wait", "seconds": element.seconds, "until": element.variable}
        case _:
            return {**about, **_holder(element)}


def _holder(element: Decision | Loop | While | Parallel | Try | Retrying) -> Plain:
    match element:
        case Decision():
            ways = (("yes", element.then), ("no", element.otherwise))
            branches = [{"label": label, "body": _nodes(steps)} for label, steps in ways]
            return {"type": "decision", "condition": element.code or element.call, "branches": branches}
        case Loop() if element.parallel:
            return {"type": "parallel", "each": element.over, "branches": [{"body": _nodes(element.steps)}]}
        case Loop():
            return {"type": "loop", "over": element.over, "body": _nodes(element.steps)}
        case While():
            asked = element.code or element.call
            return {"type": "loop", "kind": "while", "over": asked, "body": _nodes(element.steps)}
        case Parallel():
            branches = [{"label": branch.name, "body": _nodes(branch.steps)} for branch in element.branches]
            return {"type": "parallel", "branches": branches}
        case Try():
            handlers = [
                {"label": ", ".join(catch.errors) or "any error", "body": _nodes(catch.steps)}
                for catch in element.catch
            ]
            return {"type": "guard", "body": _nodes(element.steps), "handlers": handlers, "last": _nodes(element.last)}
        case Retrying():
            return {
                "type": "guard",
                "kind": "retry",
                "retry": _retry(element.retry),
                "body": _nodes(element.steps),
            }


def _step(step: Step) -> Plain:
    effect = step.effects[0] if step.effects else Effect(kind="")
    ids = [f"{step.id}.{number}" for number, _ in enumerate(step.effects, 1)]
    return {
        "type": "step",
        "effect": next(iter(ids), ""),
        "also": ids[1:],
        "kind": effect.kind,
        "service": effect.service,
        "target": effect.target,
        "detail": effect.detail,
        "timeout": step.timeout or effect.timeout,
        "retry": _retry(step.retry),
    }


def _retry(retry: Retry | None) -> Plain | None:
    if retry is None:
        return None
    names = ("attempts", "delay", "backoff", "max_delay", "jitter")
    asked = bool(retry.errors) and ASKING.issuperset(retry.errors)
    return {**{name: getattr(retry, name) for name in names}, "on": list(retry.errors), "asked": asked}


def _trigger(trigger: Trigger, number: int, first: Run) -> Plain:
    names = ("methods", "path", "name", "schedule", "queue", "topic", "signal", "command")
    return {
        "id": f"trigger-{number}",
        "kind": trigger.kind if trigger.kind in get_args(TriggerKind) else "hook",
        "framework": trigger.framework,
        "handler": _unit(first.at or trigger.at, first.function),
        "line": _lines(trigger.at)[0],
        "detail": {name: value for name in names if (value := getattr(trigger, name))},
    }


def _effect(effect: Effect, name: str, definition: Definition) -> Plain:
    return {
        "id": name,
        "kind": effect.kind if effect.kind in get_args(EffectKind) else "sdk",
        "at": _unit(effect.at, definition.id),
        "line": _lines(effect.at)[0],
        "target": effect.target,
        "service": effect.service,
        "detail": effect.detail,
    }


def _unit(at: str, function: str) -> str:
    """`file.py::name` from the place `file.py:12` and the path `module:name`."""
    file = at.rpartition(":")[0] if at else ""
    return f"{file}::{function.partition(':')[2]}" if file else function


def _lines(at: str) -> tuple[int, int]:
    first, _, last = at.rpartition(":")[2].partition("-")
    return (int(first), int(last) if last.isdigit() else int(first)) if first.isdigit() else (0, 0)
