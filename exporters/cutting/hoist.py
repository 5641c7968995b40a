"""Takes out of statements what has to stand alone: calls to be opened, conditions that act, what loops go over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from exporters.cutting.binding import text_of
from exporters.cutting.flow import (
    Body,
    Choice,
    Each,
    Frame,
    NewName,
    Plain,
    assign,
    bodies_of,
    computed,
    expression,
    head,
    statement,
    walk,
)
from exporters.cutting.known import Env
from exporters.cutting.live import mentions
from exporters.cutting.state import States


def take_out(plain: Plain, function: str, new: NewName) -> list[Plain]:
    """The call of the function before the statement that it stands in; the statement alone where order forbids it."""
    line = plain.body[0] if len(plain.body) == 1 else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return [plain]
    value = getattr(line.body[0], "value", None)
    if not isinstance(line.body[0], cst.Expr | cst.Assign | cst.AnnAssign) or not isinstance(value, cst.BaseExpression):
        return [plain]
    call = _first_call(value, function, plain.frame)
    if call is None or call is value or (isinstance(value, cst.Await) and value.expression is call):
        return [plain]
    name = new(plain, function)
    taken = statement(assign(name, call), plain, plain.marks)
    without = line.deep_replace(call, cst.Name(name))
    assert isinstance(without, cst.SimpleStatementLine)
    rest = Plain([without], plain.frame, plain.first, plain.last, [], plain.whole, plain.responds)
    return [taken, rest]


def _first_call(value: cst.BaseExpression, function: str, frame: Frame) -> cst.BaseExpression | None:
    """The call of that name, if all that Python computes before it is as good as computed after it."""
    for node in _before_anything(value, frame):
        called = node.expression if isinstance(node, cst.Await) else node
        if isinstance(called, cst.Call) and text_of(called.func).rpartition(".")[2] == function:
            return node
    return None


def _before_anything(node: cst.BaseExpression, frame: Frame) -> Iterator[cst.BaseExpression]:
    """The nodes on the way to what is computed first, outermost first."""
    yield node
    for child in _operands(node):
        yield from _before_anything(child, frame)
        if not _is_quiet(child, frame):
            return


def _operands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What the node always computes, in order, before it does anything itself."""
    match node:
        case cst.Call():
            return [*([node.func.value] if isinstance(node.func, cst.Attribute) else []), *(a.value for a in node.args)]
        case cst.Await():
            return [node.expression]
        case cst.Attribute() | cst.Subscript():
            return [node.value]
        case cst.BinaryOperation():
            return [node.left, node.right]
        case cst.BooleanOperation():
            return [node.left]
        case cst.Comparison():
            return [node.left, *(t.comparator for t in node.comparisons[:1])]
        case cst.UnaryOperation():
            return [node.expression]
        case cst.Tuple() | cst.List() | cst.Set():
            return [element.value for element in node.elements]
        case cst.Dict():
            found: list[cst.BaseExpression] = []
            for element in node.elements:
                found += [element.key, element.value] if isinstance(element, cst.DictElement) else [element.value]
            return found
        case cst.IfExp():
            return [node.test]
        case _:
            return []


def _is_quiet(node: cst.BaseExpression, frame: Frame) -> bool:
    """Whether nothing can happen while it is computed, and nothing that happens before can change it."""
    if isinstance(node, cst.Attribute):
        base = node.value
        return (isinstance(base, cst.Name) and base.value not in frame.names) or (
            _is_quiet(base, frame) and not isinstance(base, cst.Name)
        )
    return isinstance(node, cst.SimpleString | cst.Integer | cst.Float | cst.Name)


def conditions(body: Body, new: NewName) -> None:
    """Let each condition that does something be a statement before its decision."""
    for items in _sequences(body):
        found: Body = []
        for item in items:
            if isinstance(item, Choice) and item.test.marks:
                found.append(take_condition(item, new))
            found.append(item)
        items[:] = found


def take_condition(item: Choice, new: NewName) -> Plain:
    """The decision's condition as a statement; the decision asks for its result."""
    test = item.test
    name = new(test, "condition")
    value = expression(test)
    if not isinstance(value, cst.Comparison | cst.UnaryOperation):
        value = cst.Call(cst.Name("bool"), [cst.Arg(value)])
    taken = statement(assign(name, value), test, test.marks)
    taken.is_taken_out = True
    item.name = item.name or text_of(expression(test))
    item.test = head(cst.Name(name), test.frame, test.first)
    return taken


def iterables(body: Body, states: States, new: NewName) -> bool:
    """Let what each loop goes over be a list in a variable; whether anything was changed."""
    is_changed = False
    for items in _sequences(body):
        found: Body = []
        for item in items:
            if isinstance(item, Each) and _is_worth(item) and (env := states.before.get(id(item))) is not None:
                value = computed(item.over)
                kind = states.inference.kind(value, states.scope(item.over.frame, env))
                is_list = kind.form == "data" and _is_ready(value, item.over.frame, env)
                if not is_list and (kind.form == "data" or (kind.item is not None and kind.item.crosses)):
                    found.append(take_iterable(item, new))
                    is_changed = True
            found.append(item)
        items[:] = found
    return is_changed


def take_iterable(item: Each, new: NewName) -> Plain:
    """What the loop goes over as a list in a variable, set by a statement."""
    name = new(item.over, "items")
    listed = cst.Call(cst.Name("list"), [cst.Arg(expression(item.over))])
    taken = statement(assign(name, listed), item.over, item.over.marks)
    taken.is_taken_out = True
    item.over = head(cst.Name(name), item.over.frame, item.over.first)
    return taken


def _is_ready(value: ast.expr, frame: Frame, env: Env) -> bool:
    """Whether the expression is a variable that can be handed on as it is."""
    variable = frame.names.get(value.id, "") if isinstance(value, ast.Name) else ""
    return variable in env and env[variable].again is None


def _is_worth(item: Each) -> bool:
    return any(leaf.marks for one in walk(item.body) for leaf in ([one] if isinstance(one, Plain) else []))


def stuck_conditions(body: Body, states: States, live: dict[int, frozenset[str]], new: NewName) -> bool:
    """Compute a condition early where it asks for what can't cross, and nothing behind it does; whether any was."""
    is_changed = False
    for items in _sequences(body):
        found: Body = []
        for item in items:
            if isinstance(item, Choice) and (env := states.before.get(id(item))) is not None:
                needed = live[id(item.then)] | live[id(item.otherwise)]
                asked = {name for name in mentions(item.test) if name in env}
                stuck = {n for n in asked if not env[n].kind.crosses and env[n].again is None}
                read = {n for n in asked if env[n].again is not None}
                if read or (stuck and not stuck & needed):
                    found.append(take_condition(item, new))
                    is_changed = True
            found.append(item)
        items[:] = found
    return is_changed


def _sequences(body: Body) -> Iterator[Body]:
    yield body
    for item in list(walk(body)):
        yield from bodies_of(item)
