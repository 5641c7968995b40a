"""What the command of an exported package begins with: its workflows, and the backend that their steps come from."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from exporters.worker.performing import Workers


@dataclass(frozen=True, slots=True)
class Served:
    """One workflow of the package."""

    prefix: str
    """Its name, and the beginning of all that the engine calls by a name."""
    start: str
    """The run that starts it."""
    schedules: tuple[str, ...] = ()
    """Cron texts."""


def load_workers(package: str, prefix: str, folder: Path) -> Workers:
    """The workers of one workflow, over a backend that was entered; what can't be found is told now."""
    made = Workers(importlib.import_module(f"{package}.{prefix}.plan").PLAN, [folder])
    made.check()
    return made
