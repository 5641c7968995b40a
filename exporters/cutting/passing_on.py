"""What a task class's `__call__` may do and still stand around each step: one call, whose answer it gives back.

Each step is made under that `__call__`. What ends it early, gives back something else, or changes what an argument
holds would so happen to steps, and not to the task.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

PASSES_ON = frozenset({"__call__", "run"})
_KEYS = frozenset({"pk", "id"})
_ASKS = frozenset({"isinstance", "len", "bool"})
_PLAIN = frozenset({"int", "str"})


def passes(node: ast.AST | None) -> bool:
    """Whether this is the call that runs the task, or the class above."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PASSES_ON


def gives_back_what_it_gets(body: list[ast.stmt]) -> bool:
    """Whether each way through the statements makes the call once, and ends with its answer or an error."""
    answers = {name for node in _own(body) if (name := _answer(node))}
    others = {
        name.id
        for node in _own(body)
        if not _answer(node)
        for name in ast.iter_child_nodes(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    names = answers - others
    returned = (node.value for node in _own(body) if isinstance(node, ast.Return))
    if not all(passes(v) or (isinstance(v, ast.Name) and v.id in names) for v in returned):
        return False
    return not _calls_again(body) and _ends(body)


def is_row_by_key(value: ast.AST | None) -> bool:
    """Whether a row is read by its key, which it always has."""
    match value:
        case ast.Call(func=ast.Attribute(attr="get"), args=[], keywords=[ast.keyword(arg=str() as name)]):
            return name in _KEYS
        case _:
            return False


def is_only_asked(node: ast.AST, above: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether a value is only compared or tested, or is the key of a row, or has a name that is only this."""
    outer = above.get(node)
    match outer:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp():
            return is_only_asked(outer, above)
        case ast.If() | ast.IfExp() | ast.While() | ast.Assert():
            return outer.test is node
        case ast.Call(func=ast.Name(id=name)) if name in _ASKS:
            return True
        case ast.Call(func=ast.Name(id=name)) if name in _PLAIN:
            return is_only_asked(outer, above)
        case ast.keyword():
            return is_row_by_key(above.get(outer))
        case ast.Assign(targets=[ast.Name(id=name)]):
            uses = [
                one for one in above if isinstance(one, ast.Name) and one.id == name and one is not outer.targets[0]
            ]
            return all(not isinstance(one.ctx, ast.Load) or is_only_asked(one, above) for one in uses)
        case _:
            return False


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of the statements, without those of functions and classes in them."""
    rest: list[ast.AST] = list(body)
    while rest:
        node = rest.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            rest.extend(ast.iter_child_nodes(node))


def _answer(node: ast.AST) -> str:
    """The name that the call's answer is given; empty for any other statement."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if passes(value):
            return name
        case _:
            return ""


def _calls_again(body: list[ast.stmt]) -> bool:
    """Whether a call stands where it may be made a second time: in a loop, a handler, or behind another one."""
    for node in _own(body):
        repeated: list[ast.AST] = []
        if isinstance(node, ast.For | ast.While | ast.ExceptHandler):
            repeated = [*node.body, *getattr(node, "orelse", ())]
        elif isinstance(node, ast.Try):
            repeated = [*node.finalbody]
        if any(passes(inner) for one in repeated for inner in ast.walk(one)):
            return True
    return _most(body) > 1


def _most(body: list[ast.stmt]) -> int:
    """The calls that one way through the statements makes at most."""
    if not body:
        return 0
    behind = _most(body[1:])
    match body[0]:
        case ast.If() as branch:
            return max(_most(part) + (0 if _ends(part) else behind) for part in (branch.body, branch.orelse))
        case ast.With() as managed:
            return _most(managed.body) + behind
        case ast.Try() as tried:
            return _most(tried.body) + _most(tried.orelse) + behind
        case statement:
            return sum(passes(node) for node in ast.walk(statement)) + behind


def _ends(body: list[ast.stmt]) -> bool:
    """Whether no way leads behind the statements."""
    match body[-1] if body else None:
        case ast.Return() | ast.Raise():
            return True
        case ast.If() as branch:
            return _ends(branch.body) and _ends(branch.orelse)
        case ast.With() as managed:
            return _ends(managed.body)
        case ast.Try() as tried:
            return (_ends(tried.orelse or tried.body) and all(_ends(one.body) for one in tried.handlers)) or _ends(
                tried.finalbody
            )
        case _:
            return False
