"""Markdown for a pull request: whole, drawn, linked, and deaf to what names say."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from discover import model
from exporters import markdown
from exporters.shared.compare import compare
from exporters.shared.links import remote_links
from exporters.shared.markdown_text import code, link, plain

LINKS = remote_links("git@github.com:acme/leads.git", "0" * 40)


@pytest.fixture
def graph(lead_enrichment: Path) -> model.Graph:
    file = lead_enrichment.parent / "expected" / "graph.yaml"
    return msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), model.Graph)


def test_the_lead_enrichment_page_is_the_golden_one(lead_enrichment: Path, graph: model.Graph, golden) -> None:
    result = markdown.export(graph, lambda _path: None, title="Leads", links=LINKS)
    assert result.losses == ()
    golden(lead_enrichment.parent / "expected" / "markdown" / "workflows.md", result.artifacts[0].text)


def test_each_run_has_a_chart_and_each_step_its_evidence(graph: model.Graph) -> None:
    text = markdown.export(graph, lambda _path: None, title="Leads").artifacts[0].text
    runs = sum(1 + len(workflow.runs) for workflow in graph.workflows)
    assert text.count("```mermaid\nflowchart TD\n") == runs
    assert text.count("\n```") == 2 * runs
    assert "](http" not in text
    assert "| step | kind | lines | certainty | found by |" in text


def test_what_changed_stands_first(graph: model.Graph) -> None:
    fewer = msgspec.structs.replace(graph, workflows=graph.workflows[1:])
    text = markdown.export(graph, lambda _path: None, title="L", changes=compare(fewer, graph)).artifacts[0].text
    assert text.startswith(f"# L\n\n## What changed\n\n**{plain(graph.workflows[0].name)}**: added\n\n## ")


def test_a_chart_that_no_mermaid_draws_is_a_loss() -> None:
    body = tuple(model.Step(id=f"s{n}", name="Insert user") for n in range(600))
    workflow = model.Workflow(id="w", name="W", triggers=(), body=body)
    result = markdown.export(model.Graph(root="x", workflows=(workflow,)), lambda _path: None, title="x")
    assert [(loss.code, loss.where) for loss in result.losses] == [("chart-too-large", "w#w")]
    assert "```mermaid" not in result.artifacts[0].text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("@#*_`[]<>|~$:/\\\n-")), max_size=50))
def test_no_text_starts_markup_or_mentions_anybody(text: str) -> None:
    said = plain(text)
    assert "\n" not in said
    assert not re.search(r"@\w|[<>]|(?<!\\)(?:\\\\)*[`*_\[\]|~$#]", said)
    assert not re.match(r"[-+=]|\d+[.)]", said)
    fenced = code(text)
    if fenced:
        fence = re.match(r"`+", fenced)
        assert fence
        assert not re.search(rf"(?<!`){fence[0]}(?!`)", fenced[len(fence[0]) : -len(fence[0])])
    assert re.fullmatch(r"\[x\]\([^()<> ]*\)", link("x", text.replace("\n", "")) if text.isprintable() else "[x]()")
