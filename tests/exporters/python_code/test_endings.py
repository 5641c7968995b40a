"""What the workers tell a declared workflow of how pieces end."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from exporters.python_code.runtime.endings import of_run, piece
from exporters.worker.messages import Context
from exporters.worker.performing import Workers
from exporters.worker.plan import Piece, Plan, Run

CONTEXT = Context(id="1", attempt=0, origin={"arguments": {}})
BACKEND = """
from celery import Celery, chain

app = Celery(broker="memory://")


@app.task
def first(number):
    pass


@app.task
def second(number):
    pass


def job():
    pass
"""


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Workers]:
    (tmp_path / "backend_of_endings.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    runs = [Run(id="job", function="backend_of_endings:job")]
    runs += [
        Run(id=name, function=f"backend_of_endings:{name}", task=f"backend_of_endings.{name}", parameters=("number",))
        for name in ("first", "second")
    ]
    sends = ("first", "second")
    pieces = [
        Piece(id="one", run="job", module="backend_of_endings", code="first.delay(1)", sends=sends),
        Piece(
            id="both", run="job", module="backend_of_endings", code="chain(first.si(1), second.si(2))()", sends=sends
        ),
        Piece(id="case", run="job", module="backend_of_endings", code="case = 5", outputs=("case",)),
        Piece(id="asks", run="job", module="backend_of_endings", code="1 > 2", condition=True),
    ]
    yield Workers(Plan(runs=runs, pieces=pieces, start="job"))
    sys.modules.pop("backend_of_endings", None)


def _given(step: str) -> dict[str, object]:
    return {"step": step, "inputs": {}, "context": CONTEXT}


def test_messages_stand_by_the_run_that_receives_them(workers: Workers) -> None:
    told = piece(workers, _given("one"))
    assert told["goes"] == "on"
    assert [message["arguments"] for message in told["sent"]["first"]] == [{"number": 1}]


def test_work_that_comes_after_other_work_is_refused(workers: Workers) -> None:
    told = piece(workers, _given("both"))
    assert (told["goes"], told["ending"]["way"]) == ("out", "refused")
    assert "backend_of_endings.second is to run after" in told["ending"]["reason"]


def test_work_that_comes_after_other_work_may_stand_in_one_batch_with_it(workers: Workers) -> None:
    sent = piece(workers, {**_given("both"), "batches": True})["sent"]
    assert [[message["arguments"]["number"] for message in batch] for batch in sent["first"]] == [[1, 2]]
    assert "second" not in sent
    alone = piece(workers, {**_given("one"), "batches": True})["sent"]
    assert [len(batch) for batch in alone["first"]] == [1]


def test_only_a_condition_is_answered_with_yes_or_no(workers: Workers) -> None:
    assert piece(workers, _given("case"))["outputs"] == {"case": 5}
    assert piece(workers, _given("asks")) == {"goes": "no"}


def test_an_input_that_fits_no_parameter_is_refused_at_the_beginning(workers: Workers) -> None:
    told = of_run(workers, {"begin": "job", "input": {"nobody": 1}, "message": None, "try": 1})
    assert (told["goes"], told["ending"]["way"]) == ("out", "refused")
