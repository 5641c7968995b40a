"""What a step's function gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def bound(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of the names that have a value: a branch that was not taken may have left some without."""
    return {name: values[name] for name in names if name in values}
