"""The work that a step hands over, as the elements that let it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from discover import model
from exporters.base import Loss
from exporters.canonical import records
from exporters.cutting.marks import CAPTURED_HOPS, call_of, hops_in
from exporters.cutting.policies import place
from exporters.shared.identifiers import Unique

_BY_ITSELF = {
    "poll": "what is stored here is found by {who}",
    "schedule": "{who} runs at its own times",
    "http": "the request is really sent, and answered by {who}",
}
"""What still happens, by the kind of a hop that no worker takes out."""
_MOST_NAMED = 3


def started(runs: Sequence[model.Run], on_failure: Callable[[model.Run], Iterable[model.Node]]) -> list[model.Run]:
    """The first run and those that hops start from there; others begin by themselves, as workflows of their own."""
    receiving = {run.id: run for run in runs[1:]}
    reached = {runs[0].id}
    waiting = [runs[0]]
    while waiting:
        run = waiting.pop()
        for receiver in _received([*run.body, *on_failure(run)]):
            if receiver in receiving and receiver not in reached:
                reached.add(receiver)
                waiting.append(receiving[receiver])
    return [run for run in runs if run.id in reached]


def _received(nodes: Iterable[model.Node]) -> Iterator[str]:
    for placed in hops_in(nodes):
        if placed.hop.kind in CAPTURED_HOPS and not placed.hop.inline:
            yield from placed.hop.runs


@dataclass(slots=True)
class Starts:
    """Makes them for the steps of one workflow."""

    workflow: str
    runs: Mapping[str, str]
    """The id of the definition's run that each run of the model became."""
    named: Mapping[str, str]
    """What each run of the model is called."""
    ids: Unique
    losses: list[Loss] = field(default_factory=list[Loss])

    def of(self, step_id: str, nodes: Iterable[model.Node], *, is_inside: bool = False) -> list[records.Start]:
        """One element for each run that the step hands work to; `is_inside` a branch or loop, none or many."""
        found: dict[str, records.Start] = {}
        before: dict[str, tuple[str, ...]] = {}
        hops = list(hops_in(nodes))
        # A task with its own way to send is told twice: once as that, for tasks that are not known there.
        told = {call_of(placed.hop) for placed in hops if placed.hop.runs}
        for placed in hops:
            if not placed.hop.runs and call_of(placed.hop) in told:
                continue
            for run in self._receivers(placed.hop):
                if run in found:
                    found[run] = _joined(found[run], placed.hop.channel)
                    before.pop(run, None)
                else:
                    found[run] = self._start(step_id, run, placed.hop, many=placed.many or is_inside)
                    before[run] = tuple(self.runs.get(one, "") for one in placed.hop.after)
        return [msgspec.structs.replace(one, after=_order(before.get(one.run, ()), found)) for one in found.values()]

    def _receivers(self, hop: model.Hop) -> list[str]:
        where = f"{self.workflow}#{hop.id}"
        if hop.inline:
            return []
        if hop.channel == model.A_PROCESS:
            self.losses.append(Loss("hop-not-captured", where, "the code starts the program as it always did"))
            return []
        if hop.kind not in CAPTURED_HOPS:
            self.losses.append(Loss("hop-not-captured", where, self._by_itself(hop)))
            return []
        receivers = [self.runs[run] for run in hop.runs if run in self.runs]
        if not receivers:
            what = f"`{hop.name}`" if hop.name else "what is handed over here"
            why = f"nobody is known to receive {what}: it is held back, and nothing starts"
            self.losses.append(Loss("hop-without-receiver", where, why))
        return receivers

    def _by_itself(self, hop: model.Hop) -> str:
        names = [self.named.get(run, run) for run in hop.runs]
        more = [f"{len(names) - _MOST_NAMED} others"] if len(names) > _MOST_NAMED else []
        who = ", ".join([*(f"`{name}`" for name in names[:_MOST_NAMED]), *more]) or "whoever did it before"
        what = _BY_ITSELF.get(hop.kind, "{who} is reached as before").format(who=who)
        return f"{what}, which no step starts: it is a workflow of its own"

    def _start(self, step_id: str, run: str, hop: model.Hop, *, many: bool) -> records.Start:
        return records.Start(
            id=self.ids(f"start_{run}"),
            name=hop.name if len(hop.runs) < 2 else f"Start {run.replace('_', ' ')}",
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


def _order(before: tuple[str, ...], found: Mapping[str, records.Start]) -> tuple[str, ...] | None:
    """The runs that one comes after, where the step starts each of them once; else the messages tell it alone."""
    is_told = bool(before) and all(run in found and not found[run].many for run in before)
    return tuple(dict.fromkeys(before)) if is_told else None


def _joined(start: records.Start, channel: str) -> records.Start:
    """The element for one more hop of the same step to the same run."""
    channels = start.channel.split(", ")
    more = [channel] if channel and channel not in channels else []
    return msgspec.structs.replace(start, many=True, channel=", ".join([*channels, *more]))
