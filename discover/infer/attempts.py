"""`try`: what guards a piece of work, and the loops around one that are hand-written retries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from discover.facts import records as facts
from discover.infer.counting import turns_of
from discover.infer.expressions import ExpressionFlow
from discover.infer.handovers import TRY_AGAIN
from discover.infer.jumps import left_when, stripped
from discover.link.text import text_of
from discover.model import Branch, End, Guard, Node, RetryPolicy, Wait

Block = Callable[[ExpressionFlow, list[facts.Stmt]], list[Node]]
Kind = Literal["fallback", "retry", "swallow", "reraise", "compensate", "cleanup"]


def guarded(flow: ExpressionFlow, statement: facts.Try, block: Block) -> list[Node]:
    """The nodes of a `try`: a guard, or just its body where nothing guards anything."""
    identity = flow.identity(statement.line)
    body = block(flow, statement.body)
    if not (body and isinstance(body[-1], End)):
        body += block(flow, statement.otherwise)
    handlers = [
        Branch(label=_caught(handler), condition=handler.text, body=tuple(block(flow, handler.body)))
        for handler in statement.handlers
    ]
    last = block(flow, statement.last)
    if not body and not last and not any(branch.body for branch in handlers):
        return []
    if not handlers and not last:
        return body
    kind = _kind(statement, handlers)
    return [
        Guard(
            id=identity,
            name=_GUARD_NAMES[kind],
            unit=flow.unit,
            line=statement.line,
            end_line=statement.end_line,
            body=tuple(body),
            handlers=tuple(handlers),
            last=tuple(last),
            kind=kind,
            evidence="silent" if kind == "swallow" and not any(map(_says_something, statement.handlers)) else "",
        )
    ]


_GUARD_NAMES: dict[Kind, str] = {
    "fallback": "With a fallback",
    "retry": "Try again on failure",
    "swallow": "Failure is ignored",
    "reraise": "Failure is passed on",
    "compensate": "Undo on failure",
    "cleanup": "Clean up in any case",
}


def _caught(handler: facts.Handler) -> str:
    return handler.text or "any error"


def _kind(statement: facts.Try, handlers: list[Branch]) -> Kind:
    if not handlers:
        return "cleanup"
    works = [any(not isinstance(node, End) for node in branch.body) for branch in handlers]
    raises = [_ends_in_raise(handler.body) for handler in statement.handlers]
    if any(_tries_again(branch) for branch in handlers):
        return "retry"
    if any(work and again for work, again in zip(works, raises, strict=True)):
        return "compensate"
    if all(raises):
        return "reraise"
    silent = [_is_silent(handler.body) and not work for handler, work in zip(statement.handlers, works, strict=True)]
    return "swallow" if all(s or r for s, r in zip(silent, raises, strict=True)) else "fallback"


def _tries_again(branch: Branch) -> bool:
    work = [node for node in branch.body if not isinstance(node, End)]
    return bool(work) and all(node.name == TRY_AGAIN for node in work)


def _ends_in_raise(body: list[facts.Stmt]) -> bool:
    return bool(body) and isinstance(body[-1], facts.Raise)


def _is_silent(body: list[facts.Stmt]) -> bool:
    """Whether a handler only logs or passes, so that the flow goes on as if nothing had happened."""
    return all(isinstance(statement, facts.Evaluate | facts.Jump | facts.Import) for statement in body)


def _says_something(handler: facts.Handler) -> bool:
    return any(isinstance(statement, facts.Evaluate) for statement in handler.body)


# --- retry loops -------------------------------------------------------------------------------------------------


def retried(flow: ExpressionFlow, loop: facts.ForLoop | facts.While, block: Block, out: list[Node]) -> bool:
    """Append the guard that a hand-written retry loop is; False where the loop is none.

    It is one when its body holds one `try` whose work leaves the loop on success (`break`, `return`) while at least
    one handler stays in it.
    """
    attempt = _attempt(loop)
    if attempt is None:
        return False
    identity = flow.identity(loop.line)
    index = loop.body.index(attempt)
    after = loop.body[index + 1 :]
    body = block(flow, [*loop.body[:index], *attempt.body, *attempt.otherwise])
    # Where the work always leaves the loop, what stands after the `try` happens between two tries.
    between = after if body and isinstance(body[-1], End) else []
    if not between:
        body += block(flow, after)
    handlers = [
        Branch(label=_caught(h), condition=h.text, body=tuple(stripped(block(flow, [*h.body, *between]))))
        for h in attempt.handlers
    ]
    work = stripped(body)
    last = block(flow, attempt.last)
    if any(not isinstance(node, End) for node in work):
        out.append(
            Guard(
                id=identity,
                name="Try again on failure",
                unit=flow.unit,
                line=loop.line,
                end_line=loop.end_line,
                body=tuple(work),
                handlers=tuple(handlers),
                last=tuple(last),
                kind="retry",
                retry=_policy(flow, loop, attempt, handlers, left_when(loop.text, body)),
            )
        )
    out.extend(block(flow, loop.otherwise))
    return True


def _attempt(loop: facts.ForLoop | facts.While) -> facts.Try | None:
    tries = [statement for statement in loop.body if isinstance(statement, facts.Try)]
    if len(tries) != 1 or not tries[0].handlers or not _counts(loop):
        return None
    attempt = tries[0]
    after = loop.body[loop.body.index(attempt) + 1 :]
    leaves = _leaves(attempt.body) or _leaves(attempt.otherwise) or _leaves(after)
    stays = any(not _never_goes_on(handler.body) for handler in attempt.handlers)
    return attempt if leaves and stays else None


def _counts(loop: facts.ForLoop | facts.While) -> bool:
    """Whether the loop only counts tries: over data, leaving at the first success is a search, not a retry."""
    if isinstance(loop, facts.While):
        return True
    iterable = loop.iterable
    if not isinstance(iterable, facts.Call):
        return False
    name = text_of(iterable.function)
    return name in ("range", "count", "itertools.count") or "retr" in name.lower()


def _leaves(body: list[facts.Stmt]) -> bool:
    if not body:
        return False
    last = body[-1]
    if isinstance(last, facts.With):
        return _leaves(last.body)
    if isinstance(last, facts.If):
        return _leaves(last.body) or _leaves(last.otherwise)
    return isinstance(last, facts.Return) or (isinstance(last, facts.Jump) and last.kind == "break")


def _never_goes_on(body: list[facts.Stmt]) -> bool:
    last = body[-1] if body else None
    return isinstance(last, facts.Raise | facts.Return) or (isinstance(last, facts.Jump) and last.kind == "break")


def _policy(
    flow: ExpressionFlow, loop: facts.ForLoop | facts.While, attempt: facts.Try, handlers: list[Branch], over: str
) -> RetryPolicy:
    on = [handler.text for handler in attempt.handlers if handler.text and not _never_goes_on(handler.body)]
    waits = [node for branch in handlers for node in branch.body if isinstance(node, Wait)]
    keyword = "for" if isinstance(loop, facts.ForLoop) else "while"
    source = flow.linked.sources.get(flow.unit)
    return RetryPolicy(
        attempts=turns_of(loop, source.body if source is not None else None),
        delay=waits[0].seconds if waits else None,
        on=tuple(on),
        text=f"{keyword} {over}",
    )
