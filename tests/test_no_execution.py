"""The analysed code is read and nothing more: not imported, not run, nothing outside its folder opened, no network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Tree = Callable[[Mapping[str, str | bytes]], Path]

TRAP = """\
from pathlib import Path
Path(__file__).with_suffix(".ran").write_text("ran")
raise SystemExit("this module was run")
"""

# Runs a command in this process and writes down what the interpreter was asked to do.
WATCH = """
import sys
seen = []

def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        seen.append(("open", arguments[0] if isinstance(arguments[0], str) else arguments[0].decode()))
    elif event.startswith("socket.") and event not in ("socket.__new__",):
        seen.append((event, str(arguments[1:])))
    elif event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.startfile", "ctypes.dlopen"):
        seen.append((event, str(arguments)))

sys.addaudithook(hook)
from discover.cli import run
code = run(sys.argv[2:])
with open(sys.argv[1], "w") as out:
    for event, what in seen:
        print(event, what, sep="\\t", file=out)
sys.exit(code)
"""


def watched(project: Path, log: Path, *arguments: str) -> list[tuple[str, str]]:
    command = [sys.executable, "-c", WATCH, str(log), *arguments]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [(event, what) for event, _, what in (line.partition("\t") for line in log.read_text().splitlines())]


def test_modules_that_would_betray_being_run_are_only_read(tree: Tree, tmp_path: Path, project: Path):
    names = ("app.py", "setup.py", "conftest.py", "sitecustomize.py", "settings.py", "manage.py", "pkg/__init__.py")
    files: dict[str, str | bytes] = dict.fromkeys(names, TRAP)
    files |= {
        "urls.py": "from pkg import views\nfrom django.urls import path\nurlpatterns = [path('x/', views.x)]\n",
        "pkg/views.py": TRAP + "\ndef x(request):\n    return open('y', 'w')\n",
        "pyproject.toml": "[tool.undercurrent]\nsettings_modules = ['settings']\n",
        "crontab": "* * * * * python manage.py x\n",
    }
    root = tree(files)
    events = watched(project, tmp_path / "log", "scan", str(root), "--no-cache", "--workers", "1")
    assert list(root.rglob("*.ran")) == []
    assert list(root.rglob("__pycache__")) == []
    assert [event for event in events if event[0] != "open"] == []


@pytest.mark.parametrize("command", ["scan", "diagram", "export"])
def test_nothing_outside_the_folder_is_opened_and_no_network_is_used(
    tree: Tree, tmp_path: Path, project: Path, command: str
):
    (tmp_path / "pyproject.toml").write_text("[tool.undercurrent]\nwrong = 1\n", encoding="utf-8")
    (tmp_path / "secret.py").write_text("SECRET = 1\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*.py\n", encoding="utf-8")
    root = tree(
        {
            "app.py": "import requests, secret\nfrom .. import secret\nfrom flask import Flask\napp = Flask('x')\n"
            "@app.get('/')\ndef x():\n    open('../secret.py')\n    requests.get('http://127.0.0.1:1/')\n",
            "crontab": "* * * * * python ../secret.py\n",
            "Procfile": "web: python ../secret.py\n",
        }
    )
    out = tmp_path / "out"
    arguments = {
        "scan": ["scan", str(root), "--no-cache", "--workers", "1"],
        "diagram": ["diagram", str(root), "--no-cache", "--workers", "1", "-o", str(out / "page.html")],
        "export": ["export", str(root), "--no-cache", "--workers", "1", "--to", "yaml", "-o", str(out)],
    }[command]
    events = watched(project, tmp_path / "log", *arguments)
    assert [event for event in events if event[0] != "open"] == []
    mine = [what for _, what in events if what.startswith(str(tmp_path))]
    allowed = (str(root), str(out), str(tmp_path / "log"))
    assert [path for path in mine if not path.startswith(allowed)] == []
    assert any(path.startswith(str(root)) for path in mine)


def test_started_as_a_module_inside_the_analysed_code_no_module_of_it_is_taken_for_a_library(tree: Tree, project: Path):
    root = tree(dict.fromkeys(("click.py", "msgspec.py", "yaml.py", "networkx.py"), TRAP))
    command = [sys.executable, "-m", "discover", "scan", ".", "--no-cache", "--workers", "1"]
    path = os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not list(root.rglob("*.ran"))
