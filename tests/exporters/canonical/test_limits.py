"""The time limit of a run, where an engine knows it for each try, and where it knows that of a whole workflow only."""

from __future__ import annotations

import msgspec
import pytest

import exporters
from exporters.canonical.records import Run, Start, Step
from tests.exporters.semantics import ALL_CASES

_BY_TRY = ("bpmn", "dbos", "restate", "temporal")
_AS_A_WHOLE = ("conductor", "serverlessworkflow", "stepfunctions", "unmeshed")


@pytest.mark.parametrize("engine", [*_BY_TRY, *_AS_A_WHOLE])
def test_a_time_limit_is_a_loss_where_the_engine_does_not_keep_it_for_each_try(engine: str) -> None:
    cases = [case.definition for case in ALL_CASES if case.limits and case.definition.runs[0].timeout]
    for definition in cases:
        result = exporters.load_writer(engine).write([definition])
        loses = engine in _AS_A_WHOLE and definition.runs[0].retry is not None
        assert any(loss.code == "timeout" for loss in result.losses) == loses, definition.name
    assert {case.runs[0].retry is None for case in cases} == {True, False}


@pytest.mark.parametrize(
    ("engine", "word"),
    [
        ("conductor", '"TIME_OUT_WF"'),
        ("serverlessworkflow", "timeout:"),
        ("stepfunctions", '"TimeoutSeconds": 50'),
        ("unmeshed", '"completionTimeout": 50000'),
    ],
)
def test_a_message_may_wait_longer_than_its_run_may_take(engine: str, word: str) -> None:
    alone = next(case.definition for case in ALL_CASES if case.definition.runs[0].timeout == 50)
    (run,) = alone.runs
    step = Step(id="sends", call=run.function, sends=(run.id,))
    sending = Run(id="first", function=run.function, steps=(step, Start(id="go", run=run.id, of="sends")))
    sent = msgspec.structs.replace(alone, start="first", runs=(sending, run))
    told = {}
    for name, definition in (("alone", alone), ("sent", sent)):
        result = exporters.load_writer(engine).write([definition])
        texts = [one.text for one in result.artifacts if "engine/" not in one.path and "definitions/" not in one.path]
        told[name] = (any(word in text for text in texts), [one.why for one in result.losses if one.code == "timeout"])
    assert told["alone"] == (True, [])
    limited, losses = told["sent"]
    assert not limited
    assert len(losses) == 1
    assert "the time limit of 50 s" in losses[0]
