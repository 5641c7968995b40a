"""Which queries of a function look something up, and which go over the rows that wait for it.

One row (`.first()`, `.get()`, `.one_or_none()`), a number of them, whether there are any, or how the last few came out
(`.order_by("-id")[:5]`): the answer is about a thing that is known, or about all of them, and no row is taken up. A
column that is unique names a row, and a query that refers to an outer one (`OuterRef`) is a condition of that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from discover.facts import records as facts
from discover.facts.source_text import ending, is_slice
from discover.facts.walking import within
from discover.link.status_writes import assignments
from discover.resolve.program import Program
from discover.resolve.symbols import Class, Function

_ONE = frozenset({
    *("get", "aget", "get_or_none", "get_or_404", "find_one", "fetchone"),
    *("first", "afirst", "first_or_404", "last", "alast", "latest", "earliest"),
    *("one", "one_or_none", "one_or_404", "scalar", "scalar_one", "scalar_one_or_none"),
    *("count", "acount", "aggregate", "exists", "aexists"),
})  # fmt: skip
_GIVEN_A_QUERY = "scalar"
_CONDITIONS = ("Exists", "Subquery")
"""What makes a query the condition of another one."""
_NAMING = ("unique", "primary_key")


def look_ups(function: Function) -> frozenset[int]:
    """The numbers of the calls that make up the queries which are answered by one row or a figure."""
    found: set[int] = set()
    ended: Counter[str | None] = Counter()
    for queried in _answered_at_once(function):
        found.update(_calls(queried))
        ended.update([root_name(queried)])
    found.update(
        number for number, site in function.sites.items() if is_answered_by_one(site.call) or _is_correlated(site.call)
    )
    for name, chains in named_queries(function).items():
        going_on = sum(root_name(chain) == name for chain in chains)
        if ended[name] and ended[name] + going_on == uses(function, name):
            found.update(number for chain in chains for number in _calls(chain))
    return frozenset(found)


def naming_columns(program: Program) -> frozenset[tuple[str, str]]:
    """The classes' attributes that are declared as unique, each with the name of its class and of those below it."""
    declared: dict[Class, set[str]] = {}
    for cls in program.all_classes:
        names = {name for statement in cls.record.body for name in _unique(statement)}
        if names:
            declared[cls] = names
    return frozenset(
        (cls.record.name, name)
        for cls in program.all_classes
        for level in cls.mro
        if level.is_project
        for name in declared.get(level, ())
    )


def _answered_at_once(function: Function) -> Iterator[facts.Expr]:
    """What is asked for one row or a figure: `query` of `query.first()`, `query[0]` and `session.scalar(query)`.

    What another query has as its condition is asked for nothing but whether there is a row.
    """
    for node in within(function.record.body):
        if isinstance(node, facts.Subscript) and isinstance(node.index, facts.Constant) and node.index.value == 0:
            yield node.value
        if isinstance(node, facts.Subscript) and _is_count_of_rows(node.index) and _is_newest_first(node.value):
            yield node.value
        if isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute) and is_answered_by_one(node):
            yield node.function.value
            if node.function.name == _GIVEN_A_QUERY:
                yield from node.arguments
        if isinstance(node, facts.Call) and ending(node.function) in _CONDITIONS:
            yield from node.arguments


def _is_count_of_rows(index: facts.Expr) -> bool:
    """`[:5]`."""
    end = index.parts[1] if is_slice(index) else None
    return isinstance(end, facts.Constant) and isinstance(end.value, int)


def _is_newest_first(query: facts.Expr) -> bool:
    """Whether a query is put in order by something that falls: `order_by("-id")`."""
    orders = (one for one in within(query) if isinstance(one, facts.Call) and ending(one.function) == "order_by")
    firsts = (order.arguments[0] for order in orders if order.arguments)
    return any(
        (isinstance(first, facts.Constant) and str(first.value).startswith("-"))
        or (isinstance(first, facts.Call) and ending(first.function) == "desc")
        for first in firsts
    )


def is_answered_by_one(call: facts.Call) -> bool:
    """Whether a query ends there with one row or a figure."""
    return isinstance(call.function, facts.Attribute) and call.function.name in _ONE


def _calls(queried: facts.Expr) -> Iterator[int]:
    return (one.number for one in within(queried) if isinstance(one, facts.Call))


def named_queries(function: Function) -> dict[str, list[facts.Expr]]:
    """What each local name is given."""
    found: dict[str, list[facts.Expr]] = {}
    for name, value in _assigned(function):
        if value is not None:
            found.setdefault(name, []).append(value)
    return found


def uses(function: Function, name: str) -> int:
    """How often a local name is read."""
    named = sum(isinstance(node, facts.Name) and node.id == name for node in within(function.record.body))
    return named - sum(assigned == name for assigned, _ in _assigned(function))


def _assigned(function: Function) -> Iterator[tuple[str, facts.Expr | None]]:
    """Each name that a statement assigns to or declares, with its value."""
    for statement in assignments(function.statements):
        yield from ((target.id, statement.value) for target in statement.targets if isinstance(target, facts.Name))


def root_name(chain: facts.Expr) -> str | None:
    """The name that a chain of calls, attributes and keys begins with."""
    while isinstance(chain, facts.Call | facts.Attribute | facts.Subscript):
        chain = chain.function if isinstance(chain, facts.Call) else chain.value
    return chain.id if isinstance(chain, facts.Name) else None


def _is_correlated(call: facts.Call) -> bool:
    values = (keyword.value for keyword in call.keywords)
    return any(isinstance(value, facts.Call) and ending(value.function) == "OuterRef" for value in values)


def _unique(statement: facts.Stmt) -> list[str]:
    """The names that a statement of a class's body declares as unique columns."""
    if not isinstance(statement, facts.Assign) or not isinstance(statement.value, facts.Call):
        return []
    said = any(
        keyword.name in _NAMING and isinstance(keyword.value, facts.Constant) and keyword.value.value is True
        for keyword in statement.value.keywords
    )
    return [target.id for target in statement.targets if isinstance(target, facts.Name)] if said else []
