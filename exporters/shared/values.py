"""Expressions that stand for values, in a reader's words: `self.order.total` is "order's total"."""

from __future__ import annotations

import ast
from typing import Final

from exporters.shared.metrics import clip
from exporters.shared.names import is_symbol, split_words

_LONGEST_TEXT: Final = 48
_OWNERS: Final = ("self", "cls")
_SETTINGS: Final = ("settings", "config", "conf")
_PARAMETERS: Final = ("GET", "POST")
"""What a request's parameters are called in Django."""
_WITHOUT_CHANGE: Final = frozenset(["lower", "upper", "casefold", "strip", "lstrip", "rstrip", "all", "copy", "items"])
_CASTS: Final = frozenset(["int", "float", "str", "bool", "list", "tuple", "set", "dict", "abs"])
_NOW: Final = frozenset(["now", "utcnow", "today"])
_SIGNS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "modulo",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}
_ORDINALS: Final = {0: "first", 1: "second", 2: "third", -1: "last"}


def value_words(node: ast.expr) -> str:
    """What an expression stands for; empty for the object itself (`self`)."""
    match node:
        case ast.Constant():
            return _constant(node)
        case ast.Name(id=name):
            return "" if name in _OWNERS else name_words(name)
        case ast.Attribute():
            return _attribute(node)
        case ast.Subscript():
            return _item(node)
        case ast.Call():
            return _call(node)
        case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            return value_words(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"−{value_words(inner)}"
        case ast.BinOp(op=operator) if type(operator) in _SIGNS:
            return f"{value_words(node.left)} {_SIGNS[type(operator)]} {value_words(node.right)}"
        case _:
            return plain_text(node)


def plain_text(node: ast.AST) -> str:
    """The code itself, on one line and cut where it is long."""
    return clip(ast.unparse(node), _LONGEST_TEXT)


def is_constant(node: ast.expr) -> bool:
    """Whether the expression is written out: a text, a number, a tuple of them, a name in capitals."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(is_constant, node.elts))
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    return isinstance(node, ast.Constant)


def name_words(name: str) -> str:
    """A name as words; what stands for one fixed thing stays as it is written."""
    words = split_words(name)
    return name if is_symbol(name) or not words else " ".join(words)


def _constant(node: ast.Constant) -> str:
    if isinstance(node.value, str):
        return f'"{clip(node.value, _LONGEST_TEXT)}"'
    return plain_text(node)


def _attribute(node: ast.Attribute) -> str:
    owner, name = node.value, node.attr
    last = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    if name in {"value", "name"} and last.isupper():
        return value_words(owner)
    if name == "objects" and is_symbol(last):
        return last
    if last in _SETTINGS and name.isupper():
        return f"setting {name}"
    if name in _PARAMETERS and last == "request":
        return "request"
    if is_symbol(name):
        return name
    return owned(value_words(owner), name_words(name))


def owned(owner: str, thing: str) -> str:
    """`order`, `total` as "order's total"."""
    if not owner:
        return thing
    return f"{owner}' {thing}" if owner.endswith("s") and not owner.endswith("ss") else f"{owner}'s {thing}"


def _item(node: ast.Subscript) -> str:
    of = value_words(node.value)
    match node.slice:
        case ast.Constant(value=str() as key):
            return owned(of, _key(key))
        case ast.Constant(value=int() as place) if place in _ORDINALS:
            return f"the {_ORDINALS[place]} of {of or 'it'}"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            return f"the last of {of or 'it'}"
        case ast.Slice():
            return f"a part of {of or 'it'}"
        case other:
            return f"{of or 'it'} at {value_words(other)}"


def _key(key: str) -> str:
    return " ".join(split_words(key)) if key.isidentifier() and not is_symbol(key) else f'"{clip(key, 30)}"'


def _call(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return _method(node, node.func)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "len" and len(node.args) == 1:
        return f"the number of {value_words(node.args[0])}"
    if name == "getattr" and len(node.args) >= 2 and isinstance(node.args[1], ast.Constant):
        return owned(value_words(node.args[0]), _key(str(node.args[1].value)))
    if name in _CASTS and len(node.args) == 1 and not node.keywords:
        return value_words(node.args[0])
    words = split_words(name)
    if words[:1] == ["get"] and len(words) > 1:
        return " ".join(["the", *words[1:]]) + _given(node, " of ")
    return plain_text(node)


def _method(node: ast.Call, func: ast.Attribute) -> str:
    owner, name = value_words(func.value), func.attr
    if name in _NOW or (name == "time" and owner == "time"):
        return "now" if name != "today" else "today"
    if name in _WITHOUT_CHANGE and not node.args:
        return owner or plain_text(node)
    if name == "count" and not node.args:
        return f"the number of {owner or 'them'}"
    if name in {"first", "last"} and not node.args:
        return f"the {name} {owner or 'one'}"
    if name == "get" and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        return owned(owner, _key(node.args[0].value))
    if name in {"filter", "get", "exclude", "filter_by"} and node.keywords and not node.args:
        said = " and ".join(_where(one) for one in node.keywords)
        return f"{owner or 'one'} {'without' if name == 'exclude' else 'with'} {said}"
    words = split_words(name)
    if words[:1] == ["get"] and len(words) > 1:
        return owned(owner, " ".join(words[1:])) + _given(node, " ")
    return plain_text(node)


def _given(node: ast.Call, before: str) -> str:
    values = [value_words(one) for one in (*node.args, *(one.value for one in node.keywords))]
    return before + " and ".join(filter(None, values)) if any(values) else ""


def _where(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        return f"what {value_words(keyword.value)} says"
    return f"{keyword.arg.replace('__', ' ').replace('_', ' ')} {value_words(keyword.value) or 'it'}"
