"""Classes of a backend's own for its tasks: what they do around a task is done around each of its steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from exporters.cutting.classes import Classes
from exporters.cutting.names import bases_changed, names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Class, Code, Function

_TOLD = ("before_start", "on_success", "on_retry", "after_return")
"""Methods that a queue calls for a task as a whole, and for no step of it."""
_CHANGES = frozenset({"pop", "popitem", "update", "setdefault", "clear"})


def check_task_class(function: Function, code: Code) -> None:
    """Raise where the task's class has other arguments for it than the message's, or is told how it went."""
    if told := [name for name in _TOLD if any(_methods(name, function, code))]:
        raise CannotCutError(f"`{told[0]}` of its class is told of `{function.node.name}` as a whole")
    for call in _methods("__call__", function, code):
        if not _passes_on(call.node):
            assert call.owner is not None
            raise CannotCutError(f"`{call.owner.name}` calls `{function.node.name}` with arguments of its own")


def around_each_step(function: Function, code: Code) -> str:
    """The class whose `__call__` is around the task; empty for none."""
    calls = _methods("__call__", function, code)
    return next((call.owner.name for call in calls if call.owner is not None), "")


def is_told_of_failure(function: Function, code: Code) -> bool:
    """Whether the task's class is told when it has failed."""
    return any(_methods("on_failure", function, code))


def _methods(name: str, function: Function, code: Code) -> Iterator[Function]:
    """What the classes of the task define by that name."""
    for decorator in function.node.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            base = code.meant(keyword.value, function.file) if keyword.arg == "base" else None
            for one in Classes(code).lineage(base) if isinstance(base, Class) else ():
                if (method := code.method(one, name)) is not None:
                    yield method


def _passes_on(call: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a `__call__` hands on just what it gets."""
    arguments = call.args
    own = [a.arg for a in (*arguments.posonlyargs, *arguments.args)][1:]
    rest = [one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None]
    wanted = [*own, *(f"*{a.arg}" for a in (arguments.vararg,) if a), *(f"**{a.arg}" for a in (arguments.kwarg,) if a)]
    changed = {*names_in(call.body).bound, *bases_changed(call.body)}
    passed: list[list[str]] = []
    for node in ast.walk(call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if attribute in _CHANGES:
                changed.add(name)
            case ast.Call(func=ast.Attribute(attr="__call__" | "run"), args=args, keywords=keywords):
                named = [f"{k.arg}=" if k.arg else f"**{ast.unparse(k.value)}" for k in keywords]
                passed.append([*map(ast.unparse, args), *named])
            case _:
                pass
    return not changed & {*own, *rest} and all(one == wanted for one in passed)
