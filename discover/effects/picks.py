"""Reads what a rule's `Pick` asks for from a call site: a text, a number, a model's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick, paths_of
from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.resolve.picking import bound, class_attribute, keyed, named_argument, names_in, type_argument
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    InstanceValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, External

_NAMES_SHOWN = 4
_NAMES_KNOWN = 64
"""So many are kept, for objects that say which of them they are for."""
_DEEPEST = 4
"""How many containers deep a model is looked for; a list may hold itself."""
_COLLECTIONS = frozenset({"django.db.models.Manager", "sqlalchemy.orm.Query"})
_NAMELESS = frozenset({"django.db.models.Model", "sqlalchemy.orm.DeclarativeBase", "flask_sqlalchemy.model.Model"})


class Picked(NamedTuple):
    """What a pick found: the expression in the code, where there is one, and what it can be."""

    expression: ir.Expr | None
    values: Values
    text: str | None = None
    """Set when the pick says the text itself: a default, a class's name."""

    @property
    def given(self) -> bool:
        """Whether anything was found at all."""
        return self.expression is not None or bool(self.values) or self.text is not None


MISSING = Picked(None, NOTHING)


def pick(program: Program, site: CallSite, external: External | None, rule: Pick) -> Picked:
    """Follow the rule at the call; `external` is the matched path with its receiver."""
    if rule.receiver == "call":
        return _of_creator(program, site, external, rule)
    found = _narrowed(program, _argument(site, rule), rule)
    if rule.inside is not None:
        inner = _call_inside(site, found, paths_of(rule.inside))
        if inner is not None and rule.inner is not None:
            return pick(program, inner, None, rule.inner)
        found = MISSING
    if found.given:
        return Picked(None, NOTHING, str(rule.value)) if rule.value is not None else found
    if external is not None:
        if rule.type_argument is not None:
            found = _narrowed(program, Picked(None, _of_type(program, external, rule.type_argument)), rule)
        if not found.given and rule.receiver is not None:
            found = _of_receiver(program, site, external, rule)
    if not found.given and isinstance(rule.default, str | int | float | bool):
        found = Picked(None, NOTHING, str(rule.default))
    return found


def _argument(site: CallSite, rule: Pick) -> Picked:
    expression = named_argument(rule, site.call)
    if expression is None:
        return MISSING
    name = next((one.name for one in site.call.keywords if one.value is expression), None)
    if name is not None:
        return Picked(expression, site.keywords.get(name, NOTHING))
    number = next((place for place, one in enumerate(site.call.arguments) if one is expression), len(site.arguments))
    return Picked(expression, site.arguments[number] if number < len(site.arguments) else NOTHING)


def _narrowed(program: Program, found: Picked, rule: Pick) -> Picked:
    """What the found objects were made with, and what stands under a key of the found mappings."""
    if (rule.bound is None and rule.key is None and not rule.keys) or not found.given:
        return found
    values = tuple(dict.fromkeys(one for value in found.values for one in bound(program, rule, value)))
    values = keyed(program, rule, values)
    return Picked(None, values) if values else MISSING


def _of_creator(program: Program, site: CallSite, external: External | None, rule: Pick) -> Picked:
    if external is None or external.receiver is None or rule.inner is None:
        return MISSING
    creator = _creator(site, lambda other: external.receiver in other.result)
    return pick(program, creator, None, rule.inner) if creator is not None else MISSING


def _call_inside(site: CallSite, found: Picked, paths: tuple[str, ...]) -> CallSite | None:
    """The call of one of the paths that the argument is, or that made the object which the argument names."""
    if isinstance(found.expression, ir.Call):
        inner = site.function.sites.get(found.expression.number)
        if inner is not None and any(external.path in paths for external in inner.externals):
            return inner
    return _creator(
        site,
        lambda other: any(e.path in paths for e in other.externals) and any(v in other.result for v in found.values),
    )


def _creator(site: CallSite, wanted: Callable[[CallSite], bool]) -> CallSite | None:
    """The last call before this one, in the same function, that fits."""
    best: CallSite | None = None
    for number, other in site.function.sites.items():
        if number != site.call.number and other.call.line <= site.call.line and wanted(other):
            best = other
    return best


def _of_type(program: Program, external: External, number: int | str) -> Values:
    """The receiver's type argument, as the class that defines the method numbers them."""
    if external.receiver is None:
        return NOTHING
    owner = external.function.owner if external.function is not None else None
    return type_argument(program, external.receiver, number, owner)


def _of_receiver(program: Program, site: CallSite, external: External, rule: Pick) -> Picked:
    function = site.call.function
    receiver = external.receiver or _of_super(program, site)
    expression = function.value if isinstance(function, ir.Attribute) else None
    if rule.attribute is not None:
        if isinstance(receiver, InstanceValue | ClassValue):
            for name in names_in(rule.attribute):
                values = class_attribute(program, receiver.cls, name)
                if values:
                    return Picked(None, values)
        return MISSING
    if rule.receiver == "class":
        if isinstance(receiver, InstanceValue | ClassValue):
            return Picked(None, (receiver,))
        return MISSING
    if rule.receiver == "name":
        return Picked(None, NOTHING, dotted(expression)) if dotted(expression) else MISSING
    return Picked(expression, (receiver,) if receiver is not None else NOTHING)


def _of_super(program: Program, site: CallSite) -> Value | None:
    """The class around `super().method()`, where nobody is seen to make an object of it."""
    function = site.call.function
    owner = site.function.owner
    if owner is None or not isinstance(function, ir.Attribute) or not is_super(function.value):
        return None
    return program.engine.intern.class_(owner)


def dotted(expression: ir.Expr | None) -> str:
    """`a.b.c` as written; empty for anything but names and attributes."""
    parts: list[str] = []
    while isinstance(expression, ir.Attribute):
        parts.append(expression.name)
        expression = expression.value
    if isinstance(expression, ir.Call):
        inner = dotted(expression.function)
        return ".".join([f"{inner}()", *reversed(parts)]) if inner and parts else ""
    if not isinstance(expression, ir.Name):
        return ""
    return ".".join([expression.id, *reversed(parts)])


def text_of(values: Values) -> str | None:
    """The one text that the values say; None when they say none, or several."""
    texts = list(dict.fromkeys(str(v.value) for v in values if isinstance(v, ConstantValue) and v.value is not None))
    return texts[0] if len(texts) == 1 else None


def names_of(values: Values, depth: int = 0, most: int = _NAMES_SHOWN) -> str:
    """The models or tables that the values stand for: `User`, or `Invoice, Order` when it is one of several."""
    if depth > _DEEPEST:
        return ""
    names = dict.fromkeys(name for value in values if (name := _name_of(value, depth + 1, most)))
    return ", ".join(names) if len(names) <= most else ""


def every_name_of(values: Values) -> tuple[str, ...]:
    """The models that the values stand for, where they are more than are shown."""
    names = names_of(values, most=_NAMES_KNOWN)
    return tuple(dict.fromkeys(names.split(", "))) if names else ()


def _name_of(value: Value, depth: int, most: int) -> str:
    if isinstance(value, ConstantValue):
        return str(value.value)
    if isinstance(value, InstanceValue | ClassValue):
        return _class_name(value, depth, most)
    if isinstance(value, ContainerValue):
        return names_of(_without_constants(value.element.values), depth, most)
    if isinstance(value, ExternalValue):
        last = value.path.removesuffix("()").rpartition(".")[2]
        return last if last[:1].isupper() else ""
    return ""


def _without_constants(values: Values) -> Values:
    return tuple(v for v in values if not isinstance(v, ConstantValue))


def _class_name(value: InstanceValue | ClassValue, depth: int, most: int) -> str:
    """A model's name; of a manager, a query, a list, a table: that of what it holds."""
    cls = value.cls
    inner = tuple(v for _, values in value.bindings for v in values)
    if any(level.path in _COLLECTIONS for level in cls.mro):
        return names_of(inner, depth, most)
    if cls.is_project:
        return cls.record.name
    if cls.path.startswith("builtins."):
        return names_of(_without_constants(inner), depth, most)
    if inner or cls.path in _NAMELESS:
        return names_of(inner, depth, most)
    return cls.record.name
