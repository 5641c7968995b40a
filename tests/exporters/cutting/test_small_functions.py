"""A small function, by whose one call the model shows it: its call is opened as it is written."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import msgspec
import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting.build import build
from tests.exporters.cutting.beside import OUTSIDE, Imported, hold_against

WORK = """
from outside import effect

def work(n, extra=2):
    first = effect("one", n)
    return effect("two", first + extra)

"""
SMALL = {
    "it only calls": "def small(n):\n    return work(n)\n",
    "it does something with what it gets and gives": (
        "def small(n):\n    wanted = n * 2\n    if n > 3:\n        return 'many'\n"
        "    found = work(wanted, extra=n)\n    return [found, wanted]\n"
    ),
    "it is asked for nothing": "def small(n):\n    work(n)\n",
}
TWICE = "def small(n):\n    if n > 3:\n        return work(n)\n    return work(n + 1)\n"


def folded(workflow: model.Workflow, callee: str) -> model.Workflow:
    """The workflow with the call in a call in its place, as a scan shows a small function."""

    def shown(node: model.Node) -> model.Node:
        if not isinstance(node, model.Call) or not node.callee.endswith("::small"):
            return node
        inner = next(one for one in node.body if isinstance(one, model.Call))
        return msgspec.structs.replace(inner, id=node.id, unit=node.unit, line=node.line, callee=callee)

    return msgspec.structs.replace(workflow, body=tuple(map(shown, workflow.body)))


def made(workflow_over: Callable[..., model.Workflow], files: dict[str, str]) -> records.Definition:
    workflow = folded(workflow_over(files, "job.py::job"), "job.py::work")
    assert [node.callee for node in workflow.body if isinstance(node, model.Call)] == ["job.py::work"]
    return build(workflow, {}, files.get).definition


@pytest.mark.parametrize("name", sorted(SMALL))
def test_what_a_small_function_calls_is_cut(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, name: str
) -> None:
    job = "\ndef job(n):\n    found = small(n)\n    effect('end', found)\n    return found\n"
    files = {"outside.py": OUTSIDE, "job.py": WORK + SMALL[name] + job}
    definition = made(workflow_over, files)
    steps = [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step)]
    assert not [step.whole for step in steps if step.whole]
    effects = [effect.name for step in steps for effect in step.effects]
    assert len(effects) == 3
    spaces = imported(files)
    for failing in ((), ("one",), ("two",)):
        for n in (1, 5):
            hold_against(engine, definition, spaces, failing, n)


def test_a_function_that_calls_it_twice_is_no_small_one(workflow_over: Callable[..., model.Workflow]) -> None:
    job = "\ndef job(n):\n    effect('begin', n)\n    return small(n)\n"
    files = {"outside.py": OUTSIDE, "job.py": WORK + TWICE + job}
    definition = made(workflow_over, files)
    assert "`work` is not called by its name" in [getattr(one, "whole", "") for one in all_elements(definition.runs[0])]


@pytest.mark.parametrize("found", ["small(n) + work(n + 1)", '{"a": small(n), "b": work(n)}'])
def test_a_statement_that_calls_both_is_not_cut_for_the_wrong_one(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, found: str
) -> None:
    small = "def small(n, twice=True):\n    return work(n)\n"
    job = f"\ndef job(n):\n    effect('begin', n)\n    found = {found}\n    effect('end', found)\n"
    files = {"outside.py": OUTSIDE, "job.py": WORK + small + job}
    workflow = folded(workflow_over(files, "job.py::job"), "job.py::work")
    definition = build(workflow, {}, files.get).definition
    for step in all_elements(definition.runs[0]):
        if isinstance(step, records.Step) and "work(" in step.code:
            assert step.effects
    for failing in ((), ("one",), ("two",)):
        hold_against(engine, definition, imported(files), failing, 1)
