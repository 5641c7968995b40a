"""A loop that nothing ends is told for engines that keep all of a run's steps until it ends."""

from __future__ import annotations

import msgspec
import pytest
import yaml

import exporters
from exporters.canonical.records import Definition

KEEPING = ("conductor", "restate", "stepfunctions", "temporal")
POLLING = """
schema: undercurrent/workflow@2
id: polls
name: Polls
start: polls
runs:
- id: polls
  function: backend:main
  steps:
  - type: while
    id: turns
    module: backend
    code: {asked}
    steps: [{{type: step, id: drain, call: "backend:drain"}}{more}]
"""


def told(form: str, asked: str, more: str = "") -> list[tuple[str, str]]:
    definition = msgspec.convert(yaml.safe_load(POLLING.format(asked=asked, more=more)), Definition)
    losses = exporters.load_writer(form).write([definition], ()).losses
    return [(loss.code, loss.where) for loss in losses if loss.code == "endless-loop"]


@pytest.mark.parametrize("form", KEEPING)
@pytest.mark.parametrize("asked", ["'True'", "'1'"])
def test_a_loop_without_end_is_told(form: str, asked: str) -> None:
    assert told(form, asked) == [("endless-loop", "polls#turns")]


@pytest.mark.parametrize("form", KEEPING)
def test_a_loop_that_may_end_is_not(form: str) -> None:
    assert told(form, "'more()'") == []
    assert told(form, "'True'", ", {type: end, id: over}") == []


def test_engines_that_keep_less_say_nothing() -> None:
    assert told("dbos", "'True'") == []
