"""Context managers that only say how code runs while they are open: they are opened anew around each piece.

A language, a time zone, the scope of a query, a flag: entering such a manager sets something, leaving it sets it back,
and nothing else happens. So code below it may be parted. A transaction, a lock, a file or a session is none.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping

import libcst as cst

from exporters.cutting.binding import parsed
from exporters.cutting.changes import Changes
from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Frame,
    NewName,
    Plain,
    Repeat,
    Together,
    Within,
    bodies_of,
    leaves,
    walk,
)
from exporters.cutting.hoist import take_condition, take_iterable
from exporters.cutting.live import binds, variables
from exporters.cutting.names import names_in
from exporters.cutting.source import NO_PATHS, Code, File, Function, dotted_name
from exporters.cutting.waits import is_wait

_KNOWN = frozenset(
    {"django_scopes.scope", "django_scopes.scopes_disabled", "django_scopes.state.scope"}
    | {"django.utils.translation.override", "django.utils.timezone.override", "contextlib.nullcontext"}
    | {"structlog.contextvars.bound_contextvars"}
)
_MAKERS = frozenset({"contextlib.contextmanager"})
_ASKS = frozenset({"getattr", "hasattr", "isinstance", "get"})
_SETS = frozenset({"setattr", "delattr", "set", "reset"})
_SIMPLE = (
    *(ast.Module, ast.Expr, ast.Expression, ast.Name, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp),
    *(ast.expr_context, ast.boolop, ast.unaryop, ast.cmpop),
)


def is_ambient(
    node: ast.expr, file: File | None, code: Code, own: Collection[str] = (), paths: Mapping[str, str] = NO_PATHS
) -> bool:
    """Whether the expression makes such a manager; `own` are the local names where it stands."""
    named = code.meant(node.func, file, own, paths) if isinstance(node, ast.Call) else None
    return named in _KNOWN if isinstance(named, str) else isinstance(named, Function) and _only_sets(named, code)


def dissolve(body: Body, code: Code, changes: Changes, new: NewName) -> None:
    """Let each manager of the kind be around the pieces below it, and no longer around all of them."""
    body[:] = _sequence(body, code, changes, new)


def _sequence(items: Body, code: Code, changes: Changes, new: NewName) -> Body:
    found: Body = []
    for item in items:
        for inner in bodies_of(item):
            inner[:] = _sequence(inner, code, changes, new)
        if isinstance(item, Within) and _can_part(item, code, changes):
            _open_anew(item.body, item.node.items, code, new)
            found.extend(item.body)
        else:
            found.append(item)
    return found


def _can_part(item: Within, code: Code, changes: Changes) -> bool:
    frame = item.head.frame
    if item.node.asynchronous is not None or any(one.asname is not None for one in item.node.items):
        return False
    made = [parsed(one.item) for one in item.node.items]
    file = code.file(frame.file)
    if not all(is_ambient(node, file, code, frame.names, frame.paths) for node in made):
        return False
    asked = variables(names_in(made).read, frame)
    inside = list(leaves(item.body))
    changed = frozenset[str]().union(*(binds(leaf) | changes.of(leaf) for leaf in inside))
    frames = {leaf.frame for leaf in inside}
    if asked & changed or (asked and frames != {frame}):
        return False
    names = {dotted_name(node.func).partition(".")[0] for node in made if isinstance(node, ast.Call)}
    if any(not _is_known(name, frame, other, code) for other in frames for name in names):
        return False
    inner = list(walk(item.body))
    is_together = any(isinstance(one, Together) or (isinstance(one, Each) and one.gathers) for one in inner)
    return not is_together and all(_is_simple(one.test) for one in inner if isinstance(one, Repeat))


def _is_known(name: str, frame: Frame, other: Frame, code: Code) -> bool:
    """Whether the manager's name means the same in another function, where need be by an import there."""
    own, file = code.file(frame.file), code.file(other.file)
    if own is None or file is None or name in other.names:
        return False
    named = code.named(own, name, frame.paths)
    if frame is other or code.named(file, name, other.paths) == named:
        return True
    path = named if isinstance(named, str) else f"{named.file.module}.{name}" if isinstance(named, Function) else ""
    module, _, last = path.rpartition(".")
    if not module or name in other.paths or name in other.globals:
        return False
    other.imports[name] = f"from {module} import {last}" + ("" if last == name else f" as {name}")
    other.paths[name] = path
    return True


def _is_simple(plain: Plain) -> bool:
    """Whether nothing is asked for but names: no manager can make a difference."""
    return all(isinstance(node, _SIMPLE) for part in plain.tree for node in ast.walk(part))


def _open_anew(body: Body, managers: Iterable[cst.WithItem], code: Code, new: NewName) -> None:
    opened = tuple(one.with_changes(comma=cst.MaybeSentinel.DEFAULT) for one in managers)
    for items in [body, *(inner for item in list(walk(body)) for inner in bodies_of(item))]:
        found: Body = []
        for item in items:
            if isinstance(item, Choice) and not _is_simple(item.test):
                found.append(take_condition(item, new))
            if isinstance(item, Each) and not _is_simple(item.over):
                found.append(take_iterable(item, new))
            found.append(item)
        items[:] = found
    for item in walk(body):
        if isinstance(item, Plain) and not is_wait(item, code):
            item.open_below((*opened, *item.managers))
        if isinstance(item, Choice | Each | Repeat | Attempt | Within):
            item.written = None  # as the code has it, it would stand without the manager


def _only_sets(function: Function, code: Code) -> bool:
    """Whether a manager of the backend's own sets something and sets it back, and does nothing else."""
    node = function.node
    decorators = [dotted_name(one) for one in node.decorator_list]
    if len(decorators) != 1 or not decorators[0] or code.named(function.file, decorators[0]) not in _MAKERS:
        return False
    if isinstance(node, ast.AsyncFunctionDef) or not all(map(_is_quiet, ast.walk(ast.Module(node.body, [])))):
        return False
    last = [part for one in ast.walk(node) if isinstance(one, ast.Try) for part in one.finalbody]
    back = {key for part in last for key in _set(part)}
    inside = {id(one) for part in last for one in ast.walk(part)}
    return set(_set(node, inside)) <= back


def _is_quiet(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _ASKS | _SETS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ASKS | _SETS
        case ast.Yield(value=value):
            return value is None
        case ast.Try(handlers=handlers):
            return not handlers
        case ast.Call() | ast.YieldFrom() | ast.Await() | ast.For() | ast.While() | ast.With() | ast.Global():
            return False
        case _:
            return True


def _set(node: ast.AST, without: Collection[int] = ()) -> Iterator[str]:
    """What is set, by its place as text."""
    for one in ast.walk(node):
        if id(one) in without:
            continue
        match one:
            case ast.Call(
                func=ast.Name(id="setattr" | "delattr"), args=[holder, ast.Constant(value=str() as name), *_]
            ):
                yield f"{ast.unparse(holder)}.{name}"
            case ast.Call(func=ast.Attribute(value=holder, attr="set" | "reset")):
                yield ast.unparse(holder)
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield ast.unparse(one)
            case _:
                pass
