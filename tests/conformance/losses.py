"""What is known to be lost: scenarios that an engine can't play as the original does, each with its reason."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.conformance import spec
from tests.conformance.spec import Record, converted

FILE = Path(__file__).with_name("losses.yaml")


class Loss(Record, frozen=True):
    """One scenario on one engine."""

    engine: str
    fixture: str
    scenario: str
    reason: str


def losses(file: Path = FILE) -> list[Loss]:
    """All of them; one that names no scenario is a fault of the file."""
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = [converted(one, Loss, f"{file.name}, number {number}") for number, one in enumerate(said, 1)]
    for loss in found:
        known = [one.name for one in spec.scenarios(loss.fixture)] if loss.fixture in spec.names() else []
        if loss.scenario not in known:
            raise ValueError(f"{file.name}: there is no scenario {loss.scenario} of {loss.fixture}")
    return found
