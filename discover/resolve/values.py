"""What an expression can be: abstract values, interned (see `interning.py`), so that two equal values are one object.

A set of possible values is a tuple (`Values`): small, ordered by first appearance, and so the same on every run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.parts import Part
    from discover.resolve.symbols import Class, Function, Module, Scope

Constant = str | int | float | bool | None

SLOT_LIMIT: Final = 384
"""A slot with this many values stops growing: a registry of more implementations than that is reported as wide."""
CONSTANT_LIMIT: Final = 256
"""A slot with more constants than this forgets them all: what is that open is data, not a name."""
EXTERNAL_LIMIT: Final = 4
"""Further external things in one slot are not followed: they name nothing of the project."""
CONTAINER_LIMIT: Final = 12
"""Further containers in one slot are not followed."""
LINK_LIMIT: Final = 4
"""A chain of more calls on an external thing than this is not followed."""


SITE: Final = "SiteT"
"""A stub's class with a type variable of this name tells its objects apart by the call that made them."""
NEW_SITE: Final = "NewSiteT"
"""As `SITE` in what a stub's method returns: each call makes another object, whoever it was called on."""


class Value:
    """Something that an expression can be."""

    __slots__ = ()


class ModuleValue(Value):
    """A module of the project, or one that a stub describes."""

    __slots__ = ("module",)

    def __init__(self, module: Module) -> None:
        self.module = module


class ClassValue(Value):
    """A class object itself, with type arguments where it was subscripted; `open` when a subclass may be meant."""

    __slots__ = ("bindings", "cls", "open")

    def __init__(self, cls: Class, bindings: Bindings, open_: bool) -> None:
        self.cls = cls
        self.bindings = bindings
        self.open = open_


class InstanceValue(Value):
    """An object of a class; `exact` when its construction was seen, so that no subclass can be meant."""

    __slots__ = ("bindings", "cls", "exact")

    def __init__(self, cls: Class, bindings: Bindings, exact: bool) -> None:
        self.cls = cls
        self.bindings = bindings
        self.exact = exact


class FunctionValue(Value):
    """A function; bound when it has a receiver."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Function, receiver: Value | None) -> None:
        self.function = function
        self.receiver = receiver


class CallableValue(Value):
    """What a stub says by `Callable[[A], R]`: called with a value, it gives R with A's type variables bound."""

    __slots__ = ("bindings", "parameters", "returns", "scope")

    def __init__(self, parameters: tuple[ir.Expr, ...], returns: ir.Expr, scope: Scope, bindings: Bindings) -> None:
        self.parameters = parameters
        self.returns = returns
        self.scope = scope
        self.bindings = bindings


class PartialValue(Value):
    """`functools.partial(function, *arguments, **keywords)`."""

    __slots__ = ("arguments", "functions", "keywords")

    def __init__(self, functions: Values, arguments: tuple[Values, ...], keywords: Bindings) -> None:
        self.functions = functions
        self.arguments = arguments
        self.keywords = keywords


class PropertyValue(Value):
    """What `property(function)` makes: read on an object, it is what the function gives for it."""

    __slots__ = ("getters",)

    def __init__(self, getters: Values) -> None:
        self.getters = getters


class ConstantValue(Value):
    """A literal string, number, bool or None; in strings, `{}` stands for a part that is not known."""

    __slots__ = ("value",)

    def __init__(self, value: Constant) -> None:
        self.value = value


class ContainerValue(Value):
    """A list, tuple, set or dict, one per place that creates it; `fields` name the items of a named one."""

    __slots__ = (
        "classes",
        "element",
        "fields",
        "is_joined",
        "is_shared",
        "items",
        "key",
        "kind",
        "line",
        "place",
        "writer",
    )

    def __init__(self, kind: str, line: int) -> None:
        self.kind = kind
        self.line = line
        self.element = Slot()
        self.key = Slot()
        self.items: dict[int | str, Slot] = {}
        self.place: tuple[Scope, ir.Mapping] | None = None
        """Of a dict display: where it stands."""
        self.classes: dict[Class, Slot] | None = None
        """What stands under keys that are classes."""
        self.fields: tuple[str, ...] = ()
        self.writer: Function | None = None
        """The function that wrote to it first."""
        self.is_shared = False
        """Whether more than one function writes to it."""
        self.is_joined = False
        """Whether it stands for all rows of a table at once."""

    def written_by(self, writer: Function | None) -> None:
        """Note who writes to it."""
        if self.writer is not writer:
            if self.writer is None:
                self.writer = writer
            else:
                self.is_shared = True


class ExternalValue(Value):
    """Something outside the project that no stub describes, known by its dotted path; `()` marks a call's result."""

    __slots__ = ("path", "receiver")

    def __init__(self, path: str, receiver: Value | None) -> None:
        self.path = path
        self.receiver = receiver


def library_path(value: object) -> str:
    """The dotted path of a library's function, described or not; empty for anything else."""
    if isinstance(value, FunctionValue) and not value.function.is_project:
        return value.function.path
    return value.path if isinstance(value, ExternalValue) else ""


class SuperValue(Value):
    """`super()` inside a method of `cls`."""

    __slots__ = ("cls", "receiver")

    def __init__(self, cls: Class, receiver: Value | None) -> None:
        self.cls = cls
        self.receiver = receiver


Values = tuple[Value, ...]
Place = str | tuple[ContainerValue, Constant]
"""A name, or the item of a container under a key."""
Now = dict[Place, Values]
"""What names and items stand for at one point of a body."""
Bindings = tuple[tuple[str, Values], ...]
NOTHING: Final[Values] = ()


class Slot:
    """A place that holds values: it only grows, and knows which functions must be looked at again when it does."""

    __slots__ = ("constants", "is_parameter", "readers", "values")

    def __init__(self, values: Values = NOTHING, *, is_parameter: bool = False) -> None:
        self.values = values
        self.is_parameter = is_parameter
        self.readers: dict[Part, None] = {}
        self.constants = 0

    def grow(self, new: Values) -> bool:
        """Add values; return whether there was a new one."""
        old = self.values
        if new is old or not new:
            return False
        if len(new) == 1:
            return new[0] not in old and self._add_one(old, new[0])
        if len(old) > 8:
            known = set(old)
            fresh = [v for v in new if v not in known]
        else:
            fresh = [v for v in new if v not in old]
        if not fresh:
            return False
        if self.constants == 0 and len(old) + len(fresh) <= EXTERNAL_LIMIT:
            self.values = (*old, *fresh)  # below the lowest limit nothing need be counted
            return True
        return self._add(old, fresh)

    def _add_one(self, old: Values, value: Value) -> bool:
        """As `_add`, without counting values of other kinds."""
        if self.constants or len(old) >= EXTERNAL_LIMIT:
            kind = type(value)
            limit = KIND_LIMITS.get(kind, SLOT_LIMIT)
            if kind is ConstantValue:
                if self.constants < 0:
                    return False
                if len(old) >= limit:
                    return self._add(old, (value,))
            elif len(old) >= limit and list(map(type, old)).count(kind) >= limit:
                return False
            if len(old) >= SLOT_LIMIT:
                return False
        self.values = (*old, value)
        return True

    def _add(self, old: Values, fresh: list[Value] | Values) -> bool:
        counts = self._counts(old)
        added = Counter(map(type, fresh)).items()
        if len(old) + len(fresh) <= SLOT_LIMIT and all(
            counts[kind] + more <= KIND_LIMITS.get(kind, SLOT_LIMIT) for kind, more in added
        ):
            self.values = (*old, *fresh)
            return True
        kept = list(old)
        for value in fresh:
            kind = type(value)
            limit = KIND_LIMITS.get(kind, SLOT_LIMIT)
            count = counts[kind]
            if count < limit:
                counts[kind] = count + 1
                kept.append(value)
            elif kind is ConstantValue and count == limit:
                counts[kind] = limit + 1
                self.constants = -1
                kept = [v for v in kept if type(v) is not ConstantValue]
        if len(kept) > SLOT_LIMIT:
            del kept[SLOT_LIMIT:]
        new = tuple(kept)
        if len(new) == len(old) and new == old:
            return False
        grown = len(new) > len(old) or any(v not in old for v in new)
        self.values = new
        return grown

    def _counts(self, old: Values) -> Counter[type]:
        counts: Counter[type] = Counter(map(type, old))
        if self.constants < 0:
            counts[ConstantValue] = KIND_LIMITS[ConstantValue] + 1
        return counts


KIND_LIMITS: Final[dict[type, int]] = {
    ConstantValue: CONSTANT_LIMIT,
    ExternalValue: EXTERNAL_LIMIT,
    ContainerValue: CONTAINER_LIMIT,
}


def bound(value: Value | None, variable: str) -> Values:
    """What a type variable of an object stands for."""
    if isinstance(value, InstanceValue):
        for name, values in value.bindings:
            if name == variable:
                return values
    return NOTHING


def join(first: Values, second: Values) -> Values:
    """The union of two sets, in order of first appearance."""
    if not second or first is second:
        return first
    if not first:
        return second
    if len(second) == 1:
        return first if second[0] in first or len(first) >= SLOT_LIMIT else first + second
    if len(first) > 8:
        known = set(first)
        fresh = [v for v in second if v not in known]
    else:
        fresh = [v for v in second if v not in first]
    return (*first, *fresh)[:SLOT_LIMIT] if fresh else first
