"""What changed since an earlier scan, as the index lists it: a row for each workflow that is not as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from exporters.html.page.addresses import Addresses
from exporters.shared.compare import Changes, WorkflowChanges

_WORDS: Final = {
    "added": "came",
    "gone": "went",
    "moved": "moved",
    "condition": "asks something else",
    "changed": "changed",
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One workflow that came, went or changed."""

    name: str
    kind: str
    link: str
    """Empty where it is gone."""
    words: str
    """What happened to its steps."""


def change_rows(changes: Changes | None, addresses: Addresses) -> list[ChangeRow] | None:
    """All workflows that are not as they were; None where nothing was compared."""
    if changes is None:
        return None
    return [
        ChangeRow(one.name, one.kind, "" if one.kind == "gone" else addresses.workflow(one.id), _counted(one))
        for one in changes.workflows
    ]


def _counted(found: WorkflowChanges) -> str:
    counts = Counter(change.kind for change in found.changes)
    return ", ".join(f"{counts[kind]} {word}" for kind, word in _WORDS.items() if counts[kind])
