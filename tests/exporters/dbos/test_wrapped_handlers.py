"""Handlers below a decorator of the backend's own: what the decorator does happens once, as in the backend itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHOP = """
import functools, pathlib
from flask import request
SAID = pathlib.Path(__file__).with_name("said")
def say(text):
    with SAID.open("a", encoding="utf-8") as file:
        file.write(f"{text}\\n")
def allowed(order):
    say(f"check {order}")
    return order != 9
def store(order):
    say(f"store {order}")
    return order
def mail(order):
    say(f"mail {order}")
def checked(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        if not allowed(request.view_args["order"]):
            return "refused"
        result = view(*args, **kwargs)
        say("after")
        return result
    return inner
"""
FLASK = """
from flask import Flask
from shop import checked, mail, store
app = Flask(__name__)
@app.route("/orders/<int:order>", methods=["POST"])
@checked
def create(order):
    kept = store(order)
    mail(kept)
    return f"made {kept}"
"""
CALL_FLASK = """
import sys, web
print(web.app.test_client().post(f"/orders/{sys.argv[1]}").get_data(as_text=True))
"""


@pytest.mark.parametrize("order", [3, 9])
def test_what_a_decorator_does_around_a_flask_view_happens_once(
    tree: Callable[[dict[str, str]], Path], undercurrent: Callable[..., Any], tmp_path: Path, order: int
) -> None:
    root = tree({"shop.py": SHOP, "web.py": FLASK})
    said = root / "said"

    def told() -> list[str]:
        found = said.read_text(encoding="utf-8").splitlines()
        said.unlink()
        return found

    asked = subprocess.run(
        [sys.executable, "-c", CALL_FLASK, str(order)], cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    original = told()
    exported = undercurrent("export", root, "--to", "yaml", "--output", tmp_path / "out")
    assert exported.returncode == 0, exported.stderr
    (file,) = (tmp_path / "out").rglob("*.yaml")
    text = file.read_text(encoding="utf-8")
    assert "wrapper: shop:checked.<locals>.inner" in text, text
    database = tmp_path / "runs.sqlite"
    place = ("--root", root, "--database", database, "--format", "json")
    done = undercurrent("run", file, *place, "--input", f'{{"path": "/orders/{order}"}}')
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert (told(), found["result"]["body"]) == (original, asked.stdout.strip()), text
