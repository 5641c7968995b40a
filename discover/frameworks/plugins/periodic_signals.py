"""Receivers of a project's own clock signal: a signal that a command sends each time it runs is a schedule.

Whether a signal ticks is said by its name and by who sends it, not by any library's call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench

_TICK = re.compile(r"(^|_)(periodic|cron|hourly|daily|nightly|weekly|monthly|tick|clock|every_\w+)(_|$)", re.IGNORECASE)


def connect(bench: Workbench) -> None:
    """Give the receivers of ticking signals a schedule."""
    starters = {e.unit: e for e in bench.found.entry_points.values() if e.kind in ("command", "schedule", "task")}
    ticking: dict[str, str] = {}
    for dispatch in bench.found.dispatches.values():
        sender = starters.get(dispatch.unit)
        if dispatch.edge == "signal" and sender is not None and _TICK.search(dispatch.channel.rpartition(".")[2]):
            detail = sender.detail
            ticking.setdefault(dispatch.name, detail.schedule or f"each run of {detail.command or detail.name}")
    for entry in list(bench.found.entry_points.values()):
        if entry.kind != "signal":
            continue
        for name in entry.names:
            if name in ticking:
                detail = TriggerDetail(schedule=ticking[name], signal=entry.detail.signal)
                evidence = f"{entry.evidence}; the signal is sent periodically"
                scheduled = msgspec.structs.replace(
                    entry, kind="schedule", detail=detail, names=(), confidence=0.7, evidence=evidence
                )
                bench.found.entry(scheduled)
