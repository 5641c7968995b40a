"""What a run's report page shows: the path on the definition's diagram, and the definition's own numbers."""

from __future__ import annotations

import json
import re

from exporters.canonical import Definition
from exporters.canonical.as_workflow import graph_of
from exporters.canonical.load import parse_definition
from exporters.dbos.durable.history import Happened, RunReport, RunState
from exporters.dbos.overlay import overlay_of
from exporters.html.additions import Additions
from exporters.html.export import export
from exporters.shared.overlay import place_overlay

TEXT = """
schema: undercurrent/workflow@2
id: w
name: W
start: first
runs:
- id: first
  kind: http
  framework: flask
  function: shop:order
  steps:
  - {type: step, id: send, module: shop, code: later.delay(), sends: [later]}
  - {type: start, id: start_later, run: later, of: send}
- id: later
  framework: celery
  function: shop:later
  retry: {attempts: 3}
  steps:
  - {type: step, id: ask, call: "shop:ask"}
  - {type: decision, id: is_big, module: shop, code: BIG, then: [{type: wait, id: pause, seconds: 5}]}
  - {type: step, id: tell, call: "shop:tell", retry: {attempts: 2}}
"""


def _definition() -> Definition:
    return parse_definition(TEXT, "w.yaml")


def _report() -> RunReport:
    events = (
        Happened(element="first", run="r", status="taken"),
        Happened(element="send", run="r", status="taken"),
        Happened(element="ask", run="r-1", status="retried", error="503"),
        Happened(element="ask", run="r-1", status="taken", tries=2),
        Happened(element="tell", run="r-1", status="taken", tries=2),
    )
    runs = (RunState(id="r", run="first", status="done"), RunState(id="r-1", run="later", status="done", tries=2))
    return RunReport(id="r", ok=True, status="done", runs=runs, events=events)


def test_each_event_has_its_place_and_only_what_failed_was_tried_again() -> None:
    definition = _definition()
    placed = place_overlay(overlay_of(definition, _report()), graph_of(definition).workflows[0])
    assert placed is not None
    assert all(node for _, node in placed.timeline)
    statuses = {node: mark.status for node, mark in placed.marks.items()}
    assert statuses["w"] == "taken"
    assert statuses["ask"] == "retried"
    assert statuses["tell"] == "taken"
    assert statuses["is_big"] == statuses["pause"] == "skipped"


def test_the_page_of_a_run_begins_with_it_and_counts_what_the_definition_has() -> None:
    definition = _definition()
    graph = graph_of(definition)
    counts = graph.workflows[0].counts
    assert (counts.runs, counts.hops, counts.steps, counts.decisions, counts.waits, counts.retries) == (
        2,
        1,
        3,
        1,
        1,
        2,
    )
    overlay = overlay_of(definition, _report())
    page = export(graph, lambda _path: None, title="W", additions=Additions(overlay=overlay)).artifacts[0].text
    meta = re.search(r'<script id="meta" type="application/json">(.*?)</script>', page)
    assert meta is not None
    assert json.loads(meta.group(1))["first"] == "w"
