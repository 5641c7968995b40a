"""What running statements does: sequence, decisions, loops, blocks, ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.infer.attempts import guarded, on_condition, retried
from discover.infer.covering import covered, without_locking
from discover.infer.expressions import ExpressionFlow
from discover.infer.handovers import DECIDED, TRY_AGAIN
from discover.infer.jumps import ENDLESS, JUMPS, breaks, left_when, never_done, without_jumps
from discover.infer.leaving import at_each_way_out, ends
from discover.infer.logic import assigned_names
from discover.link.records import Covering
from discover.model import FAILED_THERE, Branch, Call, Decision, End, Loop, Node, Parallel

RAN_OUT = "the loop ran to its end"
DEEPEST = 40
"""Blocks nested deeper than this are left out: nobody wrote them, and every reader of the document would stumble."""


def block(flow: ExpressionFlow, statements: list[facts.Stmt]) -> list[Node]:
    """The nodes of statements in a row; what stands after an end is never reached and left out."""
    out: list[Node] = []
    if flow.nesting > DEEPEST:
        return out
    flow.nesting += 1
    for statement in statements:
        visitor = _VISITORS.get(type(statement))
        if visitor is not None:
            visitor(flow, statement, out)
            if (out and ends(out[-1])) or never_done(statement):
                break
    flow.nesting -= 1
    return out


def _evaluate(flow: ExpressionFlow, statement: facts.Evaluate, out: list[Node]) -> None:
    flow.visit(statement.value, out)


def _assign(flow: ExpressionFlow, statement: facts.Assign, out: list[Node]) -> None:
    if statement.value is not None:
        flow.visit(statement.value, out)
        names = assigned_names(statement.targets)
        if names:
            out.extend(flow.deciding(statement.value, names, statement.line))
    flow.visit_all(statement.targets, out)
    if flow.plan.unplaced or flow.plan.left_behind:
        out.extend(flow.effects_at(statement.line))


def _delete(flow: ExpressionFlow, statement: facts.Delete, out: list[Node]) -> None:
    flow.visit_all(statement.targets, out)
    out.extend(flow.effects_at(statement.line))


def _return(flow: ExpressionFlow, statement: facts.Return, out: list[Node]) -> None:
    if statement.value is not None:
        flow.visit(statement.value, out)
        if out and ends(out[-1]):
            return  # Its value ends the run.
    name = f"Return {statement.text}" if statement.text else "Return"
    empty = statement.value is None or (isinstance(statement.value, facts.Constant) and statement.value.value is None)
    out.append(
        End(
            id=flow.identity(statement.line),
            name=name,
            unit=flow.unit,
            line=statement.line,
            outcome="stop" if empty else "return",
            text=statement.text,
        )
    )


def _raise(flow: ExpressionFlow, statement: facts.Raise, out: list[Node]) -> None:
    before = len(out)
    if statement.exception is not None:
        flow.visit(statement.exception, out)
        if len(out) > before and ends(out[-1]):
            return  # Making it ends the run.
        if isinstance(statement.exception, facts.Name) and statement.exception.id == "SystemExit":
            out.append(flow.exit(statement.line, "SystemExit", is_failed=False))
            return
    text = statement.text
    if len(out) > before and out[-1].name == TRY_AGAIN:
        name = "Stop until the next try"
    elif len(out) > before and isinstance(out[-1], Call) and _always_fails(flow, statement.exception):
        name, text = FAILED_THERE, ""
    else:
        exception = statement.exception
        what = text_of(exception.function if isinstance(exception, facts.Call) else exception)
        name = f"Raise {what.rpartition('.')[2] or what}" if what else "Raise the error again"
    identity = flow.identity(statement.line)
    out.append(End(id=identity, name=name, unit=flow.unit, line=statement.line, outcome="raise", text=text))


def _always_fails(flow: ExpressionFlow, made: facts.Expr | None) -> bool:
    """Whether what is raised is the call of a function of the project that itself raises."""
    end = flow.plan.exits.get(made.number) if isinstance(made, facts.Call) else None
    return end is not None and end.raises


def _jump(flow: ExpressionFlow, statement: facts.Jump, out: list[Node]) -> None:
    if statement.kind == "pass":
        return
    identity = flow.identity(statement.line)
    name = JUMPS[statement.kind]
    out.append(End(id=identity, name=name, unit=flow.unit, line=statement.line, outcome="stop", text=statement.kind))


def _if(flow: ExpressionFlow, statement: facts.If, out: list[Node]) -> None:
    if statement.text.startswith("__name__ ==") and flow.unit.endswith("<module>"):
        out.extend(block(flow, statement.body))
        return
    flow.visit(statement.test, out)
    identity = flow.identity(statement.line)
    branches, is_decided = _ways(flow, statement)
    if not any(branch.body for branch in branches):
        return
    if len(branches) > 2:
        branches = [msgspec.structs.replace(branch, label=branch.condition or "otherwise") for branch in branches]
    out.append(
        Decision(
            id=identity,
            name=statement.text,
            unit=flow.unit,
            line=statement.line,
            end_line=statement.end_line,
            condition=statement.text,
            branches=tuple(branches),
            evidence=DECIDED if is_decided else "",
        )
    )


def _ways(flow: ExpressionFlow, statement: facts.If) -> tuple[list[Branch], bool]:
    """The branches of an `if`, empty where its caller rules them out; whether it leaves only one."""
    branches: list[Branch] = []
    left = 0
    is_settled = False
    while True:
        holds = flow.plan.decided.get(id(statement.test))
        is_open = not is_settled and holds is not False
        body = tuple(block(flow, statement.body)) if is_open else ()
        branches.append(Branch(label="yes", condition=statement.text, body=body))
        left += is_open
        is_settled = is_settled or holds is True
        rest = statement.otherwise
        if len(rest) != 1 or not isinstance(rest[0], facts.If) or flow.of(rest[0].test):
            break
        statement = rest[0]
    branches.append(Branch(label="no", body=() if is_settled else tuple(block(flow, rest))))
    return branches, left + (not is_settled) == 1


def _match(flow: ExpressionFlow, statement: facts.Match, out: list[Node]) -> None:
    flow.visit(statement.subject, out)
    identity = flow.identity(statement.line)
    branches = [
        Branch(label=case.text, condition=case.text, body=(*flow.of(case.guard), *block(flow, case.body)))
        for case in statement.cases
    ]
    if any(branch.body for branch in branches):
        out.append(
            Decision(
                id=identity,
                name=f"Which {statement.text}",
                unit=flow.unit,
                line=statement.line,
                end_line=statement.end_line,
                condition=statement.text,
                branches=tuple(branches),
            )
        )


def _for(flow: ExpressionFlow, statement: facts.ForLoop, out: list[Node]) -> None:
    if retried(flow, statement, block, out):
        return
    flow.visit(statement.iterable, out)
    identity = flow.identity(statement.line)
    inside = block(flow, statement.body)
    body = without_jumps(inside)
    if body:
        over = left_when(statement.text, inside)
        out.append(
            Loop(
                id=identity,
                name=f"For each {over}",
                unit=flow.unit,
                line=statement.line,
                end_line=statement.end_line,
                over=over,
                body=tuple(body),
            )
        )
    out.extend(_at_its_end(flow, statement))


def _at_its_end(flow: ExpressionFlow, statement: facts.ForLoop | facts.While) -> list[Node]:
    """What the `else` of a loop does: under a condition of its own where a `break` passes it by."""
    nodes = block(flow, statement.otherwise)
    return on_condition(flow, statement, nodes, RAN_OUT) if breaks(statement.body) else nodes


def _while(flow: ExpressionFlow, statement: facts.While, out: list[Node]) -> None:
    if retried(flow, statement, block, out):
        return
    identity = flow.identity(statement.line)
    before = flow.of(statement.test)
    inside = block(flow, statement.body)
    body = [*before, *without_jumps(inside)]
    if body:
        over = left_when(statement.text, inside)
        name = f"While {over}"
        if statement.text in ENDLESS:
            name = f"Repeat {over.partition(', ')[2] or 'for ever'}"
        out.append(
            Loop(
                id=identity,
                name=name,
                unit=flow.unit,
                line=statement.line,
                end_line=statement.end_line,
                kind="while",
                over=over,
                body=tuple(body),
            )
        )
    out.extend(_at_its_end(flow, statement))


def _try(flow: ExpressionFlow, statement: facts.Try, out: list[Node]) -> None:
    out.extend(guarded(flow, statement, block))


def _cover(flow: ExpressionFlow, expression: facts.Expr) -> Covering:
    """What a context manager puts around the body."""
    call = _called(expression)
    known = flow.plan.covers.get(call.number) if call is not None else None
    return known or flow.plan.entered.get(id(expression), Covering())


def _called(expression: facts.Expr) -> facts.Call | None:
    call = expression.value if isinstance(expression, facts.Await) else expression
    return call if isinstance(call, facts.Call) else None


def _opening(flow: ExpressionFlow, expression: facts.Expr, out: list[Node]) -> None:
    """Append what a context manager does by itself."""
    call = _called(expression)
    if call is not None and call.number in flow.plan.covers:
        flow.outside.add(call.number)
        out.extend(without_locking(flow.of(expression)))
    else:
        flow.visit(expression, out)
    if not isinstance(expression, facts.Attribute):
        flow.read(expression, out)


def _closing(flow: ExpressionFlow, managers: list[facts.Expr]) -> list[Node]:
    """What context managers do as their block is left, the last one first."""
    nodes: list[Node] = []
    for manager in reversed(managers):
        _opening(flow, manager, nodes)
    return nodes


def _with(flow: ExpressionFlow, statement: facts.With, out: list[Node]) -> None:
    side_by_side = False
    leaving: list[facts.Expr] = []
    cover = Covering()
    for item in statement.items:
        cover = cover.joined(_cover(flow, item.value))
        if flow.works_on_leaving(item.value):
            leaving.append(item.value)
        else:
            _opening(flow, item.value, out)
        side_by_side |= isinstance(item.value, facts.Call) and item.value.number in flow.plan.gathers
    body = _side_by_side(flow, statement) if side_by_side else block(flow, statement.body)
    if leaving:
        body = at_each_way_out(body, lambda: _closing(flow, leaving), of_loop=True)
    out.extend(covered(flow, body, cover, statement.line, statement.end_line))


def _side_by_side(flow: ExpressionFlow, statement: facts.With) -> list[Node]:
    """The block of a group of tasks, all of which are done when it is left."""
    identity = flow.identity(statement.line)
    body = block(flow, statement.body)
    ends = [node for node in body if isinstance(node, End)]
    nodes = [node for node in body if not isinstance(node, End)]
    branches = tuple(Branch(label=node.name, body=(node,)) for node in nodes)
    if len(nodes) == 1 and isinstance(nodes[0], Loop):
        branches = (Branch(label=nodes[0].name, body=nodes[0].body),)
        nodes = [_parallel(flow, statement, identity, branches, nodes[0].over)]
    elif len(nodes) > 1:
        nodes = [_parallel(flow, statement, identity, branches, "")]
    return [*nodes, *ends]


def _parallel(
    flow: ExpressionFlow, statement: facts.With, identity: str, branches: tuple[Branch, ...], each: str
) -> Parallel:
    return Parallel(
        id=identity,
        name=f"For each {each}, side by side" if each else "Side by side",
        unit=flow.unit,
        line=statement.line,
        end_line=statement.end_line,
        branches=branches,
        each=each,
    )


def _check(flow: ExpressionFlow, statement: facts.Check, out: list[Node]) -> None:
    flow.visit(statement.test, out)


_VISITORS: dict[type, Callable[[ExpressionFlow, Any, list[Node]], None]] = {
    facts.Evaluate: _evaluate,
    facts.Assign: _assign,
    facts.Return: _return,
    facts.Raise: _raise,
    facts.If: _if,
    facts.Match: _match,
    facts.ForLoop: _for,
    facts.While: _while,
    facts.Try: _try,
    facts.With: _with,
    facts.Jump: _jump,
    facts.Check: _check,
    facts.Delete: _delete,
}
