"""Makes the leaves of a flow: steps from effects, hops from hand-overs, waits; and says which steps are quiet."""

from __future__ import annotations

import msgspec

from discover.infer.names import effect_name, joined, lowered, short_name, unit_name
from discover.link.records import EffectAt, Handover, Pause, StepCorrection
from discover.model import A_PROCESS, Hop, Node, Step, Wait

_QUIET_VERBS = frozenset({
    *("GET", "MGET", "HGET", "HGETALL", "HMGET", "HKEYS", "HLEN", "EXISTS", "READ", "KEYS", "SCAN", "TTL", "EXPIRE"),
    *("WATCH", "LRANGE", "LLEN", "SMEMBERS", "SCARD", "ZRANGE", "INFO", "OPEN"),
})  # fmt: skip


def is_quiet_effect(kind: str, detail: str, service: str) -> bool:
    """Whether the effect only reads the project's own store: such steps fold together, and alone show no decision.

    What a framework's own cache keeps is a memo, and filling it is no business either; only `ADD` is, as a lock.
    """
    if kind == "db_read":
        return True
    if kind == "cache" and service == "cache":
        return detail.upper() != "ADD"
    return kind in ("cache", "file") and detail.upper() in _QUIET_VERBS


def is_quiet(node: Node) -> bool:
    """Whether the node is a step that only reads the project's own store."""
    return isinstance(node, Step) and is_quiet_effect(node.kind, node.detail, node.service)


def step_from(at: EffectAt, identity: str, line: int) -> Step:
    """The step that an effect is."""
    effect = at.effect
    return Step(
        id=identity,
        name=effect_name(effect),
        unit=effect.at,
        line=effect.line or line,
        effect=effect.id,
        kind=effect.kind,
        service=effect.service,
        target=effect.target,
        detail=effect.detail,
        timeout=at.timeout,
        confidence=effect.confidence,
        evidence=effect.evidence,
    )


def hop_from(handover: Handover, identity: str, unit: str, after: tuple[str, ...] = ()) -> Hop:
    """The hop that a hand-over is; its runs are the receiving units, which begin after others."""
    runs = tuple(dict.fromkeys(target.unit for target in handover.targets))
    confidence = min([handover.confidence, *(target.confidence for target in handover.targets)])
    return Hop(
        id=identity,
        name=hop_name(handover),
        unit=unit,
        line=handover.line,
        kind=handover.kind,
        channel=handover.channel,
        runs=runs,
        delay=handover.delay,
        delay_text=handover.delay_text,
        arguments=handover.arguments,
        inline=handover.inline,
        after=after,
        confidence=confidence,
        evidence=handover.evidence or next((target.evidence for target in handover.targets), ""),
    )


def hop_name(handover: Handover) -> str:
    """What is handed over, and how: "Enqueue: send invoice", "Signal order_paid"."""
    if handover.title:
        return handover.title
    what = joined([lowered(unit_name(target.unit)) for target in handover.targets]) or short_name(handover.name)
    if handover.channel == A_PROCESS:
        return f"Run program: {handover.name}" if handover.inline else f"Start program: {handover.name}"
    if handover.kind == "signal":
        return f"Signal {handover.channel.rpartition('.')[2] or what}"
    if handover.kind == "publish":
        return f"Publish {handover.channel or handover.name or what}"
    if handover.kind == "poll":
        return f"Picked up by: {what}"
    if handover.kind == "http":
        return f"Call own route {handover.channel or what}"
    if handover.kind == "schedule":
        return f"Schedule: {what or 'a job'}"
    if handover.kind == "call":
        return f"Run: {what or 'a command'}"
    return f"Enqueue: {what or 'a job'}"


def wait_from(pause: Pause, identity: str, unit: str, line: int) -> Wait:
    """The wait that a pause is."""
    length = "" if pause.seconds is None else f" {pause.seconds:g} s"
    name = f"Wait for {pause.until}" if pause.until else f"Wait{length}"
    return Wait(id=identity, name=name, unit=unit, line=line, seconds=pause.seconds, until=pause.until)


def named(node: Node, said: StepCorrection) -> Node:
    """The node under the name that the user gives it."""
    return msgspec.structs.replace(node, name=said.name, evidence=said.evidence)


def merged(first: Step, second: Step) -> Step:
    """Two quiet steps in a row as one: the reader needs the list of what is read, not the order."""
    targets = [t for step in (first, second) for t in step.target.split(", ") if t]
    effects = [e for step in (first, second) for e in (step.effect, *step.also) if e]
    unique = list(dict.fromkeys(effects))
    return Step(
        id=first.id,
        name=_merged_name(first, second),
        unit=first.unit,
        line=first.line,
        end_line=second.line if second.unit == first.unit and second.line > first.line else first.end_line,
        effect=unique[0] if unique else "",
        also=tuple(unique[1:]),
        kind=first.kind,
        service=first.service,
        target=", ".join(dict.fromkeys(targets)),
        detail=first.detail,
        confidence=min(first.confidence, second.confidence),
        evidence=first.evidence,
    )


def _merged_name(first: Step, second: Step) -> str:
    if first.name == second.name:
        return first.name
    if first.name.startswith("Read ") and second.name.startswith("Read "):
        names = [n for s in (first, second) for n in s.name[5:].replace(" and ", ", ").split(", ")]
        return f"Read {joined(names)}" if not any("more" in n for n in names) else first.name
    names = list(dict.fromkeys(n for s in (first, second) for n in s.name.split("; ")))
    return "; ".join(names) if len(names) <= 3 else first.name


def is_commit_of(first: Node, second: Node) -> bool:
    """Whether the second step only commits what the first one wrote."""
    return (
        isinstance(first, Step)
        and isinstance(second, Step)
        and first.kind == second.kind == "db_write"
        and second.detail.upper() in ("COMMIT", "FLUSH")
        and first.unit == second.unit
    )
