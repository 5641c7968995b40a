"""Which queries of a job ask for the rows of one thing that is known from elsewhere.

`VerificationCode.objects.filter(user=self, type="mail")` asks for this user's rows: a job that does so works on the
user that it has, and waits for nobody who writes such a row. A job that goes over all users, and asks for the rows of
each, does wait. So it is asked of each value that a column is to be equal to, and of what the query is read from
(`user.orders.filter(…)`), where it comes from: back through the parameters of what the job calls, to a loop or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.facts import records as facts
from discover.facts.walking import statements, within
from discover.frameworks.reading.parameters import given_for
from discover.link.looked_up import is_answered_by_one, root_name
from discover.link.status_writes import FILTERS, assignments
from discover.resolve.program import Program
from discover.resolve.symbols import Function

_CONDITIONED = (*FILTERS, "where")
_LOOKUPS = frozenset({
    *("lt", "lte", "gt", "gte", "in", "range", "isnull", "contains", "icontains", "startswith", "istartswith"),
    *("endswith", "iendswith", "regex", "iregex", "date", "year", "month", "day", "hour", "overlap", "has_key"),
})  # fmt: skip
"""What makes a condition of a keyword that is none of being equal."""
_MAKES = ("create", "acreate")
_DEPTH = 8
"""So many expressions are followed, one given by the other."""


class KnownObjects:
    """The queries of what one job runs."""

    def __init__(self, program: Program, job: Function, reached: Iterable[Function]) -> None:
        self._program = program
        self._job = job
        self._reached = set(reached)

    def asked(self, function: Function) -> frozenset[int]:
        """The numbers of the calls that make up queries for the rows of one thing."""
        return frozenset(
            call.number
            for chain in _chains(function.record.body)
            if any(self._is_known(function, value, _DEPTH) for value in _rests_on(chain))
            or self._is_narrowed(function, _name_given(function, chain[0]), _DEPTH)
            for call in chain
        )

    def _is_narrowed(self, function: Function, name: str | None, depth: int) -> bool:
        """Whether a query of this name is made one for the rows of one thing by a later step that is always taken."""
        if name is None:
            return False
        steps = [
            statement.value
            for statement in function.record.body
            if isinstance(statement, facts.Assign)
            and isinstance(statement.value, facts.Call)
            and root_name(statement.value) == name
            and any(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
        ]
        conditions = (one for step in steps for call in _calls(step) if _conditions(call) for one in _equal_to(call))
        return any(self._is_known(function, one, depth - 1) for one in conditions if root_name(one) != name)

    def _is_known(self, function: Function, value: facts.Expr, depth: int) -> bool:
        """Whether a value is, or belongs to, a thing that the job does not come by in a loop."""
        if not depth:
            return False
        if isinstance(value, facts.Call):
            if _takes_one(value):
                return not any(isinstance(one, facts.Name) and one.id in _gone_over(function) for one in within(value))
            return any(self._is_known(function, one, depth - 1) for one in _rests_on(_calls(value)))
        name = root_name(value)
        if name is None or name in _gone_over(function):
            return False
        if any(parameter.name == name for parameter in function.record.parameters):
            return function is not self._job and self._is_given(function, name, depth)
        if self._is_narrowed(function, name, depth):
            return True
        given = [one.value for one in _assigned(function, name) if one.value is not None]
        # A query that is refined step by step (`found = found.exclude(…)`) stays the one that it was.
        given = [one for one in given if not (isinstance(one, facts.Call) and root_name(one) == name)]
        return bool(given) and all(self._is_known(function, one, depth - 1) for one in given)

    def _is_given(self, function: Function, name: str, depth: int) -> bool:
        """Whether all that the job calls gives such a thing for a parameter."""
        sites = [site for site in self._program.callers.get(function, ()) if site.function in self._reached]
        given = [(site.function, given_for(function, name, site.call)) for site in sites]
        return bool(given) and all(
            value is not None and self._is_known(caller, value, depth - 1) for caller, value in given
        )


def _takes_one(call: facts.Call) -> bool:
    """`Order.objects.get(pk=pk)`, `query.first()`, `Order.objects.create()`; not `options.get("name")`."""
    if isinstance(call.function, facts.Attribute) and call.function.name in _MAKES:
        return True
    is_of_mapping = isinstance(call.function, facts.Attribute) and call.function.name == "get" and not call.keywords
    return is_answered_by_one(call) and not (is_of_mapping and len(_calls(call)) == 1)


def _rests_on(chain: list[facts.Call]) -> Iterator[facts.Expr]:
    """What decides whose rows a query is for: what columns are to be equal to, and what it is read from."""
    for call in chain:
        if _conditions(call):
            yield from _equal_to(call)
    first = chain[-1].function
    if isinstance(first, facts.Attribute):
        yield first.value


def _equal_to(call: facts.Call) -> Iterator[facts.Expr]:
    for keyword in call.keywords:
        if keyword.name is not None and keyword.name.rpartition("__")[2] not in _LOOKUPS:
            yield keyword.value
    for argument in call.arguments:
        if isinstance(argument, facts.Opaque) and argument.operator == "==":
            yield argument.parts[1]
        elif isinstance(argument, facts.Call) and root_name(argument.function) == "Q":
            yield from _equal_to(argument)


def _chains(body: object) -> Iterator[list[facts.Call]]:
    """Each chain of calls that filters, from its end to its beginning."""
    inner: set[int] = set()
    for node in within(body):
        if isinstance(node, facts.Call) and node.number not in inner:
            chain = _calls(node)
            inner.update(call.number for call in chain)
            if any(map(_conditions, chain)):
                yield chain


def _conditions(call: facts.Call) -> bool:
    return isinstance(call.function, facts.Attribute) and call.function.name in _CONDITIONED


def _calls(call: facts.Call) -> list[facts.Call]:
    found = [call]
    at = call.function
    while isinstance(at, facts.Attribute | facts.Call):
        if isinstance(at, facts.Call):
            found.append(at)
        at = at.function if isinstance(at, facts.Call) else at.value
    return found


def _assigned(function: Function, name: str) -> list[facts.Assign]:
    return [
        statement
        for statement in assignments(function.statements)
        if any(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
    ]


def _name_given(function: Function, call: facts.Call) -> str | None:
    """The name that a call's result is assigned to."""
    for statement in assignments(function.statements):
        if isinstance(statement.value, facts.Call) and statement.value.number == call.number:
            return next((target.id for target in statement.targets if isinstance(target, facts.Name)), None)
    return None


def _gone_over(function: Function) -> set[str]:
    """The names that stand for one thing after the other: of loops, and what is assigned in a `while`."""
    found: set[str] = set()
    for node in within(function.record.body):
        if isinstance(node, facts.ForLoop | facts.For):
            found.update(one.id for one in within(node.target) if isinstance(one, facts.Name))
        elif isinstance(node, facts.While):
            found.update(
                target.id
                for statement in assignments(statements(node.body))
                for target in statement.targets
                if isinstance(target, facts.Name)
            )
    return found
