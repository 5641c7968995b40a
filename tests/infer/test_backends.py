"""The bundled backends: a scan finds in each exactly what was read in its code by hand, `expected/workflows.yaml`.

An entry of `does` is a hop or an effect, in the order of the code, behind the loops and parallel parts around it. What
a scan still gets wrong stands in `misread`: what it says of a run, what the code says, and why; mending it shows here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from discover.config import load_config
from discover.model import (
    Call,
    Decision,
    Graph,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    RetryPolicy,
    Step,
    Trigger,
)
from discover.pipeline import scan

FILES = sorted((Path(__file__).parents[2] / "fixtures").glob("*/expected/workflows.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parents[1].name)
def test_a_scan_finds_what_a_reader_finds(file: Path) -> None:
    expected = yaml.safe_load(file.read_text(encoding="utf-8"))
    root = file.parents[1] / "app"
    graph = scan(root, load_config(root, None), workers=1)
    found: dict[str, dict[str, Any]] = {"runs": _runs(graph), "workflows": _workflows(graph)}
    for known in expected.get("misread", []):
        _mend(found["runs"][known["run"]]["does"], known["says"], known["code"])
    for unit in sorted({*expected["runs"], *found["runs"]}):
        assert found["runs"].get(unit) == expected["runs"].get(unit), unit
    assert found["workflows"] == expected["workflows"]
    assert [f"{one.at}: {one.what}" for one in graph.unresolved] == expected.get("unresolved", [])


def _mend(does: list[str], says: list[str], code: list[str]) -> None:
    """Put what the code says in the place of what a scan still says."""
    places = [place for place in range(len(does)) if does[place : place + len(says)] == says]
    assert places, f"a scan says no more {says}"
    for place in reversed(places):
        does[place : place + len(says)] = code


def _workflows(graph: Graph) -> dict[str, list[str]]:
    triggers = {trigger.id: trigger for trigger in graph.triggers}
    return {
        _trigger(triggers[one]): [workflow.unit, *(run.unit for run in workflow.runs)]
        for workflow in sorted(graph.workflows, key=lambda workflow: workflow.id)
        for one in workflow.triggers
    }


def _trigger(trigger: Trigger) -> str:
    detail = trigger.detail
    words = [trigger.kind, *detail.methods, detail.path, detail.schedule, detail.signal, detail.queue, detail.command]
    return " ".join(word for word in words if word) + f" -> {trigger.handler}"


def _runs(graph: Graph) -> dict[str, dict[str, Any]]:
    """Each run by its unit, as the first workflow tells it that begins with it or reaches it."""
    bodies: dict[str, tuple[Node, ...]] = {}
    for workflow in graph.workflows:
        for body in (workflow.body, *(run.body for run in workflow.runs)):
            bodies.update({call.callee: call.body for call in _calls(body) if not call.seen})
    found: dict[str, dict[str, Any]] = {}
    for workflow in graph.workflows:
        found.setdefault(workflow.unit, _told(workflow.body, bodies, retry=workflow.retry, timeout=workflow.timeout))
        for run in workflow.runs:
            found.setdefault(run.unit, _told(run.body, bodies, retry=run.retry, timeout=run.timeout))
    return found


def _told(
    body: tuple[Node, ...], bodies: dict[str, tuple[Node, ...]], *, retry: RetryPolicy | None, timeout: float | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"does": list(_does(body, bodies, ""))}
    if words := " ".join(filter(None, [_policy(retry), _limit(timeout)])):
        told["under"] = words
    return told


def _calls(body: tuple[Node, ...]) -> Iterator[Call]:
    for node in body:
        if isinstance(node, Call):
            yield node
        for inner in _inside(node):
            yield from _calls(inner)


def _inside(node: Node) -> list[tuple[Node, ...]]:
    match node:
        case Call() | Loop():
            return [node.body]
        case Decision() | Parallel() | OneOf():
            return [branch.body for branch in node.branches]
        case Guard():
            return [node.body, *(branch.body for branch in node.handlers), node.last]
        case _:
            return []


def _does(body: tuple[Node, ...], bodies: dict[str, tuple[Node, ...]], around: str) -> Iterator[str]:
    for node in body:
        match node:
            case Step():
                words = [node.kind, node.detail, node.target, f"at {node.service}" if node.service else ""]
                yield around + " ".join(filter(None, [*words, _policy(node.retry), _limit(node.timeout)]))
            case Hop():
                delay = f" after {node.delay:g} s" if node.delay else ""
                yield f"{around}{node.kind} {node.channel}".strip() + f" -> {', '.join(node.runs)}{delay}"
            case Call(seen=True):
                yield from _does(bodies.get(node.callee, ()), bodies, around)
            case _:
                words = _around(node)
                for inner in _inside(node):
                    yield from _does(inner, bodies, f"{around}{words}: " if words else around)


def _around(node: Node) -> str:
    match node:
        case Loop():
            return f"{'each' if node.kind == 'for' else 'while'} {node.over}"
        case Parallel():
            return f"side by side, each {node.each}" if node.each else "side by side"
        case Call() | Guard():
            return " ".join(filter(None, [_policy(node.retry), _limit(node.timeout)]))
        case _:
            return ""


def _policy(retry: RetryPolicy | None) -> str:
    if retry is None:
        return ""
    words = [f"{retry.attempts or 'endless'} tries"]
    words += [f"after {retry.delay:g} s"] if retry.delay else []
    words += [f"times {retry.backoff:g}"] if retry.backoff else []
    return " ".join(words)


def _limit(timeout: float | None) -> str:
    return f"within {timeout:g} s" if timeout else ""
