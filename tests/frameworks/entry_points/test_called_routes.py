"""A schedule outside Python code that calls one of the project's routes starts the route's handler."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan

APP = """
from flask import Flask
app = Flask(__name__)
@app.post("/tasks/clean")
def clean(): ...
@app.get("/tasks/report")
def report(): ...
"""


def scheduled(root: Path, name: str, text: str) -> list[str]:
    (root / "app.py").write_text(APP)
    (root / name).write_text(text)
    graph = scan(root, load_config(root, None))
    return [f"{t.detail.schedule} {t.handler}" for t in graph.triggers if t.kind == "schedule"]


@pytest.mark.parametrize(
    ("command", "handler"),
    [
        ("curl -X POST http://api:8000/tasks/clean", "clean"),
        ("curl -fsS -XPOST https://$HOST/tasks/clean", "clean"),
        ("wget -q -O- http://localhost/tasks/report?full=1", "report"),
        ("curl http://shop.backend.svc.cluster.local/tasks/report", "report"),
        ("curl https://example.com/tasks/report", ""),
        ("curl http://api/tasks/clean", ""),
    ],
)
def test_what_is_fetched_by_the_clock_is_the_projects_own_route(tmp_path: Path, command: str, handler: str) -> None:
    found = scheduled(tmp_path, "crontab", f"0 3 * * * {command}\n")
    assert found == ([f"0 3 * * * app.py::{handler}"] if handler else [])


def test_app_engines_cron_calls_a_route(tmp_path: Path) -> None:
    text = "cron:\n- url: /tasks/report\n  schedule: every 24 hours\n"
    assert scheduled(tmp_path, "cron.yaml", text) == ["every 24 hours app.py::report"]


def test_a_route_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cron.yaml").write_text("cron:\n- url: /tasks/gone\n  schedule: every 24 hours\n")
    graph = scan(tmp_path, load_config(tmp_path, None))
    assert [(u.at, u.what) for u in graph.unresolved] == [("cron.yaml", "GET /tasks/gone")]
