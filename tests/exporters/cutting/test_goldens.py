"""What the bundled backends are cut into: read by people, and kept as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover.config import load_config
from discover.model import Graph
from discover.pipeline import scan
from exporters.base import Sources
from exporters.canonical.load import parse_definition
from exporters.canonical.records import Definition, Step
from exporters.canonical.walk import all_elements
from exporters.canonical.write import definition_text
from exporters.cutting import build, tally
from exporters.shared.identifiers import slug

Golden = Callable[[Path, str], None]
GOLDENS = {
    "bff": ["GET /products/{sku}"],
    "signup": ["POST /webhooks/crm"],
    "lead_enrichment": ["POST /api/leads", "On schedule: requeue stale leads (and 1 more)"],
}


def sources_of(root: Path) -> Sources:
    def read(path: str) -> str | None:
        file = root / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return read


def definitions(graph: Graph, root: Path) -> dict[str, Definition]:
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    return {w.name: build(w, triggers, sources_of(root), graph.import_roots).definition for w in graph.workflows}


@pytest.mark.parametrize("fixture", sorted(GOLDENS))
def test_the_bundled_backends_are_cut_as_their_files_say(fixture: str, project: Path, golden: Golden):
    root = project / "fixtures" / fixture / "app"
    found = definitions(scan(root, load_config(root)), root)
    for name in GOLDENS[fixture]:
        text = definition_text(found[name])
        assert parse_definition(text, name) == found[name]
        golden(root.parent / "expected" / "canonical" / f"{slug(name)}.yaml", text)


def test_the_lead_s_way_is_told_step_by_step(lead_enrichment: Path):
    graph = scan(lead_enrichment, load_config(lead_enrichment))
    definition = definitions(graph, lead_enrichment)["POST /api/leads"]
    steps = [one for run in definition.runs for one in all_elements(run) if isinstance(one, Step)]
    names = [step.name for step in steps if step.name != "Tell that it failed"]
    told = [
        "Validate input",
        "Insert user",
        "Company: find by domain",
        "Scoring: classify",
        "Post message",
        "Update user",
    ]
    assert [name for name in names if name in told] == told
    assert set(tally(definition).whole) == {
        "`on_result` (what `partial` gives) can't leave the process",
        "`update_user` takes any number of arguments",
    }
