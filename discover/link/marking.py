"""Which fields of rows a function sets: what takes a row up marks it, what only looks at it does not."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from discover.facts import records as facts
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue

UPDATES = frozenset({"update", "values"})

Place = tuple[str, str]
"""A model and its field."""


def marked(program: Program, function: Function, fields: AbstractSet[str] | None = None) -> Iterator[Place]:
    """The fields (of these, if any are named) that the function sets to something in rows that exist."""
    for statement in function.statements:
        if not isinstance(statement, facts.Assign) or statement.value is None or is_unset(statement.value):
            continue
        for target in statement.targets:
            if isinstance(target, facts.Attribute) and (fields is None or target.name in fields):
                for value in program.values_of(function, target.value):
                    if isinstance(value, InstanceValue) and value.cls.is_project:
                        # What a base class sets is set in the rows of each model below it.
                        yield from ((one.record.name, target.name) for one in (value.cls, *value.cls.subclasses))
    for site in function.sites.values():
        called = site.call.function
        if isinstance(called, facts.Attribute) and called.name in UPDATES:
            given = [keyword.name for keyword in site.call.keywords if keyword.name and not is_unset(keyword.value)]
            yield from ((model, name) for model in _models_of(site) for name in given)


def _models_of(site: CallSite) -> set[str]:
    """The models that an updating query is of."""
    receivers = [external.receiver for external in site.externals if isinstance(external.receiver, InstanceValue)]
    bound = [value for receiver in receivers for _, values in receiver.bindings for value in values]
    return {value.cls.record.name for value in bound if isinstance(value, InstanceValue | ClassValue)}


def is_unset(*expressions: facts.Expr) -> bool:
    """Whether it is nothing, or false."""
    one = expressions[0] if len(expressions) == 1 else None
    return isinstance(one, facts.Constant) and (one.value is None or one.value is False)
