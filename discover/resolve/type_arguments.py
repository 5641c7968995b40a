"""The type variables of a library's class, told by what a project's class below it gives for its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.returns import says_more
from discover.resolve.stub_tables import rows, table_of
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import NOTHING, ClassValue, ConstantValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

OWNER_LIMIT = 8
"""A manager's class that stands in more models than this is not tied to any: what it gives may be of every one."""
_ASKED = frozenset(
    {"get_queryset", "get_object", "get_serializer_class", "get_form_class", "get_model", "get_serializer", "get_form"}
)
"""Methods that frameworks let a class override to say what it works on."""
_MAKES = "__makes__"
"""A stub's table of what a library makes for a class that sets an attribute: `{"fields": {"FM": ModelForm[M]}}`."""


def _gives_variable(returns: ir.Expr | None, level: Class) -> bool:
    """Whether a stub's method gives a type variable of its class: what it gives is the override's to say."""
    return isinstance(returns, ir.Name) and returns.id in level.parameters


def infer_type_arguments(
    engine: Engine, cls: Class, owners: dict[Class, tuple[Scope, ir.Expr]], environment: dict[str, Values]
) -> bool:
    """Bind a stub class's free type variables from what a project class gives for its attributes.

    `queryset: QuerySet[M]` in a stub and `queryset = Order.objects.all()` in the project bind M to Order; an
    override of a method that the stub annotates, and a nested class such as `Meta`, say as much. What a mixin's
    override gives to all classes that inherit it says nothing where the class itself names its own: by an attribute, or
    by an override of another such method.

    Returns:
        Whether every class body that was asked had been evaluated, so that the answer may be kept.
    """
    tied: dict[str, Values] = {}
    for owner, (scope, annotation) in owners.items() if len(owners) <= OWNER_LIMIT else ():
        engine.annotations.bind(scope, annotation, (engine.intern.class_(owner),), tied)
    environment.update((name, values) for name, values in tied.items() if name not in environment)
    free = [level for level in cls.mro if not level.is_project and set(level.parameters) - environment.keys()]
    if not free:
        return True
    complete = True
    named_at: dict[str, int] = {}
    for level in free:
        for name, annotation in level.annotations.items():
            if name == "__call__" and _is_said_elsewhere(level, annotation):
                continue
            complete &= _infer_member(engine, cls, level, name, annotation, environment, named_at)
    made = _made_by_library(engine, cls, free, named_at)
    complete &= _infer_children(engine, cls, free, environment, named_at)
    for name, (level, annotation) in made.items():
        _join_into(environment, {name: engine.annotations.values(level.module.body, annotation, environment)})
    return complete


def _infer_children(
    engine: Engine, cls: Class, levels: list[Class], environment: dict[str, Values], named_at: dict[str, int]
) -> bool:
    """Bind from nested classes, and from the overrides that stand nearest to the class."""
    complete = True
    told: list[tuple[int, dict[str, Values]]] = []
    telling = [child for level in levels for child in telling_of(engine, level)]
    for child in telling:
        if isinstance(child, Class):
            complete &= _infer_nested(engine, cls, child, environment, named_at)
    for child in telling:
        if isinstance(child, Function):
            complete &= _ask_override(engine, cls, child, named_at, told)
    for place, given in told:
        for name in given:
            named_at[name] = min(place, named_at.get(name, place))
    for place, given in told:
        _join_into(environment, {name: values for name, values in given.items() if named_at[name] == place})
    return complete


def _made_by_library(
    engine: Engine, cls: Class, levels: list[Class], named_at: dict[str, int]
) -> dict[str, tuple[Class, ir.Expr]]:
    """The type variables that stand for what the library makes itself, as an attribute says that the class sets.

    That names them as an attribute for the very thing would: a mixin's override for all classes says no more of them.
    """
    found: dict[str, tuple[Class, ir.Expr]] = {}
    for level in levels:
        for attribute, table in rows(table_of(level, _MAKES)):
            member = engine.hierarchy.member(cls, attribute)
            if member is None or member[1] is None or not member[0].is_project:
                continue
            engine.ensure_class(member[0])
            if all(isinstance(value, ConstantValue) and value.value is None for value in member[1].values):
                continue
            for name, annotation in rows(table):
                if name not in named_at:
                    named_at[name] = cls.mro.index(member[0])
                    found[name] = (level, annotation)
    return found


def _is_said_elsewhere(level: Class, annotation: ir.Expr) -> bool:
    """Whether another attribute stands for the same, such as `run: F`: a class's own `__call__` goes around it."""
    return isinstance(annotation, ir.Name) and any(
        isinstance(other, ir.Name) and other.id == annotation.id
        for name, other in level.annotations.items()
        if name != "__call__"
    )


def telling_of(engine: Engine, level: Class) -> tuple[Class | Function, ...]:
    """The nested classes and the methods of a stub's class whose overrides tell its type variables."""
    found = engine.hierarchy.telling.get(level)
    if found is None:
        found = engine.hierarchy.telling[level] = tuple(
            child
            for child in level.children.values()
            if isinstance(child, Class) or child.record.name in _ASKED or _gives_variable(child.record.returns, level)
        )
    return found


def _infer_member(
    engine: Engine,
    cls: Class,
    level: Class,
    name: str,
    annotation: ir.Expr,
    environment: dict[str, Values],
    named_at: dict[str, int] | None = None,
) -> bool:
    """Bind from a class attribute; `named_at` notes for each variable the place in the method order that names it."""
    found = engine.hierarchy.member(cls, name)
    if found is None or found[1] is None or not found[0].is_project:
        return True
    holder = found[0]
    engine.ensure_class(holder)
    given: dict[str, Values] = {}
    engine.annotations.bind(level, annotation, found[1].values, given)
    _join_into(environment, given)
    if named_at is not None:
        place = cls.mro.index(holder)
        named_at.update((variable, min(place, named_at.get(variable, place))) for variable in given)
    return not holder.unit.running


def _infer_nested(
    engine: Engine, cls: Class, nested: Class, environment: dict[str, Values], named_at: dict[str, int]
) -> bool:
    found = engine.hierarchy.member(cls, nested.record.name)
    if found is None or found[1] is None or not found[0].is_project:
        return True
    engine.ensure_class(found[0])
    complete = not found[0].unit.running
    named: dict[str, int] = {}
    for value in found[1].values:
        if isinstance(value, ClassValue) and value.cls.is_project:
            for name, annotation in nested.annotations.items():
                complete &= _infer_member(engine, value.cls, nested, name, annotation, environment, named)
    place = cls.mro.index(found[0])
    named_at.update((variable, min(place, named_at.get(variable, place))) for variable in named)
    return complete


def _ask_override(
    engine: Engine, cls: Class, stub: Function, named_at: dict[str, int], told: list[tuple[int, dict[str, Values]]]
) -> bool:
    """Add what the project's method of a stub's name gives, with its class's place in the method order.

    What a serializer's `create` gives back says nothing of a model that `Meta` names: it is not asked for that.
    """
    returns = stub.record.returns
    if stub.record.name not in _ASKED and isinstance(returns, ir.Name) and returns.id in named_at:
        return True
    method = engine.hierarchy.method(cls, stub.record.name)
    if method is None or not method.is_project or stub.record.returns is None:
        return True
    engine.demand(method)
    results = method.returns.values
    if method.record.returns is not None:
        declared = engine.annotations.values(method.outer or method.module.body, method.record.returns, {})
        results = declared if declared and not says_more(results, declared) else results
    given: dict[str, Values] = {}
    engine.annotations.bind(stub.owner or stub.module.body, stub.record.returns, results, given)
    told.append((cls.mro.index(method.owner) if method.owner in cls.mro else 0, given))
    return not method.running


def _join_into(environment: dict[str, Values], given: dict[str, Values]) -> None:
    for name, values in given.items():
        environment[name] = join(environment.get(name, NOTHING), values)
