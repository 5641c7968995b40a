"""Database writes without a write call: mapped objects whose attributes and collections change before a commit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from discover.effects.records import Found
from discover.facts import records as ir
from discover.facts.walking import statements
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.effects.models import Models
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function

_CHANGES = frozenset({"append", "remove", "add", "extend", "discard", "clear", "insert", "pop"})
_GROWTH = frozenset({"append", "add", "insert"})
_CERTAINTY = 0.8


def attribute_writes(program: Program, models: Models, function: Function, effects: list[Found]) -> list[Found]:
    """One UPDATE for each mapped class whose objects the function changes, unless an effect of it says so already.

    What is changed after a commit is another one: it goes out with the next. So is an object that was read again.
    """
    if not models.mapped or function.record.name in ("__init__", "<module>"):
        return []
    saved = {one.target for one in effects if one.kind == "db_write" and one.detail == "SAVE"}
    inserted = {one.target for one in effects if one.kind == "db_write" and one.detail == "INSERT"}
    commits = sorted({one.line for one in effects if one.kind == "db_write" and one.detail == "COMMIT"})
    bound = _bindings(function.record.body)
    found: dict[tuple[Class, int, int], Found] = {}
    for target, line in _targets(function.record.body):
        if target.name not in models.attributes:
            continue
        values = program.values_of(function, target.value)
        cls = models.mapped_class(values)
        if cls is not None and not (cls.record.name in inserted and _is_new(values)):
            key = (cls, bisect_left(commits, line), _times_bound(bound, target.value, line))
            found[key] = found.get(key) or _write(
                cls, line, None, f"{cls.record.name}.{target.name} is assigned", "UPDATE"
            )
    _add_calls(program, models, function, commits, inserted, bound, found)
    return [one for one in found.values() if one.target not in saved]


def _bindings(body: list[ir.Stmt]) -> dict[str, list[int]]:
    """By name the lines that bind it."""
    found: dict[str, list[int]] = {}
    for statement in statements(body):
        if isinstance(statement, ir.Assign) and not statement.operator:
            for target in statement.targets:
                if isinstance(target, ir.Name):
                    found.setdefault(target.id, []).append(statement.line)
    return found


def _times_bound(bound: dict[str, list[int]], holder: ir.Expr | None, line: int) -> int:
    """How often the name of an object was bound before a line: each time it is another object."""
    return bisect_left(bound.get(holder.id, []), line) if isinstance(holder, ir.Name) else 0


def _holder(site: CallSite) -> ir.Expr | None:
    """The object that a call may change: of `setattr(user, …)`, of `order.lines.append(…)`."""
    called = site.call.function
    if isinstance(called, ir.Name):
        return site.call.arguments[0] if site.call.arguments else None
    return called.value.value if isinstance(called, ir.Attribute) and isinstance(called.value, ir.Attribute) else None


def _is_new(values: Values) -> bool:
    """Whether the object was just made: its attributes go into the INSERT."""
    return all(value.exact for value in values if isinstance(value, InstanceValue))


def _add_calls(
    program: Program,
    models: Models,
    function: Function,
    commits: list[int],
    inserted: set[str],
    bound: dict[str, list[int]],
    found: dict[tuple[Class, int, int], Found],
) -> None:
    """`setattr(user, name, value)` and `order.lines.append(line)`."""
    for site in program.sites(function):
        called = site.call.function
        if type(called) is ir.Attribute and called.name not in _CHANGES:
            continue
        values, evidence = _changed(program, models, site)
        cls = models.mapped_class(values)
        if cls is None:
            continue
        added = _added(models, site)
        if added is None and cls.record.name in inserted and _is_new(values):
            continue
        key = (added or cls, bisect_left(commits, site.line), _times_bound(bound, _holder(site), site.line))
        if key not in found:
            said = f"{evidence} on a mapped {cls.record.name}"
            detail = "UPDATE" if added is None else "INSERT"
            found[key] = _write(added or cls, site.line, site.call.number, said, detail)


def _changed(program: Program, models: Models, site: CallSite) -> tuple[Values, str]:
    """The object that the call changes, if it is of the kinds that change one, and how."""
    called = site.call.function
    if isinstance(called, ir.Name):
        if called.id != "setattr" or len(site.arguments) < 2:
            return NOTHING, ""
        names = [v.value for v in site.arguments[1] if isinstance(v, ConstantValue)]
        changes = not names or any(name in models.attributes for name in names)
        return (site.arguments[0], "setattr") if changes else (NOTHING, "")
    if (
        not isinstance(called, ir.Attribute)
        or called.name not in _CHANGES
        or not isinstance(called.value, ir.Attribute)
    ):
        return NOTHING, ""
    collection = called.value
    values = program.values_of(site.function, collection.value)
    cls = models.mapped_class(values)
    if cls is None or not models.is_collection(cls, collection.name):
        return NOTHING, ""
    return values, f"{collection.name}.{called.name}"


def _added(models: Models, site: CallSite) -> Class | None:
    """The mapped class of an object that is made for a collection: `order.lines.append(Line(sku))` inserts it."""
    called = site.call.function
    if not isinstance(called, ir.Attribute) or called.name not in _GROWTH:
        return None
    given = site.call.arguments[-1] if site.call.arguments else None
    is_made = isinstance(given, ir.Call) and _is_new(site.arguments[-1])
    return models.mapped_class(site.arguments[-1]) if is_made else None


def _write(cls: Class, line: int, number: int | None, evidence: str, detail: str) -> Found:
    return Found(
        kind="db_write",
        line=line,
        number=number,
        target=cls.record.name,
        detail=detail,
        confidence=_CERTAINTY,
        evidence=evidence,
    )


def _targets(body: list[ir.Stmt]) -> Iterator[tuple[ir.Attribute, int]]:
    """The attributes that the statements assign, without those of inner definitions."""
    for statement in statements(body):
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                if type(target) is not ir.Name:
                    yield from ((one, statement.line) for one in _attributes(target))


def _attributes(target: ir.Expr) -> Iterator[ir.Attribute]:
    if isinstance(target, ir.Attribute):
        yield target
    elif isinstance(target, ir.Subscript):
        yield from _attributes(target.value)
    elif isinstance(target, ir.Sequence):
        for item in target.items:
            yield from _attributes(item)
