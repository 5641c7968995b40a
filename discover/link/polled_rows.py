"""Which rows the queries of jobs are for: all that a query asks of a row, and not only the status that joins them.

A row that one call makes with another constant in a column that the query asks for, too, is none of its rows. Only what
is written where it stands, or is a constant of a module or a class, is known so well.
"""

from __future__ import annotations

from discover.facts import records as facts
from discover.link.looked_up import root_name
from discover.link.status_writes import Looked, Written
from discover.resolve.program import Program
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue

Query = tuple[Function, int]
"""The function and the number of the call that filters."""


class Queries:
    """The queries by which jobs look for a value, and what each asks of a row besides."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._of: dict[tuple[Looked, str], dict[Query, None]] = {}
        self._asked: dict[Query, dict[tuple[str, str], object]] = {}
        """For each query the model and column that are to be one constant."""

    def add(self, looked: Looked, job: str, query: Query) -> None:
        """Note that a job looks for a value by this query."""
        self._of.setdefault((looked, job), {})[query] = None

    def ask(self, query: Query, model: str, field: str, wanted: facts.Expr | None) -> None:
        """Note what a query asks of a column."""
        constant = self._constant(query[0], wanted)
        if constant is not None:
            self._asked.setdefault(query, {})[model, field] = constant.value

    def finding(self, function: Function, written: Written, job: str) -> list[Query]:
        """The queries of the job that may find what is written."""
        found = list(self._of.get((written.looked, job), ()))
        site = function.sites.get(written.number) if written.number is not None and written.setter is None else None
        if site is None:
            return found
        given = {one.name: self._constant(function, one.value) for one in site.call.keywords if one.name}
        return [query for query in found if not self._differs(query, written.looked.model, given)]

    def _differs(self, query: Query, model: str, given: dict[str, ConstantValue | None]) -> bool:
        asked = self._asked.get(query, {})
        known = ((asked[model, name], one.value) for name, one in given.items() if one and (model, name) in asked)
        return any(wanted != value for wanted, value in known)

    def _constant(self, function: Function, expression: facts.Expr | None) -> ConstantValue | None:
        """The constant that an expression is whatever the function was given; None where that is not known."""
        if isinstance(expression, facts.Name | facts.Attribute):
            name = expression.id if isinstance(expression, facts.Name) else root_name(expression)
            if name is None or name in {one.name for one in function.given}:
                return None
            if name in self._program.bodies.assignments(function):
                return None
        elif not isinstance(expression, facts.Constant):
            return None
        values = self._program.values_of(function, expression)
        only = values[0] if len(values) == 1 else None
        return only if isinstance(only, ConstantValue) and "{}" not in str(only.value) else None
