"""The benchmark of the geometry looks at every view, and tells what breaks a rule."""

from __future__ import annotations

import pytest

from benchmarks import geometry
from discover.model import Call, Graph, Step, Workflow
from exporters.shared.geometry import Fault


def graph() -> Graph:
    inside = tuple(Step(id=f"i{number}", name="Insert") for number in range(4))
    body = (Step(id="s", name="Read"), Call(id="c", name="Notify", body=inside))
    return Graph(root="x", workflows=(Workflow(id="w", name="W", triggers=(), body=body),))


def test_each_workflow_is_checked_as_it_opens_open_and_folded() -> None:
    result = geometry.check("x", graph())
    assert (result.workflows, result.views, result.found) == (1, 3, [])
    assert result.cards == 7 + 7 + 3
    assert geometry.table([result]).splitlines()[-1] == "| x | 1 | 3 | 17 | 7 | 1 | 0 |"


def test_a_broken_rule_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_given: object) -> list[Fault]:
        return [Fault("card on card", "s", "c")]

    monkeypatch.setattr(geometry, "faults", broken)
    geometry.tell(geometry.check("x", graph()))
    assert "3 times card on card, first in w: s / c" in capsys.readouterr().out
