"""Doing something to a library when the backend has imported it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from exporters.worker import arriving

LIBRARY = "library_that_arrives"


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[ModuleType]:
    """The module twice, as two exported packages bring it along into one process."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"{LIBRARY}.py").write_text("NAME = 'library'\n")
    return [_copy(), _copy()]


def _copy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("copy_of_arriving", arriving.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_workers_of_two_packages_in_one_process_hear_of_the_same_library(copies: list[ModuleType]) -> None:
    heard: list[str] = []
    for number, copy in enumerate(copies):
        copy.on_import(LIBRARY, lambda number=number: heard.append(f"{number}: {sys.modules[LIBRARY].NAME}"))
    try:
        importlib.import_module(LIBRARY)
        assert sorted(heard) == ["0: library", "1: library"]
    finally:
        sys.modules.pop(LIBRARY, None)
