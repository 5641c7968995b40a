"""Definitions of one step per run, as the Unmeshed exporter takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml

from discover import model
from exporters.definition import (
    Definition,
    Step,
    build,
    definition_text,
    export,
    json_schema_text,
    records,
)
from exporters.definition.build import import_path

SMALL = """\
schema: undercurrent/workflow@1
id: w
name: W
start: a
steps:
- id: a
  run: app.tasks:first
  next:
  - step: b
- id: b
  run: app.tasks:second
"""


def no_sources(_path: str) -> None:
    return None


def workflow(*runs: model.Run, body: tuple[model.Node, ...] = ()) -> model.Workflow:
    return model.Workflow(id="w", name="W", triggers=("t",), unit="app/views.py::view", body=body, runs=runs)


TRIGGER = model.Trigger(id="t", kind="http", framework="flask", handler="app/views.py::view", line=3)


def test_the_lead_enrichment_definitions_are_the_golden_ones(
    lead_enrichment: Path, golden: Callable[[Path, str], None]
) -> None:
    folder = lead_enrichment.parent / "expected"
    graph = msgspec.convert(yaml.safe_load((folder / "graph.yaml").read_text(encoding="utf-8")), model.Graph)

    def sources(path: str) -> str | None:
        file = lead_enrichment / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    result = export.export(graph, sources, title="x")
    assert result.losses == ()
    assert [artifact.path for artifact in result.artifacts] == ["create-lead.yaml", "requeue-stale-leads.yaml"]
    for artifact in result.artifacts:
        golden(folder / "yaml" / artifact.path, artifact.text)


def test_the_published_schema_is_that_of_the_records(project: Path) -> None:
    published = project / "exporters" / "definition" / "schema.json"
    assert published.read_text(encoding="utf-8") == json_schema_text()


def test_lone_surrogates_become_text_that_utf8_can_hold() -> None:
    step = Step(id="a", name="\udc80", run="m:f")
    text = definition_text(Definition(schema=records.SCHEMA, id="w", name="w", start="a", steps=(step,)))
    assert "\\udc80" in text.encode("utf-8").decode("utf-8")


@pytest.mark.parametrize(
    ("file", "root"),
    [("app/api/views.py", "."), ("src/shop/views.py", "src"), ("a/src/b/views.py", "a/src"), ("srcs/views.py", ".")],
)
def test_without_the_sources_a_module_is_named_from_the_whole_or_from_a_src_folder(file: str, root: str) -> None:
    start = model.Workflow(id="w", name="W", triggers=(), unit=f"{file}::view", body=())
    assert build(start, {}, no_sources).definition.import_roots == (root,)


def test_steps_are_imported_from_the_nearest_folder_that_is_no_package() -> None:
    packages = {"src/shop/__init__.py": "", "src/shop/api/__init__.py": ""}
    run = model.Run(id="r", unit="src/shop/tasks.py::send", kind="task")
    start = model.Workflow(
        id="w", name="W", triggers=(), unit="src/shop/api/views.py::Orders.post", body=(), runs=(run,)
    )
    built = build(start, {}, packages.get).definition
    assert built.import_roots == ("src",)
    assert [(step.id, step.run) for step in built.steps] == [
        ("orders_post", "shop.api.views:Orders.post"),
        ("send", "shop.tasks:send"),
    ]


def test_a_hop_becomes_a_next_step_with_its_conditions_and_its_delay() -> None:
    hop = model.Hop(id="h", unit="app/views.py::view", line=9, runs=("r",), arguments=("order.id",), delay=60.0)
    loop = model.Loop(id="l", over="order in orders", body=(hop,))
    decision = model.Decision(
        id="d",
        condition="paid",
        branches=(model.Branch(label="yes"), model.Branch(label="no", body=(loop,))),
    )
    built = build(
        workflow(model.Run(id="r", unit="app/tasks.py::remind", kind="task"), body=(decision,)),
        {"t": TRIGGER},
        no_sources,
    )
    assert built.definition.steps[0].next == (
        records.Next(
            step="remind",
            at="app/views.py:9",
            arguments=("order.id",),
            delay=60.0,
            when=("not (paid)",),
            repeated=True,
        ),
    )
    assert built.losses == ()


@pytest.mark.parametrize(
    ("hop", "code"),
    [
        (model.Hop(id="h"), "hop-without-receiver"),
        (model.Hop(id="h", kind="poll", runs=("r",)), "hop-not-captured"),
        (model.Hop(id="h", kind="http", runs=("r",)), "hop-not-captured"),
    ],
)
def test_a_hop_that_no_engine_can_follow_is_a_loss(hop: model.Hop, code: str) -> None:
    built = build(
        workflow(model.Run(id="r", unit="app/tasks.py::remind", kind="task"), body=(hop,)), {"t": TRIGGER}, no_sources
    )
    assert [(loss.code, loss.where) for loss in built.losses] == [(code, "w#h")]


def test_receivers_of_a_signal_are_told_inside_and_are_no_steps() -> None:
    hop = model.Hop(id="h", kind="signal", runs=("r",), inline=True)
    built = build(
        workflow(model.Run(id="r", unit="app/signals.py::on_save", kind="signal"), body=(hop,)),
        {"t": TRIGGER},
        no_sources,
    )
    assert [step.id for step in built.definition.steps] == ["view"]
    assert built.losses == ()


def test_a_task_that_sends_itself_leads_back_to_the_first_step() -> None:
    hop = model.Hop(id="h", runs=("w",))
    built = build(workflow(body=(hop,)), {"t": TRIGGER}, no_sources)
    assert [following.step for following in built.definition.steps[0].next] == ["view"]


def test_a_later_definition_of_the_same_name_is_imported_by_that_name() -> None:
    assert import_path("src/shop/views.py::show#2", ("src",)) == "shop.views:show"
