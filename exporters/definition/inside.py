"""A run's body, as the model has it, told to the reader of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from discover import model
from exporters.definition import records


def at(unit: str, line: int, end_line: int = 0) -> str:
    """`file:line` or `file:first-last`, the form in which editors and reviewers jump."""
    file = unit.split("::", 1)[0]
    if not line:
        return file
    return f"{file}:{line}-{end_line}" if end_line > line else f"{file}:{line}"


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


def safeguards_of(covered: model.Node) -> tuple[str, ...]:
    """What keeps the work from doing harm, in words."""
    return tuple(model.safeguard_text(one) for one in covered.safeguards)


def tell(nodes: Iterable[model.Node], steps: Mapping[str, str]) -> tuple[records.Inside, ...]:
    """Nodes as records; `steps` gives the step that each run became."""
    return tuple(_tell_one(node, steps) for node in nodes)


def _cases(branches: Iterable[model.Branch], steps: Mapping[str, str]) -> tuple[records.Case, ...]:
    return tuple(
        records.Case(case=branch.label, when=branch.condition, inside=tell(branch.body, steps)) for branch in branches
    )


def _tell_one(node: model.Node, steps: Mapping[str, str]) -> records.Inside:
    place = at(node.unit, node.line, node.end_line)
    match node:
        case model.Call():
            return records.Call(
                name=node.name,
                function=node.callee,
                at=place,
                timeout=node.timeout,
                retry=retry_of(node.retry),
                safeguards=safeguards_of(node),
                inside=tell(node.body, steps),
            )
        case model.Decision():
            return records.Decision(condition=node.condition, at=place, cases=_cases(node.branches, steps))
        case model.Loop():
            return records.Loop(kind=node.kind, over=node.over, at=place, inside=tell(node.body, steps))
        case model.Parallel():
            return records.Parallel(join=node.join, each=node.each, at=place, cases=_cases(node.branches, steps))
        case model.Guard():
            return records.Guard(
                kind=node.kind,
                at=place,
                inside=tell(node.body, steps),
                cases=_cases(node.handlers, steps),
                last=tell(node.last, steps),
                timeout=node.timeout,
                retry=retry_of(node.retry),
                safeguards=safeguards_of(node),
            )
        case model.OneOf():
            return records.OneOf(at=place, cases=_cases(node.branches, steps))
        case model.Step() | model.Wait() | model.Hop() | model.End():
            return _tell_leaf(node, place, steps)


def _tell_leaf(
    node: model.Step | model.Wait | model.Hop | model.End, place: str, steps: Mapping[str, str]
) -> records.Inside:
    match node:
        case model.Step():
            return records.Effect(
                name=node.name,
                kind=node.kind,
                service=node.service,
                target=node.target,
                detail=node.detail,
                at=place,
                timeout=node.timeout,
                retry=retry_of(node.retry),
                safeguards=safeguards_of(node),
            )
        case model.Wait():
            return records.Wait(seconds=node.seconds, until=node.until, at=place)
        case model.Hop():
            return records.Hop(
                kind=node.kind,
                steps=tuple(steps[run] for run in node.runs if run in steps),
                channel=node.channel,
                at=place,
                runs_inline=node.inline,
                safeguards=safeguards_of(node),
            )
        case model.End():
            return records.End(outcome=node.outcome, text=node.text, at=place)


def is_retry(hop: model.Hop) -> bool:
    """Whether a task asks for itself to be tried again: that is the retry policy's to do, not another step."""
    return hop.evidence.endswith(".retry")


@dataclass(frozen=True, slots=True)
class FoundHop:
    """A hop and the way to it from the start of its run."""

    hop: model.Hop
    when: tuple[str, ...]
    repeated: bool


def hops(nodes: Iterable[model.Node], when: tuple[str, ...] = (), repeated: bool = False) -> Iterator[FoundHop]:
    """Every hop of a run, in source order, with the conditions that guard it."""
    for node in nodes:
        match node:
            case model.Hop():
                if not is_retry(node):
                    yield FoundHop(node, when, repeated)
            case model.Call():
                yield from hops(node.body, when, repeated)
            case model.Loop():
                yield from hops(node.body, when, repeated=True)
            case model.Decision():
                for branch in node.branches:
                    yield from hops(branch.body, (*when, _guard_text(branch, node.condition)), repeated)
            case model.Parallel():
                for branch in node.branches:
                    yield from hops(branch.body, when, repeated or bool(node.each))
            case model.OneOf():
                for branch in node.branches:
                    yield from hops(branch.body, when, repeated)
            case model.Guard():
                yield from hops(node.body, when, repeated)
                for handler in node.handlers:
                    yield from hops(handler.body, (*when, f"except {handler.label}".strip()), repeated)
                yield from hops(node.last, when, repeated)
            case model.Step() | model.Wait() | model.End():
                pass


def _guard_text(branch: model.Branch, condition: str) -> str:
    if branch.condition:
        return branch.condition
    return f"not ({condition})" if condition else branch.label
