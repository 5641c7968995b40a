"""Modules of this project as parts of an exported package, which then needs nothing of this project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

from exporters.base import Artifact
from exporters.shared.python_text import natural


def copied(packages: Sequence[str], target: str) -> list[Artifact]:
    """The modules of all the packages, put together under the dotted name `target`; the last `__init__` stays."""
    texts: dict[str, str] = {}
    for package in packages:
        for file in sorted(resources.files(package).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".py"):
                texts[file.name] = file.read_text(encoding="utf-8")
    made: list[Artifact] = []
    for name, text in sorted(texts.items()):
        for package in packages:
            text = text.replace(package, target)
        made.append(Artifact(f"{target.replace('.', '/')}/{name}", _in_order(text, target)))
    return made


def _in_order(text: str, target: str) -> str:
    """The text with the imports of the package's own modules in their order, which new names have changed."""
    imported = re.compile(rf"(?:^from {re.escape(target)}(?:\.[\w.]+)? import (?:\([^)]*\)|[^(\n]+)\n)+", re.MULTILINE)
    one = re.compile(r"^from (\S+) import (?:\([^)]*\)|[^(\n]+)\n", re.MULTILINE)

    def sort(match: re.Match[str]) -> str:
        return "".join(found[0] for found in sorted(one.finditer(match[0]), key=lambda found: natural(found[1])))

    return imported.sub(sort, text)
