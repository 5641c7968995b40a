"""What a function does with another one that it is told of: runs it, or leaves word of it for somebody else to run."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.frameworks.reading.parameters import argument_for
from discover.resolve.bodies import names_read
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, FunctionValue, PartialValue, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Scope

Use = Literal["kept", "run"]
Meant = Function | Class

_DEPTH = 3
"""So many functions of the project are followed that are told which function is meant."""
_READING = ("get", "read", "exists", "fetch", "find", "search", "load", "scan", "keys", "list", "describe", "hget")
"""How the names of calls begin that only ask a store."""
_TAKING_OUT = ("delete", "remove", "discard", "expire", "unlink")
"""How the names of calls begin that take something out of a store."""
_APPENDS = frozenset({"builtins.list.append", "builtins.list.appendleft"})
_KEEPING = frozenset({"db_write", "cache", "message", "file", "http", "sdk", "rpc"})


class Keeping:
    """Tells what becomes of a function that another one is told of, by itself or by its name."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.bodies = bench.program.bodies
        self._patterns = tuple(dict.fromkeys(_keeping_paths(bench)))
        self._known: dict[str, bool] = {}

    def use(self, value: Value, meant: frozenset[Meant]) -> Use | None:
        """What calling the value does with one of the functions; None where that can't be told."""
        if isinstance(value, PartialValue):
            return _surest(self._of_partial(value, meant))
        if not isinstance(value, FunctionValue) or not value.function.is_project:
            return None
        if value.function in meant:
            return "run"
        return self._use(value.function, self._told_around(value.function, meant), meant, _DEPTH)

    def leaves_word(self, function: Function, parameter: str) -> bool:
        """Whether a function leaves word of what it is given for a parameter, and does not call that itself."""
        names = self._spread(function, {parameter})
        if any(_calls(one, parameter) for one in (function, *function.children.values())):
            return False
        return self._use(function, names, frozenset(), _DEPTH) == "kept"

    def _of_partial(self, value: PartialValue, meant: frozenset[Meant]) -> Iterator[Use | None]:
        for one in value.functions:
            if isinstance(one, FunctionValue) and one.function.is_project and one.function not in meant:
                offset = int(one.receiver is not None)
                parameters = one.function.record.parameters[offset:]
                told = zip(parameters, value.arguments, strict=False)
                names = {parameter.name for parameter, given in told if _holds(given, meant)}
                yield self._use(one.function, self._spread(one.function, names), meant, _DEPTH)
            else:
                yield self.use(one, meant)

    def _told_around(self, function: Function, meant: frozenset[Meant]) -> set[str]:
        """The names of the functions around it, by which it knows which function is meant."""
        around: list[Function] = []
        owner = function.owner
        outer = owner.outer if owner is not None else function.outer
        while outer is not None:
            if isinstance(outer, Function):
                around.append(outer)
            outer = outer.outer
        names: set[str] = set()
        for one in reversed(around):
            parameters = {p.name for p in one.record.parameters}
            names -= parameters
            names |= {name for name in parameters if _holds(one.names[name].values, meant)}
            names = self._spread(one, names)
        own = [parameter.name for parameter in function.record.parameters]
        itself = own[:1] if owner is not None and function.takes_itself else []
        if itself and not names and not _knows(owner, meant):
            itself = []
        return self._spread(function, names.difference(own).union(itself))

    def _spread(self, function: Function, names: set[str]) -> set[str]:
        """The names, and what the function works out from them."""
        assigned = self.bodies.assignments(function)
        grown = True
        while grown:
            fresh = {name for name, values in assigned.items() if name not in names and _reads(values, names)}
            names, grown = names | fresh, bool(fresh)
        return names

    def _use(self, function: Function, names: set[str], meant: frozenset[Meant], depth: int) -> Use | None:
        if not names or depth == 0:
            return None
        found: list[Use | None] = [self._at(site, names, meant, depth) for site in function.sites.values()]
        for child in function.children.values():
            if isinstance(child, Function):
                own = {parameter.name for parameter in child.record.parameters}
                found.append(self._use(child, self._spread(child, names - own), meant, depth))
        return _surest(found)

    def _at(self, site: CallSite, names: set[str], meant: frozenset[Meant], depth: int) -> Use | None:
        """What one call does with what the names stand for."""
        call = site.call
        called = call.function
        if isinstance(called, ir.Name) and called.id in names and _holds(site.callee, meant):
            return "run"
        given = [*call.arguments, *(keyword.value for keyword in call.keywords)]
        receiver = [called.value] if isinstance(called, ir.Attribute) else []
        if not _reads([*given, *receiver], names):
            return None
        if site.targets:
            return _surest(
                self._use(*self._told_by(site, one.function, names), meant, depth - 1) for one in site.targets
            )
        return "kept" if self._keeps(site, site.function) else None

    def _told_by(self, site: CallSite, target: Function, names: set[str]) -> tuple[Function, set[str]]:
        told: set[str] = set()
        for parameter in target.record.parameters:
            given = argument_for(target, parameter.name, site.call)
            if given is not None and _reads([given], names):
                told.add(parameter.name)
        called = site.call.function
        if target.takes_itself and isinstance(called, ir.Attribute) and _reads([called.value], names):
            told.update(parameter.name for parameter in target.record.parameters[:1])
        return target, self._spread(target, told)

    def _keeps(self, site: CallSite, scope: Scope) -> bool:
        """Whether the call leaves what it is given where somebody else can find it."""
        called = site.call.function
        for external in site.externals:
            if external.path in _APPENDS and isinstance(called, ir.Attribute):
                base = called.value
                is_own = isinstance(base, ir.Name) and base.id in scope.names
                if not is_own and isinstance(external.receiver, ContainerValue):
                    return True
            elif self._is_keeping(external.path):
                return True
        return False

    def _is_keeping(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None:
            is_asking = path.rpartition(".")[2].lower().startswith(_READING + _TAKING_OUT)
            known = not is_asking and any(fnmatchcase(path, pattern) for pattern in self._patterns)
            self._known[path] = known
        return known


def _keeping_paths(bench: Workbench) -> Iterator[str]:
    """The paths of all calls that leave something in a store, or hand work over."""
    yield from bench.catalog.keeps
    for _, effect in bench.catalog.effects:
        if effect.kind in _KEEPING:
            yield from paths_of(effect.call)
    for _, dispatch in bench.catalog.dispatches:
        yield from paths_of(dispatch.call)
    for _, callback in bench.catalog.callbacks:
        if callback.runs != "now":
            yield from paths_of(callback.call)


def _surest(uses: Iterable[Use | None]) -> Use | None:
    """Of several things that happen: what is kept for later tells more than what runs in some other mode."""
    found = set(uses)
    return "kept" if "kept" in found else "run" if "run" in found else None


def _calls(scope: Scope, name: str) -> bool:
    called = (site.call.function for site in scope.sites.values()) if isinstance(scope, Function) else ()
    return any(isinstance(one, ir.Name) and one.id == name for one in called)


def _knows(cls: Class | None, meant: frozenset[Meant]) -> bool:
    """Whether objects of a class are made for one of the functions: they keep it, or its name."""
    kept = [value for slot in cls.attributes.values() for value in slot.values] if cls is not None else []
    names = {one.record.name for one in meant}
    texts = (value.value for value in kept if isinstance(value, ConstantValue))
    return _holds(kept, meant) or any(isinstance(text, str) and text.rpartition(".")[2] in names for text in texts)


def _reads(expressions: Iterable[ir.Expr], names: set[str]) -> bool:
    return any(not names.isdisjoint(names_read(expression)) for expression in expressions)


def _holds(values: Iterable[Value], meant: frozenset[Meant]) -> bool:
    return any(
        (isinstance(value, FunctionValue) and value.function in meant)
        or (isinstance(value, ClassValue) and value.cls in meant)
        for value in values
    )
