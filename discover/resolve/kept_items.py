"""What code leaves in a library's object under a key: `app["redis"] = client` here, `request.app["redis"]` there.

The objects of one class of a library are not told apart: an application, its registry and its settings are made once.
What it is the data of tells a library's mapping apart (`form.cleaned_data`): the class that is its first type argument,
which finds what a class above it has left, too.
A mapping that is an attribute of such an object (`app.extensions["celery"]`) counts as a part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Slot, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope

OPEN: Final = ("pyramid.request.Request", "pyramid.config.Configurator")
"""Classes of libraries to whose objects an application adds members of its own."""
_OF_THE_LANGUAGE = ("builtins.", "typing.", "collections.")


def keep(engine: Engine, scope: Scope, target: ir.Subscript, base: Values, index: Values, values: Values) -> None:
    """Note what an assignment leaves under a key; plain texts and numbers are data, and not followed."""
    kept = tuple(value for value in values if not isinstance(value, ConstantValue))
    for key in _keys(engine, scope, target, base, index, levels=1) if kept else ():
        engine.write(engine.services.kept.setdefault(key, Slot()), kept)


def kept(engine: Engine, scope: Scope, expression: ir.Subscript, base: Values, index: Values) -> Values:
    """What was left under the key that is read."""
    found: Values = NOTHING
    for key in _keys(engine, scope, expression, base, index):
        found = join(found, engine.read(engine.services.kept.setdefault(key, Slot())))
    return found


def is_open(cls: Class) -> bool:
    """Whether an application adds members to the objects of the class."""
    return any(level.path in OPEN for level in cls.mro)


def added(engine: Engine, cls: Class, name: str) -> Values:
    """What an application adds as a member to the objects of a class."""
    path = next((level.path for level in cls.mro if level.path in OPEN), None)
    return engine.read(added_member(engine, path, name)) if path is not None else NOTHING


def added_member(engine: Engine, path: str, name: str) -> Slot:
    """The place of a member that code adds to the objects of a library's class."""
    return engine.services.kept.setdefault((path, name, ""), Slot())


def _keys(
    engine: Engine, scope: Scope, expression: ir.Subscript, base: Values, index: Values, levels: int | None = None
) -> Iterator[tuple[str, str, str]]:
    text = index[0].value if len(index) == 1 and isinstance(index[0], ConstantValue) else None
    if not isinstance(text, str):
        return
    for value in base:
        if isinstance(value, InstanceValue):
            holders = _libraries(value)
            if holders:
                yield from ((holder, "", text) for holder in holders[:levels])
            elif isinstance(expression.value, ir.Attribute) and not value.cls.is_project:
                for owner in engine.evaluate(scope, expression.value.value):
                    yield from ((holder, expression.value.name, text) for holder in _libraries(owner)[:levels])


def _libraries(value: Value) -> list[str]:
    """The library's class of an object, also of one whose class the project derives from it; nothing for others.

    A mapping's is told for the class whose data it is, and for those above that.
    """
    if not isinstance(value, InstanceValue):
        return []
    above = next((level for level in value.cls.mro if not level.is_project), None)
    if above is None or above.path.startswith(_OF_THE_LANGUAGE):
        return []
    if not any(level.path == "builtins.dict" for level in above.mro):
        return [above.path]
    owners = (one.cls for _, given in value.bindings for one in given if isinstance(one, InstanceValue))
    owner = next(owners, None)
    levels = owner.mro if owner is not None else ()
    return [f"{above.path}[{level.id}]" for level in levels if level.is_project] or [above.path]
