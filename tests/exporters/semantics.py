"""What every engine must make of a definition's elements: the cases of semantics.yaml, and the backend they call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from exporters.canonical.records import SCHEMA, Definition

MODULE = "backend_of_calls"
INPUT = {"value": 1}
BACKEND = """
import json
import threading
from pathlib import Path

FOLDER = Path(__file__).parent
LOCK = threading.Lock()


class Down(OSError):
    pass


class Worse(Exception):
    pass


class Order:
    class Missing(Exception):
        pass


class Customer:
    class Missing(Exception):
        pass


ERRORS = {"worse": Worse, "order": Order.Missing, "customer": Customer.Missing}


def call(name, value=None):
    with LOCK:
        with (FOLDER / "calls.txt").open("a") as calls:
            calls.write((name if value is None else f"{name} {value}") + "\\n")
        fails = json.loads((FOLDER / "fails.json").read_text())
        left = fails.get(name, 0)
        (FOLDER / "fails.json").write_text(json.dumps(fails | {name: max(0, left - 1)}))
    if left:
        raise ERRORS.get(name.partition("_")[0], Down)(f"{name} is down")


def job(value):
    pass
"""


@dataclass(frozen=True)
class Backend:
    """The backend's folder: its code, what fails next, and what it was called with."""

    folder: Path

    def write(self) -> None:
        """Put the code there."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{MODULE}.py").write_text(BACKEND)

    def expect(self, case: Case) -> None:
        """Forget what was, and let fail what the case lets fail."""
        (self.folder / "calls.txt").write_text("")
        (self.folder / "fails.json").write_text(json.dumps(case.fails))

    def calls(self) -> list[str]:
        """What it was called with."""
        return (self.folder / "calls.txt").read_text().splitlines()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One small definition and what must come of it."""

    case: str
    steps: list[dict[str, Any]]
    run: dict[str, Any] = {}
    fails: dict[str, int] = {}
    calls: list[str | list[str]] = []
    result: Any = None
    status: str = "ok"
    limits: bool = False
    """It asks for the time limit of a run, which not every engine keeps for each try."""

    @property
    def definition(self) -> Definition:
        """The case's definition: one run."""
        run = {"id": "main", "function": f"{MODULE}:job", "parameters": list(INPUT), "result": "result", **self.run}
        filled = _in_module({**run, "steps": self.steps})
        document = {"schema": SCHEMA, "id": "w", "name": self.case, "start": "main", "runs": [filled]}
        return msgspec.convert(document, Definition)


def _in_module(value: Any) -> Any:
    """The same with the backend's module at all code."""
    if isinstance(value, list):
        return [_in_module(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: _in_module(item) for key, item in value.items()}
    return {**filled, "module": MODULE} if "code" in filled else filled


ALL_CASES = msgspec.convert(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")), list[Case])
CASES = [case for case in ALL_CASES if not case.limits]


def numbered(cases: list[Case] = CASES) -> list[Definition]:
    """The definitions of the cases, as `Case 1` and so on."""
    return [msgspec.structs.replace(case.definition, name=f"Case {number}") for number, case in enumerate(cases, 1)]


def check(case: Case, calls: list[str], status: str, result: object) -> None:
    """Fails with what differs; a list among the expected calls may come in any order."""
    assert status == case.status
    if case.status == "ok":
        assert result == case.result
    left = list(calls)
    for expected in case.calls:
        together = [expected] if isinstance(expected, str) else expected
        assert sorted(left[: len(together)]) == sorted(together), calls
        del left[: len(together)]
    assert not left
