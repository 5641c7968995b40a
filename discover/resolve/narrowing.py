"""What `isinstance` and class patterns tell of a name, in the branch where they hold and behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, marks
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ContainerValue,
    ExternalValue,
    InstanceValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope

_CLASS_PATTERN = re.compile(r"([\w.]+)\(")


def narrow(engine: Engine, scope: Scope, test: ir.Expr, text: str, *, holds: bool) -> None:
    """Note what a condition tells of names: `text` is its source, where it is known."""
    if scope.now is None:
        return
    if isinstance(test, ir.Call):
        _by_call(engine, scope, test, holds=holds)
    elif isinstance(test, ir.Opaque):
        if len(test.parts) == 1 and isinstance(test.parts[0], ir.Call) and text.startswith("not "):
            _by_call(engine, scope, test.parts[0], holds=not holds)
    elif isinstance(test, ir.Choice) and holds and not test.tests and (test.operator == "and" or _is_conjunction(text)):
        for part in test.values:
            narrow(engine, scope, part, "", holds=True)


def narrow_case(engine: Engine, scope: Scope, subject: ir.Expr, case: ir.Case) -> None:
    """`case Paid() | Refunded():` tells the subject's class."""
    if scope.now is None or not isinstance(subject, ir.Name) or not case.values:
        return
    matches = [_CLASS_PATTERN.match(alternative) for alternative in case.text.split(" | ")]
    names = {match[1] for match in matches if match is not None}
    if len(names) < len(matches):
        return
    classes: Values = NOTHING
    for value in case.values:
        if _dotted(value) in names:
            classes = join(classes, engine.evaluate(scope, value))
    _keep(engine, scope, subject.id, classes)


def captured(engine: Engine, scope: Scope, match: ir.Match, case: ir.Case, name: str, subject: Values) -> Values:
    """What a pattern binds to a name: an attribute of the subject for `Paid(order=name)`, else the subject."""
    if isinstance(match.subject, ir.Name):
        subject = engine.evaluate(scope, match.subject)
    attribute = re.search(rf"(\w+)={name}\b", case.text)
    return engine.attribute(scope, subject, attribute[1]) if attribute is not None else subject


def _is_conjunction(text: str) -> bool:
    return " and " in text and " or " not in text and "…" not in text


def _by_call(engine: Engine, scope: Scope, call: ir.Call, *, holds: bool) -> None:
    function = call.function
    asked = marks.asked_for(call) if holds else None
    if asked is not None:
        _keep_marked(engine, scope, *asked)
    if not isinstance(function, ir.Name) or function.id != "isinstance" or len(call.arguments) != 2:
        return
    subject = call.arguments[0]
    if isinstance(subject, ir.Name):
        classes = engine.evaluate(scope, call.arguments[1])
        (_keep if holds else _drop)(engine, scope, subject.id, classes)


def _keep_marked(engine: Engine, scope: Scope, name: str, mark: str) -> None:
    """`hasattr(member, "_event")`: what a function is given may be anything, what a scan goes over is not."""
    known = tuple(v for v in engine.evaluate(scope, ir.Name(name)) if not isinstance(v, ExternalValue))
    if known or all(parameter.name != name for parameter in scope.unit.record.parameters):
        _put(scope, name, marks.having(engine, scope, mark, known))


def _keep(engine: Engine, scope: Scope, name: str, classes: Values) -> None:
    wanted = _classes(engine, classes)
    if not wanted:
        return
    found: Values = NOTHING
    for value in engine.evaluate(scope, ir.Name(name)):
        found = join(found, _narrowed(engine, value, wanted))
    _put(scope, name, found or tuple(engine.intern.instance(cls) for cls in wanted))


def _narrowed(engine: Engine, value: Value, wanted: list[Class]) -> Values:
    if not isinstance(value, InstanceValue):
        return NOTHING
    if any(cls in value.cls.mro for cls in wanted):
        return (value,)
    below = tuple(engine.intern.instance(cls) for cls in wanted if value.cls in cls.mro)
    if below or value.exact:
        return below
    # An object of a class below both, as a mixin makes it.
    mixed = tuple(engine.intern.instance(cls) for cls in wanted if any(value.cls in one.mro for one in cls.subclasses))
    return (value, *mixed) if mixed else NOTHING


def _drop(engine: Engine, scope: Scope, name: str, classes: Values) -> None:
    unwanted = _classes(engine, classes)
    values = engine.evaluate(scope, ir.Name(name))
    kept = tuple(v for v in values if not isinstance(v, InstanceValue) or not any(c in v.cls.mro for c in unwanted))
    if unwanted and kept and len(kept) < len(values):
        _put(scope, name, kept)


def _put(scope: Scope, name: str, values: Values) -> None:
    if scope.now is not None and values:
        scope.now[name] = values


def _classes(engine: Engine, values: Values) -> list[Class]:
    """The classes that are asked for; none where one is a builtin or not known: literals have no class here."""
    found: dict[Class, None] = {}
    for value in values:
        if isinstance(value, ContainerValue):
            inner = _classes(engine, containers.elements(engine, (value,)))
            if not inner:
                return []
            found.update(dict.fromkeys(inner))
        elif isinstance(value, ClassValue) and not value.cls.path.startswith("builtins."):
            engine.hierarchy.resolve(value.cls)
            found[value.cls] = None
        else:
            return []
    return list(found)


def _dotted(expression: ir.Expr) -> str:
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        return f"{_dotted(expression.value)}.{expression.name}"
    return ""
