"""`try`: what guards a piece of work, and the loops around one that are hand-written retries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.facts.walking import statements
from discover.infer.counting import integer, turns_of
from discover.infer.covering import covered
from discover.infer.expressions import ExpressionFlow
from discover.infer.giving_up import gives_up, turns_until
from discover.infer.handovers import TRY_AGAIN
from discover.infer.jumps import ENDLESS, left_when, stripped
from discover.infer.names import lowered
from discover.infer.second_tries import second_try, with_delay, without_second_try
from discover.model import Branch, Call, Decision, End, Guard, Hop, Node, RetryPolicy, Step, Wait

Block = Callable[[ExpressionFlow, list[facts.Stmt]], list[Node]]
Kind = Literal["fallback", "retry", "swallow", "reraise", "compensate", "cleanup"]


SUCCEEDED = "the else of a try"
"""Evidence of a decision: what it asks for is whether the `try` before it has succeeded."""
ALL_FAILED = "every try failed"


def guarded(flow: ExpressionFlow, statement: facts.Try, block: Block) -> list[Node]:
    """The nodes of a `try`: a guard, or just its body where nothing guards anything."""
    identity = flow.identity(statement.line)
    body = block(flow, statement.body)
    handlers = [
        Branch(label=_caught(handler), condition=handler.text, body=tuple(block(flow, handler.body)))
        for handler in statement.handlers
    ]
    stays = any(not gives_up(handler.body) for handler in statement.handlers)
    ended = bool(body) and isinstance(body[-1], End)
    after = [] if ended else _on_success(flow, statement, block(flow, statement.otherwise), is_asked=stays)
    last = block(flow, statement.last)
    if not body and not after and not last and not any(branch.body for branch in handlers):
        return []
    if not handlers and not last:
        return body
    # What the `else` does is not guarded by the handlers, but what runs in any case runs after it.
    inner_last = [] if after else last
    inner = [_guard(flow, statement, identity, body, handlers, inner_last)] if handlers or inner_last else body
    if not after or not last:
        return [*inner, *after]
    return [_guard(flow, statement, flow.identity(statement.line), [*inner, *after], [], last)]


def _guard(
    flow: ExpressionFlow,
    statement: facts.Try,
    identity: str,
    body: list[Node],
    handlers: list[Branch],
    last: list[Node],
) -> Guard:
    kind = _kind(statement, handlers)
    retry: RetryPolicy | None = None
    again = second_try(flow, statement)
    if again is not None:
        kind = "retry"
        handlers = [
            msgspec.structs.replace(branch, body=without_second_try(branch.body, flow.unit, again.lines))
            for branch in handlers
        ]
        retry = with_delay(again.policy, handlers)
    return Guard(
        id=identity,
        name=_fallback_name(handlers) if kind == "fallback" else _GUARD_NAMES[kind],
        unit=flow.unit,
        line=statement.line,
        end_line=statement.end_line,
        body=tuple(body),
        handlers=tuple(handlers),
        last=tuple(last),
        kind=kind,
        retry=retry,
        evidence="silent" if kind == "swallow" and not any(map(_says_something, statement.handlers)) else "",
    )


def _on_success(flow: ExpressionFlow, statement: facts.Try, nodes: list[Node], *, is_asked: bool = True) -> list[Node]:
    """What the `else` of a `try` does: under a condition of its own where a handler lets the flow go on, too."""
    return on_condition(flow, statement, nodes, _nothing_raised(statement), SUCCEEDED) if is_asked else nodes


def on_condition(
    flow: ExpressionFlow,
    statement: facts.Try | facts.ForLoop | facts.While,
    nodes: list[Node],
    condition: str,
    evidence: str = "",
) -> list[Node]:
    """What an `else` does, under the condition that stands nowhere in the code."""
    if not nodes:
        return nodes
    line = statement.otherwise[0].line
    return [
        Decision(
            id=flow.identity(line),
            name=condition,
            unit=flow.unit,
            line=line,
            end_line=statement.end_line,
            condition=condition,
            branches=(Branch(label="yes", condition=condition, body=tuple(nodes)), Branch(label="no")),
            evidence=evidence,
        )
    ]


def _nothing_raised(statement: facts.Try) -> str:
    stays = [handler.text for handler in statement.handlers if not gives_up(handler.body)]
    if any(text in ("", "Exception", "BaseException") for text in stays):
        return "no error was raised"
    errors = [name.strip() for text in stays for name in text.strip("()").split(",") if name.strip()]
    return f"no {' or '.join(errors)} was raised"


_GUARD_NAMES: dict[Kind, str] = {
    "fallback": "With a fallback",
    "retry": "Try again on failure",
    "swallow": "Failure is ignored",
    "reraise": "Failure is passed on",
    "compensate": "Undo on failure",
    "cleanup": "Clean up in any case",
}


def _fallback_name(handlers: list[Branch]) -> str:
    """What stands in for the failed work, where one handler says it: another call, or a value."""
    for branch in handlers:
        work = [node for node in branch.body if not isinstance(node, End)]
        if len(work) == 1 and work[0].name and isinstance(work[0], Step | Call | Hop):
            return f"Falls back to: {lowered(work[0].name)}"
        if not work and branch.body and isinstance(branch.body[-1], End) and branch.body[-1].outcome == "return":
            return f"Falls back to {branch.body[-1].text}"
    return _GUARD_NAMES["fallback"]


def _caught(handler: facts.Handler) -> str:
    return handler.text or "any error"


def _kind(statement: facts.Try, handlers: list[Branch]) -> Kind:
    if not handlers:
        return "cleanup"
    works = [any(map(_is_work, branch.body)) for branch in handlers]
    raises = [_ends_in_raise(handler.body) for handler in statement.handlers]
    if any(_tries_again(branch) for branch in handlers):
        return "retry"
    if any(work and again for work, again in zip(works, raises, strict=True)):
        return "compensate"
    if all(raises):
        return "reraise"
    silent = [_is_silent(handler.body) and not work for handler, work in zip(statement.handlers, works, strict=True)]
    return "swallow" if all(s or r for s, r in zip(silent, raises, strict=True)) else "fallback"


def _is_work(node: Node) -> bool:
    """Whether a handler does something there, and not only asks whether to pass the error on."""
    if isinstance(node, Decision):
        return any(_is_work(inner) for branch in node.branches for inner in branch.body)
    return not isinstance(node, End)


def _tries_again(branch: Branch) -> bool:
    work = [node for node in branch.body if not isinstance(node, End)]
    return bool(work) and all(node.name == TRY_AGAIN for node in work)


def _ends_in_raise(body: list[facts.Stmt]) -> bool:
    return bool(body) and isinstance(body[-1], facts.Raise)


def _is_silent(body: list[facts.Stmt]) -> bool:
    """Whether a handler only logs or passes, so that the flow goes on as if nothing had happened, or raises again."""
    return all(
        (_is_silent(statement.body) and _is_silent(statement.otherwise))
        if isinstance(statement, facts.If)
        else isinstance(statement, facts.Evaluate | facts.Jump | facts.Import | facts.Raise)
        for statement in body
    )


def _says_something(handler: facts.Handler) -> bool:
    return any(isinstance(statement, facts.Evaluate) for statement in statements(handler.body))


# --- retry loops -------------------------------------------------------------------------------------------------


def retried(flow: ExpressionFlow, loop: facts.ForLoop | facts.While, block: Block, out: list[Node]) -> bool:
    """Append the guard that a hand-written retry loop is; False where the loop is none.

    It is one when its body holds one `try` whose work leaves the loop on success (`break`, `return`) while at least
    one handler stays in it. An `else` that leaves it is what success leads to; its own failures are not tried again.
    """
    attempt = _attempt(loop)
    if attempt is None:
        return _tried_by_library(flow, loop, block, out)
    identity = flow.identity(loop.line)
    index = loop.body.index(attempt)
    after = loop.body[index + 1 :]
    body = block(flow, [*loop.body[:index], *attempt.body])
    # Where the work always leaves the loop, what stands after the `try` happens between two tries.
    between = after if attempt.otherwise or (body and isinstance(body[-1], End)) else []
    if not between:
        body += block(flow, after)
    handlers = [
        Branch(label=_caught(h), condition=h.text, body=tuple(stripped(block(flow, [*h.body, *between]))))
        for h in attempt.handlers
    ]
    work = stripped(body)
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
                last=tuple(block(flow, attempt.last)),
                kind="retry",
                retry=_policy(flow, loop, attempt, handlers, left_when(loop.text, body)),
            )
        )
    out.extend(_on_success(flow, attempt, stripped(block(flow, attempt.otherwise)), is_asked=loop.text not in ENDLESS))
    out.extend(on_condition(flow, loop, block(flow, loop.otherwise), ALL_FAILED))
    return True


def _tried_by_library(flow: ExpressionFlow, loop: facts.ForLoop | facts.While, block: Block, out: list[Node]) -> bool:
    """`for attempt in Retrying(…): with attempt: …`: the library's own loop."""
    iterable = loop.iterable if isinstance(loop, facts.ForLoop) else None
    cover = flow.plan.covers.get(iterable.number) if isinstance(iterable, facts.Call) else None
    if iterable is None or cover is None or cover.retry is None:
        return False
    body = stripped(block(flow, loop.body))
    out.extend(covered(flow, body, cover, loop.line, loop.end_line))
    return True


def _attempt(loop: facts.ForLoop | facts.While) -> facts.Try | None:
    tries = [statement for statement in loop.body if isinstance(statement, facts.Try)]
    if len(tries) != 1 or not tries[0].handlers or not _counts(loop):
        return None
    attempt = tries[0]
    after = loop.body[loop.body.index(attempt) + 1 :]
    leaves = gives_up(attempt.otherwise) if attempt.otherwise else _leaves(attempt.body) or _leaves(after)
    stays = any(not gives_up(handler.body) for handler in attempt.handlers)
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


def _policy(
    flow: ExpressionFlow, loop: facts.ForLoop | facts.While, attempt: facts.Try, handlers: list[Branch], over: str
) -> RetryPolicy:
    on = [handler.text for handler in attempt.handlers if handler.text and not gives_up(handler.body)]
    waits = [node for branch in handlers for node in branch.body if isinstance(node, Wait)]
    keyword = "for" if isinstance(loop, facts.ForLoop) else "while"
    return RetryPolicy(
        attempts=_turns(flow, loop, attempt),
        delay=waits[0].seconds if waits else None,
        on=tuple(on),
        text=f"{keyword} {over}",
    )


def _turns(flow: ExpressionFlow, loop: facts.ForLoop | facts.While, attempt: facts.Try) -> int | None:
    """How often the work is tried: the loop's own bound, or a check within it that gives up."""
    source = flow.linked.sources.get(flow.unit)
    function = source.body if source is not None else None

    def number(expression: facts.Expr) -> int | None:
        known = flow.linked.constants
        return integer(expression) if known is None else known.number(flow.unit, expression)

    turns = turns_of(loop, function, flow.plan.ranges, number)
    return turns_until(loop, attempt, function, number) if turns is None and function is not None else turns
