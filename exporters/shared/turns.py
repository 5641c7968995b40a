"""Which runs begin only after others: the order of a chain or a chord, as its hops say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from discover.model import Hop, Workflow
from exporters.shared.nodes import run_bodies, walk


def kept_back(workflow: Workflow) -> Mapping[str, list[str]]:
    """For each run that others wait for: all that never begin when it fails, in the order of the code.

    What something else begins as well is none of them.
    """
    calls: dict[tuple[str, int], list[Hop]] = {}
    for _, body in run_bodies(workflow):
        for node in walk(body):
            if isinstance(node, Hop):
                calls.setdefault((node.unit, node.line), []).append(node)
    begun = [(call, run) for call, hops in calls.items() for run in {one for hop in hops for one in hop.runs}]
    found: dict[str, list[str]] = {}
    for call, hops in calls.items():
        elsewhere = {run for other, run in begun if other != call}
        for run in dict.fromkeys(run for hop in hops for run in hop.after):
            kept = [one for one in _all_behind(run, hops) if one not in elsewhere]
            found.setdefault(run, []).extend(kept)
    return found


def _all_behind(run: str, hops: Sequence[Hop]) -> list[str]:
    """What waits for a run, for what waits for it, and so on."""
    found: dict[str, None] = {}
    waiting = [run]
    while waiting:
        one = waiting.pop(0)
        for hop in hops:
            behind = [other for other in hop.runs if one in hop.after and other != run and other not in found]
            found.update(dict.fromkeys(behind))
            waiting.extend(behind)
    return list(found)
