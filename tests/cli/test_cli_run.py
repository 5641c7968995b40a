"""`undercurrent run` straight from a backend or a scan's document, and what stays out of its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from discover.errors import ExitCode

pytest.importorskip("dbos")
pytest.importorskip("flask")

Tree = Callable[[dict[str, str]], Path]
Undercurrent = Callable[..., Any]
SHOP = """
import os, subprocess, sys
from flask import Flask, jsonify, request
print("imported")
app = Flask(__name__)

@app.post("/orders")
def order():
    print("printed")
    os.write(1, b"written\\n")
    subprocess.run([sys.executable, "-c", "print('from a child')"])
    with open("orders.txt", "a") as file:
        file.write("order\\n")
    return jsonify(got=request.get_json()), 201

@app.get("/health")
def health():
    with open("health.txt", "a") as file:
        file.write("asked\\n")
    return jsonify(ok=True)
"""
INPUT = '{"json": {"sku": "A1"}}'


@pytest.fixture
def shop(tree: Tree) -> Path:
    return tree({"shop.py": SHOP})


def test_a_workflow_of_a_folder_is_scanned_and_run(undercurrent: Undercurrent, shop: Path) -> None:
    done = undercurrent("run", shop, "--workflow", "POST /orders", "--input", INPUT, "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"], report["result"]["status"]) == ("done", 201)
    assert (shop / "orders.txt").read_text() == "order\n"


def test_a_workflow_of_a_scans_document_is_run(undercurrent: Undercurrent, shop: Path, tmp_path: Path) -> None:
    document = tmp_path / "shop.json"
    document.write_text(undercurrent("scan", shop, "--format", "json").stdout, encoding="utf-8")
    arguments = ("run", document, "--workflow", "/orders", "--input", INPUT, "--format", "json")
    done = undercurrent(*arguments, "--root", shop)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True
    assert undercurrent(*arguments, cwd=shop).returncode == 0


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_the_backend_prints_is_no_part_of_the_report(undercurrent: Undercurrent, shop: Path, form: str) -> None:
    done = undercurrent("run", shop, "--workflow", "POST /orders", "--input", INPUT, "--format", form)
    assert done.returncode == 0, done.stderr
    for word in ("imported", "printed", "written", "from a child"):
        assert word in done.stderr.splitlines()
        assert word not in done.stdout
    assert done.stdout.startswith("{" if form == "json" else "done: run ")


def test_a_folder_of_several_workflows_asks_for_one(undercurrent: Undercurrent, shop: Path) -> None:
    done = undercurrent("run", shop)
    assert done.returncode == ExitCode.USAGE
    assert "--workflow" in done.stderr
    assert "order" in done.stderr


def test_a_definition_holds_one_workflow_and_needs_no_name(
    undercurrent: Undercurrent, shop: Path, tmp_path: Path
) -> None:
    file = tmp_path / "order.yaml"
    file.write_text(undercurrent("export", shop, "--to", "yaml", "--workflow", "POST /orders").stdout)
    done = undercurrent("run", file, "--root", shop, "--workflow", "x")
    assert done.returncode == ExitCode.USAGE
    assert "--workflow" in done.stderr
