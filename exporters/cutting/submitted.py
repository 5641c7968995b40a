"""Finds calls that are begun one by one and asked for their results: a pool's `submit`, asyncio's tasks.

What follows them must ask for all results at once, in the order in which the calls were begun, before anything else
happens: so an error comes up where the code has it come up. Nothing else may know the pool or the calls.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from exporters.cutting.binding import parsed, text_of
from exporters.cutting.flow import Body, NewName, Plain, Statement, Together, Within, assign, statement
from exporters.cutting.many import LIMITED, POOLS, comprehended, is_of, only, turns
from exporters.cutting.source import Code

_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future"})
_COMPLETED = frozenset({"concurrent.futures.as_completed"})
_PERHAPS = (
    *(ast.IfExp, ast.BoolOp, ast.Compare, ast.Lambda, ast.JoinedStr),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""What stands in these may never be evaluated, or only later."""
_DOES = cst.Call | cst.Await | cst.Yield | cst.NamedExpr


@dataclass(frozen=True, slots=True)
class _Begun:
    """One call that is under way."""

    name: str
    """What it is known by."""
    call: cst.BaseExpression
    """What gives its result in one go."""
    leaf: Plain


@dataclass(frozen=True, slots=True)
class _Asked:
    """The results as they are asked for, and what follows."""

    names: list[str]
    """What takes each of them."""
    lines: list[Statement]
    """What asks for them."""
    rest: Body


def submitted(body: Body, code: Code, new: NewName, *, in_try: bool) -> Body:
    """The sequence with branches, or turns, in the place of calls that are begun together."""
    found: Body = []
    rest = list(body)
    while rest:
        made = _pooled(rest, code, new, in_try=in_try) or _tasked(rest, code, new, in_try=in_try)
        if made is None:
            found.append(rest.pop(0))
        else:
            found += made[0]
            rest = made[1]
    return found


def _pooled(items: Body, code: Code, new: NewName, *, in_try: bool) -> tuple[Body, Body] | None:
    """`with Pool() as pool:` whose block begins with calls that are submitted to it."""
    within = items[0]
    if not isinstance(within, Within) or within.node.asynchronous or len(within.node.items) != 1:
        return None
    manager = within.node.items[0]
    name = manager.asname.name if manager.asname is not None else None
    if not isinstance(manager.item, cst.Call) or not isinstance(name, cst.Name) or within.head.marks:
        return None
    if not is_of(manager.item, within.head, code, POOLS):
        return None
    begun = list(_leading(within.body, lambda call, _: _call_of(call, name.value)))
    if len(begun) < 2:
        return _listed(within, items[1:], name.value, code, new)
    asked = _asked(begun, [*within.body[len(begun) :], *items[1:]], new, "{}.result()", in_try=in_try)
    counts = {name.value: 1 + len(begun), **{one.name: 2 for one in begun}}
    if asked is None or not _are_known(counts, within.head.frame.unit, code):
        return None
    block = cst.IndentedBlock([*_lines(begun), *asked.lines])
    return [_together(begun, asked, [within.node.with_changes(body=block)])], asked.rest


def _tasked(items: Body, code: Code, new: NewName, *, in_try: bool) -> tuple[Body, Body] | None:
    """Tasks that are created one after the other, and awaited behind."""
    begun = list(_leading(items, lambda call, leaf: _coroutine_of(call, leaf, code)))
    if len(begun) < 2:
        return None
    asked = _asked(begun, items[len(begun) :], new, "await {}", in_try=in_try)
    if asked is None or not _are_known({one.name: 2 for one in begun}, begun[0].leaf.frame.unit, code):
        return None
    return [_together(begun, asked, [*_lines(begun), *asked.lines])], asked.rest


def _leading(items: Body, call_of: Callable[[cst.Call, Plain], cst.BaseExpression | None]) -> Iterator[_Begun]:
    """The calls that are begun by the first items, each known by a name."""
    for item in items:
        small = only(item.body) if isinstance(item, Plain) else None
        if not isinstance(item, Plain) or not isinstance(small, cst.Assign) or len(small.targets) != 1:
            return
        target = small.targets[0].target
        call = call_of(small.value, item) if isinstance(small.value, cst.Call) else None
        if call is None or not isinstance(target, cst.Name):
            return
        yield _Begun(target.value, call, item)


def _call_of(call: cst.Call, pool: str) -> cst.Call | None:
    """`function(argument)` of `pool.submit(function, argument)`."""
    if text_of(call.func) != f"{pool}.submit" or not call.args:
        return None
    first, rest = call.args[0], call.args[1:]
    if first.star or first.keyword or not isinstance(first.value, cst.Name | cst.Attribute) or _does(rest):
        return None
    return cst.Call(first.value, rest)


def _coroutine_of(call: cst.Call, leaf: Plain, code: Code) -> cst.Await | None:
    """`await call` of `create_task(call)`."""
    made = call.args[0].value if len(call.args) == 1 and not call.args[0].star else None
    if not isinstance(made, cst.Call) or not is_of(call, leaf, code, _TASKS) or _does(made.args):
        return None
    return cst.Await(made)


def _does(arguments: Sequence[cst.Arg]) -> bool:
    """Whether something happens while the arguments are evaluated, which is done before the call is begun."""
    found: list[cst.CSTNode] = list(arguments)
    while found:
        node = found.pop()
        if isinstance(node, _DOES):
            return True
        found += node.children
    return False


def _asked(begun: list[_Begun], items: Body, new: NewName, ask: str, *, in_try: bool) -> _Asked | None:
    """How the next statements ask for the results; None where they do anything else before they have them all."""
    asks = {ask.format(one.name): one.name for one in begun}
    pending, parts = [*asks], dict[str, str]()
    lines, kept = list[Statement](), list[tuple[Plain, list[Statement]]]()
    for count, item in enumerate(items, 1):
        if not isinstance(item, Plain) or item.marks or (in_try and count > 1):
            return None
        found = _in_order(item, asks)
        if not found or found != pending[: len(found)]:
            return None
        pending = pending[len(found) :]
        target = _target_of(item, found[0])
        if target and not kept and target not in parts.values():
            parts[found[0]] = target
            lines += item.body
        else:
            for one in found:
                parts[one] = new(item, "part")
                lines.append(cst.SimpleStatementLine([assign(parts[one], cst.parse_expression(one))]))
            kept.append((item, [_replaced(line, parts) for line in item.body]))
        if not pending:
            for leaf, body in kept:
                leaf.replace(body)
            return _Asked([parts[one] for one in asks], lines, [*(leaf for leaf, _ in kept), *items[count:]])
    return None


def _in_order(leaf: Plain, asks: dict[str, str]) -> list[str]:
    """The results that a statement asks for whatever it does, in its order; none where it may leave one out."""
    if len(leaf.tree) != 1 or not isinstance(leaf.tree[0], ast.Assign | ast.AnnAssign | ast.Expr):
        return []
    found: list[tuple[tuple[int, int], str]] = []
    # What is assigned to is evaluated behind the value, although it is written before it.
    targets = leaf.tree[0].targets if isinstance(leaf.tree[0], ast.Assign) else []
    nodes: list[tuple[ast.AST, bool]] = [*((one, True) for one in targets)]
    nodes += [(one, False) for one in ast.iter_child_nodes(leaf.tree[0]) if one not in targets]
    while nodes:
        node, perhaps = nodes.pop()
        text = ast.unparse(node) if isinstance(node, ast.Call | ast.Await) else ""
        if text in asks:
            if perhaps:
                return []
            found.append(((node.end_lineno or 0, node.end_col_offset or 0), text))  # type: ignore[attr-defined]
        inner = perhaps or isinstance(node, _PERHAPS)
        nodes += [(child, inner) for child in ast.iter_child_nodes(node)]
    return [text for _, text in sorted(found)]


def _target_of(leaf: Plain, ask: str) -> str:
    """The name that takes the one result that the statement asks for; empty where it does more with it."""
    match leaf.tree:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)] if ast.unparse(value) == ask:
            return name
        case _:
            return ""


class _Replacing(cst.CSTTransformer):
    """Puts names in the place of results that are asked for."""

    def __init__(self, parts: dict[str, str]) -> None:
        super().__init__()
        self._parts = parts

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: ARG002, N802
        return self._name(updated_node)

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:  # noqa: ARG002, N802
        return self._name(updated_node)

    def _name(self, node: cst.BaseExpression) -> cst.BaseExpression:
        part = self._parts.get(ast.unparse(parsed(node)))
        return node if part is None else cst.Name(part)


def _replaced(line: Statement, parts: dict[str, str]) -> Statement:
    return cst.ensure_type(line.visit(_Replacing(parts)), cst.SimpleStatementLine)


def _are_known(counts: dict[str, int], unit: str, code: Code) -> bool:
    """Whether the function has these names so often and no more."""
    function = code.function(unit)
    if function is None:
        return False
    names = [node.id for node in ast.walk(function.node) if isinstance(node, ast.Name)]
    return all(names.count(name) == count for name, count in counts.items())


def _lines(begun: list[_Begun]) -> list[Statement]:
    return [line for one in begun for line in one.leaf.body]


def _together(begun: list[_Begun], asked: _Asked, whole: list[Statement]) -> Together:
    """A branch for each call."""
    leaves = [one.leaf for one in begun]
    marks = [mark for leaf in leaves for mark in leaf.marks]
    branches: list[Body] = [
        [statement(assign(name, one.call), one.leaf, one.leaf.marks)]
        for name, one in zip(asked.names, begun, strict=True)
    ]
    return Together(Plain(whole, leaves[0].frame, leaves[0].first, leaves[-1].last, marks), branches, asked.names)


def _listed(within: Within, behind: Body, pool: str, code: Code, new: NewName) -> tuple[Body, Body] | None:
    """`futures = [pool.submit(…) for …]`, whose results the next statement lists."""
    items = [*within.body, *behind]
    if len(items) < 2:
        return None
    begun, asking = items[:2]
    if not isinstance(begun, Plain) or not isinstance(asking, Plain) or asking.marks or not within.body:
        return None
    made, listed = only(begun.body), only(asking.body)
    if not isinstance(made, cst.Assign) or not isinstance(listed, cst.Assign):
        return None
    if not isinstance(made.value, cst.ListComp):
        return None
    name = made.targets[0].target
    each = made.value.elt
    call = _call_of(each, pool) if isinstance(each, cst.Call) else None
    called = comprehended(made.value.with_changes(elt=call)) if call is not None else None
    if called is None or not isinstance(name, cst.Name) or not _lists(asking, name.value, code):
        return None
    if not _are_known({pool: 2, name.value: 2}, begun.frame.unit, code):
        return None
    block = cst.IndentedBlock([*begun.body, *asking.body])
    loop = turns(called, listed, begun, within.node.with_changes(body=block), begun.marks, new, LIMITED)
    return None if loop is None else (loop, items[2:])


def _lists(asking: Plain, futures: str, code: Code) -> bool:
    """Whether the statement is `name = [future.result() for future in futures]`."""
    match asking.tree:
        case [ast.Assign(targets=[ast.Name()], value=ast.ListComp(elt=each, generators=[generator]))]:
            pass
        case _:
            return False
    over = generator.iter
    if isinstance(over, ast.Call) and len(over.args) == 1 and not over.keywords:
        named = asking.frame.meant(over.func, code)
        over = over.args[0] if named in _COMPLETED else over
    is_plain = not generator.ifs and not generator.is_async and isinstance(over, ast.Name) and over.id == futures
    one = generator.target
    return is_plain and isinstance(one, ast.Name) and ast.unparse(each) == f"{one.id}.result()"
