"""Finds what is awaited side by side: `asyncio.gather` of calls."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import libcst as cst

from discover import model
from exporters.cutting.flow import Body, Item, NewName, Plain, Statement, Together, Within, assign, statement
from exporters.cutting.library import CALLING, PASSING_ON
from exporters.cutting.many import GATHERS, gathered, is_of, only, pooled
from exporters.cutting.marks import Mark
from exporters.cutting.source import Code, Function


def side_by_side(item: Item, code: Code, new: NewName) -> Body:
    """A gathering of calls as branches, or as a loop whose turns go side by side; any other item as it is."""
    made: Body | None = None
    if isinstance(item, Plain) and item.marks:
        made = gathered(item, code, new) or (_parted(item, code, new) if len(item.marks) > 1 else None)
    elif isinstance(item, Within):
        made = pooled(item, code, new)
    return made or [item]


def _parted(leaf: Plain, code: Code, new: NewName) -> Body:
    match only(leaf.body):
        case cst.Expr(value=cst.Await(expression=cst.Call() as call)):
            target = None
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=cst.Await(expression=cst.Call() as call)):
            pass
        case _:
            return [leaf]
    calls = [argument.value for argument in call.args]
    if not _is_gather(call, leaf, code) or any(a.star or a.keyword for a in call.args):
        return [leaf]
    marks = _marks_of_each(calls, leaf, code)
    if marks is None:
        return [leaf]
    names = _names(target, len(calls)) or [new(leaf, "part") for _ in calls]
    branches: list[Body] = [
        [statement(assign(name, cst.Await(one)), leaf, own)] for name, one, own in zip(names, calls, marks, strict=True)
    ]
    together = Together(leaf, branches, names)
    if target is None or _names(target, len(calls)):
        return [together]
    together.whole = Plain(_listed(leaf, call, names), leaf.frame, leaf.first, leaf.last, leaf.marks, leaf.whole)
    results = cst.List([cst.Element(cst.Name(name)) for name in names])
    return [together, statement(cst.Assign([cst.AssignTarget(target)], results), leaf)]


def _listed(leaf: Plain, call: cst.Call, names: list[str]) -> list[Statement]:
    """The statement with a name for each result, in place of the code's own target."""
    target = cst.Tuple([cst.Element(cst.Name(name)) for name in names], lpar=[], rpar=[])
    line = leaf.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    return [line.with_changes(body=[cst.Assign([cst.AssignTarget(target)], cst.Await(call))])]


def _is_gather(call: cst.Call, leaf: Plain, code: Code) -> bool:
    return is_of(call, leaf, code, GATHERS) and all(isinstance(argument.value, cst.Call) for argument in call.args)


def _names(target: cst.BaseExpression | None, size: int) -> list[str]:
    """The names that the results are bound to one by one; none where they are not."""
    if not isinstance(target, cst.Tuple | cst.List) or len(target.elements) != size:
        return []
    names = [e.value.value for e in target.elements if isinstance(e, cst.Element) and isinstance(e.value, cst.Name)]
    return names if len(set(names)) == size else []


def _marks_of_each(calls: list[cst.BaseExpression], leaf: Plain, code: Code) -> list[list[Mark]] | None:
    """What happens in each call, by the place of the marks and what is called; None where it can't be told apart."""
    found: list[list[Mark]] = [[] for _ in calls]
    spans = list(_spans(leaf))
    units = [_called(call, leaf, code) for call in _gathered(leaf)]
    alike = Counter(_place(mark) for mark in leaf.marks)
    for mark in leaf.marks:
        line = _line(mark)
        owners = [index for index, (first, last) in enumerate(spans) if first <= line <= last]
        if len(owners) > 1:
            owners = [index for index in owners if units[index] and units[index] in _units(mark)]
        if len(owners) > 1 and alike[_place(mark)] == len(owners):
            # The same function several times on one line, with one mark for each of its calls.
            owners = [index for index in owners if not found[index]][:1]
        if len(owners) != 1:
            return None
        found[owners[0]].append(mark)
    return found


def _place(mark: Mark) -> tuple[int, frozenset[str]]:
    return _line(mark), _units(mark)


def _units(mark: Mark) -> frozenset[str]:
    """The functions that the mark may be a call of: a small one stands for what it does."""
    return frozenset({mark.callee} if isinstance(mark, model.Call) else {mark.unit})


def _called(call: ast.expr, leaf: Plain, code: Code) -> str:
    """The unit of the backend's function that is called, also by another name of calling it; empty for none."""
    if not isinstance(call, ast.Call):
        return ""
    named = leaf.frame.meant(call.func, code)
    if isinstance(named, str) and call.args and named in PASSING_ON:
        return _called(call.args[0], leaf, code)
    if isinstance(named, str) and call.args and named in CALLING:
        return _called(ast.Call(call.args[0], [], []), leaf, code)
    return named.unit if isinstance(named, Function) else ""


def _gathered(leaf: Plain) -> list[ast.expr]:
    """The gathered calls."""
    node = leaf.tree[0]
    assert isinstance(node, ast.Expr | ast.Assign)
    assert isinstance(node.value, ast.Await)
    assert isinstance(node.value.value, ast.Call)
    return node.value.value.args


def _line(mark: Mark) -> int:
    """The line of the caller that the mark's id tells, else its own."""
    tail = mark.id.rpartition("::")[2].partition(":")[2].partition(".")[0]
    return int(tail) if tail.isdigit() else mark.line


def _spans(leaf: Plain) -> Iterator[tuple[int, int]]:
    """The lines of each gathered call in the file."""
    # Comments before the statement count as lines of its text, not of its place.
    offset = leaf.first - leaf.tree[0].lineno
    for argument in _gathered(leaf):
        yield argument.lineno + offset, (argument.end_lineno or argument.lineno) + offset
