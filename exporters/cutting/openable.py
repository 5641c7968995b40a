"""Whether a function can be said in pieces at all, and which of its names become variables."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from exporters.cutting.flow import Frame
from exporters.cutting.names import local_names, names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Function


def check(function: Function, *, takes_rest: bool = False) -> None:
    """Raise where the function can't be said in pieces; `takes_rest`: what `**kwargs` takes is known."""
    node, name = function.node, function.node.name
    for inner in ast.walk(node):
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            raise CannotCutError(f"`{name}` yields")
        if isinstance(inner, ast.Attribute) and inner.attr.startswith("__") and not inner.attr.endswith("__"):
            raise CannotCutError(f"`{name}` asks for the private `{inner.attr}`")
        if isinstance(inner, ast.Try | ast.TryStar) and _leaves(inner.finalbody):
            raise CannotCutError(f"a `finally` of `{name}` stops what leaves it")
    used = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    rest = (node.args.vararg, *([] if takes_rest else [node.args.kwarg]))
    if any(one is not None and one.arg in used for one in rest):
        raise CannotCutError(f"`{name}` takes any number of arguments")
    for own in ("locals", "globals", "super", "__class__"):
        if own in used:
            raise CannotCutError(f"`{name}` asks for `{own}`")


def _leaves(body: Iterable[ast.AST], *, in_loop: bool = False) -> bool:
    """Whether the statements go elsewhere: what was on its way out, an error or a `return`, is forgotten then."""
    for node in body:
        match node:
            case ast.Return():
                return True
            case ast.Break() | ast.Continue():
                if not in_loop:
                    return True
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                pass
            case _:
                is_loop = isinstance(node, ast.For | ast.AsyncFor | ast.While)
                if _leaves(ast.iter_child_nodes(node), in_loop=in_loop or is_loop):
                    return True
    return False


def own_names(function: Function, frame: Frame) -> list[str]:
    """The local names that get variables: not those that are imported inside, nor the context's."""
    names = local_names(function)
    bound = names_in(node for node in function.node.body if not isinstance(node, ast.Import | ast.ImportFrom)).bound
    assigned = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    for name in names:
        if name in frame.paths and name in assigned:
            raise CannotCutError(f"`{name}` is imported and bound otherwise")
        if name in frame.context and name in bound:
            raise CannotCutError(f"it binds `{name}` anew")
    return [name for name in names if name not in frame.paths and name not in frame.context]
