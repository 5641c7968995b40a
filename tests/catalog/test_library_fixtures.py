"""Every folder of `fixtures/libraries`: its workflows are told as its `expected.txt` has them, and no others."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from discover import load_config, scan
from discover.terminal.tree import WorkflowTree

FIXTURES = Path(__file__).parents[2] / "fixtures" / "libraries"
FOLDERS = sorted(path for path in FIXTURES.iterdir() if path.is_dir())


def told(folder: Path) -> str:
    """All workflows as `undercurrent show` tells them, without their places, and what stayed open."""
    graph = scan(folder, load_config(folder), workers=1)
    stream = io.StringIO()
    console = Console(file=stream, width=10_000, highlight=False, emoji=False)
    for workflow in graph.workflows:
        triggers = [trigger for trigger in graph.entry_points if trigger.id in workflow.triggers]
        console.print(WorkflowTree(workflow, triggers, places=False).build(), soft_wrap=True)
    stream.writelines(f"unresolved: {one.what} at {one.at}: {one.reason}\n" for one in graph.unresolved)
    return stream.getvalue()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_workflows_are_as_the_fixture_tells_them(folder: Path, golden: Callable[[Path, str], None]) -> None:
    golden(folder / "expected.txt", told(folder))
