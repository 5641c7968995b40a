"""What one REST framework router takes over from another: `router.registry`, extended or gone through in a loop.

`v2.registry.extend(v1.registry)` takes all of it; `for prefix, viewset, basename in v1.registry: v2.register(prefix,
viewset, basename)` what the tests around the call let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.parameters import before_the_dot
from discover.frameworks.reading.rounds import loops_around
from discover.frameworks.routing.routers import site_keys

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function

_REGISTRY = "rest_framework.routers.Registry"


class Entry(NamedTuple):
    """One row of a registry."""

    prefix: str
    cls: Class
    basename: str


def extensions(bench: Workbench) -> list[tuple[str, list[str]]]:
    """Of each router whose registry is extended by that of another: its key, and the keys of the others."""
    found: list[tuple[str, list[str]]] = []
    for match in bench.index.calls(f"{_REGISTRY}.extend"):
        scope, call = match.site.function, match.site.call
        taken, before = call.arguments[0] if call.arguments else None, before_the_dot(scope, call)
        if taken is None:
            continue
        for frame in bench.contexts.frames(scope, [taken] if before is None else [taken, before], 2):
            extended = match.receivers if before is None else bench.contexts.values(scope, before, frame)
            sources = site_keys(bench.contexts.values(scope, taken, frame))
            found += [(key, sources) for key in site_keys(extended)]
    return found


class Round(NamedTuple):
    """A loop over a registry that a registering call stands in."""

    loop: ir.ForLoop
    names: list[str]
    """What the loop calls the parts of a row; empty for a part that gets no plain name."""
    sources: list[str]
    """The keys of the routers whose registry it goes through."""


def round_of(bench: Workbench, function: Function, call: ir.Call) -> Round | None:
    """The loop over another router's registry around a call."""
    for loop in loops_around(function.record.body, call.line):
        sources = site_keys(bench.program.values_of(function, loop.iterable))
        if sources and isinstance(loop.target, ir.Sequence) and 2 <= len(loop.target.items) <= 3:
            names = [target.id if isinstance(target, ir.Name) else "" for target in loop.target.items]
            return Round(loop, names, sources)
    return None


def frame_in(bench: Workbench, function: Function, call: ir.Call, around: Round, entry: Entry) -> Frame | None:
    """How the call sees a row of the registry; None when the tests around it leave the row out."""
    texts = dict(zip(around.names, (entry.prefix, "", entry.basename), strict=False))
    if not _lets_through(around.loop.body, call.line, texts):
        return None
    intern = bench.program.engine.intern
    values = (intern.constant(entry.prefix), intern.class_(entry.cls), intern.constant(entry.basename))
    return Frame(function).round({name: (value,) for name, value in zip(around.names, values, strict=False) if name})


def _lets_through(body: list[ir.Stmt], line: int, texts: dict[str, str]) -> bool:
    """Whether the line is reached with these texts; a test that says something else is taken to hold."""
    for statement in body:
        if statement.line > line:
            break
        if not isinstance(statement, ir.If):
            continue
        holds = _holds(statement.test, texts)
        if statement.line <= line <= statement.end_line:
            is_inside = not statement.otherwise or line < statement.otherwise[0].line
            branch = statement.body if is_inside else statement.otherwise
            return (holds is None or holds is is_inside) and _lets_through(branch, line, texts)
        if holds and any(isinstance(one, ir.Jump) and one.kind == "continue" for one in statement.body):
            return False
    return True


def _holds(test: ir.Expr, texts: dict[str, str]) -> bool | None:
    """`name == "search"`, `name in ("a", "b")` and their opposites; None for any other test, or an unknown text."""
    if not isinstance(test, ir.Opaque) or len(test.parts) != 2:
        return None
    name, others = test.parts
    text = texts.get(name.id) if isinstance(name, ir.Name) else None
    listed = others.items if isinstance(others, ir.Sequence) else [others]
    if not text or not all(isinstance(one, ir.Constant) for one in listed):
        return None
    is_listed = any(isinstance(one, ir.Constant) and one.value == text for one in listed)
    return {"==": is_listed, "in": is_listed, "!=": not is_listed, "not in": not is_listed}.get(test.operator)
