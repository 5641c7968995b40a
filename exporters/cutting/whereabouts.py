"""Which holders an expression stands for where it is written, and which function of the backend a call runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from exporters.cutting.holders import Holders, below
from exporters.cutting.selves import is_decorated, lineage, method_of, own_name
from exporters.cutting.source import Class, Code, Constant, File, Function, dotted_name
from exporters.cutting.touch import NOWHERE, Change, Places, Touch

_PARTS = frozenset({"get", "setdefault", "pop", "popitem", "popleft", "values", "items", "keys", "__getitem__"})
"""Methods that give a part of what a container holds."""
_PASSING = frozenset(
    {"iter", "next", "reversed", "enumerate", "zip", "sorted", "list", "tuple", "max", "min", "filter"}
)
"""What gives the same objects that it is given, or some of them."""


@dataclass(slots=True)
class Place:
    """Where code stands, and what its local names are."""

    file: File
    unit: str
    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    own: frozenset[str] = frozenset()
    """Its local names."""
    held: dict[str, Places] = field(default_factory=dict[str, Places])
    """Local names that stand for what a holder holds, or for a part of it."""
    classes: dict[str, Class] = field(default_factory=dict[str, Class])
    """Local names whose objects are of a class of the backend."""
    globals: frozenset[str] = frozenset()
    """Names that it declares to be the module's."""
    itself: dict[str, Class] = field(default_factory=dict[str, Class])
    """Local names that stand for a class: `cls`."""


class Whereabouts:
    """Answers for one backend."""

    def __init__(self, code: Code, touch_of: Callable[[Function], Touch]) -> None:
        """`touch_of` says what a call of a function does, told of its own parameters."""
        self.code = code
        self.holders = Holders(code)
        self._touch_of = touch_of

    def places(self, node: ast.expr, place: Place) -> Places:
        """The holders whose object, or a part of it, the value may be."""
        match node:
            case ast.Name(id=name):
                if name in place.own:
                    return place.held.get(name, NOWHERE)
                return self._named(node, place)
            case ast.Attribute(value=value, attr=attribute):
                return self._attribute(node, value, attribute, place)
            case ast.Subscript(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.places(value, place)
            case ast.NamedExpr(value=value):
                return self.places(value, place)
            case ast.IfExp(body=one, orelse=two):
                return self.places(one, place) | self.places(two, place)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
                return NOWHERE.union(*(self.places(value, place) for value in values))
            case ast.Call():
                return self._given(node, place)
            case _:
                return NOWHERE

    def stored_in(self, target: ast.expr, place: Place) -> Places:
        """The holders in which an assignment to the target stores."""
        match target:
            case ast.Subscript(value=value):
                return self.places(value, place)
            case ast.Attribute():
                return self.places(target, place)
            case ast.Name(id=name) if name in place.globals:
                return self.places(target, place)
            case _:
                return NOWHERE

    def _named(self, node: ast.expr, place: Place) -> Places:
        dotted = dotted_name(node)
        holder = self.holders.at(dotted, place.file, place.own, place.paths) if dotted else ""
        return frozenset({holder}) if holder else NOWHERE

    def _attribute(self, node: ast.Attribute, value: ast.expr, attribute: str, place: Place) -> Places:
        first = dotted_name(node).partition(".")[0]
        if first and first not in place.own:
            return self._named(node, place)
        if (itself := self._itself(value, place)) is not None:
            shared = self.holders.of_class(itself, attribute)
            return frozenset({shared}) if shared else NOWHERE
        of = self.class_of(value, place)
        if of is not None and (shared := self.holders.of_attribute(of, attribute)):
            return frozenset({shared})
        if of is not None and (method := method_of(of, attribute, self.code)) is not None:
            return self.called(method, self.places(value, place), (), place).gives
        return frozenset(below(one, [attribute]) for one in self.places(value, place))

    def _itself(self, node: ast.expr, place: Place) -> Class | None:
        """The class that `cls`, `type(self)` or `self.__class__` is."""
        match node:
            case ast.Name(id=name) if name in place.own:
                return place.itself.get(name)
            case ast.Call(func=ast.Name(id="type"), args=[one]) | ast.Attribute(value=one, attr="__class__"):
                return self.class_of(one, place)
            case _:
                return None

    def _given(self, node: ast.Call, place: Place) -> Places:
        function, receiver = self.target(node, place)
        if function is not None:
            return self.called(function, receiver, (node,), place).gives
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PARTS:
            if node.args and isinstance(self._meant(node.args[0], place), Class):
                return NOWHERE  # `session.get(Order, 7)` reads a row: what is changed of it is kept in the database
            held = self.places(node.func.value, place)
            return frozenset(one for one in held if one.startswith(":") or self.holders.may_be_changed(one))
        if isinstance(node.func, ast.Name) and node.func.id in _PASSING:
            return NOWHERE.union(*(self.places(one, place) for one in node.args))
        return NOWHERE

    def class_of(self, node: ast.expr, place: Place) -> Class | None:
        """The backend's class of which the value is an object, where that is known."""
        match node:
            case ast.Name(id=name) if name in place.own:
                return place.classes.get(name)
            case ast.Call():
                return self._class_given(node, place)
            case ast.Await(value=value):
                return self.class_of(value, place)
            case ast.Name() | ast.Attribute():
                first = dotted_name(node).partition(".")[0]
                if first and first not in place.own:
                    [holder] = self._named(node, place) or [""]
                    return self.holders.class_of(holder) if holder else None
                if isinstance(node, ast.Attribute) and (owner := self.class_of(node.value, place)) is not None:
                    return self.holders.class_of_attribute(owner, node.attr)
                return None
            case _:
                return None

    def _class_given(self, node: ast.Call, place: Place) -> Class | None:
        """The class of what a call gives: of the object that it makes, or of one that the process holds."""
        named = self._meant(node.func, place)
        if isinstance(named, Class):
            return named
        if not isinstance(named, Function):
            return None
        promised = self.code.meant(named.node.returns, named.file) if named.node.returns is not None else None
        if isinstance(promised, Class):
            return promised
        given = [self.holders.class_of(one) for one in sorted(self._touch_of(named).gives) if "::" in one]
        return given[0] if given else None

    def _meant(self, node: ast.expr, place: Place) -> object:
        return self.code.meant(node, place.file, place.own, place.paths)

    def target(self, call: ast.Call, place: Place) -> tuple[Function | None, Places | None]:
        """The backend's own function that a call runs, and the objects whose method it is."""
        named = self._meant(call.func, place)
        if isinstance(named, Function):
            return named, None
        if isinstance(named, Class):
            return method_of(named, "__init__", self.code), NOWHERE
        if not isinstance(call.func, ast.Attribute):
            return None, None
        holder = call.func.value
        if (itself := self._itself(holder, place)) is not None:
            return method_of(itself, call.func.attr, self.code), None
        if isinstance(holder, ast.Call) and dotted_name(holder.func) == "super" and place.classes:
            name, owner = next(iter(place.classes.items()))
            above = (self.code.method(one, call.func.attr) for one in lineage(owner, self.code)[1:])
            return next((one for one in above if one is not None), None), place.held.get(name, NOWHERE)
        of = self.class_of(holder, place)
        method = method_of(of, call.func.attr, self.code) if of is not None else None
        return method, self.places(holder, place) if method is not None else None

    def called(self, function: Function, receiver: Places | None, calls: tuple[ast.Call, ...], place: Place) -> Touch:
        """What a call of the function does, told of what its arguments are."""
        given: dict[str, Places] = {}
        parameters = list(function.all_parameters)
        if receiver is not None and own_name(function):
            given[parameters.pop(0)] = receiver
        elif function.owner is not None and is_decorated(function, "classmethod"):
            parameters.pop(0)
        for call in calls:
            for name, value in zip(parameters, call.args, strict=False):
                given[name] = self.places(value, place)
            for keyword in call.keywords:
                if keyword.arg:
                    given[keyword.arg] = self.places(keyword.value, place)
        home = Place(function.file, function.unit)
        for name, default in function.defaults.items():
            if name not in given:
                kept = frozenset({f"{function.unit}({name})"})
                given[name] = (
                    kept if self.holders.is_container(Constant(function.file, default)) else self.places(default, home)
                )

        def to(one: str) -> Iterable[str]:
            if not one.startswith(":"):
                return (one,)
            name, _, attribute = one[1:].partition(".")
            rest = [attribute] if attribute else []
            return [below(other, rest) for other in given.get(name, ())]

        return self._touch_of(function).moved(to, self._is_one)

    def _is_one(self, change: Change, place: str) -> bool:
        """Whether a method's call is a change of what is held there."""
        return change.how != "called" or place.startswith(":") or self.holders.may_be_changed(place)
