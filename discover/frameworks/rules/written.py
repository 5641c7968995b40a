"""An option as the code writes it: what is said of it to a reader, and what can't be told of its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.resolve.picking import class_attribute, names_in
from discover.resolve.symbols import Class
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, ExternalValue, Value

if TYPE_CHECKING:
    from discover.catalog.spec import Pick
    from discover.frameworks.rules.given import Given
    from discover.frameworks.rules.picks import Picker


class Written(NamedTuple):
    """An option with the call that it stands in, or with the class that has it as an attribute."""

    name: str
    expression: ir.Expr | None
    """None for a class attribute."""
    given: Given

    @property
    def text(self) -> str:
        """The option in the code's own words."""
        if self.expression is None:
            return self.name.rpartition(".")[2]
        value = text_of(self.expression)
        return f"{self.name}={value}" if self.name and value else self.name or value

    @property
    def at(self) -> str:
        """`file:line`."""
        owner, call = self.given.owner, self.given.call
        if self.expression is None and owner is not None:
            return f"{owner.module.path}:{owner.record.line}"
        return f"{self.given.scope.module.path}:{call.line if call is not None else 1}"


def written(picker: Picker, pick: Pick, given: Given) -> Written | None:
    """Where the option that the pick names is written; None where it is left out."""
    expression = picker.expression(pick, given.call)
    if expression is not None:
        inner = picker.given_inside(pick, given, expression) if pick.inside is not None else None
        if inner is not None and pick.inner is not None:
            return written(picker, pick.inner, inner)
        return Written(_keyword(pick, given), expression, given)
    for name in names_in(pick.attribute) if given.owner is not None else ():
        if given.owner is not None and _sets(given.owner, name):
            return Written(name, None, given)
    return None


def is_on(picker: Picker, option: Written) -> bool:
    """Whether the option says something: no `None`, `False` or empty list; what is not known counts."""
    if isinstance(option.expression, ir.Sequence) and not option.expression.items:
        return False
    if isinstance(option.expression, ir.Constant):
        return bool(option.expression.value)
    values = _values(picker, option)
    return not values or any(not isinstance(value, ConstantValue) or value.value for value in values)


def numbers(picker: Picker, option: Written) -> tuple[float | None, ...]:
    """The items of an option that is a list, None for one that is no known number; empty for any other option."""
    if option.expression is None:
        return ()
    display, scope, frame = picker.followed(option.expression, option.given)
    if not isinstance(display, ir.Sequence):
        return ()
    found: list[float | None] = []
    for item in display.items:
        values = picker.contexts.values(scope, item, frame)
        told = [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, int | float)]
        found.append(float(told[0]) if len(told) == 1 else None)
    return tuple(found)


def errors(picker: Picker, option: Written) -> tuple[tuple[str, ...], bool]:
    """The names of the error classes that an option lists, and whether these are all."""
    names: dict[str, None] = {}
    whole = True
    if option.expression is not None:
        display, scope, frame = picker.followed(option.expression, option.given)
        for item in display.items if isinstance(display, ir.Sequence) else (display,):
            inner = item.value if isinstance(item, ir.Starred) else item
            values = picker.contexts.values(scope, inner, frame)
            whole = _note(picker, values, names) and bool(values) and whole
    else:
        values = _values(picker, option)
        whole = _note(picker, values, names) and bool(values)
    return tuple(names), whole


def known(picker: Picker, option: Written) -> bool:
    """Whether a constant is what the option may be."""
    is_constant = isinstance(option.expression, ir.Constant)
    return is_constant or any(isinstance(value, ConstantValue) for value in _values(picker, option))


def class_names(picker: Picker, values: tuple[Value, ...]) -> tuple[str, ...]:
    """The names of the classes among the values, those in lists too."""
    names: dict[str, None] = {}
    _note(picker, values, names)
    return tuple(names)


def _sets(owner: Class, name: str) -> bool:
    """Whether the project's own class, or one that it is made of, has the attribute; `Meta.model` stands inside it."""
    inside, _, last = name.rpartition(".")
    levels = [level for level in owner.mro if level.is_project]
    children = [child for level in levels for child in level.children.values() if isinstance(child, Class)]
    holders = [child for child in children if child.record.name == inside] if inside else levels
    return any(last in holder.names for holder in holders)


def _values(picker: Picker, option: Written) -> tuple[Value, ...]:
    given = option.given
    if option.expression is not None:
        return picker.contexts.values(given.scope, option.expression, given.frame)
    return class_attribute(picker.program, given.owner, option.name) if given.owner is not None else ()


def _note(picker: Picker, values: tuple[Value, ...], names: dict[str, None]) -> bool:
    """Note the classes among the values; whether each value is one, or a list of such."""
    whole = True
    for value in values:
        if isinstance(value, ContainerValue):
            items = picker.contexts.split((value,))
            noted = [_note(picker, item, names) and bool(item) for item in items]
            whole = whole and all(noted)
        elif isinstance(value, ClassValue):
            names[value.cls.record.name] = None
        elif isinstance(value, ExternalValue) and _is_class(value.path):
            names[value.path.rpartition(".")[2]] = None
        elif not isinstance(value, ConstantValue):
            whole = False
    return whole


def _is_class(path: str) -> bool:
    """Whether an outside thing may be a class: it is what no call gave, and is not written as a constant is."""
    return "(" not in path and "[" not in path and not path.rpartition(".")[2].isupper()


def _keyword(pick: Pick, given: Given) -> str:
    keywords = given.call.keywords if given.call is not None else ()
    return next((one.name for one in keywords if one.name is not None and one.name in names_in(pick.keyword)), "")
