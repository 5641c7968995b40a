"""Classes of a backend's own for its tasks: what they do around a task is done around each of its steps.

A class that is told of the success (`on_success`) is told by a step of its own, behind all others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from exporters.canonical import records
from exporters.cutting.known import Known
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.selves import lineage
from exporters.cutting.source import Class, Code, Function
from exporters.worker.plan import TOLD_OF_SUCCESS

_TOLD = ("before_start", "on_retry", "after_return")
"""Methods that a queue calls for a task as a whole, and for no step of it."""


def check_told(function: Function, code: Code) -> None:
    """Raise where the task's class is told of what only the queue knows."""
    if told := [name for name in _TOLD if any(methods(name, function, code))]:
        raise CannotCutError(f"`{told[0]}` of its class is told of `{function.node.name}` as a whole")
    if is_told_of_success(function, code) and (kept := next(_kept(function, code), "")):
        raise CannotCutError(f"`{kept}` of its class is kept from one part of `{function.node.name}` to the next")


def around_each_step(function: Function, code: Code) -> str:
    """The class whose `__call__` is around the task; empty for none."""
    calls = methods("__call__", function, code)
    return next((call.owner.name for call in calls if call.owner is not None), "")


def is_told_of_failure(function: Function, code: Code) -> bool:
    """Whether the task's class is told when it has failed."""
    return any(methods("on_failure", function, code))


def is_told_of_success(function: Function, code: Code) -> bool:
    """Whether the task's class is told when it has done well."""
    return any(methods("on_success", function, code))


def telling(
    step_id: str, run: records.Run, function: Function, result: tuple[str, Known] | None, code: Code
) -> records.Step:
    """The step that tells the class of the success; raises where it can't be told what it asks for.

    `result` is the variable for what the task returns, and what is known of that; None where it returns nothing.
    """
    if run.framework != "celery":
        raise CannotCutError(f"`on_success` of its class is told of `{function.node.name}` as a whole")
    inputs: records.Bindings = {}
    if result is not None and _asks_for_result(function, code):
        variable, known = result
        if known.may_miss or not known.kind.crosses:
            why = "on some ways only" if known.may_miss else f"({known.kind.reason})"
            raise CannotCutError(f"`on_success` of its class asks for what `{function.node.name}` returns {why}")
        inputs = {"retval": variable}
    call = f"{run.function}.{TOLD_OF_SUCCESS}"
    return records.Step(id=step_id, name="Tell that it succeeded", call=call, inputs=inputs)


def _asks_for_result(function: Function, code: Code) -> bool:
    """Whether the class that is told of the success does more with what the task returned than to hand it on."""
    for method in methods("on_success", function, code):
        result = method.node.args.args[1].arg if len(method.node.args.args) > 1 else ""
        handed_on = {
            id(one)
            for node in ast.walk(method.node)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().on_success"
            for one in [*node.args, *(keyword.value for keyword in node.keywords)]
        }
        mentions = [n for n in ast.walk(method.node) if isinstance(n, ast.Name) and n.id == result]
        if not result or any(id(one) not in handed_on for one in mentions):
            return True
    return False


def _classes(function: Function, code: Code) -> Iterator[Class]:
    """The task's class and those of the backend that it inherits from."""
    for decorator in function.node.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            base = code.meant(keyword.value, function.file) if keyword.arg == "base" else None
            if isinstance(base, Class):
                yield from lineage(base, code)


def methods(name: str, function: Function, code: Code) -> Iterator[Function]:
    """What the classes of the task define by that name, the nearest first."""
    for one in _classes(function, code):
        if (method := code.method(one, name)) is not None:
            yield method


def _kept(function: Function, code: Code) -> Iterator[str]:
    """The attributes that methods of the task's class set: what one leaves for another is lost between steps."""
    for one in _classes(function, code):
        for node in ast.walk(one.node):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store() | ast.Del()):
                    yield f"self.{name}"
                case _:
                    pass
