"""The work that a step hands over, as the elements that let it go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from discover import model
from exporters.base import Loss
from exporters.canonical import records
from exporters.cutting.marks import hops_in
from exporters.cutting.policies import place
from exporters.shared.identifiers import Unique

CAPTURED_HOPS = frozenset({"dispatch", "publish", "callback"})
"""Hops that a worker can take out of the running code. The others really happen, as they do in the backend."""


@dataclass(slots=True)
class Starts:
    """Makes them for the steps of one workflow."""

    workflow: str
    runs: Mapping[str, str]
    """The id of the definition's run that each run of the model became."""
    ids: Unique
    losses: list[Loss] = field(default_factory=list[Loss])

    def of(self, step_id: str, nodes: Iterable[model.Node], *, is_inside: bool = False) -> list[records.Start]:
        """One element for each run that the step hands work to; `is_inside` a branch or loop, none or many."""
        found: dict[str, records.Start] = {}
        for placed in hops_in(nodes):
            for run in self._receivers(placed.hop):
                if run in found:
                    found[run] = _joined(found[run], placed.hop.channel)
                else:
                    found[run] = self._start(step_id, run, placed.hop, many=placed.many or is_inside)
        return list(found.values())

    def _receivers(self, hop: model.Hop) -> list[str]:
        where = f"{self.workflow}#{hop.id}"
        if hop.inline:
            return []
        if hop.kind not in CAPTURED_HOPS:
            why = f"the {hop.kind} hop is no element: the code does it as it always did"
            self.losses.append(Loss("hop-not-captured", where, why))
            return []
        receivers = [self.runs[run] for run in hop.runs if run in self.runs]
        if not receivers:
            self.losses.append(Loss("hop-without-receiver", where, "nobody is known to receive this hop"))
        return receivers

    def _start(self, step_id: str, run: str, hop: model.Hop, *, many: bool) -> records.Start:
        return records.Start(
            id=self.ids(f"start_{run}"),
            name=hop.name,
            at=place(hop.unit, hop.line),
            run=run,
            of=step_id,
            kind=hop.kind,
            channel=hop.channel,
            arguments=hop.arguments,
            delay=hop.delay,
            delay_in=bool(hop.delay_text) and hop.delay is None,
            many=many,
            confidence=hop.confidence,
            evidence=hop.evidence,
        )


def _joined(start: records.Start, channel: str) -> records.Start:
    """The element for one more hop of the same step to the same run."""
    channels = start.channel.split(", ")
    more = [channel] if channel and channel not in channels else []
    return msgspec.structs.replace(start, many=True, channel=", ".join([*channels, *more]))
