"""Where an inherited entry method only prepares, and leaves the work to a method that each class must write itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class, Function


def worker_of(program: Program, cls: Class, entry: Function) -> Function:
    """The method that does the work when `entry` runs on `cls`.

    That is `entry`, unless a base class of the project defines it, and it calls a method of its own class that is
    empty there, or missing, and written in full by `cls` or a class between them: `mutate` that calls
    `perform_mutation`.
    """
    parameters = entry.record.parameters
    if entry.owner is None or entry.owner is cls or not entry.is_project or not parameters:
        return entry
    for site in program.sites(entry):
        called = site.call.function
        if not (isinstance(called, ir.Attribute) and isinstance(called.value, ir.Name)):
            continue
        if called.value.id != parameters[0].name:
            continue
        declared = program.find_method(entry.owner, called.name)
        if declared is not None and not (declared.is_project and is_placeholder(declared)):
            continue
        written = program.find_method(cls, called.name)
        if written is not None and written.is_project and not is_placeholder(written):
            return written
    return entry


def is_placeholder(function: Function) -> bool:
    """Whether the body does nothing but say that a subclass must."""
    for statement in function.record.body:
        if isinstance(statement, ir.Raise):
            return _name(statement.exception) in ("NotImplementedError", "NotImplemented")
        if isinstance(statement, ir.Jump) or (
            isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Constant)
        ):
            continue
        return False
    return True


def _name(expression: ir.Expr | None) -> str:
    if isinstance(expression, ir.Call):
        expression = expression.function
    return expression.id if isinstance(expression, ir.Name) else ""
