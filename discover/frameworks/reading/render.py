"""Reduced expressions back to short source text, for readers: an argument, a receiver, a schedule."""

from __future__ import annotations

from discover.facts import records as ir

_LIMIT = 80


def render(expression: ir.Expr | None, depth: int = 6) -> str:
    """The expression as Python text; `…` stands for what the facts don't keep."""
    text = _render(expression, depth)
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"


def _render(expression: ir.Expr | None, depth: int) -> str:
    if expression is None or depth == 0:
        return "…"
    deeper = depth - 1
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        return f"{_render(expression.value, deeper)}.{expression.name}"
    if isinstance(expression, ir.Constant):
        return repr(expression.value)
    if isinstance(expression, ir.Call):
        return f"{_render(expression.function, deeper)}({', '.join(_arguments(expression, deeper))})"
    if isinstance(expression, ir.FString):
        parts = [str(p.value) if isinstance(p, ir.Constant) else f"{{{_render(p, deeper)}}}" for p in expression.parts]
        return 'f"' + "".join(parts) + '"'
    if isinstance(expression, ir.Binary):
        return f"{_render(expression.left, deeper)} {expression.operator} {_render(expression.right, deeper)}"
    if isinstance(expression, ir.Sequence):
        items = ", ".join(_render(item, deeper) for item in expression.items)
        brackets = {"list": "[]", "tuple": "()", "set": "{}"}[expression.kind]
        comma = "," if expression.kind == "tuple" and len(expression.items) == 1 else ""
        return f"{brackets[0]}{items}{comma}{brackets[1]}"
    if isinstance(expression, ir.Mapping):
        pairs = zip(expression.keys, expression.values, strict=True)
        shown = [f"{_render(k, deeper)}: {_render(v, deeper)}" if k else f"**{_render(v, deeper)}" for k, v in pairs]
        return "{" + ", ".join(shown) + "}"
    if isinstance(expression, ir.Subscript):
        return f"{_render(expression.value, deeper)}[{_render(expression.index, deeper)}]"
    if isinstance(expression, ir.Await):
        return f"await {_render(expression.value, deeper)}"
    if isinstance(expression, ir.Starred):
        return f"*{_render(expression.value, deeper)}"
    if isinstance(expression, ir.Choice):
        return " or ".join(_render(value, deeper) for value in expression.values)
    if isinstance(expression, ir.Lambda):
        return "lambda: …"
    return "…"


def _arguments(call: ir.Call, depth: int) -> list[str]:
    positional = [_render(argument, depth) for argument in call.arguments]
    named = [f"{k.name}={_render(k.value, depth)}" if k.name else f"**{_render(k.value, depth)}" for k in call.keywords]
    return positional + named
