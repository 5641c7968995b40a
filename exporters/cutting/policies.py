"""Effects, retries and safeguards of the model in the words of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover import model
from exporters.base import Loss
from exporters.canonical import records
from exporters.cutting.marks import Mark, deep, effects_in


def retry_of(policy: model.RetryPolicy | None) -> records.Retry | None:
    """The model's policy, without the code's own words."""
    if policy is None:
        return None
    return records.Retry(
        attempts=policy.attempts,
        delay=policy.delay,
        backoff=policy.backoff,
        max_delay=policy.max_delay,
        jitter=policy.jitter,
        errors=policy.on,
    )


def unsaid_losses(policy: model.RetryPolicy | None, where: str) -> Iterator[Loss]:
    """What the code says of its tries that no definition does."""
    for one in policy.unsaid if policy is not None else ():
        yield Loss("retry-option", where, f"`{one.text}` ({one.at}) is not kept: {one.means}")


def effects_of(nodes: Iterable[model.Node]) -> tuple[records.Effect, ...]:
    """What a step does to the outside, for the reader; what it does in several places by the same lines, once."""
    return tuple(dict.fromkeys(_effect(node) for node in effects_in(nodes) if isinstance(node, model.Step)))


def _effect(step: model.Step) -> records.Effect:
    return records.Effect(
        kind=step.kind,
        name=step.name,
        service=step.service,
        target=step.target,
        detail=step.detail,
        at=place(step.unit, step.line, step.end_line),
        timeout=step.timeout,
        safeguards=tuple(model.safeguard_text(one) for one in step.safeguards),
        confidence=step.confidence,
        evidence=step.evidence,
    )


def place(unit: str, line: int, end_line: int = 0) -> str:
    """`file:line` or `file:first-last`, the form in which editors and reviewers jump."""
    file = unit.split("::", 1)[0]
    if not line:
        return file
    return f"{file}:{line}-{end_line}" if end_line > line else f"{file}:{line}"


def retry_losses(marks: Iterable[Mark], where: str) -> Iterator[Loss]:
    """Other tries that the code of one step makes by itself: the engine does not see them."""
    for node in deep(marks):
        if isinstance(node, model.Step | model.Call | model.Guard) and node.retry is not None:
            text = node.retry.text or node.name
            yield Loss(
                "retry-inside", where, f"`{text}` is tried again by the step's own code: the engine sees one try"
            )
