"""Which holders an expression stands for where it is written, and which function of the backend a call runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exporters.cutting.closures import given_to, kept_by
from exporters.cutting.holders import Holders, below, is_of_process
from exporters.cutting.namespaces import Namespaces
from exporters.cutting.places import ITEM, NEW, NOWHERE, Places, is_incoming, is_value, taken, within
from exporters.cutting.selves import is_decorated, lineage, method_of, own_name
from exporters.cutting.source import Class, Code, Constant, File, Function, dotted_name
from exporters.cutting.told import Told
from exporters.cutting.touch import Touch

_PARTS = frozenset({"get", "setdefault", "pop", "popitem", "popleft", "values", "items", "keys", "__getitem__"})
"""Methods that give a part of what a container holds."""
_PASSING = frozenset(
    {"iter", "next", "reversed", "enumerate", "zip", "sorted", "list", "tuple", "max", "min", "filter"}
)
"""What gives the same objects that it is given, or some of them."""
_MODULES, _IMPORT = "sys.modules", "importlib.import_module"


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
        self.spaces = Namespaces(code, self.holders)
        self._attributes: dict[tuple[str, str], Places] = {}
        self._returned: dict[str, Class | None] = {}
        self._bearing: dict[tuple[str, str], Places] = {}

    def places(self, node: ast.expr, place: Place) -> Places:
        """The holders whose object, or a part of it, the value may be."""
        match node:
            case ast.Name(id=name):
                if name in place.own:
                    return place.held.get(name, NOWHERE)
                return self._named(node, place)
            case ast.Attribute(value=value, attr="__dict__"):
                return self.places(value, place)
            case ast.Attribute(value=value, attr=attribute):
                return self._attribute(node, value, attribute, place)
            case ast.Subscript(value=value, slice=key):
                return self._item(value, key, place)
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.places(value, place)
            case ast.Dict(values=values):
                return within(ITEM, NOWHERE.union(*(self.places(value, place) for value in values)))
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
            case ast.Subscript(value=value, slice=key):
                spaces = [one for one in self.places(value, place) if is_value(one)]
                return self.spaces.set_in(spaces, key) if spaces else self.places(value, place)
            case ast.Attribute(value=value, attr=attribute):
                return self._attribute_itself(target, value, place) or self._set_outside(value, attribute, place)
            case ast.Name(id=name) if name in place.globals:
                return self.places(target, place)
            case _:
                return NOWHERE

    def _named(self, node: ast.expr, place: Place) -> Places:
        holder = self._holder(node, place)
        if not holder:
            return self.spaces.place_of(self._meant(node, place))
        outer, _, attribute = holder.rpartition(".")
        return frozenset({holder}) | (self._borne(outer, attribute) if "::" in outer else NOWHERE)

    def _borne(self, holder: str, attribute: str) -> Places:
        """What else the object that a module holds has by that name, since it was made of it."""
        key = (holder, attribute)
        if key not in self._bearing:
            self._bearing[key] = NOWHERE
            made = self.holders.made_of(holder)
            if made is not None and isinstance(made.value, ast.Call | ast.Dict):
                self._bearing[key] = taken(self.places(made.value, Place(made.file, "")), attribute)
        return self._bearing[key]

    def attribute_of(self, held: str, attribute: str) -> Places:
        """What stands behind an attribute of what is held there."""
        key = (held, attribute)
        if key not in self._attributes:
            self._attributes[key] = self._behind(held, attribute)
        return self._attributes[key]

    def _behind(self, held: str, attribute: str) -> Places:
        if ">" in held:
            return taken([held], attribute)
        if is_value(held):
            return self.spaces.attribute(held, attribute)
        return frozenset({below(held, [attribute])}) | self._borne(held, attribute)

    def kept_by(self, holder: str) -> Places:
        """What the function changes that the holder has, where another one has made it: its own, and what that got."""
        made = self.holders.made_of(holder)
        call = made.value if made is not None else None
        maker = self.code.meant(call.func, made.file) if made is not None and isinstance(call, ast.Call) else None
        changed = kept_by(maker) if isinstance(maker, Function) else None
        if made is None or not changed or not isinstance(maker, Function):
            return NOWHERE
        home = Place(made.file, "")
        given = {name: self.places(value, home) for name, value in given_to(maker, made)}
        return NOWHERE.union(*(given.get(name) or frozenset({holder}) for name in changed))

    def forget(self) -> None:
        """Look up all anew: more is known of what is set."""
        self._attributes.clear()

    def _item(self, value: ast.expr, key: ast.expr, place: Place) -> Places:
        match key:
            case ast.Constant(value=str(name)) if self._meant(value, place) == _MODULES:
                return self.spaces.module(name)
            case ast.Name(id="__name__") if self._meant(value, place) == _MODULES:
                return self.spaces.place_of(place.file)
            case _:
                return self._part(self.places(value, place), key)

    def _part(self, places: Places, key: ast.expr | None = None) -> Places:
        """What an item of these may be."""
        found: set[str] = set()
        for one in places:
            if is_value(one):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found |= self.spaces.attribute(one, key.value)
            elif ">" in one:
                found |= taken([one], ITEM)
            else:
                found |= {one} | self._borne(one, ITEM)
        return frozenset(found)

    def _attribute_itself(self, target: ast.Attribute, value: ast.expr, place: Place) -> Places:
        """The attribute that gets another value, whatever it held before."""
        first = dotted_name(target).partition(".")[0]
        if first and first not in place.own:
            holder = self._holder(target, place)
            return frozenset({holder}) if holder else NOWHERE
        if (itself := self._itself(value, place)) is not None:
            shared = self.holders.of_class(itself, target.attr)
            return frozenset({shared}) if shared else NOWHERE
        return NOWHERE.union(*(self.spaces.slot(one, target.attr) for one in self.places(value, place)))

    def _holder(self, node: ast.expr, place: Place) -> str:
        dotted = dotted_name(node)
        return self.holders.at(dotted, place.file, place.own, place.paths) if dotted else ""

    def _set_outside(self, holder: ast.expr, attribute: str, place: Place) -> Places:
        meant = self._meant(holder, place)
        if isinstance(meant, str):
            return self.holders.set_from_outside(f"{meant}.{attribute}") if is_of_process(meant) else NOWHERE
        return NOWHERE.union(*(self.spaces.stored(one, attribute) for one in self.places(holder, place)))

    def set_by_name(self, call: ast.Call, place: Place) -> Places:
        """What `setattr(holder, name, …)` sets."""
        holder, name = call.args[0], call.args[1] if len(call.args) > 1 else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return self.stored_in(ast.Attribute(holder, name.value, ast.Store()), place)
        places = self.places(holder, place)
        return frozenset(one for one in places if not is_value(one)) | self.spaces.all_in(places)

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
        found = NOWHERE.union(*(self.attribute_of(one, attribute) for one in self.places(value, place)))
        return found | self._always_held(of, attribute) if of is not None else found

    def _always_held(self, of: Class, attribute: str) -> Places:
        """What all objects of the class hold by that name, whatever they are made of."""
        made = method_of(of, "__init__", self.code)
        links = self._touch_of(made).links if made is not None else ()
        ends = f".{attribute}"
        return frozenset(held for left, held in links if left.endswith(ends) and not is_incoming(held))

    def _made(self, of: Class, call: ast.Call, place: Place) -> Places:
        """What an object is that a class makes: what it was given stands behind its attributes."""
        made = method_of(of, "__init__", self.code)
        if made is None and (made := method_of(of, "__new__", self.code)) is not None:
            return self.called(made, NOWHERE, (call,), place).gives
        if made is None:
            return self._fields(of, call, place)
        if not self._touch_of(made).links:
            return NOWHERE
        links = self.called(made, frozenset({NEW}), (call,), place).links
        start = f"{NEW}."
        return NOWHERE.union(
            *(within(left.removeprefix(start), [held]) for left, held in links if left.startswith(start))
        )

    def _fields(self, of: Class, call: ast.Call, place: Place) -> Places:
        """The same for a class of which a library makes the `__init__`."""
        given = [self.places(one, place) for one in call.args]
        named = {one.arg: self.places(one.value, place) for one in call.keywords if one.arg}
        if not any(given) and not any(named.values()):
            return NOWHERE
        fields = [
            statement.target.id
            for one in reversed(lineage(of, self.code))
            for statement in one.node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        ]
        pairs = [*zip(dict.fromkeys(fields), given, strict=False), *named.items()]
        return NOWHERE.union(*(within(name, held) for name, held in pairs))

    def _itself(self, node: ast.expr, place: Place) -> Class | None:
        """The class that `cls`, `type(self)` or `self.__class__` is."""
        match node:
            case ast.Name(id=name) if name in place.own:
                held = place.held.get(name, NOWHERE)
                return place.itself.get(name) or next(self.spaces.classes(held), None)
            case ast.Call(func=ast.Name(id="type"), args=[one]) | ast.Attribute(value=one, attr="__class__"):
                return self.class_of(one, place)
            case _:
                return None

    def _given(self, node: ast.Call, place: Place) -> Places:
        named = self._meant(node.func, place)
        if isinstance(named, Class):
            return self._made(named, node, place)
        function, receiver = self.target(node, place)
        if function is not None:
            return self.called(function, receiver, (node,), place).gives
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PARTS:
            if node.args and isinstance(self._meant(node.args[0], place), Class):
                return NOWHERE  # `session.get(Order, 7)` reads a row: what is changed of it is kept in the database
            held = self._part(self.places(node.func.value, place))
            held = held.union(*(self.places(one, place) for one in node.args[1:2]))
            return frozenset(
                one for one in held if is_value(one) or is_incoming(one) or self.holders.may_be_changed(one)
            )
        return self._built_in(node, place)

    def _built_in(self, node: ast.Call, place: Place) -> Places:
        """What a call of Python's own gives."""
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[holder, ast.Constant(value=str(name)), *_]):
                return self.places(ast.Attribute(holder, name, ast.Load()), place)
            case ast.Call(func=ast.Name(id="vars"), args=[holder]):
                return self.places(holder, place)
            case ast.Call(func=ast.Name(id="globals"), args=[]):
                return self.spaces.place_of(place.file)
            case ast.Call(func=ast.Name(id=name), args=args) if name in _PASSING:
                return NOWHERE.union(*(self.places(one, place) for one in args))
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if self._meant(func, place) == _IMPORT:
                return self.spaces.module(name)
            case _:
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
                    return self._class_held(self._named(node, place))
                if isinstance(node, ast.Attribute) and (owner := self.class_of(node.value, place)) is not None:
                    return self.holders.class_of_attribute(owner, node.attr)
                return None
            case _:
                return None

    def _class_held(self, places: Places) -> Class | None:
        """The class of what is held in the places, where they say of no other."""
        known = [named for one in sorted(places) if (named := self.holders.class_of(one)) is not None]
        return known[0] if known and all(one == known[0] for one in known) else None

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
        return next((one for one in given if one is not None), None) or self._class_returned(named)

    def _class_returned(self, function: Function) -> Class | None:
        """The class of the object that a function makes and returns."""
        if function.unit not in self._returned:
            values = [one.value for one in ast.walk(function.node) if isinstance(one, ast.Return) and one.value]
            own = function.all_parameters
            made = [
                self.code.meant(one.func, function.file, own) if isinstance(one, ast.Call) else None for one in values
            ]
            found = made[0] if made else None
            is_one = isinstance(found, Class) and all(one == found for one in made)
            self._returned[function.unit] = found if is_one and isinstance(found, Class) else None
        return self._returned[function.unit]

    def _meant(self, node: ast.expr, place: Place) -> object:
        return self.code.meant(node, place.file, place.own, place.paths)

    def target(self, call: ast.Call, place: Place) -> tuple[Function | None, Places | None]:
        """The backend's own function that a call runs, and the objects whose method it is."""
        named = self._meant(call.func, place)
        if isinstance(named, Function):
            return named, None
        if isinstance(named, Class):
            made = method_of(named, "__init__", self.code) or method_of(named, "__new__", self.code)
            return made, NOWHERE
        if not isinstance(call.func, ast.Attribute):
            return self._called_object(call.func, place)
        holder = call.func.value
        if (itself := self._itself(holder, place)) is not None:
            return method_of(itself, call.func.attr, self.code), None
        if isinstance(holder, ast.Call) and dotted_name(holder.func) == "super" and place.classes:
            name, owner = next(iter(place.classes.items()))
            above = (self.code.method(one, call.func.attr) for one in lineage(owner, self.code)[1:])
            return next((one for one in above if one is not None), None), place.held.get(name, NOWHERE)
        of = self.class_of(holder, place)
        method = method_of(of, call.func.attr, self.code) if of is not None else None
        return (method, self.places(holder, place)) if method is not None else self._called_object(call.func, place)

    def _called_object(self, node: ast.expr, place: Place) -> tuple[Function | None, Places | None]:
        """The function that is called where what is called is an object: `__call__`."""
        is_local = not isinstance(node, ast.Name) and dotted_name(node).partition(".")[0] in {"", *place.own}
        of = None if is_local else self.class_of(node, place)
        method = method_of(of, "__call__", self.code) if of is not None else None
        return method, self.places(node, place) if method is not None else None

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
        told = Told(given, self.attribute_of, self.spaces)
        return self._touch_of(function).moved(told.places, told.changed)
