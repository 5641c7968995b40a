"""What statements say of the names that they bind."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from exporters.cutting.kinds import UNKNOWN, Kind, item_of, joined, listed, other
from exporters.cutting.names import names_in
from exporters.cutting.source import File

MANAGED = other("what a context manager gives")


@dataclass(slots=True)
class Scope:
    """Where an expression stands: what its names are."""

    file: File
    env: Mapping[str, Kind]
    """The kinds of the local names."""
    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """The dotted paths of the names that the function imports itself."""
    depth: int = 0


class Teller(Protocol):
    """Tells the kinds of expressions and of annotations."""

    def kind(self, node: ast.expr, scope: Scope) -> Kind: ...

    def annotated(self, node: ast.expr, file: File) -> Kind: ...


def own_nodes(function: ast.AST) -> list[ast.AST]:
    """The nodes of the function itself, in the order of the source, without inner functions."""
    found: list[ast.AST] = []
    stack = list(reversed(list(ast.iter_child_nodes(function))))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        found.append(node)
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def assigned(node: ast.AST, scope: Scope, teller: Teller, into: dict[str, Kind]) -> None:
    """Join the kinds of the names that a statement binds into those that are known of them."""
    found: dict[str, Kind] = {}
    statement_binds(node, scope, teller, found)
    for name, kind in found.items():
        known = into.get(name)
        into[name] = kind if known is None or known == kind else joined((known, kind))
        if isinstance(scope.env, dict):
            scope.env.setdefault(name, kind)


def at_end(body: list[ast.stmt], scope: Scope, teller: Teller) -> dict[str, Kind]:
    """What names are behind the last statement: one that a statement of the body itself binds is nothing else."""
    env = dict(scope.env)
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                env[name] = teller.kind(value, Scope(scope.file, dict(env), scope.paths, scope.depth))
            case _:
                env |= {name: scope.env[name] for name in names_in([statement]).bound & scope.env.keys()}
    return env


def statement_binds(node: ast.AST, scope: Scope, teller: Teller, found: dict[str, Kind]) -> None:
    """The kinds of the names that one statement (or walrus) binds itself."""
    match node:
        case ast.Assign(targets=targets, value=value):
            kind = teller.kind(value, scope)
            for target in targets:
                bind(found, target, kind)
        case ast.AnnAssign(target=target, annotation=annotation, value=value) if value is not None:
            kind = teller.kind(value, scope)
            bind(found, target, kind if kind.crosses else teller.annotated(annotation, scope.file))
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            found[name] = joined((scope.env.get(name, UNKNOWN), teller.kind(value, scope)))
        case ast.NamedExpr(target=target, value=value):
            bind(found, target, teller.kind(value, scope))
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            bind(found, target, item_of(teller.kind(value, scope)))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    bind(found, item.optional_vars, MANAGED)
        case ast.ExceptHandler(name=str() as name):
            found[name] = other("an exception")
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found[name] = other("a function of its own")
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            found[name] = UNKNOWN
        case _:
            pass


def bind(env: dict[str, Kind], target: ast.expr, kind: Kind) -> None:
    """Give the names of a target what the value's kind says of them."""
    match target:
        case ast.Name(id=name):
            env[name] = kind
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for index, element in enumerate(elements):
                if isinstance(element, ast.Starred):
                    bind(env, element.value, listed(item_of(kind)))
                elif len(kind.parts) == len(elements):
                    bind(env, element, kind.parts[index])
                else:
                    bind(env, element, item_of(kind))
        case _:
            pass
