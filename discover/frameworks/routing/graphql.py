"""What the plugins of GraphQL libraries share: how fields are named, how an entry point for one is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function, Module

OPERATIONS = ("query", "mutation", "subscription")
"""The root types of a schema, by the keyword that every library gives them."""


def camel_case(name: str) -> str:
    """The name as the schema has it: `user_id` is `userId`; an empty part stays an underscore."""
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:].lower() if part else "_" for part in others)


def assigned(module: Module, name: str) -> Iterator[ir.Expr]:
    """What a module's own body assigns to a global, as expressions."""
    for statement in module.body.record.body:
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Name) and target.id == name:
                    yield statement.value


def add_field(
    bench: Workbench,
    framework: str,
    name: str,
    function: Function,
    receiver: Class | None = None,
    *,
    confidence: float = 0.95,
    evidence: str = "",
) -> None:
    """Record a field's resolver; `name` is `mutation orderCreate` for a root field and `Order.total` for others."""
    unit = function.id
    bench.found.entry(
        EntryPoint(
            id="",
            kind="graphql",
            framework=framework,
            unit=unit,
            line=function.record.line,
            receiver=receiver.id if receiver is not None else "",
            detail=TriggerDetail(name=name),
            confidence=confidence,
            evidence=evidence,
        )
    )
