"""What the charts hold, and that no name in the analysed code can break out of a label."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from discover import model
from exporters import mermaid

LABEL = r'"(?:[^"<`#]|#\d+;|<br>)*"'
SHAPES = ("[(", ")]"), ("[/", "/]"), ("[[", "]]"), ("{{", "}}"), ("{", "}"), ("([", "])"), (">", "]"), ("[", "]")
NODE = rf"n\d+(?:{'|'.join(re.escape(left) + LABEL + re.escape(right) for left, right in SHAPES)})"
EDGE = rf"n\d+ (?:-->|-\.->)(?:\|{LABEL}\|)? n\d+"
LINE = re.compile(rf"\s+(?:{NODE}|{EDGE}|subgraph n\d+\[{LABEL}\]|end)")


def chart_of(*workflows: model.Workflow, triggers: tuple[model.Trigger, ...] = ()) -> str:
    graph = model.Graph(root="x", workflows=workflows, triggers=triggers)
    return mermaid.export(graph, lambda _path: None, title="x").artifacts[0].text


def assert_is_flowchart(text: str) -> None:
    """Every line is one that Mermaid's grammar knows, and every edge joins declared nodes."""
    lines = text.split("\n")
    assert lines[0] == lines[2] == "---"
    assert re.fullmatch(rf"title: {LABEL}", lines[1])
    assert lines[3] == "flowchart TD"
    assert lines[-1] == ""
    declared: set[str] = set()
    for line in lines[4:-1]:
        assert LINE.fullmatch(line), line
        if found := re.match(r"\s+(n\d+)[^\s]", line):
            declared.add(found.group(1))
    for source, target in re.findall(r"^\s+(n\d+) -\S*(?: |\|.*\| )(n\d+)$", text, re.MULTILINE):
        assert {source, target} <= declared


def test_the_lead_enrichment_chart_is_the_golden_one(lead_enrichment: Path, golden) -> None:
    folder = lead_enrichment.parent / "expected"
    graph = msgspec.convert(yaml.safe_load((folder / "graph.yaml").read_text(encoding="utf-8")), model.Graph)
    result = mermaid.export(graph, lambda _path: None, title="x")
    assert [artifact.path for artifact in result.artifacts] == ["create-lead.mmd", "requeue-stale-leads.mmd"]
    assert result.losses == ()
    for artifact in result.artifacts:
        assert_is_flowchart(artifact.text)
        golden(folder / "mermaid" / artifact.path, artifact.text)


@given(st.text())
def test_no_text_can_leave_its_label(text: str) -> None:
    step = model.Step(id="s", name=text, kind="http")
    branch = model.Branch(label=text, body=(step,))
    decision = model.Decision(id="d", condition=text, branches=(branch,))
    run = model.Run(id="r", unit="a.py::f", kind="task", name=text, body=(model.Wait(id="w", until=text),))
    hop = model.Hop(id="h", channel=text, runs=("r",))
    workflow = model.Workflow(id="w0", name=text, triggers=(text,), body=(decision, hop), runs=(run,))
    assert_is_flowchart(chart_of(workflow))


@pytest.mark.parametrize("text", ['a"]; click n0 "javascript:alert(1)"', "%% x", "end", "`x`", "#35;", "<script>"])
def test_known_ways_out_are_closed(text: str) -> None:
    workflow = model.Workflow(id="w", name=text, triggers=(), body=(model.Step(id="s", name=text, kind="http"),))
    assert_is_flowchart(chart_of(workflow))


def test_both_branches_join_and_an_end_does_not() -> None:
    decision = model.Decision(
        id="d",
        condition="paid",
        branches=(
            model.Branch(label="yes", body=(model.Step(id="ship", name="Ship", kind="http"),)),
            model.Branch(label="no", body=(model.End(id="stop", outcome="stop"),)),
        ),
    )
    text = chart_of(
        model.Workflow(id="w", name="w", triggers=(), body=(decision, model.Step(id="m", name="Mail", kind="email")))
    )
    names = dict(re.findall(r"(n\d+)\S*?\"([^\"]+)\"", text))
    by_label = {label: name for name, label in names.items()}
    assert f"{by_label['Ship']} --> {by_label['Mail']}" in text
    assert f"{by_label['stop']} -->" not in text


def test_a_loop_leads_back_to_its_head() -> None:
    loop = model.Loop(id="l", over="user in users", body=(model.Step(id="s", name="Mail", kind="email"),))
    text = chart_of(model.Workflow(id="w", name="w", triggers=(), body=(loop,)))
    head, mail = (re.search(rf"(n\d+)\S*\"{label}", text) for label in ("for each", "Mail"))
    assert head
    assert mail
    assert f"{mail.group(1)} --> {head.group(1)}" in text


def test_an_early_return_of_a_helper_goes_on_in_its_caller() -> None:
    back = model.Branch(label="yes", body=(model.End(id="e", text="None"),))
    call = model.Call(id="c", body=(model.Decision(id="d", condition="free", branches=(back,)),))
    text = chart_of(
        model.Workflow(id="w", name="w", triggers=(), body=(call, model.Step(id="m", name="Mail", kind="email")))
    )
    mail = re.search(r"(n\d+)\S*\"Mail", text)
    assert mail
    assert re.search(rf'\|"yes"\| {mail.group(1)}$', text, re.MULTILINE)
    assert re.search(rf'\|"otherwise"\| {mail.group(1)}$', text, re.MULTILINE)


def test_a_chart_that_mermaid_would_refuse_is_a_loss() -> None:
    body = tuple(model.Step(id=f"s{n}", name="x", kind="http") for n in range(600))
    graph = model.Graph(root="x", workflows=(model.Workflow(id="w", name="w", triggers=(), body=body),))
    assert [loss.code for loss in mermaid.export(graph, lambda _path: None, title="x").losses] == ["chart-too-large"]


def test_jumps_lead_to_the_next_turn_or_out_of_the_loop() -> None:
    def way(label: str, text: str) -> model.Branch:
        return model.Branch(label=label, body=(model.End(id=text, name=text, outcome="stop", text=text),))

    asked = model.Decision(id="d", condition="x.kind", branches=(way("a", "continue"), way("b", "break")))
    leaving = model.Decision(
        id="e",
        condition="x.ok",
        branches=(
            model.Branch(label="yes: leave the loop", body=(model.Step(id="tell", name="Tell", kind="http"),)),
            model.Branch(label="no"),
        ),
    )
    loops = (model.Loop(id="l", over="x in xs", body=(asked,)), model.Loop(id="m", over="y in ys", body=(leaving,)))
    text = chart_of(model.Workflow(id="w", name="w", triggers=(), body=(*loops, model.Step(id="s", name="Last"))))
    names = {label: name for name, label in re.findall(r'(n\d+)[\[({/>]+"([^"]*)"', text)}
    first, second = names["for each x in xs"], names["for each y in ys"]
    assert f"{names['continue']} --> {first}" in text
    assert f"{names['break']} --> {second}" in text
    assert f"{names['Tell']} --> {names['Last']}" in text
    assert f'{second} -->|"then"| {names["Last"]}' in text
