"""Finds what functions do with what the process holds, also in all functions of the backend that they call."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from exporters.cutting.fills import as_fills
from exporters.cutting.selves import is_decorated, own_name, owner_of
from exporters.cutting.source import Class, Code, File, Function, FunctionNode, dotted_name, imports_of
from exporters.cutting.touch import NOTHING, NOWHERE, Touch
from exporters.cutting.touched import Reader
from exporters.cutting.whereabouts import Place, Whereabouts

_ONCE = frozenset({"lru_cache", "cache", "cached_property"})
"""Decorators of functions that are asked once, and then keep what they gave."""
_DEEPEST = 24
_BINDING = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem)


class Touching:
    """Looks into each function once."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.where = Whereabouts(code, self.of)
        self._known: dict[str, Touch] = {}
        self._depth = 0

    def of(self, function: Function) -> Touch:
        """What a call of the function does; its own parameters begin with a colon."""
        if function.unit not in self._known:
            self._known[function.unit] = NOTHING
            if self._depth < _DEEPEST:
                self._depth += 1
                self._known[function.unit] = self._within(function)
                self._depth -= 1
        return self._known[function.unit]

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
            known = place.itself if is_decorated(function, "classmethod") else place.classes
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
            return
        if found := self.where.places(value, place):
            for name in names:
                if name in place.own:
                    place.held[name] = place.held.get(name, NOWHERE) | found
        if isinstance(target, ast.Name) and (of := self.where.class_of(value, place)) is not None:
            place.classes.setdefault(target.id, of)


def _without_own(touch: Touch) -> Touch:
    """The same without what comes in."""
    return touch.moved(lambda one: () if one.startswith(":") else (one,), lambda _change, _place: True)


def functions_of(file: File) -> Iterable[Function]:
    """All functions and methods at the top of a file."""
    for node in file.tree.body:
        if isinstance(node, FunctionNode):
            yield Function(file, node)
        elif isinstance(node, ast.ClassDef):
            yield from (Function(file, one, node) for one in node.body if isinstance(one, FunctionNode))
