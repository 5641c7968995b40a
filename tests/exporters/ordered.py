"""Work that is to come after other work: a chain, a group and what joins it, one that fails; for every engine alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from exporters.canonical.records import SCHEMA, Definition

MODULE = "backend_of_chains"
BACKEND = """
import threading
from pathlib import Path

from celery import Celery, chain, chord

app = Celery("chains", broker="memory://", backend="cache+memory://", set_as_current=False)
LOCK = threading.Lock()


def note(text):
    with LOCK, (Path(__file__).parent / "calls.txt").open("a") as calls:
        calls.write(text + "\\n")


@app.task(name="add")
def add(number, more):
    note(f"add {number} {more}")
    return number + more


@app.task(name="fail")
def fail(number):
    note(f"fail {number}")
    raise OSError("down")


@app.task(name="total")
def total(numbers, word):
    note(f"total {numbers} {word}")
    return numbers


def job(value):
    pass
"""
RUNS = """
- id: add
  task: add
  function: backend_of_chains:add
  framework: celery
  parameters: [number, more]
  result: result
  steps:
  - type: step
    id: adds
    call: backend_of_chains:add
    inputs: {number: number, more: more}
    outputs: {result: result}
- id: fail
  task: fail
  function: backend_of_chains:fail
  framework: celery
  parameters: [number]
  steps: [{type: step, id: fails, call: "backend_of_chains:fail", inputs: {number: number}}]
- id: total
  task: total
  function: backend_of_chains:total
  framework: celery
  parameters: [numbers, word]
  result: result
  steps:
  - type: step
    id: totals
    call: backend_of_chains:total
    inputs: {numbers: numbers, word: word}
    outputs: {result: result}
"""


@dataclass(frozen=True)
class Ordered:
    """What is sent, and what its tasks are then called with: a list inside in any order."""

    case: str
    code: str
    sends: tuple[str, ...]
    calls: tuple[str | tuple[str, ...], ...]

    @property
    def definition(self) -> Definition:
        """A first run that sends it, and the runs of the tasks."""
        first = {
            "id": "main",
            "function": f"{MODULE}:job",
            "parameters": ["value"],
            "steps": [
                {"type": "step", "id": "sending", "module": MODULE, "code": self.code, "sends": list(self.sends)},
                *(
                    {"type": "start", "id": f"start_{run}", "run": run, "of": "sending", "many": True}
                    for run in self.sends
                ),
            ],
        }
        runs = [first, *yaml.safe_load(RUNS)]
        document = {"schema": SCHEMA, "id": "w", "name": self.case, "start": "main", "runs": runs}
        return msgspec.convert(document, Definition)

    def check(self, folder: Path) -> None:
        """Fails where the tasks were called otherwise."""
        left = calls(folder)
        for expected in self.calls:
            together = (expected,) if isinstance(expected, str) else expected
            assert sorted(left[: len(together)]) == sorted(together), calls(folder)
            del left[: len(together)]
        assert not left


CASES = (
    Ordered(
        "each of a chain takes what the one before has returned",
        "chain(add.s(1, 2), total.si([], 'between'), add.si(5, 6), add.s(7))()",
        ("total", "add"),
        ("add 1 2", "total [] between", "add 5 6", "add 11 7"),
    ),
    Ordered(
        "what joins a group takes all that it has returned, in order",
        "chord([add.s(1, 2), add.s(3, 4)])(total.s('joined'))",
        ("add", "total"),
        (("add 1 2", "add 3 4"), "total [3, 7] joined"),
    ),
    Ordered(
        "a group of one is still a list",
        "chord([total.s([1, 2], 'alone')])(total.s('joined'))",
        ("total",),
        ("total [1, 2] alone", "total [[1, 2]] joined"),
    ),
    Ordered(
        "nothing comes after what has failed",
        "chain(fail.s(1), add.s(2), total.s('never'))(); add.delay(8, 9)",
        ("fail", "add", "total"),
        (("fail 1", "add 8 9"),),
    ),
)


def numbered() -> list[Definition]:
    """The definitions of all cases, as `Case 1` and so on."""
    return [msgspec.structs.replace(case.definition, name=f"Case {number}") for number, case in enumerate(CASES, 1)]


def write(folder: Path) -> None:
    """Put the backend's code into its folder."""
    folder.mkdir(exist_ok=True)
    (folder / f"{MODULE}.py").write_text(BACKEND)


def forget(folder: Path) -> None:
    """Forget what the tasks were called with."""
    (folder / "calls.txt").write_text("")


def calls(folder: Path) -> list[str]:
    """What the tasks were called with."""
    return (folder / "calls.txt").read_text().splitlines()
