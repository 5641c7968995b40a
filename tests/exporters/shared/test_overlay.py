"""The events of a run, laid over the steps that they happened at."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import msgspec
import pytest

from discover.config import load_config
from discover.model import Call, Run, Step, Workflow
from discover.pipeline import scan
from exporters.shared.overlay import Event, Mark, Overlay, overlay_schema, place_overlay, read_overlay

WORKFLOW = Workflow(
    id="w",
    name="W",
    triggers=(),
    unit="a.py::f",
    body=(
        Call(id="c", unit="a.py::f", line=10, end_line=20, body=(Step(id="s", unit="a.py::g", line=12, end_line=13),)),
        Step(id="t", unit="a.py::f", line=30),
    ),
    runs=(Run(id="b.py::task", unit="b.py::task", kind="task", body=(Step(id="u", unit="b.py::task", line=5),)),),
)


def test_an_event_is_placed_by_node_or_by_the_innermost_lines() -> None:
    events = (
        Event(status="taken", node="t"),
        Event(status="failed", file="a.py", line=12, text="Timeout"),
        Event(status="skipped", file="a.py", line=18),
        Event(status="taken", node="b.py::task"),
        Event(status="taken", node="a.py::f"),
        Event(status="taken", file="gone.py", line=1),
    )
    placed = place_overlay(Overlay(workflow="w", events=events), WORKFLOW)
    assert placed is not None
    assert [key for _, key in placed.timeline] == ["t", "s", "c", "b.py::task", "w", ""]
    assert placed.marks["s"] == Mark("failed", 1, None, "Timeout")


def test_tries_and_times_of_one_step_are_summed_up() -> None:
    events = (
        Event(status="retried", node="u", started=10.0, ended=11.0, text="503"),
        Event(status="taken", node="u", started=13.0, ended=13.5, attempt=2),
    )
    placed = place_overlay(Overlay(events=events), WORKFLOW)
    assert placed is not None
    assert placed.marks == {"u": Mark("retried", 2, 3.5, "503")}


def test_a_run_of_another_workflow_is_not_laid_over_this_one() -> None:
    assert place_overlay(Overlay(workflow="v", events=(Event(status="taken", node="t"),)), WORKFLOW) is None
    assert place_overlay(Overlay(events=(Event(status="taken", node="gone"),)), WORKFLOW) is None


def test_the_document_is_read_checked_and_published() -> None:
    document = msgspec.json.encode(Overlay(workflow="w", events=(Event(status="waiting", node="t"),)))
    assert read_overlay(document).events[0].status == "waiting"
    schema = msgspec.json.decode(overlay_schema())
    jsonschema.validate(msgspec.json.decode(document), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"events": [{"status": "lost"}]}, schema)
    with pytest.raises(msgspec.ValidationError):
        read_overlay(b'{"schema":"undercurrent/run@2"}')


def test_every_event_of_the_run_in_the_documentation_finds_its_step(lead_enrichment: Path, project: Path) -> None:
    graph = scan(lead_enrichment, load_config(lead_enrichment, None), workers=1)
    overlay = read_overlay((project / "docs" / "images" / "run.json").read_bytes())
    workflow = next(one for one in graph.workflows if one.id == overlay.workflow)
    placed = place_overlay(overlay, workflow)
    assert placed is not None
    assert [event for event, key in placed.timeline if not key] == []
    assert {mark.status for mark in placed.marks.values()} == {"taken", "skipped", "retried", "waiting"}
