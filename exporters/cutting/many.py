"""Finds calls that are made for each item side by side: gathered coroutines, the map of a pool of threads."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from exporters.cutting.binding import parsed, text_of
from exporters.cutting.flow import Body, Each, NewName, Plain, Statement, Within, assign, freestanding, head, statement
from exporters.cutting.marks import Mark
from exporters.cutting.source import Code

GATHERS = frozenset({"asyncio.gather"})
POOLS = frozenset(
    {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"}
    | {"multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool"}
)
LIMITED = "how many of the calls the pool makes at once is the engine's to say"


@dataclass(frozen=True, slots=True)
class Called:
    """One call for each item."""

    call: cst.BaseExpression
    target: cst.BaseAssignTargetExpression
    """What an item is bound to."""
    over: cst.BaseExpression


def gathered(leaf: Plain, code: Code, new: NewName) -> Body | None:
    """`await asyncio.gather(*[call for item in items])` as a loop whose turns go side by side, if it is that."""
    small = only(leaf.body)
    value = getattr(small, "value", None)
    if not isinstance(small, cst.Expr | cst.Assign) or not isinstance(value, cst.Await):
        return None
    call = value.expression
    if not isinstance(call, cst.Call) or not is_of(call, leaf, code, GATHERS) or len(call.args) != 1:
        return None
    made = call.args[0].value
    if call.args[0].star != "*" or not isinstance(made, cst.ListComp | cst.GeneratorExp):
        return None
    found = comprehended(made)
    if found is None:
        return None
    called = Called(cst.Await(found.call), found.target, found.over)
    return turns(called, small, leaf, leaf.body[0], leaf.marks, new)


def pooled(item: Within, code: Code, new: NewName) -> Body | None:
    """`with Pool() as pool: results = list(pool.map(call, items))` as such a loop; None for anything else."""
    if len(item.node.items) != 1 or len(item.body) != 1:
        return None
    manager, leaf = item.node.items[0], item.body[0]
    name = manager.asname.name if manager.asname is not None else None
    if not isinstance(leaf, Plain) or not isinstance(name, cst.Name) or not isinstance(manager.item, cst.Call):
        return None
    small = only(leaf.body)
    listed = getattr(small, "value", None)
    if not is_of(manager.item, item.head, code, POOLS) or not isinstance(small, cst.Expr | cst.Assign):
        return None
    if not isinstance(listed, cst.Call) or text_of(listed.func) != "list" or len(listed.args) != 1:
        return None
    mapped = listed.args[0].value
    if not isinstance(mapped, cst.Call) or text_of(mapped.func) != f"{name.value}.map" or len(mapped.args) != 2:
        return None
    function, over = mapped.args[0].value, mapped.args[1].value
    if any(a.keyword or a.star for a in mapped.args) or not isinstance(function, cst.Name | cst.Attribute):
        return None
    if isinstance(small, cst.Assign) and not isinstance(small.targets[0].target, cst.Name):
        return None
    one = "one"
    called = Called(cst.Call(function, [cst.Arg(cst.Name(one))]), cst.Name(one), over)
    return turns(called, small, leaf, item.node, [*item.head.marks, *leaf.marks], new, LIMITED)


def only(body: list[Statement]) -> cst.BaseSmallStatement | None:
    """The one small statement of the body; None where it is anything else."""
    line = body[0] if len(body) == 1 else None
    return line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None


def is_of(call: cst.Call, leaf: Plain, code: Code, paths: frozenset[str]) -> bool:
    """Whether the call is of one of these functions."""
    return leaf.frame.meant(parsed(call.func), code) in paths


def comprehended(made: cst.ListComp | cst.GeneratorExp) -> Called | None:
    """The call for each item; what is left out by a condition is left out of the items."""
    loop = made.for_in
    target = loop.target
    is_plain = loop.inner_for_in is None and loop.asynchronous is None and isinstance(made.elt, cst.Call)
    if not is_plain or (loop.ifs and not isinstance(target, cst.Name)):
        return None
    over = loop.iter
    if loop.ifs:
        kept = cst.ensure_type(target, cst.Name)
        over = cst.ListComp(kept, loop.with_changes(whitespace_before=cst.SimpleWhitespace(" ")))
    return Called(made.elt, target, over)


def turns(
    called: Called,
    small: cst.Expr | cst.Assign,
    leaf: Plain,
    written: Statement,
    marks: list[Mark],
    new: NewName,
    loss: str = "",
) -> Body | None:
    """The loop, and the binding of what it has gathered where that is no plain name."""
    target = small.targets[0].target if isinstance(small, cst.Assign) and len(small.targets) == 1 else None
    if isinstance(small, cst.Assign) and target is None:
        return None
    if {n.value for n in _names(called.target)} & leaf.frame.names.keys():
        return None  # The comprehension has names of its own.
    for name in _names(called.target):
        variable = leaf.frame.names.pop(new(leaf, name.value))
        leaf.frame.names[name.value] = variable
    part = new(leaf, "part")
    gathers = target.value if isinstance(target, cst.Name) else new(leaf, "parts")
    direct = target is None or isinstance(target, cst.Name)
    node = cst.For(called.target, freestanding(called.over), cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])]))
    item = statement(cst.Assign([cst.AssignTarget(called.target)], cst.Name("item")), leaf)
    whole = written if direct else _listed(small, gathers, leaf)
    loop = Each(
        node,
        head(called.over, leaf.frame, leaf.first, (), leaf.last),
        [statement(assign(part, called.call), leaf, marks)],
        [],
        item,
        name="Side by side",
        written=whole,
        part=part,
        gathers=gathers,
        loss=loss,
    )
    if direct or target is None:
        return [loop]
    return [loop, statement(cst.Assign([cst.AssignTarget(target)], cst.Name(gathers)), leaf)]


def _listed(small: cst.Expr | cst.Assign, name: str, leaf: Plain) -> Statement:
    line = cst.ensure_type(leaf.body[0], cst.SimpleStatementLine)
    return line.with_changes(body=[assign(name, small.value)])


def _names(target: cst.BaseExpression) -> list[cst.Name]:
    match target:
        case cst.Name():
            return [target]
        case cst.Tuple() | cst.List():
            return [name for element in target.elements for name in _names(element.value)]
        case _:
            return []
