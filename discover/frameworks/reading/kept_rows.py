"""What a loop's name stands for in one round, where code elsewhere adds the rows: a job's decorator, a registry's.

`JOBS.append(Job(function, interval))` in a decorator and `for job in JOBS: schedule(job.function, job.interval)` in
another module: each row is seen as the call that added it was made, so that a job's function keeps its own interval. A
list may stand below keys (`registry["views"][label]`); then the rows are those under the keys that the loop asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.made_objects import Made, set_by
from discover.frameworks.reading.named_calls import is_name
from discover.frameworks.reading.parameters import given_for
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, Values

if TYPE_CHECKING:
    from discover.frameworks.reading.code import Code
    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function, Scope

_STEPS = 4
"""So many names and parameters are followed to a list, and from a name to its row."""
_SEEN_FROM = 5000
"""So many calls that add to one list are told apart."""

Keys = tuple[object, ...]


class Row(NamedTuple):
    """An item of a list, as the code writes it that adds it."""

    expression: ir.Expr
    scope: Scope
    frame: Frame | None


class _List(NamedTuple):
    """A list that a loop goes over: `registry["views"][label]`, of which some rows may be left out."""

    base: ir.Expr
    keys: list[ir.Expr]
    tests: list[tuple[str, ir.Expr]]
    """The name of a comprehension with what it asks of each row."""


class AddedRows:
    """Finds the rows that calls of `append` add to lists, each once."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._program = contexts.program
        self._known: dict[int, dict[Keys, list[Row]]] = {}
        self._told: dict[int, Values] = {}
        """What each row can be, by its identity: those that are known are held. Of a display, by that of the display,
        which is one container for all callers."""

    def of(self, function: Function, iterable: ir.Expr, frame: Frame | None) -> list[tuple[Row, Values]]:
        """The rows that a loop goes over, each with what it can be; none where others may be among them."""
        gone_over = _list_of(self._contexts, function, iterable, [])
        if gone_over is None:
            return []
        base, keys, tests = gone_over
        held = self._program.values_of(function, base)
        if not keys:
            held = tuple(value for value in held if isinstance(value, ContainerValue))
        wanted = self._keys(function, keys, frame)
        if not held or wanted is None:
            return []
        found: list[Row] = []
        adding: list[CallSite] = []
        for site, inner in self._adding(base, held, wanted):
            rows = self._rows(site, inner)
            if rows is None:
                return []
            adding.append(site)
            found += rows.get(wanted, [])
        if not keys and not self._is_all(held, adding):
            return []
        return [
            (row, self._values(row))
            for row in found
            if all(holds(self._contexts, function, frame, test, name, row) is not False for name, test in tests)
        ]

    def _values(self, row: Row) -> Values:
        key = id(row.expression if isinstance(row.expression, (ir.Mapping, ir.Sequence)) else row)
        if key not in self._told:
            self._told[key] = self._contexts.values(row.scope, row.expression, row.frame)
        return self._told[key]

    def _adding(self, base: ir.Expr, held: Values, wanted: Keys) -> list[tuple[CallSite, list[ir.Expr]]]:
        """The calls that add to the list, or may add to one under these keys, each with the keys as it has them."""
        found: list[tuple[CallSite, list[ir.Expr]]] = []
        for site in self._contexts.adders(ending(base)):
            called = site.call.function
            if isinstance(called, ir.Attribute):
                holder, keys = below(called.value)
                is_there = len(keys) == len(wanted) and all(map(_may_be, keys, wanted))
                if is_there and any(v in held for v in self._program.values_of(site.function, holder)):
                    found.append((site, keys))
        return found

    def _rows(self, site: CallSite, keys: list[ir.Expr]) -> dict[Keys, list[Row]] | None:
        """By key what a call adds, once for each caller that chooses it; None where its parts are not seen."""
        item = _made(self._contexts, site.function, site.call.arguments[0])
        if item is None or (not keys and isinstance(item, ir.Sequence)):
            return None
        key = id(site)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = {}
            for frame in self._contexts.frames(site.function, [item, *keys], limit=_SEEN_FROM):
                under = self._keys(site.function, keys, frame)
                if under is not None:
                    known.setdefault(under, []).append(Row(item, site.function, frame))
        return known

    def _keys(self, scope: Scope, keys: list[ir.Expr], frame: Frame | None) -> Keys | None:
        found: list[object] = []
        for key in keys:
            values = self._contexts.values(scope, key, frame)
            if len(values) != 1 or not isinstance(values[0], ConstantValue):
                return None
            found.append(values[0].value)
        return tuple(found)

    def _is_all(self, held: Values, adding: list[CallSite]) -> bool:
        """Whether a list holds nothing but what these calls add."""
        added = {value for site in adding for value in (site.arguments[0] if site.arguments else ())}
        lists = [value for value in held if isinstance(value, ContainerValue)]
        return bool(adding) and all(not one.items and added.issuperset(one.element.values) for one in lists)


def field_of(code: Code, frame: Frame | None, row: ir.Expr, name: object) -> Row | None:
    """What a row holds in an attribute or under a key, and from where to see it; None where it is no known row."""
    if not isinstance(row, ir.Name) or frame is None:
        return None
    standing = _standing(frame, row.id, _STEPS)
    return _within(code, standing, name) if standing is not None else None


def holds(
    contexts: Contexts, function: Function, frame: Frame | None, test: ir.Expr, name: str, row: Row
) -> bool | None:
    """Whether a row passes a test: `row["detail"] == detail`, `row.is_on`; None where that is not known."""
    seen_from = (frame or Frame(function)).round({}, {name: row})
    if isinstance(test, ir.Opaque) and test.operator in ("==", "!=") and len(test.parts) == 2:
        sides = [contexts.values(function, part, seen_from) for part in test.parts]
        known = [values[0].value for values in sides if len(values) == 1 and isinstance(values[0], ConstantValue)]
        return (known[0] == known[1]) is (test.operator == "==") if len(known) == 2 else None
    values = contexts.values(function, test, seen_from)
    truths = {bool(value.value) for value in values if isinstance(value, ConstantValue)}
    return truths.pop() if len(values) == len(truths) == 1 else None


def _standing(frame: Frame, name: str, steps: int) -> Row | None:
    """The row that a name is: a loop's own, or a parameter that is given one."""
    level: Frame | None = frame
    while level is not None and steps:
        if name in level.standing:
            return level.standing[name]
        if level.site is not None and any(one.name == name for one in level.function.record.parameters):
            given = given_for(level.function, name, level.site.call)
            if not isinstance(given, ir.Name) or level.outer is None:
                return None
            return _standing(level.outer, given.id, steps - 1)
        level = level.lexical
    return None


def _within(code: Code, row: Row, name: object) -> Row | None:
    expression = row.expression
    if isinstance(expression, ir.Mapping):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if isinstance(key, ir.Constant) and key.value == name:
                return Row(value, row.scope, row.frame)
    elif isinstance(expression, ir.Sequence):
        if isinstance(name, int) and 0 <= name < len(expression.items):
            return Row(expression.items[name], row.scope, row.frame)
    elif isinstance(expression, ir.Call) and isinstance(name, str):
        return _attribute(code, row, expression, name)
    return None


def _attribute(code: Code, row: Row, call: ir.Call, name: str) -> Row | None:
    """What the call that makes an object gives for one of its attributes."""
    site = row.scope.unit.sites.get(call.number)
    inits = [target.function for target in site.targets] if site is not None else []
    if site is None or len(inits) > 1:
        return None
    if inits:
        made = Made(inits[0], Frame(inits[0], site, row.frame))
        given = set_by(code, made, name, row.frame) if inits[0].record.name == "__init__" else None
        return Row(given[1], given[0].function, given[0]) if given is not None else None
    classes = [value.cls for value in site.callee if isinstance(value, ClassValue) and value.cls.is_project]
    return _data_field(row, call, classes[0], name) if len(classes) == 1 else None


def _data_field(row: Row, call: ir.Call, cls: Class, name: str) -> Row | None:
    """The field of a data class or a named tuple: given by its place or its name, else the default."""
    levels = [level for level in reversed(cls.mro) if level.is_project]
    fields = list(dict.fromkeys(field for level in levels for field in level.annotations))
    given = next((keyword.value for keyword in call.keywords if keyword.name == name), None)
    place = fields.index(name) if name in fields else None
    if given is None and place is not None and place < len(call.arguments):
        given = call.arguments[place]
    if given is not None:
        return Row(given, row.scope, row.frame)
    for level in cls.mro:
        for statement in level.record.body if level.is_project else ():
            if isinstance(statement, ir.Assign) and any(is_name(one, name) for one in statement.targets):
                return Row(statement.value, level, None) if statement.value is not None else None
    return None


def root_of(expression: ir.Expr) -> str:
    """The name before all attributes and subscripts; empty where there is none."""
    while isinstance(expression, ir.Subscript | ir.Attribute):
        expression = expression.value
    return expression.id if isinstance(expression, ir.Name) else ""


def _may_be(key: ir.Expr, wanted: object) -> bool:
    return not isinstance(key, ir.Constant) or key.value == wanted


def _made(contexts: Contexts, function: Function, item: ir.Expr) -> ir.Expr | None:
    """The call or the display that makes an item, also one with a name of its own."""
    if isinstance(item, ir.Name):
        assigned = contexts.assignments(function).get(item.id, [])
        item = assigned[0] if len(assigned) == 1 else item
    return item if isinstance(item, ir.Call | ir.Mapping | ir.Sequence) else None


def _list_of(
    contexts: Contexts, function: Function, iterable: ir.Expr, tests: list[tuple[str, ir.Expr]], steps: int = _STEPS
) -> _List | None:
    """The list behind names, and behind a comprehension that leaves rows out."""
    if not steps:
        return None
    if isinstance(iterable, ir.Name):
        assigned = contexts.assignments(function).get(iterable.id, [])
        if len(assigned) == 1 and not isinstance(assigned[0], ir.Starred):
            return _list_of(contexts, function, assigned[0], tests, steps - 1)
        return _List(iterable, [], tests) if not assigned else None
    if isinstance(iterable, ir.Comprehension):
        one = iterable.generators[0] if len(iterable.generators) == 1 else None
        if one is None or not isinstance(one.target, ir.Name) or not is_name(iterable.element, one.target.id):
            return None
        asked = [*tests, *((one.target.id, test) for test in one.tests)]
        return _list_of(contexts, function, one.iterable, asked, steps - 1)
    base, keys = below(iterable)
    return _List(base, keys, tests) if isinstance(base, ir.Name | ir.Attribute) else None


def below(expression: ir.Expr) -> tuple[ir.Expr, list[ir.Expr]]:
    """What stands before all subscripts, and their keys: of `registry["views"][label]`, `registry` and the two."""
    keys: list[ir.Expr] = []
    while isinstance(expression, ir.Subscript):
        keys.insert(0, expression.index)
        expression = expression.value
    return expression, keys
