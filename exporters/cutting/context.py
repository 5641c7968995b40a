"""Parameters of entry points that can't leave the process: a request, a bound task, a broker's message."""

from __future__ import annotations

import ast

from exporters.cutting.source import Code, Function, dotted_name

_REQUESTS = frozenset({"django", "aiohttp", "starlette", "sanic", "rest_framework", "pyramid"})
"""Frameworks that hand the request over as the first parameter."""
_MADE_ANEW = frozenset({"Request", "Response", "BackgroundTasks", "WebSocket", "HTTPConnection", "SecurityScopes"})
_INJECTING = frozenset({"Depends", "Security"})
_MESSAGES = {"kombu": (1,), "pika": (0, 1, 2)}
"""Positions of what a broker's library hands over beside the body."""


def context_of(function: Function, kind: str, framework: str, code: Code) -> frozenset[str]:
    """The names of the parameters that are made anew for each step."""
    parameters = function.parameters
    found: set[str] = set()
    if is_bound_task(function):
        found.update(parameters[:1])
    if kind in {"http", "webhook", "websocket"} and framework.partition(".")[0] in _REQUESTS:
        found.update(parameters[:1])
    found.update(parameters[index] for index in _MESSAGES.get(framework, ()) if index < len(parameters))
    if framework in {"fastapi", "starlette"}:
        found.update(_injected(function, code))
    return frozenset(found)


def is_bound_task(function: Function) -> bool:
    """Whether a queue hands the task itself over as the first argument."""
    for decorator in function.node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "bind" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    return True
    return False


def _injected(function: Function, code: Code) -> set[str]:
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, ast.expr | None] = dict(
        zip([a.arg for a in positional[len(positional) - len(arguments.defaults) :]], arguments.defaults, strict=True)
    )
    defaults |= {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    return {
        a.arg
        for a in (*positional, *arguments.kwonlyargs)
        if _injects(defaults.get(a.arg)) or _is_made_anew(a.annotation, function, code, 0)
    }


def _injects(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in _INJECTING


def _is_made_anew(node: ast.expr | None, function: Function, code: Code, depth: int) -> bool:
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return any(_injects(part) for part in parts) or _is_made_anew(parts[0], function, code, depth)
    name = dotted_name(node) if node is not None else ""
    if name.rpartition(".")[2] in _MADE_ANEW:
        return True
    # `SessionDep = Annotated[Session, Depends(get_session)]` at the top of a module.
    named = code.named(function.file, name) if name else None
    value = getattr(named, "value", None)
    return depth < 3 and isinstance(value, ast.Subscript) and _is_made_anew(value, function, code, depth + 1)
