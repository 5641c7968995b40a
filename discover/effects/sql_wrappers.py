"""Thin wrappers of database clients: where a project's own `db.execute(sql, …)` is called, that is the effect.

The wrapper itself keeps its effect, whose statement is made of a parameter and so says nothing; who calls it knows the
statement, or at least the table that the wrapper puts into one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from discover.effects.given import argument_at
from discover.effects.records import Found
from discover.effects.sql import Statement, looks_like_sql, statements_of
from discover.facts import records as ir
from discover.facts.walking import within
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from discover.effects.models import Models
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Target
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values

_CERTAINTY = 0.9
_DEPTH = 4
"""So many functions of the project may stand between the call and the library."""
_TEXTS = 4
"""Of so many statements that a call may make, each is told."""
_NAMING = "table"
"""What the names of parameters hold that name a table."""
_VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})
_TABLE = re.compile(r"(?:\w+\.)?([A-Za-z_]\w*)$")


class SqlWrapper(NamedTuple):
    """A function whose statement is made of these parameters."""

    parameters: tuple[str, ...]
    made: Statement | None = None
    """What the statement does, where the function says that and only asks for the table."""


def find_sql_wrappers(program: Program, effects: Mapping[str, list[Found]]) -> dict[Function, SqlWrapper]:
    """Functions that run a statement which one of their parameters says, or hand it on to such a function."""
    found: dict[Function, SqlWrapper] = {}
    for unit, there in effects.items():
        function = program.functions.get(unit)
        asked = [one for one in there if one.statement is not None]
        if function is not None and asked:
            names = dict.fromkeys(name for one in asked for name in _asked(function, one.statement))
            if names:
                found[function] = SqlWrapper(tuple(names), _made(asked))
    newest = set(found)
    for _ in range(_DEPTH):
        newest = _handing_on(program, found, newest)
    return found


def _made(asked: list[Found]) -> Statement | None:
    verbs = dict.fromkeys((one.kind, one.detail) for one in asked)
    if len(verbs) != 1 or asked[0].detail not in _VERBS:
        return None
    return Statement("db_read" if asked[0].kind == "db_read" else "db_write", asked[0].detail, ())


def _handing_on(program: Program, found: dict[Function, SqlWrapper], newest: set[Function]) -> set[Function]:
    added: set[Function] = set()
    for inner in sorted(newest, key=lambda one: one.id):
        for site in program.callers.get(inner, ()):
            function = site.function
            if function in found or not function.record.parameters:
                continue
            given = [argument_at(site, inner, name) for name in found[inner].parameters]
            names = dict.fromkeys(name for one in given if one for name in _asked(function, one[0]))
            if names:
                found[function] = SqlWrapper(tuple(names), found[inner].made)
                added.add(function)
    return added


def _asked(function: Function, statement: ir.Expr | None) -> Iterator[str]:
    """The parameters that say what a statement is; of one that begins in plain words, those that name its table."""
    is_plain = bool(_beginning(function, statement))
    yield from (name for name in _parameters_in(function, statement) if not is_plain or _NAMING in name)


def _beginning(function: Function, expression: ir.Expr | None, depth: int = _DEPTH) -> str:
    """The plain words that a text begins with, as the function writes it."""
    match expression:
        case ir.Constant(value=str() as text):
            return text.strip()
        case (
            ir.Call(function=ir.Attribute(value=first, name="format" | "strip" | "replace"))
            | ir.FString(parts=[first, *_])
            | ir.Binary(left=first)
            | ir.Call(arguments=[first, *_])
        ):
            return _beginning(function, first, depth - 1) if depth else ""
        case ir.Name():
            bound = [
                one.value
                for one in function.statements
                if isinstance(one, ir.Assign) and any(target == expression for target in one.targets)
            ]
            return _beginning(function, bound[0], depth - 1) if depth and len(bound) == 1 else ""
        case _:
            return ""


def _parameters_in(function: Function, expression: ir.Expr | None) -> Iterator[str]:
    """The parameters that an expression is made of, also through names that the function binds."""
    names = _names(expression)
    for statement in function.statements:
        if isinstance(statement, ir.Assign) and any(
            isinstance(t, ir.Name) and t.id in names for t in statement.targets
        ):
            names |= _names(statement.value)
    own = function.given
    yield from (one.name for one in own if one.kind in ("positional", "normal", "keyword") and one.name in names)


def _names(expression: ir.Expr | None) -> set[str]:
    return {one.id for one in within(expression) if isinstance(one, ir.Name)}


def statements_through(wrappers: Mapping[Function, SqlWrapper], models: Models, site: CallSite) -> list[Found]:
    """What a call does in the database through a wrapper, where it says so."""
    for target in site.targets:
        wrapper = wrappers.get(target.function)
        if wrapper is None:
            continue
        for name in wrapper.parameters:
            given = argument_at(site, target.function, name)
            if given is None or any(_asked(site.function, given[0])):
                continue
            known = _statements(given[1], wrapper.made if _NAMING in name else None)
            if known:
                return [_found(site, one, models, target) for one in known]
    return []


def _statements(values: Values, made: Statement | None) -> list[Statement]:
    """The statements that the values say; one that is `made` already is told by a value that names its table."""
    texts = list(dict.fromkeys(v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)))
    if not texts or len(texts) > _TEXTS:
        return []
    if all(looks_like_sql(text) for text in texts):
        return list(dict.fromkeys(one for text in texts for one in statements_of(text)))
    table = _TABLE.match(texts[0]) if len(texts) == 1 else None
    return [made._replace(tables=(table[1],))] if table is not None and made is not None else []


def _found(site: CallSite, statement: Statement, models: Models, target: Target) -> Found:
    return Found(
        kind=statement.kind,
        line=site.line,
        number=site.call.number,
        target=", ".join(models.of_table(table) for table in statement.tables),
        detail=statement.verb,
        confidence=_CERTAINTY * target.confidence,
        evidence=f"through {target.function.id}",
        through=target.function.id,
    )
