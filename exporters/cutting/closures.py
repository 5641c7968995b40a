"""Functions that another function has made as the process began: `ticket = counter()`. They keep what they change."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from exporters.cutting.library import CHANGING_METHODS
from exporters.cutting.names import base_of, bases_changed
from exporters.cutting.source import Constant, Function, FunctionNode


def kept_by(maker: Function) -> frozenset[str] | None:
    """The names around it that the function changes which a maker gives back; None where it gives back another one."""
    inner = _given_back(maker.node)
    return None if inner is None else frozenset(_changed(inner))


def given_to(maker: Function, made: Constant) -> Iterator[tuple[str, ast.expr]]:
    """What the maker was given, by its parameters."""
    if isinstance(made.value, ast.Call):
        yield from zip(maker.parameters, made.value.args, strict=False)
        yield from ((one.arg, one.value) for one in made.value.keywords if one.arg)


def _given_back(maker: FunctionNode) -> FunctionNode | None:
    last = maker.body[-1]
    name = last.value.id if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) else ""
    return next((one for one in maker.body if isinstance(one, FunctionNode) and one.name == name), None)


def _changed(inner: FunctionNode) -> Iterator[str]:
    own = {one.id for one in ast.walk(inner) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    own |= {one.arg for one in ast.walk(inner.args) if isinstance(one, ast.arg)}
    for node in ast.walk(inner):
        match node:
            case ast.Nonlocal(names=names):
                yield from names
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if (
                attr in CHANGING_METHODS and base_of(value) not in own
            ):
                yield base_of(value)
            case _:
                pass
    yield from (name for name in bases_changed([inner]) if name not in own)
