"""The way from one library method of one object over the library's own methods to the project's."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from discover.catalog import spec
from discover.frameworks.handing_over.hooked_objects import only_running
from discover.frameworks.records import Problem, Way
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.frameworks.handing_over.hooked_objects import HookedObjects, Meant, Object
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

_REACHED = 120
"""So many methods are followed from one library method of one class."""
BEYOND = "it runs more methods than are followed"
_RULE = 1000
"""Between the places of what one rule of a call leads to and of what the next one does."""
_ENTERED = 2000
"""So many of the library's own methods are gone through on the way."""
_NO_WAY: frozenset[str] = frozenset()
OWN, OTHER = 0.9, 0.8
"""How certain a method of the receiver's class is, and one of an object that it holds."""

_NAMES = 3
"""So many classes are named of those that lead to the same."""

SUPER = "super()"
"""In a rule's methods: the next method of the library method's own name."""


class Reached(NamedTuple):
    """A method of the project that the library runs; or one of its own, by which it works outside the process."""

    function: Function
    value: Meant
    """On what it runs."""
    confidence: float
    ways: tuple[Way, ...] = ()
    through: frozenset[str] = frozenset()
    """Of the library's own: the library's methods that led there."""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it another one: of the library's own, also on which object."""
        value = self.value
        is_told_apart = not self.function.is_project and not isinstance(value, FunctionValue)
        return (self.function, self.ways, value if is_told_apart else None)


class HookWalks:
    """Follows rules, each walk once."""

    def __init__(self, bench: Workbench, objects: HookedObjects) -> None:
        self.program = bench.program
        self.objects = objects
        self._found = bench.found
        self._orders = {id(rule): number * _RULE for number, (_, rule) in enumerate(bench.catalog.hooks)}
        self._rules: dict[str, list[spec.Hook]] = {}
        self._rules_of: dict[Function, tuple[str, list[spec.Hook]]] = {}
        self._known: dict[tuple[tuple[str, ...], Meant, str, frozenset[str]], _Walk] = {}
        self.working = frozenset(path for _, rule in bench.catalog.emits for path in spec.paths_of(rule.call))
        """The library's methods of which it is known that they work outside the process, and tell others of it.

        What one of them does by another one is told of the first.
        """
        self.doing = frozenset(
            f"{rule.members or path.rpartition('.')[0]}.{name}"
            for _, rule in bench.catalog.hooks
            for path in (spec.paths_of(rule.call) if rule.works else ())
            for name in rule.methods
        )
        """Those of which no more is known than what they do outside the process."""
        self.of_members = frozenset(
            f"{rule.members}.{name}"
            for _, rule in bench.catalog.hooks
            for name in (rule.methods if rule.works and rule.members else ())
        )
        """Those of them that an object's members do."""
        for _, rule in bench.catalog.hooks:
            for path in spec.paths_of(rule.call) if rule.moment == "in" else ():
                self._rules.setdefault(path, []).append(rule)

    def followed(
        self, at: tuple[str, int], names: tuple[str, ...], value: Meant, path: str, through: frozenset[str] = _NO_WAY
    ) -> tuple[Reached, ...]:
        """The project's methods that calling these of an object leads to, in order.

        Args:
            at: The unit and line from which they are reached, to say so where not all are followed.
            names: The methods' names.
            value: The object.
            path: The library's method that calls them.
            through: The library's methods through which control has come there.
        """
        key = (names, value, path, through)
        walk = self._known.get(key)
        if walk is None:
            walk = self._known[key] = _Walk(self)
            walk.follow(names, value, path, OWN, (), through)
        if walk.is_cut:
            self.cut(at, f"{name_of(value)}.{'/'.join(names)}")
        return tuple(walk.found.values())

    def cut(self, at: tuple[str, int], what: str) -> None:
        """Say that what a library runs from a place is not followed any further."""
        unit, line = at
        self._found.problem(Problem(unit=unit, line=line, what=what, reason=BEYOND))

    def order_of(self, rule: spec.Hook) -> int:
        """The place of a rule among all: what it leads to comes behind that."""
        return self._orders[id(rule)]

    def rules_of(self, method: Function) -> tuple[str, list[spec.Hook]]:
        """What is known of a library's method, or else of the nearest one that it overrides; with that one's path."""
        known = self._rules_of.get(method)
        if known is None:
            known = self._rules_of[method] = self._look_for_rules(method)
        return known

    def _look_for_rules(self, method: Function) -> tuple[str, list[spec.Hook]]:
        name = method.record.name
        for level in method.owner.mro if method.owner is not None else ():
            path = f"{level.path}.{name}"
            rules = self._rules.get(path)
            if rules is not None:
                return path, rules
        return "", []

    def named(self, cls: Class, names: Iterable[str]) -> list[Function]:
        """The methods of these names, the library's own too; `*` fits several of the project's."""
        found: dict[Function, None] = {}
        for name in names:
            known = [name]
            if "*" in name:
                known = sorted(
                    {n for level in cls.mro if level.is_project for n in level.names if fnmatchcase(n, name)}
                )
            for one in known:
                method = self.program.find_method(cls, one)
                if method is not None:
                    found[method] = None
        return list(found)


def parted(
    rule: spec.Hook, names: tuple[str, ...], path: str, through: frozenset[str], told: str = ""
) -> Iterator[tuple[tuple[str, ...], tuple[Way, ...]]]:
    """The names of a rule's methods, each alternative by itself with the way that leads to it.

    Args:
        rule: The rule.
        names: What its methods are called here.
        path: The library's method that runs them.
        through: The library's methods through which control has come there.
        told: Which of them it is, where the call says so.
    """
    if not rule.either:
        yield names, ()
        return
    known = [name for name in names if name == told or not through.isdisjoint(rule.either.get(name, ()))]
    if len(known) == 1:
        yield (known[0],), ()
        return
    choice = path.rpartition(".")[2]
    for name in names:
        yield (name,), (Way(choice, name, len(names)),)


def told_apart(found: list[tuple[str, list[Reached]]], choice: str) -> list[list[Reached]]:
    """What each of several named objects leads to, as alternatives where they don't all lead to the same."""
    keys = [tuple(one.key for one in reached) for _, reached in found]
    names: dict[tuple[object, ...], list[str]] = {}
    for key, (name, _) in zip(keys, found, strict=True):
        if key:
            names.setdefault(key, []).append(name)
    if len(names) < 2:
        return [reached for _, reached in found]
    ways = {key: Way(choice, ", ".join(dict.fromkeys(known[:_NAMES])), 0) for key, known in names.items()}
    return [
        [one._replace(ways=(ways[key], *one.ways)) for one in reached]
        for key, (_, reached) in zip(keys, found, strict=True)
    ]


def once(found: Iterable[list[Reached]]) -> list[Reached]:
    """All that is reached, the same method on the same way once."""
    kept: dict[tuple[object, ...], Reached] = {}
    for reached in found:
        for one in reached:
            kept.setdefault(one.key, one)
    return list(kept.values())


def choice_of(pick: spec.Pick) -> str:
    """Between what a rule's objects are alternatives; empty where they are taken one after the other."""
    if pick.type_argument is not None:
        return str(pick.type_argument)
    return "argument" if pick.attribute is None else ""


def name_of(value: Meant | None) -> str:
    """An object, in the reader's words."""
    if value is None:
        return ""
    return value.function.record.name if isinstance(value, FunctionValue) else value.cls.record.name


class _Walk:
    def __init__(self, walks: HookWalks) -> None:
        self._walks = walks
        self._seen: set[tuple[Function, Class, tuple[Way, ...], frozenset[str]]] = set()
        self.found: dict[tuple[object, ...], Reached] = {}
        self.is_cut = False

    def follow(
        self,
        names: tuple[str, ...],
        value: Meant,
        path: str,
        certain: float,
        ways: tuple[Way, ...],
        through: frozenset[str],
    ) -> None:
        """Gather the project's methods of these names, and what the library's own methods of these names call."""
        if isinstance(value, FunctionValue):
            if value.function.is_project:
                self._add(Reached(value.function, value, certain, ways))
            return
        for method in self._walks.named(value.cls, names):
            self._enter(method, value, certain, ways, through)
        if SUPER in names:
            owner, _, name = path.rpartition(".")
            after = next((level for level in value.cls.mro if level.path == owner), None)
            above = self._walks.program.engine.hierarchy.method(value.cls, name, after=after) if after else None
            if above is not None:
                self._enter(above, value, certain, ways, through)

    def _add(self, reached: Reached) -> None:
        self.found.setdefault(reached.key, reached)

    def _enter(
        self, method: Function, value: Object, certain: float, ways: tuple[Way, ...], through: frozenset[str]
    ) -> None:
        if method.is_project:
            self._add(Reached(method, value, certain, ways))
            return
        key = (method, value.cls, ways, through)
        if key in self._seen:
            return
        if len(self.found) >= _REACHED or len(self._seen) >= _ENTERED:
            self.is_cut = True
            return
        self._seen.add(key)
        if method.path in self._walks.doing or (
            method.path in self._walks.working and through.isdisjoint(self._walks.working)
        ):
            self._add(Reached(method, value, certain, ways, through))
        path, rules = self._walks.rules_of(method)
        through = through | {path}
        for rule in rules:
            sure = certain if rule.of is None and rule.members is None else min(certain, OTHER)
            meant = self._walks.objects.meant(rule, Given(None, value.cls, None, (value,)))
            choice = choice_of(rule.of) if rule.of is not None and len(meant) > 1 else ""
            for one, names in meant:
                way = (Way(choice, name_of(one), len(meant)),) if choice else ()
                one_runs = only_running(one, names) if rule.handlers else names
                for some, then in parted(rule, one_runs, path, through):
                    self.follow(some, one, path, sure, (*ways, *way, *then), through)
