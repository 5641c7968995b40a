"""Generated steps, plan and flows mean what the definition means, on an engine that is just this process."""

from __future__ import annotations

import asyncio
import importlib
import random
import sys
import time
from collections.abc import Awaitable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exporters.canonical.records import Definition
from exporters.canonical.walk import all_elements
from exporters.python_code.flows import flows_module
from exporters.python_code.pieces import pieces_module
from exporters.python_code.plan import plan_module
from exporters.python_code.runtime import outcomes
from exporters.python_code.runtime.flows import Ending, Flow, Follower, StepFailed, Variables, drive
from exporters.python_code.setting import set_by
from exporters.worker.messages import Done, Message
from exporters.worker.performing import Workers
from tests.exporters.semantics import CASES, INPUT, MODULE, Backend, Case, check

PACKAGE = "flows_of_cases"


class Here(Flow):
    """An engine that does everything at once and remembers nothing."""

    def __init__(self, workers: Workers, context: Any) -> None:
        super().__init__(context)
        self.workers = workers

    def branch(self) -> Flow:
        return Here(self.workers, self.context)

    async def perform(self, step: str, inputs: Variables, limit: float | None) -> Done:
        return outcomes.done(outcomes.outcome(self.workers, step, inputs, self.context))

    async def answer(self, run: str, failed: StepFailed) -> Any:
        return outcomes.done(outcomes.answer(self.workers, run, failed.described, self.context))

    async def timer(self, seconds: float) -> None:
        await asyncio.sleep(0)

    async def send(self, message: Message, followers: Sequence[Follower]) -> None:
        raise AssertionError("no case sends")

    async def awaited(self, messages: Sequence[str]) -> list[Any] | None:
        raise AssertionError("no case sends")

    async def tell(self, follower: Follower, ending: Ending) -> None:
        raise AssertionError("no case sends")

    async def now(self) -> float:
        return time.time()

    async def gather(self, work: Sequence[Awaitable[Variables]]) -> list[Variables]:
        return await asyncio.gather(*work)

    def chance(self) -> float:
        return random.random()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    Backend(tmp_path).write()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in {MODULE, PACKAGE}]:
        del sys.modules[name]


def _write(definition: Definition, folder: Path) -> None:
    """The generated modules, which rest on the modules of this project instead of copies."""
    texts = {
        "__init__": "",
        "pieces": pieces_module(definition, PACKAGE),
        "plan": plan_module(definition, PACKAGE, PACKAGE),
        "flows": flows_module(definition, PACKAGE),
    }
    (folder / PACKAGE).mkdir()
    for name, text in texts.items():
        text = text.replace(f"{PACKAGE}.engine.plan", "exporters.worker.plan")
        text = text.replace(f"{PACKAGE}.engine", "exporters.python_code.runtime")
        (folder / PACKAGE / f"{name}.py").write_text(text)


WORDS = (
    "flow",
    "count",
    "done",
    "found",
    "turn",
    "turns",
    "bound",
    "RUNS",
    "Flow",
    "Json",
    "Retry",
    "RunEnded",
    "main",
)
"""Names that the generated module has for itself."""
_NAMED = frozenset({"over", "item", "variable", "result"})


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A definition with other names for its variables."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, inner in value.items():
        if key in {"inputs", "outputs"}:
            made[key] = {name: names.get(variable, variable) for name, variable in inner.items()}
        elif key == "collect":
            made[key] = {names.get(name, name): names.get(variable, variable) for name, variable in inner.items()}
        elif key in _NAMED and isinstance(inner, str):
            made[key] = names.get(inner, inner)
        else:
            made[key] = _renamed(inner, names)
    return made


def _with_words(definition: Definition) -> Definition:
    kept = {"error", *(name for run in definition.runs for name in run.parameters)}
    variables = {name for run in definition.runs for one in all_elements(run) for name in set_by(one)} - kept
    names = dict(zip(sorted(variables), WORDS, strict=False))
    return msgspec.convert(_renamed(msgspec.to_builtins(definition), names), Definition)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_variables_may_be_called_like_anything_in_the_module(case: Case, folder: Path) -> None:
    _check(case, _with_words(case.definition), folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_generated_python_does_what_the_definition_means(case: Case, folder: Path) -> None:
    _check(case, case.definition, folder)


def _check(case: Case, definition: Definition, folder: Path) -> None:
    _write(definition, folder)
    backend = Backend(folder)
    backend.expect(case)
    runs = importlib.import_module(f"{PACKAGE}.flows").RUNS
    workers = Workers(importlib.import_module(f"{PACKAGE}.plan").PLAN)
    try:
        status, result = "ok", asyncio.run(drive(runs["main"], Here(workers, workers.start(INPUT))))
    except StepFailed:
        status, result = "failed", None
    check(case, backend.calls(), status, result)
