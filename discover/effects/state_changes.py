"""Changes of state that a decorator declares: `@transition(field=state, source="new", target="paid")` on a method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import StateChange, paths_of
from discover.effects.models import DJANGO_MODEL
from discover.effects.picks import pick
from discover.effects.records import Found
from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.symbols import Class
    from discover.resolve.values import Values

_ANY = "any state"
_DECLARED = "is a declared change of state"
_EVERY = ("*", "+")


class Change(NamedTuple):
    """A method that changes the state of its object."""

    method: Function
    owner: Class
    field: str
    source: str
    target: str
    """The states as the code calls them."""
    values: Values
    """What the field holds behind it."""
    is_own: bool = True
    """The field is one of the method's own object."""


def declared_changes(program: Program, rules: Iterable[tuple[str, StateChange]]) -> Iterator[Change]:
    """The methods that a decorator says to change a state; those that only ask for one left out."""
    by_path = {path: rule for _, rule in rules for path in paths_of(rule.decorator)}
    for decoration in program.decorations if by_path else ():
        method = decoration.definition
        path = next((one.path for one in decoration.externals if one.path in by_path), "")
        if path and isinstance(method, Function) and method.owner is not None:
            change = _change(program, by_path[path], decoration, method, method.owner)
            if change is not None:
                yield change


def state_changes(program: Program, rules: Iterable[tuple[str, StateChange]]) -> Iterator[tuple[str, Found]]:
    """The changes of state with the units in which they happen: where the decorated methods are called."""
    for change in declared_changes(program, rules):
        for site in program.callers.get(change.method, ()):
            yield site.function.id, _found(site, change)


def is_declared(evidence: str) -> bool:
    """Whether an effect is a declared change of state: the object holds it, and is yet to be saved."""
    return evidence.endswith(_DECLARED)


def _found(site: CallSite, change: Change) -> Found:
    target = next(one for one in site.targets if one.function is change.method)
    return Found(
        kind="db_write",
        line=site.line,
        number=site.call.number,
        target=change.owner.record.name,
        detail=f"{change.field}: {change.source} → {change.target}",
        confidence=target.confidence,
        evidence=f"{change.method.record.name} {_DECLARED}",
    )


def _change(
    program: Program, rule: StateChange, decoration: Decoration, method: Function, owner: Class
) -> Change | None:
    """`state: new or held → paid`; None where the method only asks for a state."""
    call = decoration.call
    site = decoration.scope.unit.sites.get(call.number) if call is not None else None
    if site is None:
        return None
    source, target = (pick(program, site, None, one) for one in (rule.source, rule.target))
    if not target.given or not (reached := _words(target.expression)):
        return None
    is_any = any(isinstance(value, ConstantValue) and value.value in _EVERY for value in source.values)
    before = _ANY if is_any else _words(source.expression) or _ANY
    if rule.setter is not None:
        stored = _stored(program, paths_of(rule.setter), decoration)
        return Change(method, *stored, before, reached, target.values, is_own=False) if stored is not None else None
    name = _words(pick(program, site, None, rule.field).expression) if rule.field is not None else ""
    return Change(method, owner, name or "state", before, reached, target.values)


def _stored(program: Program, setters: tuple[str, ...], decoration: Decoration) -> tuple[Class, str] | None:
    """The model, and its field, that the setter of the decorating object assigns what it is given."""
    states = {one.receiver for one in decoration.externals if one.receiver is not None}
    for other in program.decorations:
        setter = other.definition
        if isinstance(setter, Function) and any(
            one.path in setters and one.receiver in states for one in other.externals
        ):
            given = {parameter.name for parameter in setter.given}
            for statement in setter.statements:
                value = statement.value if isinstance(statement, ir.Assign) else None
                held = statement.targets if isinstance(statement, ir.Assign) else []
                if isinstance(value, ir.Name) and value.id in given:
                    return next(filter(None, (_model_field(program, setter, one) for one in held)), None)
    return None


def _model_field(program: Program, setter: Function, held: ir.Expr) -> tuple[Class, str] | None:
    if not isinstance(held, ir.Attribute):
        return None
    for value in program.values_of(setter, held.value):
        if isinstance(value, InstanceValue) and program.is_below(value.cls, DJANGO_MODEL):
            return value.cls, held.name
    return None


def _words(expression: ir.Expr | None) -> str:
    """A state as it is called, or several: `State.NEW` is NEW."""
    if isinstance(expression, ir.Sequence):
        return " or ".join(filter(None, map(_words, expression.items)))
    if isinstance(expression, ir.Constant):
        if expression.value in _EVERY:
            return _ANY
        return "" if expression.value is None else str(expression.value)
    return ending(expression) or text_of(expression) if expression is not None else ""
