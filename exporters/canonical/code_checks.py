"""Pieces of code in a definition: whether they are one thing, can be read, and bind what they say."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Iterator

from exporters.canonical.faults import Fault
from exporters.canonical.records import Decision, Element, Run, Step, While
from exporters.canonical.walk import Path

_CALL = re.compile(r"[^:]+:(?:[^\W\d]\w*(?:\.[^\W\d]\w*)*|<module>)")
_MODULE = re.compile(r"[^:]+")
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def faults(element: Element, path: Path, run: Run) -> Iterator[Fault]:
    """What is wrong with the code of an element."""
    if not isinstance(element, Step | Decision | While):
        return
    yield from _one_kind(element, path, run)
    for name in element.inputs:
        if not name.isidentifier() or (element.code and keyword.iskeyword(name)):
            yield Fault((*path, "inputs"), f"`{name}` is no Python name", key=name)
    bound = {"result"}
    if element.code and not element.call:
        tree = _parsed(element, (*path, "code"))
        if isinstance(tree, Fault):
            yield tree
            return
        yield from _own_statements(tree, (*path, "code"))
        bound = _bound(tree)
    if isinstance(element, Step):
        yield from _outputs(element, path, bound, run)


def _one_kind(element: Step | Decision | While, path: Path, run: Run) -> Iterator[Fault]:
    if bool(element.call) == bool(element.code):
        said = "both `call` and `code`" if element.call else "neither `call` nor `code`"
        yield Fault(path, f"`{element.id}` has {said}: it needs one of them")
        return
    if element.code and not _MODULE.fullmatch(element.module):
        yield Fault(path, f"`{element.id}` needs the `module` in whose namespace its code runs")
    if element.call and element.call != run.function and not _CALL.fullmatch(element.call):
        yield Fault((*path, "call"), f"`{element.call}` is not `package.module:function`")


def _parsed(element: Step | Decision | While, path: Path) -> ast.Module | Fault:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(element.code)
            # Names as parameters, and statements that only their place forbids, show when it is compiled.
            compile(_as_function(tree, tuple(element.inputs)), "<code>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return Fault(path, f"the code can't be read: {error.msg}", line=error.lineno or 1, column=error.offset or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        return Fault(path, f"the code can't be read: {error}")
    if not isinstance(element, Step) and (len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr)):
        return Fault(path, f"the condition of `{element.id}` must be one expression")
    if not tree.body:
        return Fault(path, f"the code of `{element.id}` does nothing")
    return tree


def _as_function(tree: ast.Module, names: tuple[str, ...]) -> ast.Module:
    arguments = [ast.arg(name) for name in names if name.isidentifier()]
    signature = ast.arguments([], [], None, arguments, [None] * len(arguments), None, [])
    body = list(tree.body) or [ast.Pass()]
    function = ast.AsyncFunctionDef("code", signature, body, [])
    function.type_params = []  # pyright: ignore[reportAttributeAccessIssue] - newer Pythons ask for it
    return ast.fix_missing_locations(ast.Module([function], []))


def _own_statements(tree: ast.Module, path: Path) -> Iterator[Fault]:
    """What would leave the function that the code becomes."""
    open_nodes: list[ast.AST] = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
            word = "return" if isinstance(node, ast.Return) else "yield"
            message = f"code can't `{word}`: bind a name and list it in `outputs`, or put an `end` behind the step"
            yield Fault(path, message, line=node.lineno, column=node.col_offset + 1)
        if not isinstance(node, _INNER):
            open_nodes.extend(ast.iter_child_nodes(node))


def _bound(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
            case _:
                pass
    return names


def _outputs(step: Step, path: Path, bound: set[str], run: Run) -> Iterator[Fault]:
    known = bound | set(step.inputs) | set(run.context)
    for name, variable in step.outputs.items():
        if name not in known:
            what = "a call gives `result` only" if step.call else f"the code never binds `{name}`"
            yield Fault((*path, "outputs"), what, key=name)
        if not variable.isidentifier():
            yield Fault((*path, "outputs", name), f"`{variable}` is no Python name")
    if step.responds and "result" not in step.outputs:
        yield Fault(path, f"`{step.id}` responds: `outputs` must say which variable takes `result`")
    if step.responds and run.kind not in {"http", "webhook"} and not run.function.endswith(".handle"):
        why = f"the run `{run.id}` is no request and no Django command: nothing can respond"
        yield Fault((*path, "responds"), why)
