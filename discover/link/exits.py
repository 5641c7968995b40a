"""Places where a run ends: calls that never return, such as `sys.exit`, and exceptions that end the process.

So do calls of the project's own functions that always make such a call, or raise (`never_returning.py`). A statement
that makes such a call becomes in the linked source what it does, `raise` where the run has failed and `return` where
not: so all that asks how statements end, asks it of these as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from discover.catalog.load import Catalog
from discover.catalog.spec import Exit as Rule
from discover.catalog.spec import paths_of
from discover.effects.picks import pick
from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.link.never_returning import called_in, find_never_returning
from discover.link.plans import Plans
from discover.link.records import Exit
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.values import ConstantValue

_One = TypeVar("_One")
_Part = TypeVar("_Part", bound=msgspec.Struct)
_Handled = TypeVar("_Handled", facts.Case, facts.Handler)


def place_exits(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    """Add the ends to the plans, and make the statements in the units' sources say that they end."""
    raised: dict[str, dict[int, Exit]] = {}
    paths = {path for _, rule in catalog.exits for path in paths_of(rule.call)}
    for _, rule in catalog.exits:
        for path in paths_of(rule.call):
            for site in program.sites_calling(path):
                if site.targets or any(external.path not in paths for external in site.externals):
                    continue  # It may run something else, that returns.
                unit = units.keys[site.function]
                found = raised.setdefault(unit, {}) if rule.raised else plans.of(unit).exits
                found[site.call.number] = Exit(_failed(program, site, rule), rule.raises)
    own = find_never_returning(program, units, _library_ends(plans, raised))
    for unit, calls in own.items():
        plans.of(unit).exits.update(calls)
    for unit, source in units.sources.items():
        plan = plans.by_unit.get(unit)
        called = plan.exits if plan is not None else {}
        if source.body is None or not (called or unit in raised):
            continue
        rewriting = _Rewriting(called, raised.get(unit, {}))
        body = rewriting.block(source.body.body)
        if body is not source.body.body:
            units.sources[unit] = source._replace(body=msgspec.structs.replace(source.body, body=body))
        if rewriting.made:
            plans.of(unit).exits.update(rewriting.made)


def _library_ends(plans: Plans, raised: Mapping[str, Mapping[int, Exit]]) -> dict[str, dict[int, Exit]]:
    """The calls of libraries that never return, and the exceptions that end the process, by unit."""
    ends: dict[str, dict[int, Exit]] = {unit: dict(found) for unit, found in raised.items()}
    for unit, plan in plans.by_unit.items():
        if plan.exits:
            ends.setdefault(unit, {}).update(plan.exits)
    return ends


def _failed(program: Program, site: CallSite, rule: Rule) -> bool:
    """Whether the status says that the run has failed: each one that it may be is a text, or a number but zero."""
    if rule.status is None:
        return rule.failed
    found = pick(program, site, None, rule.status)
    if not found.given:
        return rule.failed
    if found.text is not None or isinstance(found.expression, facts.FString):
        return True
    known = [value.value for value in found.values if isinstance(value, ConstantValue)]
    return bool(known) and len(known) == len(found.values) and all(map(_is_failure, known))


def _is_failure(status: object) -> bool:
    return isinstance(status, str) or bool(status)


class _Rewriting:
    """Makes statements of one unit say that they end; those that do not stay the same objects."""

    def __init__(self, called: Mapping[int, Exit], raised: Mapping[int, Exit]) -> None:
        self._called = called
        self._raised = raised
        self.made: dict[int, Exit] = {}
        """The ends among the raised exceptions."""

    def block(self, statements: list[facts.Stmt]) -> list[facts.Stmt]:
        """The statements; the same list where none of them changes."""
        return _changed(statements, [self._statement(statement) for statement in statements])

    def _statement(self, statement: facts.Stmt) -> facts.Stmt:
        match statement:
            case facts.Evaluate(value=value) if (call := called_in(value)) is not None and call.number in self._called:
                return self._end(call, statement.line, text_of(value))
            case facts.Return(value=facts.Call() as call) if call.number in self._called:
                return self._end(call, statement.line, statement.text)
            case facts.Raise(exception=facts.Call() as call) if call.number in self._raised:
                return self._raise(statement, call)
            case facts.If() | facts.ForLoop() | facts.While():
                return self._with(statement, body=self.block(statement.body), otherwise=self.block(statement.otherwise))
            case facts.With():
                return self._managed(statement)
            case facts.Match():
                return self._with(statement, cases=self._each(statement.cases))
            case facts.Try():
                return self._with(
                    statement,
                    body=self.block(statement.body),
                    handlers=self._each(statement.handlers),
                    otherwise=self.block(statement.otherwise),
                    last=self.block(statement.last),
                )
            case _:
                return statement

    def _managed(self, statement: facts.With) -> facts.Stmt:
        """What is raised in the block may end there: a manager may keep it from going on."""
        inner = _Rewriting({number: end for number, end in self._called.items() if not end.raises}, self._raised)
        made = self._with(statement, body=inner.block(statement.body))
        self.made |= inner.made
        return made

    def _end(self, call: facts.Call, line: int, text: str) -> facts.Stmt:
        if self._called[call.number].failed:
            return facts.Raise(line, call, None, text)
        return facts.Return(line, call, text)

    def _raise(self, statement: facts.Raise, call: facts.Call) -> facts.Stmt:
        found = self._raised[call.number]
        if found.failed:
            return statement
        self.made[call.number] = found
        return facts.Return(statement.line, call, statement.text)

    def _each(self, parts: list[_Handled]) -> list[_Handled]:
        return _changed(parts, [self._with(part, body=self.block(part.body)) for part in parts])

    def _with(self, record: _Part, **parts: object) -> _Part:
        if all(getattr(record, name) is part for name, part in parts.items()):
            return record
        return msgspec.structs.replace(record, **parts)


def _changed(before: list[_One], after: list[_One]) -> list[_One]:
    """The new list; the old one where each of its items is still the same object."""
    return before if all(new is old for new, old in zip(after, before, strict=True)) else after
