"""The names in code: which a function holds itself, which a piece reads, binds and changes in place."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Function

BUILTINS = frozenset(dir(builtins))
_OWN_SCOPE = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def local_names(function: Function) -> list[str]:
    """The local names of a function, in sorted order; raises where its names reach beyond it."""
    table = symtable.symtable(ast.unparse(function.node), "function", "exec").get_children()
    scope = table[-1]
    while scope.get_type() != "function":
        scope = scope.get_children()[0]
    assert isinstance(scope, symtable.Function)
    for symbol in scope.get_symbols():
        if symbol.is_declared_global() and symbol.is_assigned():
            raise CannotCutError(f"it changes the module's `{symbol.get_name()}`")
    nested = list(scope.get_children())
    while nested:
        inner = nested.pop()
        nested.extend(inner.get_children())
        if isinstance(inner, symtable.Function) and inner.get_nonlocals():
            raise CannotCutError(f"an inner function changes its `{inner.get_nonlocals()[0]}`")
    return sorted(scope.get_locals())


@dataclass(slots=True)
class Names:
    """What some statements do with names."""

    read: set[str] = field(default_factory=set[str])
    bound: set[str] = field(default_factory=set[str])


def names_in(nodes: Iterable[ast.AST]) -> Names:
    """All names that the nodes read or bind in their own scope; what inner scopes read from it counts as read."""
    names = Names()
    for node in nodes:
        _visit(node, names, frozenset())
    return names


def _visit(node: ast.AST, names: Names, hidden: frozenset[str]) -> None:
    match node:
        case ast.Name(id=name, ctx=ctx):
            if name not in hidden:
                (names.read if isinstance(ctx, ast.Load) else names.bound).add(name)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _visit_comprehension(node, names, hidden)
        case ast.Lambda(args=args, body=body):
            _visit_defaults(args, names, hidden)
            _visit(body, names, hidden | _parameters(args))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _visit_function(node, names, hidden)
        case ast.ClassDef():
            names.bound.add(node.name)
            inner = names_in(ast.iter_child_nodes(node))
            names.read |= inner.read - hidden
        case (
            ast.ExceptHandler(name=str() as name)
            | ast.MatchAs(name=str() as name)
            | ast.MatchStar(name=str() as name)
            | ast.MatchMapping(rest=str() as name)
        ):
            names.bound.add(name)
            for child in ast.iter_child_nodes(node):
                _visit(child, names, hidden)
        case ast.Import() | ast.ImportFrom():
            names.bound.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        case ast.NamedExpr(target=target, value=value):
            names.bound.add(target.id)
            _visit(value, names, hidden)
        case ast.AugAssign(target=ast.Name(id=name)):
            names.read.add(name)
            names.bound.add(name)
            _visit(node.value, names, hidden)
        case _:
            for child in ast.iter_child_nodes(node):
                _visit(child, names, hidden)


def _visit_comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, names: Names, hidden: frozenset[str]
) -> None:
    own: set[str] = set()
    for index, generator in enumerate(node.generators):
        # The first iterable is read outside of the comprehension's scope.
        _visit(generator.iter, names, hidden | own if index else hidden)
        own |= {inner.id for inner in ast.walk(generator.target) if isinstance(inner, ast.Name)}
        for condition in generator.ifs:
            _visit(condition, names, hidden | own)
    parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    for part in parts:
        _visit(part, names, hidden | own)


def _visit_function(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names, hidden: frozenset[str]) -> None:
    if node.name not in hidden:
        names.bound.add(node.name)
    for decorator in node.decorator_list:
        _visit(decorator, names, hidden)
    _visit_defaults(node.args, names, hidden)
    inner = names_in(node.body)
    names.read |= inner.read - inner.bound - _parameters(node.args) - hidden


def _visit_defaults(args: ast.arguments, names: Names, hidden: frozenset[str]) -> None:
    for default in (*args.defaults, *args.kw_defaults):
        if default is not None:
            _visit(default, names, hidden)


def _parameters(args: ast.arguments) -> frozenset[str]:
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    return frozenset(arg.arg for arg in every if arg is not None)


def bases_changed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names of which an attribute or an item is assigned or deleted."""
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute | ast.Subscript) and not isinstance(inner.ctx, ast.Load):
                base = base_of(inner)
                if base:
                    yield base


def base_of(node: ast.expr) -> str:
    """The name that a chain of attributes, items and calls begins with; empty for none."""
    while True:
        match node:
            case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Await(value=value):
                node = value
            case ast.Call(func=ast.Attribute(value=value)):
                node = value
            case ast.Name(id=name):
                return name
            case _:
                return ""
