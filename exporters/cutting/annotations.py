"""What annotations promise of values."""

from __future__ import annotations

import ast

from exporters.cutting.classes import Classes
from exporters.cutting.kinds import DATA, PLAIN, UNKNOWN, Kind, held, joined, other
from exporters.cutting.library import CALLS
from exporters.cutting.source import Class, Code, Constant, File, dotted_name

_ITERABLE = frozenset({"Iterable", "Iterator", "Collection"})
"""What may be anything that can be gone over, maybe once."""
_CONTAINERS = frozenset(
    {"dict", "list", "set", "tuple", "frozenset", "Dict", "List", "Set", "Tuple", "Mapping", "Sequence"} | _ITERABLE
)


def annotated(node: ast.expr, file: File, code: Code, classes: Classes) -> Kind:
    """What an annotation promises."""
    match node:
        case ast.Constant(value=None):
            return PLAIN
        case ast.Constant(value=str() as text):
            try:
                return annotated(ast.parse(text, mode="eval").body, file, code, classes)
            except SyntaxError:
                return UNKNOWN
        case ast.BinOp(left=left, right=right, op=ast.BitOr()):
            return joined((annotated(left, file, code, classes), annotated(right, file, code, classes)))
        case ast.Subscript(value=value, slice=inner):
            return _generic(dotted_name(value).rpartition(".")[2], inner, file, code, classes)
        case ast.Name() | ast.Attribute():
            return _named(node, file, code, classes)
        case _:
            return UNKNOWN


def _named(node: ast.expr, file: File, code: Code, classes: Classes) -> Kind:
    dotted = dotted_name(node)
    named = code.named(file, dotted) if dotted else None
    if isinstance(named, Class):
        return classes.kind(named)
    if isinstance(named, Constant):
        return annotated(named.value, named.file, code, classes)
    path = named if isinstance(named, str) else dotted
    if path in {"int", "str", "float", "bool", "bytes", "complex"} or (path in CALLS and CALLS[path] == PLAIN):
        return PLAIN
    if path.rpartition(".")[2] in {"EmailStr", "HttpUrl", "AnyUrl", "PositiveInt"}:
        return PLAIN
    if path.rpartition(".")[2] in {"dict", "list", "set", "tuple", "Dict", "List", "Set", "Mapping", "Sequence"}:
        return DATA
    return other(f"an object of {dotted}") if dotted else UNKNOWN


def _generic(name: str, inner: ast.expr, file: File, code: Code, classes: Classes) -> Kind:
    arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name in {"Optional", "Mapped", "Annotated", "Final", "ClassVar"}:
        return annotated(arguments[0], file, code, classes)
    if name == "Union":
        return joined(annotated(argument, file, code, classes) for argument in arguments)
    if name == "Literal":
        return PLAIN
    if name in _CONTAINERS:
        told = [a for a in arguments if not (isinstance(a, ast.Constant) and a.value is ...)]
        kinds = [
            DATA if dotted_name(a).rpartition(".")[2] == "Any" else annotated(a, file, code, classes) for a in told
        ]
        return other("what can be gone over", item=joined(kinds)) if name in _ITERABLE else held(kinds)
    return UNKNOWN
