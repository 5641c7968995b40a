"""The rules of process definitions, for the tests of this folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def process_faults() -> Callable[[dict[str, Any]], list[str]]:
    """Everything that is wrong with a process definition."""
    spec = importlib.util.spec_from_file_location("process_rules", Path(__file__).with_name("process_rules.py"))
    assert spec
    assert spec.loader
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    return rules.faults
