"""Writes reduced expressions back as short source text, for labels only."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as AnySequence
from typing import TypeGuard

from discover.facts import records as facts

LIMIT = 80
_SLICED = 3
_BINDING = {"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5}
"""How tightly operators hold their operands; those that are not here do so tighter."""
_TIGHTEST = 6


def text_of(expression: facts.Expr | None, limit: int = LIMIT) -> str:
    """The expression in the code's own words, on one line, cut at `limit`; `…` stands for what facts do not keep."""
    try:
        text = "" if expression is None else _write(expression)
    except RecursionError:
        return "…"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def ending(expression: facts.Expr) -> str:
    """The name that an expression is, or ends in: `Order` of `models.Order`; empty for anything else."""
    if isinstance(expression, facts.Name):
        return expression.id
    return expression.name if isinstance(expression, facts.Attribute) else ""


def is_super(expression: facts.Expr | None) -> TypeGuard[facts.Call]:
    """Whether the expression is `super()` in any form."""
    called = expression.function if isinstance(expression, facts.Call) else None
    return isinstance(called, facts.Name) and called.id == "super"


def _write(expression: facts.Expr) -> str:
    return _WRITERS[type(expression)](expression)


def _list(items: AnySequence[facts.Expr]) -> str:
    return ", ".join(_write(item) for item in items)


def _name(node: facts.Name) -> str:
    return node.id


def _attribute(node: facts.Attribute) -> str:
    return f"{_write(node.value)}.{node.name}"


def _call(node: facts.Call) -> str:
    arguments = [_write(argument) for argument in node.arguments]
    arguments += [(f"{k.name}=" if k.name else "**") + _write(k.value) for k in node.keywords]
    return f"{_write(node.function)}({', '.join(arguments)})"


def _constant(node: facts.Constant) -> str:
    return repr(node.value)


def _fstring(node: facts.FString) -> str:
    parts = [str(part.value) if isinstance(part, facts.Constant) else "{" + _write(part) + "}" for part in node.parts]
    return 'f"' + "".join(parts) + '"'


def _binary(node: facts.Binary) -> str:
    own = _BINDING.get(node.operator, _TIGHTEST)
    left = _part(node.left, own)
    return f"{left} {node.operator} {_part(node.right, own + 1)}"


def _part(expression: facts.Expr, binding: int = 0) -> str:
    """A part of an expression, in brackets where the code needs them around it."""
    text = _write(expression)
    if isinstance(expression, facts.Binary):
        return f"({text})" if _BINDING.get(expression.operator, _TIGHTEST) < binding else text
    is_looser = isinstance(expression, facts.Choice | facts.Lambda | facts.Named) or (
        isinstance(expression, facts.Opaque) and bool(expression.operator)
    )
    return f"({text})" if is_looser else text


def _choice(node: facts.Choice) -> str:
    if node.tests and len(node.values) == 2:
        return f"{_operand(node.values[0])} if {_operand(node.tests[0])} else {_write(node.values[1])}"
    return f" {node.operator or 'or'} ".join(_operand(value) for value in node.values)


def _operand(expression: facts.Expr) -> str:
    if isinstance(expression, facts.Choice) and expression.operator == "and":
        return _write(expression)
    is_looser = isinstance(expression, facts.Choice | facts.Lambda | facts.Named)
    return f"({_write(expression)})" if is_looser else _write(expression)


def _sequence(node: facts.Sequence) -> str:
    opening, closing = {"list": "[]", "tuple": "()", "set": "{}"}[node.kind]
    comma = "," if node.kind == "tuple" and len(node.items) == 1 else ""
    return f"{opening}{_list(node.items)}{comma}{closing}"


def _mapping(node: facts.Mapping) -> str:
    pairs = zip(node.keys, node.values, strict=True)
    return "{" + ", ".join(f"{_write(k)}: {_write(v)}" if k else f"**{_write(v)}" for k, v in pairs) + "}"


def _subscript(node: facts.Subscript) -> str:
    index = node.index
    if is_slice(index):
        return f"{_write(node.value)}[{_slice(index.parts)}]"
    return f"{_write(node.value)}[{_write(index)}]"


def is_slice(index: facts.Expr) -> TypeGuard[facts.Opaque]:
    """Whether what stands between the brackets has the parts of a slice: its ends and its step."""
    return isinstance(index, facts.Opaque) and len(index.parts) == _SLICED and not index.operator


def _slice(parts: AnySequence[facts.Expr]) -> str:
    lower, upper, step = ("" if is_none(part) else _write(part) for part in parts)
    return f"{lower}:{upper}:{step}" if step else f"{lower}:{upper}"


def is_none(expression: facts.Expr) -> bool:
    """Whether it is `None` as the code writes it."""
    return isinstance(expression, facts.Constant) and expression.value is None


def _comprehension(node: facts.Comprehension) -> str:
    return f"[{_write(node.element)} for {generators_text(node)}]"


def generators_text(node: facts.Comprehension) -> str:
    """What a comprehension runs over: `item in items`, all of its `for` parts."""
    return " for ".join(f"{_write(g.target)} in {_write(g.iterable)}" for g in node.generators)


def _await(node: facts.Await) -> str:
    return f"await {_write(node.value)}"


def _yield(node: facts.Yield) -> str:
    return f"yield {_write(node.value)}" if node.value else "yield"


def _starred(node: facts.Starred) -> str:
    return f"*{_write(node.value)}"


def _named(node: facts.Named) -> str:
    return f"{node.target} := {_write(node.value)}"


def _lambda(_: facts.Lambda) -> str:
    return "lambda: …"


def _opaque(node: facts.Opaque) -> str:
    if node.operator and len(node.parts) == 1:
        return ("not " if node.operator == "not" else node.operator) + _part(node.parts[0], _TIGHTEST)
    operators = node.operator.split(", ") if node.operator else []
    if operators and len(operators) + 1 == len(node.parts):
        rest = zip(operators, node.parts[1:], strict=True)
        return " ".join([_part(node.parts[0]), *(f"{operator} {_part(part)}" for operator, part in rest)])
    return _write(node.parts[0]) + " …" if len(node.parts) == 1 else "…"


_WRITERS: dict[type, Callable[..., str]] = {
    facts.Name: _name,
    facts.Attribute: _attribute,
    facts.Call: _call,
    facts.Constant: _constant,
    facts.FString: _fstring,
    facts.Binary: _binary,
    facts.Choice: _choice,
    facts.Sequence: _sequence,
    facts.Mapping: _mapping,
    facts.Subscript: _subscript,
    facts.Lambda: _lambda,
    facts.Comprehension: _comprehension,
    facts.Await: _await,
    facts.Yield: _yield,
    facts.Starred: _starred,
    facts.Named: _named,
    facts.Opaque: _opaque,
}
