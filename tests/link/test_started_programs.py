"""Programs of the project that its own code starts as processes: who is handed the work, and what is left an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

DJANGO = {
    "manage.py": "from django.core.management import execute_from_command_line\nexecute_from_command_line()\n",
    "shop/__init__.py": "",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/take_in.py": (
        "import requests\n"
        "from django.core.management.base import BaseCommand\n"
        "class Command(BaseCommand):\n"
        '    def handle(self, *args, **options): requests.post("https://stock.example/taken")\n'
    ),
}
OTHERS = {
    "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshop-report = "shop.report:main"\n',
    "shop/report.py": 'import requests\ndef main(): requests.post("https://reports.example/new")\n',
    "shop/sweep.py": 'import requests\nrequests.post("https://sweep.example")\n',
    "shop/tasks.py": (
        "from celery import Celery\n"
        'app = Celery("shop")\n'
        '@app.task(name="shop.bill")\n'
        'def bill(): open("bill.txt", "w")\n'
    ),
}
TAKE_IN = "shop/management/commands/take_in.py::Command.handle"
HEAD = "import asyncio, os, shlex, subprocess, sys\nfrom pathlib import Path\n"


def handed_over(graph: Graph) -> list[tuple[str, str]]:
    """The hand-overs of `shop/start.py`, each with its kind."""
    return [
        (edge.kind, edge.target)
        for edge in graph.edges
        if edge.source.startswith("shop/start.py") and edge.kind != "call"
    ]


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ('subprocess.Popen([sys.executable, Path(__file__).parent / "manage.py", "take_in", "-q", path])', TAKE_IN),
        ('subprocess.run(["./manage.py", "take_in"], check=True)', TAKE_IN),
        ('subprocess.run(args=["python3", os.path.join(HERE, "manage.py"), "take_in"])', TAKE_IN),
        ('os.system("cd /srv && python manage.py take_in --all > log")', TAKE_IN),
        ('os.system(f"{sys.executable} manage.py take_in {path}")', TAKE_IN),
        ('subprocess.call(shlex.split("python manage.py take_in"))', TAKE_IN),
        ('await asyncio.create_subprocess_exec(sys.executable, "manage.py", "take_in", path)', TAKE_IN),
        ('await asyncio.create_subprocess_shell("exec django-admin take_in")', TAKE_IN),
        ('os.execv(sys.executable, [sys.executable, "manage.py", "take_in"])', TAKE_IN),
        ('words = [sys.executable, "manage.py"]\n    words += ["take_in"]\n    subprocess.run(words)', TAKE_IN),
        ('words = ["manage.py"]\n    words.append("take_in")\n    subprocess.run(["nice", *words])', TAKE_IN),
        ('subprocess.run(["python", "-m", "shop.sweep"])', "shop/sweep.py::<module>"),
        ('subprocess.run([sys.executable, f"{path}/sweep.py"])', "shop/sweep.py::<module>"),
        ('subprocess.Popen(["shop-report", "--weekly"])', "shop/report.py::main"),
        ('subprocess.run(["celery", "-A", "shop.tasks", "call", "shop.bill"])', "shop/tasks.py::bill"),
    ],
)
def test_a_process_that_runs_the_projects_own_program_is_a_hand_over_to_it(
    scan_source: Scan, code: str, target: str
) -> None:
    start = f"{HEAD}HERE = os.path.dirname(__file__)\nasync def begin(path):\n    {code}\n"
    graph = scan_source({**DJANGO, **OTHERS, "shop/start.py": start})
    assert handed_over(graph) == [("dispatch", target)]


def test_a_wrapper_that_runs_what_it_is_given_hands_over_where_the_command_is_chosen(scan_source: Scan) -> None:
    start = (
        f"{HEAD}def manage(name, *options): subprocess.run([sys.executable, 'manage.py', name, *options], check=True)\n"
        'def nightly(): manage("take_in", "--all")\n'
        'def weekly(): manage("migrate")\n'
    )
    graph = scan_source({**DJANGO, "shop/start.py": start})
    sources = {edge.source for edge in graph.edges if edge.kind == "dispatch" and edge.target == TAKE_IN}
    assert sources == {"shop/start.py::manage", "shop/start.py::nightly"}
    assert not [one for one in graph.unresolved if "manage.py" in one.what]


@pytest.mark.parametrize(
    "code",
    [
        'subprocess.run(["git", "pull"])',
        'subprocess.run(["take_in", "--all"])',
        'os.system("python manage.py migrate")',
        'subprocess.run([sys.executable, "-m", "pip", "install", path])',
        'subprocess.run([sys.executable, "-c", "print(1)"])',
        'subprocess.run(["celery", "-A", "shop.tasks", "worker"])',
        "subprocess.run(words)",
    ],
)
def test_another_program_stays_an_effect(scan_source: Scan, code: str) -> None:
    graph = scan_source({**DJANGO, **OTHERS, "shop/start.py": f"{HEAD}def begin(path, words):\n    {code}\n"})
    assert handed_over(graph) == []
    assert [effect.kind for effect in graph.effects if effect.at == "shop/start.py::begin"] == ["process"]
    assert not graph.unresolved


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ('subprocess.run([sys.executable, "manage.py", path])', "python manage.py {}"),
        ('subprocess.run(["python", "-m", "shop.gone"])', "python -m shop.gone"),
        ('subprocess.run([sys.executable, "bin/gone.py"])', "python bin/gone.py"),
    ],
)
def test_a_program_of_the_project_that_is_not_known_is_reported(scan_source: Scan, code: str, what: str) -> None:
    graph = scan_source({**DJANGO, "shop/start.py": f"{HEAD}def begin(path):\n    {code}\n"})
    assert [one.what for one in graph.unresolved] == [what]


def test_a_workflow_tells_the_program_once_and_whether_it_is_waited_for(scan_source: Scan) -> None:
    start = (
        f"{HEAD}from celery import shared_task\n"
        "@shared_task\n"
        "def begin():\n"
        '    subprocess.run(["./manage.py", "take_in"])\n'
        '    subprocess.Popen(["./manage.py", "take_in"])\n'
    )
    graph = scan_source({**DJANGO, "shop/start.py": start})
    workflow = next(one for one in graph.workflows if one.unit == "shop/start.py::begin")
    told = [(node.name, getattr(node, "inline", None)) for node in workflow.body]
    assert told == [("Run program: take_in", True), ("Start program: take_in", False)]
