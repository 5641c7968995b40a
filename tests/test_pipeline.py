from __future__ import annotations

import subprocess
import sys

import pytest

from discover.config import load_config
from discover.errors import InputError
from discover.model.serialize import to_json
from discover.pipeline import PASSES, scan

FILES = {
    "shop/__init__.py": "",
    "shop/app.py": """
        import requests
        from celery import Celery
        from flask import Flask
        web = Flask(__name__)
        queue = Celery("shop")
        @web.post("/orders")
        def order():
            ship.delay(1)
        @queue.task
        def ship(number):
            requests.post("https://example.com/ship", timeout=3)
    """,
    "shop/broken.py": "def (:",
}


def told(root, cache=None, workers=1):
    """The graph, and the stages that the scan told of."""
    stages = []
    graph = scan(
        root,
        load_config(root, None),
        workers=workers,
        cache=cache,
        progress=lambda stage, done, total: stages.append((stage, done, total)),
    )
    return graph, stages


def test_a_scan_reads_a_backend_to_its_workflows(tree):
    graph, stages = told(tree(FILES))
    workflow = next(w for w in graph.workflows if w.name == "POST /orders")
    assert [run.unit for run in workflow.runs] == ["shop/app.py::ship"]
    assert [entry.file for entry in graph.skipped] == ["shop/broken.py"]
    assert list(dict.fromkeys(stage for stage, _, _ in stages if stage in dict(PASSES))) == [name for name, _ in PASSES]


def test_the_document_says_where_imports_start_and_what_the_rules_left_out(tree):
    files = {
        "manage.py": """
            import os, sys
            import django
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "apps"))
        """,
        "apps/orders/__init__.py": "",
        "apps/orders/views.py": "from bills.models import Bill\n",
        "apps/bills/__init__.py": "",
        "apps/bills/models.py": "class Bill: ...\n",
        "apps/bills/test_models.py": "def test_a(): ...\n",
        "apps/bills/__pycache__/models.cpython-311.pyc": "",
        "docs/conf.py": "",
    }
    graph, _ = told(tree(files))
    assert graph.import_roots[0] == "apps"
    assert graph.stats.left_out == {"docs": 1, "tests": 1}


def test_without_another_folder_imports_start_at_the_root(tree):
    assert told(tree({"plain.py": "x = 1\n"}))[0].import_roots == (".",)


def test_an_unchanged_tree_is_answered_from_the_cache(tree, tmp_path):
    root = tree(FILES)
    first, _ = told(root, tmp_path / "cache")
    second, stages = told(root, tmp_path / "cache")
    assert to_json(first) == to_json(second)
    assert {stage for stage, _, _ in stages} == {"compare"}


@pytest.mark.parametrize("change", ["python", "configuration", "declaration", "name"])
def test_what_a_result_rests_on_makes_a_new_one(tree, tmp_path, change):
    root = tree(FILES)
    told(root, tmp_path / "cache")
    if change == "python":
        (root / "shop" / "__init__.py").write_text("ANSWER = 42\n")
    elif change == "configuration":
        (root / "undercurrent.yaml").write_text("limits: {workflow_steps: 50}\n")
    elif change == "declaration":
        (root / "Procfile").write_text("web: flask --app shop.app run\n")
    else:
        (root / "shop" / "broken.py").rename(root / "shop" / "damaged.py")
    _, stages = told(root, tmp_path / "cache")
    assert "infer" in {stage for stage, _, _ in stages}


def test_the_number_of_processes_changes_nothing(tree):
    root = tree(FILES)
    assert to_json(told(root, workers=1)[0]) == to_json(told(root, workers=3)[0])


def test_an_empty_folder_is_said_to_hold_nothing(tmp_path):
    with pytest.raises(InputError, match="no Python files"):
        told(tmp_path)


def test_a_known_result_needs_no_heavy_module(tree, tmp_path, project):
    root = tree(FILES)
    program = f"""
import sys
from pathlib import Path
from discover.config import load_config
from discover.pipeline import scan
root = Path({str(root)!r})
scan(root, load_config(root, None), workers=1, cache=Path({str(tmp_path / "cache")!r}))
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & {{"libcst", "sqlglot", "networkx", "click"}}))
print(*[name for name in sys.modules if name.startswith(("discover.resolve", "discover.infer"))])
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert "discover.infer" in outputs[0]
    assert outputs[1] == ""
