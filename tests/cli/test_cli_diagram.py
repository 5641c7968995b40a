"""`undercurrent diagram`: what it writes, where its lines lead, and what it compares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

Undercurrent = Callable[..., "CompletedProcess[str]"]
Tree = Callable[[Mapping[str, str]], Path]

SHOP = """
from flask import Flask, request
import requests

app = Flask(__name__)

@app.route("/pay", methods=["POST"])
def pay():
    total = int(request.form["total"])
    if total > 10:
        requests.post("https://bank.example.com/pay", json={"total": total}, timeout=5)
    return "ok"
"""


def test_markdown_links_to_the_code_host_that_git_names(undercurrent: Undercurrent, tree: Tree, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    config = '[remote "origin"]\n\turl = https://me:secret@github.com/acme/shop.git\n'
    root = tree({"shop.py": SHOP, ".git/config": config, ".git/HEAD": commit})
    done = undercurrent("diagram", root, "--format", "md", "-o", tmp_path / "shop.md")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "shop.md").read_text(encoding="utf-8")
    assert "When someone posts to /pay:" in text
    assert f"[If total is more than 10](https://github.com/acme/shop/blob/{commit}/shop.py#L10-L11)" in text
    assert "secret" not in text
    plain = undercurrent("diagram", root, "--format", "md", "-o", tmp_path / "plain.md", "--link-to", "none")
    assert plain.returncode == 0
    assert "github.com" not in (tmp_path / "plain.md").read_text(encoding="utf-8")


def test_a_page_says_what_changed_since_an_earlier_scan(undercurrent: Undercurrent, tree: Tree, tmp_path: Path) -> None:
    root = tree({"shop.py": SHOP})
    old = tmp_path / "old.json"
    assert undercurrent("scan", root, "--format", "json", "-o", old).returncode == 0
    (root / "shop.py").write_text("# a comment\n" + SHOP.replace("total > 10", "total > 99"), encoding="utf-8")
    done = undercurrent("diagram", root, "--against", old, "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "0 added, 1 changed, 0 gone" in done.stderr
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "asks whether total is more than 99, was total is more than 10" in text
    again = undercurrent("diagram", root, "--against", old, "--format", "md", "-o", tmp_path / "page.md")
    assert again.returncode == 0
    assert "## What changed" in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_a_run_is_laid_over_the_page(undercurrent: Undercurrent, tree: Tree, tmp_path: Path) -> None:
    root = tree({"shop.py": SHOP})
    run = tmp_path / "run.json"
    events = [{"status": "failed", "file": "shop.py", "line": 11, "text": "502 from the bank"}]
    run.write_text(json.dumps({"title": "Run 7", "events": events}), encoding="utf-8")
    done = undercurrent("diagram", root, "--run", run, "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "502 from the bank" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_wrong_words_are_told_to_the_user(undercurrent: Undercurrent, tree: Tree, tmp_path: Path) -> None:
    root = tree({"shop.py": SHOP})
    broken = tmp_path / "run.json"
    broken.write_text('{"events": [{"status": "lost"}]}', encoding="utf-8")
    for arguments, message in (
        (["--link-to", "ftp://x/{path}"], "neither host, vscode nor none"),
        (["--run", broken], "not a document of events of a run"),
        (["--run", tmp_path / "gone.json"], "No such file"),
        (["--run", broken, "--format", "md"], "A run is laid over the page, not over Markdown"),
        (["--against", broken], "not a document that `undercurrent scan --format json` wrote"),
    ):
        done = undercurrent("diagram", root, "-o", tmp_path / "page.html", *arguments)
        assert done.returncode == 2, done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr


TWO = (
    SHOP
    + """
def audit(sql):
    raise NotImplementedError

@app.route("/refund", methods=["POST"])
def refund():
    requests.post("https://refunds.example.com/", timeout=5)
    requests.get("https://rates.example.com/")
    return "ok"
"""
)


def test_one_workflow_is_the_page_that_opens_and_the_index_counts_what_it_lists(
    undercurrent: Undercurrent, tree: Tree, tmp_path: Path
) -> None:
    root = tree({"shop.py": TWO})
    done = undercurrent("diagram", root, "--workflow", "POST /pay", "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"first":"workflow:shop.py::pay"' in text
    assert "<b>1</b> of 2 workflows" in text
    assert "<b>1</b> triggers" in text
    assert "<b>1</b> systems and stores" in text
    assert "of the whole backend</li>" in text
    assert "rates.example.com" not in text
    whole = undercurrent("diagram", root, "-o", tmp_path / "whole.html")
    assert whole.returncode == 0, whole.stderr
    text = (tmp_path / "whole.html").read_text(encoding="utf-8")
    assert "<b>2</b> workflows" in text
    assert '"first":""' in text
    assert "of the whole backend" not in text


def test_a_folder_of_one_workflow_is_told_by_the_workflows_own_page(
    undercurrent: Undercurrent, tree: Tree, tmp_path: Path
) -> None:
    root = tree({"shop.py": TWO})
    done = undercurrent("diagram", root, "--workflow", "POST /pay", "--pages", "-o", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    (page,) = (tmp_path / "report" / "workflows").iterdir()
    assert f"1 workflow written to {page};" in done.stderr
    assert "<b>1</b> of 2 workflows" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
