"""A function as it is written beside the pieces that it is cut into: what both leave must be the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from discover import model
from exporters.canonical import records
from exporters.canonical.load import parse_definition
from exporters.canonical.write import definition_text
from exporters.cutting.build import Built, build

Spaces = dict[str, dict[str, Any]]
"""The namespaces of modules."""
Imported = Callable[[dict[str, str]], Spaces]
Outcome = tuple[Any, list[Any]]
"""What is returned or raised, and the effects on the way."""


class Table(dict[Any, Any]):
    """What a stand-in for the outside remembers from step to step, whatever process they run in."""


OUTSIDE = """
trace = []
failing = set()

def effect(name, value=None):
    trace.append((name, value))
    if name in failing:
        raise ValueError(name)
    return value
"""
"""The module `outside`: effects that fail where they are told to."""


def built(workflow_over: Callable[..., model.Workflow], files: dict[str, str], unit: str = "job.py::job") -> Built:
    """The definition of `job` in `job.py`, or of another unit, which can be written and read again."""
    made = build(workflow_over(files, unit), {}, files.get)
    assert parse_definition(definition_text(made.definition), "job.yaml") == made.definition
    return made


def built_with(
    workflow_over: Callable[..., model.Workflow], files: dict[str, str], triggers: list[model.Trigger]
) -> Built:
    """The definition of `job` beside other things that begin in the same backend."""
    return build(workflow_over(files, "job.py::job"), {one.id: one for one in triggers}, files.get)


def definition_of(workflow_over: Callable[..., model.Workflow], files: dict[str, str]) -> records.Definition:
    """The same without its losses."""
    return built(workflow_over, files).definition


def outcome(space: dict[str, Any], failing: Any, run: Callable[[], Any]) -> Outcome:
    """What a run leaves where the effects of `outside` fail that `failing` names."""
    space["trace"].clear()
    space["failing"].clear()
    space["failing"].update(failing)
    try:
        result = run()
    except Exception as error:  # noqa: BLE001 - any error is an outcome
        result = f"{type(error).__name__}: {error}"
    return result, list(space["trace"])


def hold_against(
    engine: ModuleType,
    definition: records.Definition,
    spaces: Spaces,
    failing: Any,
    n: int,
    outcome: Callable[[dict[str, Any], Any, Callable[[], Any]], Outcome] = outcome,
) -> None:
    """Run `job(n)` and its definition, and compare."""
    wanted = outcome(spaces["outside"], failing, lambda: spaces["job"]["job"](n))
    found = outcome(spaces["outside"], failing, lambda: engine.Engine(definition, spaces).run("job", {"n": n}))
    assert found == wanted, (failing, n)
