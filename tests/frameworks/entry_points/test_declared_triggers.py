"""Triggers that other files declare are joined with the units that they start."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.frameworks.records import Findings
from discover.sources.records import Command, DeclaredKind, DeclaredTrigger

_spec = importlib.util.spec_from_file_location("declared_conftest", Path(__file__).parents[1] / "conftest.py")
assert _spec is not None and _spec.loader is not None
_stages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_stages)


SOURCES = Path(__file__).parents[3] / "fixtures" / "sources"


def run(root: Path, command: Command, *, schedule: str = "0 3 * * *", kind: DeclaredKind = "schedule") -> Findings:
    trigger = DeclaredTrigger(
        source="crontab:1", file="crontab", line=1, format="crontab", kind=kind, schedule=schedule, starts=command
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


def started(folder: Path) -> list[str]:
    graph = scan(folder, load_config(folder), workers=1)
    return sorted(f"{t.kind} {t.handler} {t.detail.schedule or t.detail.source}" for t in graph.triggers)


@pytest.mark.parametrize(
    "command",
    [
        Command(kind="server", text="gunicorn shop.wsgi", name="gunicorn", app="shop", path="shop.py"),
        Command(kind="celery", text="celery -A shop worker", name="celery", app="shop", role="worker", path="shop.py"),
        Command(kind="celery", text="celery -A shop beat", name="celery", app="shop", role="beat", path="shop.py"),
        Command(kind="rq", text="rq worker", name="rq", role="worker", path="shop.py"),
        Command(kind="manage", text="manage.py migrate", name="migrate", path="shop.py"),
    ],
    ids=lambda command: command.text,
)
def test_what_only_waits_for_others_is_no_trigger_and_no_problem(tmp_path: Path, command: Command) -> None:
    (tmp_path / "shop.py").write_text("def main(): ...\n")
    found = run(tmp_path, command, kind="process")
    assert (found.entry_points, found.problems) == ((), ())


def test_a_script_that_keeps_running_is_started_by_its_declaration(tmp_path: Path) -> None:
    (tmp_path / "poll.py").write_text("while True: ...\n")
    found = run(tmp_path, Command(kind="script", text="python poll.py", path="poll.py"), kind="process")
    assert [(entry.kind, entry.unit) for entry in found.entry_points] == [("command", "poll.py::<module>")]


def test_a_console_script_starts_the_function_that_its_entry_point_names(tmp_path: Path) -> None:
    (tmp_path / "sweep.py").write_text("class Sweeper:\n    @classmethod\n    def main(cls): ...\ndef main(): ...\n")
    for app, unit in (("sweep:main", "sweep.py::main"), ("sweep:Sweeper.main", "sweep.py::Sweeper.main")):
        command = Command(kind="console_script", text="sweep", name="sweep", app=app, path="sweep.py")
        assert [entry.unit for entry in run(tmp_path, command, kind="command").entry_points] == [unit]


def test_a_handler_is_looked_up_in_its_file_whatever_the_module_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "send-mail"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text("def handle(event, context): ...\n")
    command = Command(kind="handler", text="main.handle", name="main:handle", path="functions/send-mail/main.py")
    assert [e.unit for e in run(tmp_path, command).entry_points] == ["functions/send-mail/main.py::handle"]


def test_a_handler_that_its_file_does_not_hold_is_reported(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def nightly(event, context): ...\n")
    found = run(tmp_path, Command(kind="handler", text="jobs.weekly", name="jobs:weekly", path="jobs.py"))
    assert (found.entry_points, [problem.what for problem in found.problems]) == ((), ["jobs.weekly"])


def test_a_command_that_is_known_already_only_learns_where_it_is_started(tmp_path: Path) -> None:
    (tmp_path / "cli.py").write_text("import click\n@click.command()\ndef sync(): ...\n")
    found = run(tmp_path, Command(kind="flask", text="flask sync", name="sync"), kind="process")
    assert [(e.framework, e.unit, e.detail.source) for e in found.entry_points] == [
        ("click", "cli.py::sync", "crontab:1")
    ]


def test_each_queue_that_a_function_consumes_is_a_trigger() -> None:
    lines = started(SOURCES / "functions_in_the_cloud")
    assert len([line for line in lines if line.startswith("consumer src/consumer.py::handle")]) > 3


def test_declared_triggers_of_a_whole_tree_name_what_they_start() -> None:
    assert started(SOURCES / "scheduled_in_six_ways") == SIX_WAYS
    assert started(SOURCES / "two_services_in_containers") == TWO_SERVICES


SIX_WAYS = [
    "command jobs/poller.py::<module> deploy/systemd/poller.service:2",
    "command shop/management/commands/close_days.py::Command.handle None",
    "command shop/management/commands/send_reminders.py::Command.handle None",
    "schedule jobs/hourly.py::<module> 15 * * * *",
    "schedule jobs/nightly.py::<module> 0 3 * * *",
    "schedule jobs/nightly.py::<module> 30 3 * * *",
    "schedule jobs/nightly.py::<module> @daily",
    "schedule shop/management/commands/close_days.py::Command.handle *-*-* 23:55:00",
    "schedule shop/management/commands/close_days.py::Command.handle 0 4 * * 1-5",
    "schedule shop/management/commands/send_reminders.py::Command.handle */10 * * * *",
    "schedule shop/management/commands/send_reminders.py::Command.handle */5 * * * *",
]
TWO_SERVICES = [
    "command orders/orders/service.py::<module> chart/templates/workloads.yaml:15",
    "command orders/orders/sweep.py::<module> chart/templates/workloads.yaml:13",
    "command orders/orders/sweep.py::main docker-compose.yml:10",
    "schedule orders/orders/sweep.py::main */15 * * * *",
]


def test_a_command_of_a_nested_group_is_found_by_its_words(tmp_path: Path) -> None:
    folder = tmp_path / "cli"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import click\nfrom flask.cli import FlaskGroup\nfrom cli import queue\n"
        "@click.group(cls=FlaskGroup)\ndef manager(): ...\nmanager.add_command(queue.manager, 'rq')\n"
    )
    (folder / "queue.py").write_text(
        "from flask.cli import AppGroup\nmanager = AppGroup()\n@manager.command()\ndef scheduler(): ...\n"
    )
    command = Command(kind="manage", text="./manage.py rq scheduler", name="rq", arguments=("scheduler",))
    found = run(tmp_path, command, kind="process")
    assert [(e.unit, e.detail.command, e.detail.source) for e in found.entry_points] == [
        ("cli/queue.py::scheduler", "rq scheduler", "crontab:1")
    ]


def test_an_operation_of_an_openapi_document_starts_the_function_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").touch()
    (tmp_path / "api" / "pets.py").write_text("class Pets:\n    def search(self): ...\ndef read(number): ...\n")
    (tmp_path / "spec.yml").write_text(
        "swagger: '2.0'\nbasePath: /v2/\npaths:\n"
        "  /pets/{number}:\n    get: {operationId: api.pets.read}\n"
        "  /pets:\n    get: {operationId: api.pets.Pets.search}\n"
    )
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    assert sorted((t.detail.path, t.detail.methods, t.handler) for t in graph.triggers) == [
        ("/v2/pets", ("GET",), "api/pets.py::Pets.search"),
        ("/v2/pets/{number}", ("GET",), "api/pets.py::read"),
    ]


def test_a_console_script_may_be_an_application_of_commands(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n[project.scripts]\nshop = "shop:app"\n')
    (tmp_path / "shop.py").write_text("import typer\napp = typer.Typer()\n@app.command()\ndef tidy(): ...\n")
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    assert [(trigger.handler, trigger.kind) for trigger in graph.triggers] == [("shop.py::tidy", "command")]
    assert graph.unresolved == ()
