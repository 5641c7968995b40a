"""Changes of state that a decorator declares: `@transition(field=state, source="new", target="paid")` on a method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from discover.catalog.spec import StateChange, paths_of
from discover.effects.picks import pick
from discover.effects.records import Found
from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.symbols import Class

_ANY = "any state"
_EVERY = ("*", "+")


def state_changes(program: Program, rules: Iterable[tuple[str, StateChange]]) -> Iterator[tuple[str, Found]]:
    """The changes of state with the units in which they happen: where the decorated methods are called."""
    by_path = {path: rule for _, rule in rules for path in paths_of(rule.decorator)}
    if not by_path:
        return
    for decoration in program.decorations:
        method = decoration.definition
        path = next((one.path for one in decoration.externals if one.path in by_path), "")
        if not path or not isinstance(method, Function) or method.owner is None:
            continue
        change = _change(program, by_path[path], decoration)
        for site in program.callers.get(method, ()) if change else ():
            yield site.function.id, _found(site, method, method.owner, change)


def _found(site: CallSite, method: Function, owner: Class, change: str) -> Found:
    target = next(one for one in site.targets if one.function is method)
    return Found(
        kind="db_write",
        line=site.line,
        number=site.call.number,
        target=owner.record.name,
        detail=change,
        confidence=target.confidence,
        evidence=f"{method.record.name} is a declared change of state",
    )


def _change(program: Program, rule: StateChange, decoration: Decoration) -> str:
    """`state: new or held → paid`; empty where the method only asks for a state."""
    call = decoration.call
    site = decoration.scope.unit.sites.get(call.number) if call is not None else None
    if site is None:
        return ""
    field, source, target = (pick(program, site, None, one) for one in (rule.field, rule.source, rule.target))
    if not target.given or not (reached := _words(target.expression)):
        return ""
    return f"{_words(field.expression) or 'state'}: {_words(source.expression) or _ANY} → {reached}"


def _words(expression: ir.Expr | None) -> str:
    """A state as it is called, or several: `State.NEW` is NEW."""
    if isinstance(expression, ir.Sequence):
        return " or ".join(filter(None, map(_words, expression.items)))
    if isinstance(expression, ir.Constant):
        if expression.value in _EVERY:
            return _ANY
        return "" if expression.value is None else str(expression.value)
    return ending(expression) or text_of(expression) if expression is not None else ""
