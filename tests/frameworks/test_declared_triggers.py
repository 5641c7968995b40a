"""Triggers that other files declare are joined with the units that they start."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from discover.frameworks.records import Findings
from discover.sources.records import Command, DeclaredTrigger

_spec = importlib.util.spec_from_file_location("declared_conftest", Path(__file__).parent / "conftest.py")
assert _spec is not None and _spec.loader is not None
_stages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_stages)


def run(root: Path, command: Command, *, schedule: str = "0 3 * * *") -> Findings:
    trigger = DeclaredTrigger(
        source="crontab:1", file="crontab", line=1, format="crontab", kind="schedule", schedule=schedule, starts=command
    )
    found: Findings = _stages.run_stages(root, (trigger,))
    return found


def test_a_management_command_in_a_crontab_starts_its_handle_method(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "management" / "commands"
    folder.mkdir(parents=True)
    (folder / "sync.py").write_text(
        "from django.core.management.base import BaseCommand\n"
        "class Command(BaseCommand):\n    def handle(self, *args, **options): ...\n"
    )
    found = run(tmp_path, Command(kind="manage", text="python manage.py sync", name="sync"))
    unit = "shop/management/commands/sync.py::Command.handle"
    assert [(e.kind, e.unit, e.detail.schedule) for e in found.entry_points if e.kind == "schedule"] == [
        ("schedule", unit, "0 3 * * *")
    ]


def test_a_handler_string_starts_the_function_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def nightly(event, context): ...\n")
    found = run(tmp_path, Command(kind="handler", text="jobs.nightly", name="jobs:nightly"))
    assert [entry.unit for entry in found.entry_points] == ["jobs.py::nightly"]


def test_what_is_not_in_the_tree_is_reported(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def nightly(): ...\n")
    found = run(tmp_path, Command(kind="manage", text="python manage.py gone", name="gone"))
    assert not found.entry_points
    assert [(problem.unit, problem.line) for problem in found.problems] == [("crontab", 1)]
