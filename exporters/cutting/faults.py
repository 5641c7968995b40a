"""Errors of the cutter itself, as a report of them needs them."""

from __future__ import annotations

import traceback
from pathlib import Path


def place_of(error: Exception) -> str:
    """What the error says, and the line of ours that it came from: what a report of it needs."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{error} ({Path(last.filename).name}:{last.lineno}); please report it"
