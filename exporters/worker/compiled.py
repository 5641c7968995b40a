"""Statements of the backend, as a function in the namespace of their module."""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import re
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from exporters.worker import loops
from exporters.worker.errors import RefusedError
from exporters.worker.plan import Piece

_FIRST_LINE = re.compile(r":(\d+)(?:-\d+)?$")
_CASE = "case"
Compiled = Callable[..., dict[str, Any]]


def compiled(piece: Piece, context: tuple[str, ...]) -> tuple[Compiled, tuple[str, ...]]:
    """A function of the piece's inputs, and the names of the run's context that it takes as well.

    It returns the names that the code has bound.
    """
    module = importlib.import_module(piece.module)
    try:
        tree = ast.parse(piece.code)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names = tuple(name for name in context if name in used and name not in piece.inputs)
        file, offset = _place(piece, module)
        code = _function_code(_wrapped(piece, tree, names, offset), file)
    except (SyntaxError, ValueError) as error:
        raise RefusedError(f"the code of {piece.id} can't be read: {error}") from error
    return FunctionType(code, vars(module), piece.id, None, None), names


def _wrapped(piece: Piece, tree: ast.Module, names: tuple[str, ...], offset: int) -> ast.Module:
    """The statements inside a function of its own, so that inner functions see its names, at their true lines."""
    body: list[ast.stmt] = [ast.increment_lineno(statement, offset) for statement in tree.body]
    if piece.condition:
        if len(body) != 1 or not isinstance(body[0], ast.Expr):
            raise RefusedError(f"the condition {piece.id} is not one expression")
        truth = ast.Call(ast.Name("bool", ast.Load()), [body[0].value], [])
        body = [ast.Return(ast.Dict([ast.Constant(_CASE)], [truth]))]
    else:
        body.append(ast.Return(ast.Call(ast.Name("locals", ast.Load()), [], [])))
    arguments = [ast.arg(name) for name in (*piece.inputs, *names)]
    signature = ast.arguments([], [], None, arguments, [None] * len(arguments), None, [])
    kind: type[Any] = ast.AsyncFunctionDef if awaits(tree) else ast.FunctionDef
    function = kind(name=piece.id, args=signature, body=body, decorator_list=[], returns=None, type_params=[])
    return ast.fix_missing_locations(ast.Module([function], []))


def awaits(tree: ast.Module) -> bool:
    """Whether the statements themselves await; what inner functions do is theirs."""
    open_nodes: list[ast.AST] = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) or (
            isinstance(node, ast.comprehension) and node.is_async
        ):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            open_nodes.extend(ast.iter_child_nodes(node))
    return False


def _function_code(tree: ast.Module, file: str) -> CodeType:
    outer = compile(tree, file, "exec", dont_inherit=True)
    return next(constant for constant in outer.co_consts if isinstance(constant, CodeType))


def _place(piece: Piece, module: ModuleType) -> tuple[str, int]:
    """The file and the lines before the code, for tracebacks: the backend's own where the code still stands there."""
    file, found = getattr(module, "__file__", None) or "", _FIRST_LINE.search(piece.at)
    first = next(iter(piece.code.splitlines()), "").strip()
    if found and file and first and linecache.getline(file, int(found.group(1))).strip().endswith(first):
        return file, int(found.group(1)) - 1
    name = f"<step {piece.id}>"
    linecache.cache[name] = (len(piece.code), None, piece.code.splitlines(keepends=True), name)
    return name, 0


def finished(result: Any) -> Any:
    """What a call has come to; a coroutine is run to its end."""
    return loops.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result


def call(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Call a function with values by the names of its parameters, however it takes them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function(**values)
    given = dict(values)
    positional: list[Any] = []
    for parameter in parameters:
        if parameter.kind is parameter.POSITIONAL_ONLY and parameter.name in given:
            positional.append(given.pop(parameter.name))
        elif parameter.kind is parameter.VAR_POSITIONAL and parameter.name in given:
            before = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in given]
            positional += [given.pop(p.name) for p in before] + list(given.pop(parameter.name))
        elif parameter.kind is parameter.VAR_KEYWORD and isinstance(given.get(parameter.name), dict):
            given |= given.pop(parameter.name)
    return function(*positional, **given)
