"""The calls that may be opened: which function is called, by what name, and where its result goes."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
import msgspec

from discover import model
from exporters.cutting.binding import Given, parsed
from exporters.cutting.flow import Frame, Plain
from exporters.cutting.layers import Layer
from exporters.cutting.marks import Mark, count, deep, effects_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.selves import check_shared, is_decorated, method_of, shared_at
from exporters.cutting.source import Code, Function, dotted_name


@dataclass(frozen=True, slots=True)
class Callee:
    """A function whose call is opened, with what its decorators put around it."""

    function: Function
    layers: tuple[Layer, ...]
    nodes: tuple[model.Node, ...]
    """What happens in it."""
    name: str
    """How it is called here."""
    is_wrapped: bool = False
    """A wrapper calls it: the call has to be opened, or the wrapper's is not."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call in its statement."""

    call: cst.Call
    target: str
    """The local name that takes its result; empty for none."""
    is_awaited: bool
    receiver: Given | None = None
    """The object whose method it is."""


def call_of(plain: Plain, code: Code, callee: Callee, frame: Frame) -> Called:
    """The call of the function that the statement consists of, but for the name that takes its result."""
    name = callee.function.node.name
    line = plain.body[0] if len(plain.body) == 1 else None
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    target = ""
    match small:
        case cst.Expr(value=value):
            pass
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=target))], value=value):
            pass
        case cst.AnnAssign(target=cst.Name(value=target), value=cst.BaseExpression() as value):
            pass
        case _:
            raise CannotCutError(f"`{name}` is called inside another statement")
    is_awaited = isinstance(value, cst.Await)
    if isinstance(value, cst.Await):
        value = value.expression
    if not isinstance(value, cst.Call):
        raise CannotCutError(f"`{name}` is called inside an expression")
    written = dotted_name(parsed(value.func))
    if callee.is_wrapped and written == callee.name:
        return Called(value, target, is_awaited)
    file = code.file(frame.file)
    found = code.named(file, written, frame.paths) if file and written else None
    if written.partition(".")[0] in frame.names and written.partition(".")[0] not in frame.paths:
        found = None
    if isinstance(found, Function) and found.unit == callee.function.unit:
        if is_decorated(found, "classmethod"):
            raise CannotCutError(f"`{name}` is a method of a class")
        return Called(value, target, is_awaited)
    return Called(value, target, is_awaited, _receiver(value.func, callee, frame, code))


def _receiver(called: cst.BaseExpression, callee: Callee, frame: Frame, code: Code) -> Given | None:
    """The object whose method is called; None for a static method. Raises where it can't be told."""
    method = callee.function
    why = f"`{method.node.name}` is not called by its name"
    if not isinstance(called, cst.Attribute) or called.attr.value != method.node.name:
        raise CannotCutError(why)
    if method.owner is None or is_decorated(method, "classmethod", "property", "cached_property"):
        raise CannotCutError(why)
    value = parsed(called.value)
    base = dotted_name(value)
    file, is_local = code.file(frame.file), base.partition(".")[0] in {*frame.names, *frame.context}
    shared = shared_at(value, file, code, frame.paths) if file and base and not is_local else None
    of = shared.of if shared is not None else frame.receivers.get(base)
    if of is not None:
        found = method_of(of, method.node.name, code)
        if found is None or found.unit != method.unit:
            raise CannotCutError(why)
    elif not is_local or base.partition(".")[0] in frame.paths:
        raise CannotCutError(why)
    if is_decorated(method, "staticmethod"):
        return None
    if shared is not None:
        check_shared(method, shared.of, code)
    return Given(called.value, base if "." not in base else "", shared=shared)


def as_call(mark: Mark) -> Mark:
    """A call that the model shows by the one thing that happens in it, where its function is tried again."""
    if not isinstance(mark, model.Step) or mark.retry is None or mark.id.startswith(f"{mark.unit}:"):
        return mark
    once = msgspec.structs.replace(mark, retry=None)
    place = mark.id.rpartition(":")[0]
    return model.Call(
        id=mark.id, name=mark.name, unit=place, line=mark.line, callee=mark.unit, body=(once,), retry=mark.retry
    )


def how_many(nodes: tuple[model.Node, ...]) -> int:
    """How many things happen: effects, and checks or choices that the model names."""
    logic = sum(isinstance(n, model.Call) and not any(effects_in([n])) for n in deep(nodes))
    return count(nodes) + logic
