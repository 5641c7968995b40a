"""How far the command lines are read that code puts together."""

from __future__ import annotations

from pathlib import Path

from discover.config import load_config
from discover.pipeline import scan

ENDLESS = """
import subprocess

def run():
    first = ["make", "report"]
    second = ["--quiet"]
    {rounds}
    subprocess.run(first)
"""


def test_lists_made_of_one_another_again_and_again_are_given_up(tmp_path: Path) -> None:
    rounds = "\n    ".join(["first = second + first", "second = list(first) + second"] * 8)
    (tmp_path / "app.py").write_text(ENDLESS.format(rounds=rounds))
    assert [effect.kind for effect in scan(tmp_path, load_config(tmp_path)).effects] == ["process"]
