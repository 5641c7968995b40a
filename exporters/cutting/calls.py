"""The calls that may be opened: which function is called, by what name, and where its result goes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst
import msgspec

from discover import model
from exporters.cutting.binding import text_of
from exporters.cutting.flow import Frame, Plain
from exporters.cutting.layers import Layer
from exporters.cutting.marks import Mark, count, deep, effects_in
from exporters.cutting.reasons import CannotCutError
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


def call_of(plain: Plain, code: Code, callee: Callee, frame: Frame) -> tuple[cst.Call, str, bool]:
    """The call, the local name that takes its result (empty for none), and whether it is awaited."""
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
    written = dotted_name(ast.parse(text_of(value.func), mode="eval").body)
    if callee.is_wrapped and written == callee.name:
        return value, target, is_awaited
    file = code.file(frame.file)
    found = code.named(file, written, frame.paths) if file and written else None
    if written.partition(".")[0] in frame.names and written.partition(".")[0] not in frame.paths:
        found = None
    if not isinstance(found, Function) or found.unit != callee.function.unit:
        raise CannotCutError(f"`{name}` is not called by its name")
    return value, target, is_awaited


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
