"""Methods of constant strings: names of handlers, modules and channels are put together and taken apart by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import dotted_paths
from discover.resolve.given import Arguments
from discover.resolve.symbols import Scope
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, Slot, Value, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine

_PART_LIMIT = 16
"""A text of more parts than this is data, not a name."""
LEAVING_OUT = {
    **dict.fromkeys(("strip", "lstrip", "rstrip"), (0, 1)),
    **dict.fromkeys(("removeprefix", "removesuffix"), (1,)),
    "replace": (2,),
}
"""Methods that leave out a part of a text or put another in its place, each with how much they may be given."""


def _format(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:
    if not isinstance(receiver, ConstantValue) or not isinstance(receiver.value, str):
        return NOTHING
    text = receiver.value
    given = record.arguments if isinstance(record, ir.Call) else ()
    if named := dotted_paths.of_template(engine, scope, "format", text, given):
        return named
    known = dict(arguments.keywords)
    known.update({str(i): values for i, values in enumerate(arguments.positional)})
    out, automatic = "", 0
    rest = text
    while "{" in rest:
        before, _, after = rest.partition("{")
        field, brace, rest = after.partition("}")
        if not brace:
            return NOTHING
        name = field.split(":")[0].split("!")[0]
        if not name:
            name, automatic = str(automatic), automatic + 1
        constants = [v.value for v in known.get(name, NOTHING) if isinstance(v, ConstantValue)]
        out += before + (str(constants[0]) if len(constants) == 1 else "{}")
    return (engine.intern.constant(out + rest),)


def changed(name: str, text: str, given: Sequence[Values]) -> str | None:
    """What a method that leaves out some of a text gives: `"a/b/".rstrip("/")`; None where something is not known."""
    texts = [[v.value for v in values if isinstance(v, ConstantValue)] for values in given]
    known = [found[0] for found in texts if len(found) == 1 and isinstance(found[0], str)]
    if name == "replace" and len(known) == 1 and len(given) == 2 and texts[0] == known:
        known.append("{}")  # what is put in the place is not known
    if name not in LEAVING_OUT or len(known) != len(given) or len(given) not in LEAVING_OUT[name]:
        return None
    change: Callable[..., str] = getattr(text, name)
    return change(*known)


def _less(name: str) -> Intrinsic:
    """`"a/b".rstrip("/")`: near enough to the text itself where what it leaves out is not known."""

    def run(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
        if isinstance(receiver, ConstantValue) and isinstance(receiver.value, str):
            made = changed(name, receiver.value, arguments.positional)
            if made is not None:
                return (engine.intern.constant(made),)
        if name == "replace":
            return (engine.intern.external(f"builtins.str.{name}()"),)
        return (receiver,) if receiver is not None else NOTHING

    return run


def _string_part(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`"shop".title()`, `.encode()`: near enough to the text itself."""
    return (receiver,) if receiver is not None else NOTHING


def _lower(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return _cased(engine, receiver, str.lower)


def _upper(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return _cased(engine, receiver, str.upper)


def _cased(engine: Engine, receiver: Value | None, change: Callable[[str], str]) -> Values:
    if isinstance(receiver, ConstantValue) and isinstance(receiver.value, str):
        return (engine.intern.constant(change(receiver.value)),)
    return (receiver,) if receiver is not None else NOTHING


def _join(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ConstantValue) or not arguments.positional:
        return NOTHING
    for value in arguments.positional[0]:
        if isinstance(value, ContainerValue) and value.items:
            parts: list[str] = []
            for slot in value.items.values():
                texts = [str(v.value) for v in engine.read(slot) if isinstance(v, ConstantValue)]
                parts.append(texts[0] if len(texts) == 1 else "{}")
            return (engine.intern.constant(str(receiver.value).join(parts)),)
    return NOTHING


def _taken_apart(split: Callable[[str, str], list[str]], kind: str) -> Intrinsic:
    """`"shop.mail.Mail".rpartition(".")`: the parts at their places."""

    def run(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
        separators = (
            [v.value for v in arguments.positional[0] if isinstance(v, ConstantValue)] if arguments.positional else []
        )
        if not isinstance(receiver, ConstantValue) or not isinstance(receiver.value, str) or len(separators) != 1:
            return NOTHING
        separator = separators[0]
        if not isinstance(separator, str) or not separator:
            return NOTHING
        parts = split(receiver.value, separator)
        if len(parts) > _PART_LIMIT:
            return NOTHING
        container = engine.intern.container(record, kind)
        for number, part in enumerate(parts):
            values = (engine.intern.constant(part),)
            engine.write(container.items.setdefault(number, Slot()), values)
            engine.write(container.element, values)
        return (container,)

    return run


TABLE: dict[str, Intrinsic] = {
    "builtins.str.format": _format,
    "builtins.str.join": _join,
    **{f"builtins.str.{name}": _string_part for name in ("title", "encode", "decode")},
    **{f"builtins.str.{name}": _less(name) for name in LEAVING_OUT},
    "builtins.str.lower": _lower,
    "builtins.str.upper": _upper,
    "builtins.str.partition": _taken_apart(lambda text, separator: list(text.partition(separator)), "tuple"),
    "builtins.str.rpartition": _taken_apart(lambda text, separator: list(text.rpartition(separator)), "tuple"),
    "builtins.str.split": _taken_apart(lambda text, separator: text.split(separator), "list"),
    "builtins.str.rsplit": _taken_apart(lambda text, separator: text.rsplit(separator, 1), "list"),
}
