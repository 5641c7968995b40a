"""Finds what functions do with what the process holds, also in all functions of the backend that they call."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from exporters.cutting.circles import Circles
from exporters.cutting.fills import as_fills
from exporters.cutting.places import ITEM, NOWHERE, is_incoming, within
from exporters.cutting.selves import is_decorated, own_name, owner_of
from exporters.cutting.source import Class, Code, File, Function, FunctionNode, dotted_name, imports_of
from exporters.cutting.touch import NOTHING, Touch
from exporters.cutting.touched import Reader
from exporters.cutting.whereabouts import Place, Whereabouts

_ONCE = frozenset({"lru_cache", "cache", "cached_property"})
"""Decorators of functions that are asked once, and then keep what they gave."""
_OF_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
"""Methods that get the class without a decorator."""
_BINDING = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem)


class Touching:
    """Looks into each function once."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.where = Whereabouts(code, self.of)
        self.where.holders.when_asked = self._asked
        self._circles = Circles(self._within, NOTHING)
        self._callers: dict[str, set[str]] = {}
        self._asking: dict[str, set[str]] = {}
        """Who asks for what nobody is known to set."""
        self.version = 0
        """Changes with what is known of all functions."""

    def learned(self) -> bool:
        """Whether names turned out to be state since they are set somewhere: then all is looked into once more."""
        late = self.where.holders.late
        if len(late) == self.version:
            return False
        waiting = [unit for path in late[self.version :] for unit in self._asking.get(path, ())]
        self.version = len(late)
        while waiting:
            if self._circles.forget(unit := waiting.pop()):
                waiting.extend(self._callers.get(unit, ()))
        self.where.forget()
        return True

    def of(self, function: Function) -> Touch:
        """What a call of the function does; its own parameters begin with a colon."""
        unit = function.unit
        if self._circles.above:
            self._callers.setdefault(unit, set()).add(self._circles.above[-1])
        return self._circles.of(function)

    def _asked(self, path: str) -> None:
        if self._circles.above:
            self._asking.setdefault(path, set()).add(self._circles.above[-1])

    def in_statements(self, body: list[ast.stmt], place: Place) -> Touch:
        """What statements do."""
        return Reader(self.where, place).statements(body)

    def _within(self, function: Function) -> Touch:
        node = function.node
        place = self.place_of(function)
        found = self.in_statements(node.body, place)
        where = self.where
        found = as_fills(
            found, node, lambda one: where.places(one, place), lambda target: where.stored_in(target, place)
        )
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if dotted_name(called).rpartition(".")[2] in _ONCE:
                once = frozenset({f"{function.unit}()"})
                return replace(found, gives=once)
            named = self.code.meant(called, function.file)
            if isinstance(named, Function):
                around = _without_own(self.of(named))
                found = replace(found.then(around), gives=found.gives)
        return found

    def called(self, function: Function) -> Touch:
        """What a call does that nothing of the process is handed to: defaults are its own."""
        return self.where.called(function, NOWHERE, (), Place(function.file, function.unit))

    def place_of(self, function: Function) -> Place:
        """Where the function's body stands."""
        node = function.node
        paths: dict[str, str] = {}
        declared: set[str] = set()
        bound = set(function.all_parameters)
        for inner in ast.walk(node):
            match inner:
                case ast.Import() | ast.ImportFrom():
                    paths |= imports_of(inner, function.file)
                case ast.Global(names=names):
                    declared.update(names)
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                    bound.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if inner is not node:
                    bound.add(name)
                case _:
                    pass
        own = frozenset(bound - declared)
        place = Place(function.file, function.unit, paths, own, globals=frozenset(declared))
        place.held = {name: frozenset({f":{name}"}) for name in function.all_parameters}
        owner, own_object = owner_of(function), own_name(function)
        if owner is not None and own_object:
            is_of_class = is_decorated(function, "classmethod") or function.node.name in _OF_CLASS
            known = place.itself if is_of_class else place.classes
            known[own_object] = owner
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            named = self.code.meant(argument.annotation, function.file) if argument.annotation else None
            if isinstance(named, Class):
                place.classes.setdefault(argument.arg, named)
        self.follow(node.body, place)
        return place

    def follow(self, body: Iterable[ast.AST], place: Place) -> None:
        """Note which local names stand for holders, or for objects of the backend's classes."""
        nodes = [inner for node in body for inner in ast.walk(node) if isinstance(inner, _BINDING)]
        for _ in range(3):
            before = dict(place.held)
            for node in nodes:
                self._follow(node, place)
            if place.held == before:
                break

    def _follow(self, node: ast.AST, place: Place) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value, place)
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value) if value:
                self._bind(target, value, place)
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                self._bind(target, value, place)
            case ast.comprehension(target=target, iter=value):
                self._bind(target, value, place)
            case ast.withitem(optional_vars=target, context_expr=value) if target is not None:
                self._bind(target, value, place)
            case _:
                pass

    def _bind(self, target: ast.expr, value: ast.expr, place: Place) -> None:
        names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        if isinstance(target, ast.Attribute | ast.Subscript):
            self._let_hold(target, value, place)
            return
        if isinstance(target, ast.Name) and isinstance(of := self.code.meant(value, place.file, place.own), Class):
            place.itself.setdefault(target.id, of)
        if found := self.where.places(value, place):
            for name in names:
                if name in place.own:
                    place.held[name] = place.held.get(name, NOWHERE) | found
        if isinstance(target, ast.Name) and (of := self.where.class_of(value, place)) is not None:
            place.classes.setdefault(target.id, of)

    def _let_hold(self, target: ast.Attribute | ast.Subscript, value: ast.expr, place: Place) -> None:
        """A local object gets something to hold: `job.store = STORE`."""
        if isinstance(target.value, ast.Name) and target.value.id in place.own:
            name = target.attr if isinstance(target, ast.Attribute) else ITEM
            if found := within(name, self.where.places(value, place)):
                place.held[target.value.id] = place.held.get(target.value.id, NOWHERE) | found


def _without_own(touch: Touch) -> Touch:
    """The same without what comes in."""
    return touch.moved(lambda one: () if is_incoming(one) else (one,), lambda _change: ())


def functions_of(file: File) -> Iterable[Function]:
    """All functions and methods at the top of a file."""
    for node in file.tree.body:
        if isinstance(node, FunctionNode):
            yield Function(file, node)
        elif isinstance(node, ast.ClassDef):
            yield from (Function(file, one, node) for one in node.body if isinstance(one, FunctionNode))
