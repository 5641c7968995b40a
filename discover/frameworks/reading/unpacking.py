"""Keyword arguments that a call hands over in a `**mapping`, as the caller that a frame stands for gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ContainerValue, Values

if TYPE_CHECKING:
    from discover.frameworks.reading.contexts import Contexts, Frame
    from discover.resolve.symbols import Scope


def unpacked_keyword(
    contexts: Contexts,
    scope: Scope,
    call: ir.Call,
    names: list[str],
    frame: Frame | None,
    mapping: ContainerValue | None = None,
) -> Values:
    """What the first of the names is in a mapping that the call unpacks.

    Args:
        contexts: Evaluates expressions in frames.
        scope: Where the call stands.
        call: The call.
        names: The keyword's names.
        frame: The frame to see the call from.
        mapping: The one mapping that `**` stands for, when it may be one of several.
    """
    for keyword in call.keywords:
        if keyword.name is not None:
            continue
        passed = passed_keyword(contexts, keyword.value, names, frame)
        if passed is None:
            passed = _laid_out(contexts, scope, keyword.value, names, frame)
        if passed is not None:
            return passed
        values: Values = (mapping,) if mapping is not None else contexts.values(scope, keyword.value, frame)
        found = _item(values, names)
        if found:
            return found
    return NOTHING


def unpacked_mappings(contexts: Contexts, scope: Scope, call: ir.Call, frame: Frame | None) -> list[ContainerValue]:
    """The mappings that the call's `**` can stand for."""
    found: dict[ContainerValue, None] = {}
    for keyword in call.keywords:
        if keyword.name is None:
            values = contexts.values(scope, keyword.value, frame)
            found.update((v, None) for v in values if isinstance(v, ContainerValue) and v.kind == "dict" and v.items)
    return list(found)


def passed_keyword(contexts: Contexts, mapping: ir.Expr, names: list[str], frame: Frame | None) -> Values | None:
    """A keyword in the `**options` of a project function, as the call that the frame stands for gives it.

    A call that hands its own `**options` on is followed. None when the mapping is no such parameter.
    """
    while frame is not None and isinstance(mapping, ir.Name):
        takes = any(p.kind == "kwargs" and p.name == mapping.id for p in frame.function.record.parameters)
        if takes and frame.site is None and frame.decorated:
            return NOTHING
        if takes and frame.site is not None:
            for given in frame.site.call.keywords:
                if given.name in names:
                    return contexts.values(frame.site.function, given.value, frame.outer)
            spread = [k.value for k in frame.site.call.keywords if k.name is None]
            if not spread:
                return NOTHING
            passed = passed_keyword(contexts, spread[0], names, frame.outer)
            if passed is not None:
                return passed
            values = contexts.values(frame.site.function, spread[0], frame.outer)
            known = any(isinstance(value, ContainerValue) and value.kind == "dict" for value in values)
            return _item(values, names) if known else None
        frame = frame.lexical
    return None


def is_gathered(mapping: ir.Expr, frame: Frame | None) -> bool:
    """Whether a mapping is the `**options` of the function that the frame calls, or of one around it."""
    while frame is not None and isinstance(mapping, ir.Name):
        takes = any(p.kind == "kwargs" and p.name == mapping.id for p in frame.function.record.parameters)
        if takes and frame.site is not None:
            return True
        frame = frame.lexical
    return False


def _laid_out(
    contexts: Contexts, scope: Scope, mapping: ir.Expr, names: list[str], frame: Frame | None
) -> Values | None:
    """A keyword of the display that a name of the caller's function is bound to once: `{**options, "prefix": prefix}`.

    None where it is no such name, where the display does not say, and where an item of it is set later.
    """
    if frame is None or not isinstance(mapping, ir.Name) or scope is not frame.function:
        return None
    bound = contexts.assignments(frame.function).get(mapping.id, [])
    is_changed = any(place.value == mapping for place, _ in contexts.bodies.items_set(frame.function))
    if len(bound) != 1 or is_changed or not isinstance(bound[0], ir.Mapping):
        return None
    for key, value in reversed(list(zip(bound[0].keys, bound[0].values, strict=True))):
        if isinstance(key, ir.Constant) and key.value in names:
            return contexts.values(scope, value, frame)
        passed = passed_keyword(contexts, value, names, frame) if key is None else None
        if passed:
            return passed
    return None


def _item(values: Values, names: list[str]) -> Values:
    """The first of the names that one of the mappings among the values has."""
    for value in values:
        for name in names if isinstance(value, ContainerValue) else ():
            slot = value.items.get(name) if isinstance(value, ContainerValue) else None
            if slot is not None and slot.values:
                return slot.values
    return NOTHING
