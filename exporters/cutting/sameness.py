"""Which expressions give the same each time that they are computed: what an object made anew has of them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from exporters.cutting.library import PLAIN_METHODS, TEXT_METHODS
from exporters.cutting.source import Class, Code, Constant, File, Function, dotted_name

_LOGGERS = frozenset(
    {"logging.getLogger", "structlog.get_logger", "structlog.getLogger", "structlog.stdlib.get_logger"}
    | {"celery.utils.log.get_task_logger"}
)
_SAME_EACH_TIME = frozenset(_LOGGERS | {"os.getenv", "os.environ.get"})
_FROZEN = frozenset({"frozenset", "str", "int", "float", "bool", "bytes"})


def is_logger(node: ast.Call, file: File, code: Code, paths: Mapping[str, str]) -> bool:
    """Whether the call asks for a logger by its name: each process has one of that name."""
    return code.meant(node.func, file, (), paths) in _LOGGERS


def is_made_of(node: ast.expr, names: Collection[str]) -> bool:
    """Whether the expression only puts plain values of these names together, to a plain value."""
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Constant():
            return True
        case ast.JoinedStr(values=values):
            return all(is_made_of(value, names) for value in values)
        case ast.FormattedValue(value=value):
            return is_made_of(value, names)
        case ast.BinOp(left=left, right=right):
            return is_made_of(left, names) and is_made_of(right, names)
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments, keywords=[]):
            is_text = method in TEXT_METHODS | PLAIN_METHODS
            return is_text and all(is_made_of(one, names) for one in (value, *arguments))
        case _:
            return False


def is_same(node: ast.expr, code: Code, file: File) -> bool:
    """Whether the expression gives the same each time, or an equal object."""
    match node:
        case ast.List(elts=values) | ast.Set(elts=values):
            return all(is_frozen(value, code, file) for value in values)
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and is_frozen(key, code, file) for key in keys) and all(
                is_frozen(value, code, file) for value in values
            )
        case _:
            return is_frozen(node, code, file)


def is_frozen(node: ast.expr, code: Code, file: File) -> bool:
    """Whether the expression gives the same each time, and something that nobody can change by it."""
    match node:
        case ast.Constant():
            return True
        case ast.Tuple(elts=values) | ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            return all(is_frozen(value, code, file) for value in values)
        case ast.UnaryOp(operand=value) | ast.FormattedValue(value=value):
            return is_frozen(value, code, file)
        case ast.BinOp(left=left, right=right):
            return is_frozen(left, code, file) and is_frozen(right, code, file)
        case ast.Name() | ast.Attribute():
            named = code.meant(node, file)
            # What another name of the backend stands for lives as long as the process, whoever asks for it.
            return isinstance(named, str | Function | Class | Constant)
        case ast.Call(func=function, args=values, keywords=keywords):
            named = code.meant(function, file)
            known = named in _SAME_EACH_TIME if isinstance(named, str) else dotted_name(function) in _FROZEN
            return known and all(is_frozen(v, code, file) for v in (*values, *(k.value for k in keywords)))
        case _:
            return False
