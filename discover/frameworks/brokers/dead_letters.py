"""Where the messages of a queue go that fail for good, as the call says that declares the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.frameworks.brokers.channels import UNKNOWN, channels, heard_channels
from discover.frameworks.records import Channel, DeadLetter
from discover.frameworks.rules.given import Given
from discover.resolve.values import ContainerValue

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench


def set_aside(bench: Workbench, rule: spec.DeadLetter, match: Match) -> None:
    """Record what a call says of a queue's dead letters, as each of its callers says it."""
    site = match.site
    wanted = bench.picker.wanted([rule.queue, rule.when, rule.exchange, rule.to], site.call)
    for frame in bench.contexts.frames(site.function, wanted):
        given = Given(site.call, site.function, frame, match.receivers or site.result, None, site.function.unit.owner)
        if not _is_said(bench, rule.when, given):
            continue
        targets = channels(bench, rule.medium, rule.to, rule.exchange, given)
        to = targets[0] if len(targets) == 1 else Channel(medium=rule.medium, name=UNKNOWN)
        attempts = bench.picker.texts(rule.attempts, given)
        for queue in heard_channels(bench, rule.medium, rule.queue, given):
            if queue.name != UNKNOWN:
                letter = DeadLetter(
                    medium=rule.medium,
                    queue=queue.name,
                    to=to,
                    attempts=int(attempts[0]) if len(attempts) == 1 and attempts[0].isdigit() else None,
                    evidence=match.path,
                )
                bench.found.dead_letters[letter] = None


def _is_said(bench: Workbench, when: spec.Pick, given: Given) -> bool:
    """Whether the argument is given, and the key in it where one is asked for, whatever its value."""
    if when.key is None:
        return bool(bench.picker.values(when, given))
    keys = [when.key] if isinstance(when.key, str) else when.key
    held = bench.picker.values(msgspec.structs.replace(when, key=None), given)
    return any(isinstance(value, ContainerValue) and any(key in value.items for key in keys) for value in held)
