"""Which rows the queries of jobs are for: all that a query asks of a row, and not only the status that joins them.

A row that is stored with another constant in a column that the query asks for, too, is none of its rows. What a query
asks is what all calls of its chain ask (`.filter(a=1).filter(b=2).exclude(c=3)`). What a row is, is what the call that
makes it is given and what is assigned to it side by side with the status; of an update, what it is filtered by.
Only what is written where it stands, or is a constant of a module or a class, is known so well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from discover.facts import records as facts
from discover.facts.walking import blocks_within, within
from discover.link.looked_up import named_queries, root_name, uses
from discover.link.status_writes import FILTERS, UPDATES, Looked, Written, assignments
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import ClassValue, ConstantValue

Query = tuple[Function, int]
"""The function and the number of the call that filters."""


class Asked(NamedTuple):
    """What a query asks of a column: to be one of these values, or none of them."""

    model: str
    field: str
    values: frozenset[object]
    excluded: bool


class Queries:
    """The queries by which jobs look for a value, and what each asks of a row besides."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._of: dict[tuple[Looked, str], dict[Query, None]] = {}
        self._asked: dict[Query, dict[Asked, None]] = {}
        self._chains: dict[Function, dict[int, list[int]]] = {}

    def add(self, looked: Looked, job: str, query: Query) -> None:
        """Note that a job looks for a value by this query."""
        self._of.setdefault((looked, job), {})[query] = None

    def ask(self, query: Query, model: str, field: str, wanted: facts.Expr | None, *, excluded: bool = False) -> None:
        """Note what a query asks of a column."""
        items = wanted.items if isinstance(wanted, facts.Sequence) else [wanted]
        found = [self._constant(query[0], item) for item in items]
        if found and all(found):
            values = frozenset(one.value for one in found if one is not None)
            self._asked.setdefault(query, {})[Asked(model, field, values, excluded)] = None

    def finding(self, function: Function, written: Written, job: str) -> list[Query]:
        """The queries of the job that may find what is written."""
        found = list(self._of.get((written.looked, job), ()))
        if not found or written.setter is not None:
            return found
        row = self._row(function, written)
        if row.get(written.looked.field, written.looked.value) != written.looked.value:
            return []  # it is something else again before it is stored
        return [query for query in found if not self._differs(query, written.looked.model, row)]

    def _differs(self, query: Query, model: str, row: dict[str, object]) -> bool:
        function, number = query
        chain = self._chain(function).get(number, [number])
        asked = (one for part in chain for one in self._asked.get((function, part), ()))
        return any(
            one.model == model and one.field in row and (row[one.field] in one.values) == one.excluded for one in asked
        )

    # --- what a query asks ------------------------------------------------------------------------------------------

    def _chain(self, function: Function) -> dict[int, list[int]]:
        """For each call of a function those that it makes one query with, also through a name that is read once."""
        found = self._chains.get(function)
        if found is None:
            found = self._chains[function] = {}
            named = named_queries(function)
            for site in function.sites.values():
                numbers = list(_calls_before(function, named, site.call))
                for number in numbers:
                    if len(numbers) > len(found.get(number, ())):
                        found[number] = numbers
        return found

    # --- what a row is ----------------------------------------------------------------------------------------------

    def _row(self, function: Function, written: Written) -> dict[str, object]:
        """The constants that the columns of what is stored are known to have."""
        site = function.sites.get(written.number) if written.number is not None else None
        row: dict[str, object] = {}
        if site is not None:
            called = site.call.function
            if isinstance(called, facts.Attribute) and called.name in UPDATES:
                for number in self._chain(function).get(site.call.number, ()):
                    self._add(row, function, _filtered_by(function.sites.get(number)))
            self._add(row, function, {one.name: one.value for one in site.call.keywords if one.name})
            if not any(isinstance(value, ClassValue) for value in site.callee):
                return row  # it is stored by the call itself
        for field, value in _assigned_beside(function, written.line, site):
            self._add(row, function, {field: value})
        return row

    def _add(self, row: dict[str, object], function: Function, given: Mapping[str, facts.Expr | None]) -> None:
        """Let the columns be what they are given; of one that is given what is not known nothing is known any more."""
        for name, value in given.items():
            known = self._constant(function, value)
            if known is not None:
                row[name] = known.value
            else:
                row.pop(name, None)

    def _constant(self, function: Function, expression: facts.Expr | None) -> ConstantValue | None:
        """The constant that an expression is whatever the function was given; None where that is not known."""
        if isinstance(expression, facts.Name | facts.Attribute):
            name = expression.id if isinstance(expression, facts.Name) else root_name(expression)
            if name is None or self._is_variable(function, name):
                return None
        elif not isinstance(expression, facts.Constant):
            return None
        values = self._program.values_of(function, expression)
        only = values[0] if len(values) == 1 else None
        return only if isinstance(only, ConstantValue) and "{}" not in str(only.value) else None

    def _is_variable(self, function: Function, name: str) -> bool:
        """Whether a function, or one around it, is given the name or binds it."""
        scope: Scope | None = function
        while scope is not None and scope is not function.module.body:
            if isinstance(scope, Function) and (
                any(one.name == name for one in scope.given) or self._program.bodies.depends_on(scope, name)
            ):
                return True
            scope = scope.outer
        return False


def _calls_before(
    function: Function, named: dict[str, list[facts.Expr]], expression: facts.Expr, depth: int = 4
) -> Iterator[int]:
    """The numbers of a call and of those whose result it goes on with."""
    while isinstance(expression, facts.Call):
        yield expression.number
        if not isinstance(expression.function, facts.Attribute):
            return
        expression = expression.function.value
    name = expression.id if isinstance(expression, facts.Name) else ""
    given = named.get(name, [])
    if depth and len(given) == 1 and uses(function, name) == 1:
        yield from _calls_before(function, named, given[0], depth - 1)


def _filtered_by(site: CallSite | None) -> dict[str, facts.Expr]:
    called = site.call.function if site is not None else None
    if site is None or not isinstance(called, facts.Attribute) or called.name not in FILTERS:
        return {}
    return {one.name.removesuffix("__exact"): one.value for one in site.call.keywords if one.name}


def _assigned_beside(function: Function, line: int, site: CallSite | None) -> Iterator[tuple[str, facts.Expr | None]]:
    """The attributes that are assigned to an object side by side with the write on this line, one after the other.

    Those that the function assigns further below come last, without what they are given: it may be stored only then.
    """
    for block in blocks_within(function.record.body):
        for place, statement in enumerate(block):
            if not isinstance(statement, facts.Assign) or statement.line != line:
                continue
            name = _name_of(statement, site)
            if not name:
                continue
            first, last = _run(block, place, name, forwards=site is not None)
            if site is None and first:
                yield from _made_with(function, block[first - 1], name)
            for one in assignments(block[first:last]):
                yield from ((target.name, one.value) for target in _attributes(one, name))
            below = (one for one in assignments(function.statements) if one.line > block[last - 1].line)
            yield from ((target.name, None) for one in below for target in _attributes(one, name))
            return


def _name_of(statement: facts.Assign, site: CallSite | None) -> str:
    """The name of the object that is made, or whose attribute is set, by a statement."""
    if site is not None:
        is_made = isinstance(statement.value, facts.Call) and statement.value.number == site.call.number
        names = [target.id for target in statement.targets if isinstance(target, facts.Name)] if is_made else []
    else:
        holders = [target.value for target in statement.targets if isinstance(target, facts.Attribute)]
        names = [holder.id for holder in holders if isinstance(holder, facts.Name)]
    return names[0] if len(names) == 1 else ""


def _made_with(function: Function, before: facts.Stmt, name: str) -> Iterator[tuple[str, facts.Expr]]:
    """What the call is given that makes the object, where it stands right before."""
    if isinstance(before, facts.Assign) and before.targets == [facts.Name(name)]:
        site = function.sites.get(before.value.number) if isinstance(before.value, facts.Call) else None
        if site is not None and any(isinstance(value, ClassValue) for value in site.callee):
            yield from ((one.name, one.value) for one in site.call.keywords if one.name)


def _run(block: list[facts.Stmt], place: int, name: str, *, forwards: bool) -> tuple[int, int]:
    """Where the assignments around one of them begin and end, none of which calls anything that has the object."""
    first, last = place, place + 1
    while first > 0 and not forwards and _is_plain(block[first - 1], name):
        first -= 1
    while last < len(block) and _is_plain(block[last], name):
        last += 1
    return first, last


def _is_plain(statement: facts.Stmt, name: str) -> bool:
    if not isinstance(statement, facts.Assign) or statement.operator or facts.Name(name) in statement.targets:
        return False
    calls = [one for one in within(statement.value) if isinstance(one, facts.Call)]
    return not any(facts.Name(name) in within(call) for call in calls)


def _attributes(statement: facts.Assign, name: str) -> list[facts.Attribute]:
    named = facts.Name(name)
    return [one for one in statement.targets if isinstance(one, facts.Attribute) and one.value == named]
