"""What `export` does with the files that an earlier one has left in the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEAD = "from flask import Flask\nimport requests\napp = Flask(__name__)\n"
ONE = '@app.get("/one")\ndef one():\n    requests.post("https://a.example/one")\n    return "1"\n'
TWO = '@app.get("/two")\ndef two():\n    requests.post("https://a.example/two")\n    return "2"\n'


def test_what_was_generated_is_replaced_or_removed_and_what_was_edited_is_not(
    undercurrent: Callable[..., Any], tree: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    root = tree({"web.py": HEAD + ONE + TWO})
    command = ("export", root, "--to", "yaml", "-o", out)
    assert undercurrent(*command).returncode == 0
    first, second = sorted(out.glob("*.yaml"))
    (root / "web.py").write_text("# Moved by a line.\n" + HEAD + ONE, encoding="utf-8")
    before = first.read_text(encoding="utf-8")
    again = undercurrent(*command)
    assert again.returncode == 0, again.stderr
    assert first.read_text(encoding="utf-8") != before
    assert not second.exists()
    assert f"removed: {second.name}: " in again.stderr

    (root / "web.py").write_text(HEAD + TWO, encoding="utf-8")
    first.write_text("name: mine\n", encoding="utf-8")
    third = undercurrent(*command)
    assert third.returncode == 0, third.stderr
    assert f"left: {first.name}: " in third.stderr
    assert first.read_text(encoding="utf-8") == "name: mine\n"

    (root / "web.py").write_text(HEAD + ONE, encoding="utf-8")
    assert undercurrent(*command).returncode == 2


def test_the_list_of_what_was_generated_reaches_nothing_outside_of_the_folder(
    undercurrent: Callable[..., Any], tree: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    out, outside = tmp_path / "out", tmp_path / "precious.txt"
    command = ("export", tree({"web.py": HEAD + ONE}), "--to", "yaml", "-o", out)
    assert undercurrent(*command).returncode == 0
    outside.write_text("mine", encoding="utf-8")
    (out / "link.txt").symlink_to(outside)
    listed = out / ".undercurrent-export.json"
    sum_of_mine = hashlib.sha256(b"mine").hexdigest()
    names = ["../precious.txt", str(outside), "link.txt", "a/../../precious.txt"]
    found = json.loads(listed.read_text(encoding="utf-8"))
    found["yaml"] |= dict.fromkeys(names, sum_of_mine)
    listed.write_text(json.dumps(found), encoding="utf-8")
    assert undercurrent(*command).returncode == 0
    assert outside.read_text(encoding="utf-8") == "mine"
    assert (out / "link.txt").is_symlink()
