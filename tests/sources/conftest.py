"""Trees in, declared triggers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover.config import Config
from discover.sources.records import DeclaredTrigger
from discover.sources.tree import SourceTree, read_tree

Read = Callable[[Mapping[str, str | bytes]], SourceTree]
Declared = Callable[[Mapping[str, str | bytes]], list[DeclaredTrigger]]


@pytest.fixture
def read(tree: Callable[[Mapping[str, str | bytes]], Path]) -> Read:
    """Writes the files and reads the tree."""

    def run(files: Mapping[str, str | bytes]) -> SourceTree:
        return read_tree(tree(files), Config())

    return run


@pytest.fixture
def declared(read: Read) -> Declared:
    """Writes the files, with a small project around them, and returns the triggers."""
    project = {
        "manage.py": "",
        "shop/__init__.py": "",
        "shop/celery.py": "",
        "shop/wsgi.py": "",
        "jobs/__init__.py": "",
        "jobs/nightly.py": "",
        "tools/report.py": "",
    }

    def run(files: Mapping[str, str | bytes]) -> list[DeclaredTrigger]:
        return list(read({**project, **files}).triggers)

    return run
