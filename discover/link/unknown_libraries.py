"""Libraries that no catalog describes and whose calls entry points reach: what such a call does is not known."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from discover.facts.source_text import text_of
from discover.link import open_ends
from discover.link.packages import Packages
from discover.model import Edge, LibraryUse, Place, Trigger, Unresolved
from discover.resolve.symbols import Class, Function

if TYPE_CHECKING:
    from discover.catalog.load import Catalog
    from discover.effects.records import SiteEffect
    from discover.frameworks.records import Findings
    from discover.link.records import Linked
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Scope

UNDESCRIBED = "no catalog describes this library: what its calls do outside the process is not known"

_SHOWN = 3
_BLANK = "…"
_OBJECT = re.compile(r"(?:^|\.)_*[A-Z]\w*\(\)\.\w+$")
"""A method of an object whose class the library has: `paypalrestsdk.Payment().create`."""
_FAULT = re.compile(r"(?:Error|Exception|Warning)$")
_PLAIN_DATA = frozenset(
    name for kind in (str, bytes, dict, list, set, tuple, int, float) for name in dir(kind) if not name.startswith("_")
)


class Use:
    """The calls of one library that entry points reach."""

    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.places: dict[Place, None] = {}


def told_of_libraries(
    linked: Linked,
    program: Program,
    catalog: Catalog,
    found: Findings,
    effects: Iterable[SiteEffect],
    own: Iterable[str],
) -> Linked:
    """The same, with one entry for each such library under what is not resolved.

    `own` are names that imports find in the tree itself, although their files are not read.
    """
    reached = _reached(program, linked.edges, linked.triggers)
    settled = open_ends.settled(linked.edges, linked.triggers)
    uses = _uses(program, Packages(catalog), _told(found, effects), set(own), reached, settled)
    entries = [_entry(package, uses[package]) for package in sorted(uses)]
    return msgspec.structs.replace(linked, unresolved=open_ends.in_order([*linked.unresolved, *entries]))


def _told(found: Findings, effects: Iterable[SiteEffect]) -> set[tuple[str, int]]:
    """The calls of which it is known what they do, whatever makes it known, by unit and number."""
    told = {(one.unit, one.number) for one in effects if one.number is not None}
    return told | {(one.unit, one.number) for one in (*found.dispatches, *found.callbacks)}


def _uses(
    program: Program,
    packages: Packages,
    told: set[tuple[str, int]],
    own: set[str],
    reached: set[str],
    settled: set[tuple[str, int]],
) -> dict[str, Use]:
    project = {name.partition(".")[0] for name in program.modules} | own
    uses: dict[str, Use] = {}
    for function in program.all_functions:
        if function.id not in reached:
            continue
        for site in program.sites(function):
            path = _called(site, packages)
            if path is None or (function.id, site.call.number) in told or (function.id, site.line) in settled:
                continue
            top = path.partition(".")[0]
            if top not in project and not _stands_beside(program, function.module.path, top):
                use = uses.setdefault(packages.of(path), Use())
                use.paths[path] += 1
                use.places[_place(site, path)] = None
    return uses


def _place(site: CallSite, path: str) -> Place:
    unit, call = site.function.id, text_of(site.call.function)
    correction = open_ends.effect_at(open_ends.Place(unit, site.line, call))
    return Place(at=unit, line=site.line, what=path.replace("()", ""), correction=correction)


def _called(site: CallSite, packages: Packages) -> str | None:
    """What the call runs of a library that nothing describes; None where it runs, or may run, something else."""
    if site.targets or not site.externals:
        return None
    paths = [external.path for external in site.externals]
    if any(packages.describe_call(path) for path in paths):
        return None
    return next((path for path in paths if not (_FAULT.search(path) or _is_of_data(path))), None)


def _is_of_data(path: str) -> bool:
    """A method as text, numbers and containers have it, of what a call gave: `jwt.decode().get`."""
    before, _, name = path.rpartition(".")
    if before.endswith("[]"):
        return True
    return before.endswith("()") and name in _PLAIN_DATA and _OBJECT.search(path) is None


def _stands_beside(program: Program, path: str, name: str) -> bool:
    """Whether a script finds a file of this name where its imports start: in the nearest folder that is no package."""
    folder = path.rpartition("/")[0]
    while folder and f"{folder}/__init__.py" in program.by_path:
        folder = folder.rpartition("/")[0]
    stem = f"{folder}/{name}" if folder else name
    return any(beside in program.by_path and beside != path for beside in (f"{stem}.py", f"{stem}/__init__.py"))


def _reached(program: Program, edges: Iterable[Edge], triggers: Iterable[Trigger]) -> set[str]:
    """The units that run when an entry point is entered, with the functions that stand inside them."""
    following: dict[str, list[str]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    for function in program.all_functions:
        around = _around(function.outer)
        if around:
            following.setdefault(around, []).append(function.id)
    todo = [trigger.handler for trigger in triggers]
    found = set(todo)
    while todo:
        for unit in following.get(todo.pop(), ()):
            if unit not in found:
                found.add(unit)
                todo.append(unit)
    return found


def _around(scope: Scope | None) -> str:
    """The function in whose body a definition stands, or the class of which stands there; empty for none."""
    while isinstance(scope, Class):
        scope = scope.outer
    return scope.id if isinstance(scope, Function) else ""


def _entry(package: str, use: Use) -> Unresolved:
    first, *_ = use.places
    calls = use.paths.total()
    names = [path.replace("()", "") for path in _most_telling(use.paths)]
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return Unresolved(
        at=first.at,
        line=first.line,
        what=f"{package}: {calls:,} {'call' if calls == 1 else 'calls'} ({shown})",
        reason=UNDESCRIBED,
        library=LibraryUse(name=package, calls=calls, places=tuple(use.places), catalog=_catalog(package, use)),
    )


def _most_telling(paths: Counter[str]) -> list[str]:
    """What does something before what only makes an object, the most frequent first."""
    return sorted(paths, key=lambda path: (_makes(path), -paths[path], path))


def _makes(path: str) -> bool:
    """Whether a class is called, by its name: `paypalrestsdk.Payment`."""
    return path.rpartition(".")[2][:1].isupper()


def _catalog(package: str, use: Use) -> str:
    """The catalog that would settle it, as YAML on one line."""
    doing = [path for path in use.paths if not _makes(path)]
    likely = _most_telling(Counter({path: use.paths[path] for path in doing or use.paths}))
    calls = ", ".join(json.dumps(path, ensure_ascii=False) for path in likely[:_SHOWN])
    top = package.partition(".")[0]
    effects = f"effects: [{{call: [{calls}], kind: {_BLANK}, service: {_BLANK}}}]"
    return f"{{library: {json.dumps(package)}, imports: [{json.dumps(top)}], {effects}}}"
