"""Puts dead letters at the consumers whose messages they are: as a safeguard, and as the hop to who takes them."""

from __future__ import annotations

from discover.frameworks.brokers.channels import UNKNOWN, words
from discover.frameworks.records import DeadLetter, Dispatch, Findings
from discover.link.brokers import Brokers
from discover.link.plans import Plans
from discover.link.records import Covering, Handover, Target
from discover.model import RetryPolicy, Safeguard


def place_dead_letters(found: Findings, brokers: Brokers, plans: Plans) -> dict[str, RetryPolicy]:
    """Tell each consumer of a queue what its failures lead to; yields how often the broker tries, by unit."""
    tries: dict[str, RetryPolicy] = {}
    for dispatch in found.dispatches:
        if dispatch.has_failed:
            safeguard = Safeguard(kind="dead_letter", name=f"the {dispatch.channel}", is_outside=True)
            for unit in dispatch.targets:
                plan = plans.of(unit)
                plan.kept = plan.kept.joined(Covering(safeguards=(safeguard,)))
    for letter in found.dead_letters:
        heard_by = [(heard.unit, heard.line) for heard in brokers.consumers(letter.medium, letter.queue)]
        for heard_unit, line in [(letter.unit, letter.line)] if letter.unit else heard_by:
            plan = plans.of(heard_unit)
            safeguard = Safeguard(kind="dead_letter", name=words((letter.to,)), is_outside=True)
            plan.kept = plan.kept.joined(Covering(safeguards=(safeguard,)))
            if letter.attempts is not None:
                tries.setdefault(heard_unit, RetryPolicy(attempts=letter.attempts, text="handed out again"))
            handover = _handover(letter, heard_unit, line, brokers)
            if handover is not None:
                plan.failing.append(handover)
    return tries


def _handover(letter: DeadLetter, unit: str, line: int, brokers: Brokers) -> Handover | None:
    """What takes the failed messages; None where nothing of the project does."""
    if letter.to.name == UNKNOWN and letter.to.exchange in ("", UNKNOWN):
        return None
    sent = Dispatch(unit=unit, number=0, line=line, edge="publish", library="", sends=(letter.to,))
    direct = tuple(Target(target, 0.95, letter.evidence) for target in letter.targets)
    targets = direct or brokers.receivers(sent)
    if not targets:
        return None
    return Handover(
        kind="publish",
        line=line,
        channel=words((letter.to,)),
        targets=targets,
        name=letter.to.name,
        evidence=f"dead letters of {letter.queue!r} ({letter.evidence})",
    )
