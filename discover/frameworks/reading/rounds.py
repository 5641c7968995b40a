"""Rounds of a loop, each seen by itself: in `for rule, view in ROUTES: add(rule, view)` every rule has its own view.

The resolver joins what a loop's names can be. A registering call needs what belongs together, so where the wanted
expressions read a loop's names in more than one place, the loop is gone through item by item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import Compound, blocks
from discover.frameworks.reading.frames import Frame
from discover.resolve.bodies import names_read
from discover.resolve.values import NOTHING, ContainerValue, Values, join

if TYPE_CHECKING:
    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.symbols import Function

Loop = ir.ForLoop | ir.For
_ROUNDS = 200
"""So many rounds are told apart; a longer loop is seen as one."""
_ASSIGNMENTS = 3
"""So many assignments may stand between what is registered and the loop's name."""
TOGETHER = 5000
"""So many rounds of loops in one another; where they are more, the inner loop is seen as one."""


def in_rounds(
    contexts: Contexts, function: Function, call: ir.Call, wanted: list[ir.Expr], frames: list[Frame | None]
) -> list[Frame | None]:
    """The frames, once per round of each loop around the call whose names the wanted expressions read in pairs."""
    for loop in loops_around(function.record.body, call.line):
        names = set(names_read(loop.target))
        reads = [name for one in wanted for name in _names(contexts, function, one) if name in names]
        if len(reads) > 1:
            frames = _each_round(contexts, function, loop, frames)
    return frames


def in_callers_rounds(contexts: Contexts, frames: list[Frame | None]) -> list[Frame | None]:
    """The frames, once per round of each loop around the outermost call whose names that call gives in pairs."""
    found: list[Frame | None] = []
    for frame in frames:
        outermost = frame
        while outermost is not None and outermost.outer is not None:
            outermost = outermost.outer
        site = outermost.site if outermost is not None else None
        if frame is None or site is None or outermost is None or outermost.names:
            found.append(frame)
            continue
        given = [*site.call.arguments, *(keyword.value for keyword in site.call.keywords)]
        rounds = in_rounds(contexts, site.function, site.call, given, [None])
        found += [_below(frame, one) if one is not None else frame for one in rounds]
        if len(found) > TOGETHER:
            return frames
    return found


def _below(frame: Frame, above: Frame) -> Frame:
    """The frame, whose outermost call is made in a round of a loop."""
    outer = _below(frame.outer, above) if frame.outer is not None else above
    return Frame(frame.function, frame.site, outer, frame.decorated, frame.lexical).round(frame.names, frame.standing)


def share_a_round(contexts: Contexts, function: Function, line: int, both: list[ir.Expr]) -> bool:
    """Whether expressions read the same name of a loop around a line: what they are goes together, round by round."""
    read = [set(_names(contexts, function, one)) for one in both]
    loops = [set(names_read(loop.target)) for loop in loops_around(function.record.body, line)]
    return any(all(names & one for one in read) for names in loops)


def in_rounds_of(
    contexts: Contexts, function: Function, comprehension: ir.Comprehension, frame: Frame | None
) -> list[Frame | None]:
    """The frame, once per item that a comprehension makes."""
    frames = [frame]
    for generator in comprehension.generators:
        frames = _each_round(contexts, function, generator, frames)
    return frames


def _each_round(contexts: Contexts, function: Function, loop: Loop, frames: list[Frame | None]) -> list[Frame | None]:
    found: list[Frame | None] = []
    for frame in frames:
        found += _rounds(contexts, function, loop, frame)
        if len(found) > TOGETHER:
            return frames
    return found


def loops_around(body: list[ir.Stmt], line: int) -> list[ir.ForLoop]:
    """The loops that a line stands in, the outer ones first."""
    for statement in body:
        if isinstance(statement, Compound) and statement.line <= line <= statement.end_line:
            inner = [loop for block in blocks(statement) for loop in loops_around(block, line)]
            return [statement, *inner] if isinstance(statement, ir.ForLoop) else inner
    return []


def _names(contexts: Contexts, function: Function, expression: ir.Expr) -> list[str]:
    """The names that an expression reads, through a few assignments too."""
    assigned = contexts.assignments(function)
    found = dict.fromkeys(names_read(expression))
    pending = list(found)
    for _ in range(_ASSIGNMENTS):
        read = [inner for name in pending for value in assigned.get(name, ()) for inner in names_read(value)]
        pending = [name for name in dict.fromkeys(read) if name not in found]
        found.update(dict.fromkeys(pending))
    return list(found)


def _rounds(contexts: Contexts, function: Function, loop: Loop, frame: Frame | None) -> list[Frame | None]:
    outer = frame or Frame(function)
    if isinstance(loop.target, ir.Name):
        name = loop.target.id
        rows = contexts.added.of(function, loop.iterable, frame)
        if 0 < len(rows) <= _ROUNDS:
            return [outer.round({name: values}, {name: row}) for row, values in rows]
    pairs = _pairs(contexts, function, loop, frame)
    rounds = (
        _added(contexts, function, loop)
        or pairs
        or [_bound(loop.target, item) for item in contexts.items(function, loop.iterable, frame)]
    )
    if not rounds and _is_given(function, loop, frame):
        rounds = [dict.fromkeys(names_read(loop.target), NOTHING)]  # not what other callers give
    if not 0 < len(rounds) <= _ROUNDS:
        return [frame]
    return [outer.round(names) for names in rounds]


def _is_given(function: Function, loop: Loop, frame: Frame | None) -> bool:
    """Whether a loop goes over what the frame's call gives for a parameter."""
    if frame is None or frame.site is None or frame.function is not function or not isinstance(loop.iterable, ir.Name):
        return False
    name = loop.iterable.id
    return name not in frame.names and any(
        one.name == name and one.kind == "normal" for one in function.record.parameters
    )


def _added(contexts: Contexts, function: Function, loop: Loop) -> list[dict[str, Values]]:
    """What the names are for each caller that adds to the list: `ROUTES.append((rule, function))` in a decorator.

    Nothing where the list gets items in another way, too.
    """
    iterable, target = loop.iterable, loop.target
    if not isinstance(iterable, ir.Name | ir.Attribute) or not isinstance(target, ir.Sequence):
        return []
    held = [v for v in contexts.program.values_of(function, iterable) if isinstance(v, ContainerValue)]
    found: list[dict[str, Values]] = []
    adding = 0
    for site in contexts.adders(iterable.id if isinstance(iterable, ir.Name) else iterable.name):
        called, item = site.call.function, site.call.arguments[0]
        if not isinstance(called, ir.Attribute) or not isinstance(item, ir.Sequence):
            continue
        if not any(value in held for value in contexts.program.values_of(site.function, called.value)):
            continue
        adding += 1
        for frame in contexts.frames(site.function, [item]):
            names: dict[str, Values] = {}
            for one, part in zip(target.items, item.items, strict=False):
                names.update(_bound(one, contexts.values(site.function, part, frame)))
            found.append(names)
    written = [slot.values for value in held for slot in value.items.values()]
    if not adding or sum(len(value.element.values) for value in held) != adding + len(written):
        return []
    return [*(_bound(target, item) for item in written), *found]


def _pairs(contexts: Contexts, function: Function, loop: Loop, frame: Frame | None) -> list[dict[str, Values]]:
    """`for key, value in MAPPING.items()`: what the names are in each round."""
    call, target = loop.iterable, loop.target
    if not isinstance(call, ir.Call) or not isinstance(call.function, ir.Attribute) or call.function.name != "items":
        return []
    if not isinstance(target, ir.Sequence) or len(target.items) != 2:
        return []
    key, value = target.items
    return [
        {**_bound(key, name), **_bound(value, item)}
        for mapping in contexts.values(function, call.function.value, frame)
        if isinstance(mapping, ContainerValue)
        for name, item in _items(contexts, mapping)
    ]


def _items(contexts: Contexts, mapping: ContainerValue) -> list[tuple[Values, Values]]:
    """The keys of a mapping with what stands under each; keys that are no constants stand in its display alone."""
    constant = contexts.program.engine.intern.constant
    found: list[tuple[Values, Values]] = [((constant(name),), slot.values) for name, slot in mapping.items.items()]
    if mapping.place is not None:
        scope, display = mapping.place
        for key, value in zip(display.keys, display.values, strict=True):
            if key is not None and not isinstance(key, ir.Constant):
                found.append((contexts.program.values_of(scope, key), contexts.program.values_of(scope, value)))
    return found


def _bound(target: ir.Expr, item: Values) -> dict[str, Values]:
    """What a loop's names are when the loop stands at this item."""
    if isinstance(target, ir.Name):
        return {target.id: item}
    if not isinstance(target, ir.Sequence):
        return {}
    found: dict[str, Values] = {}
    for position, one in enumerate(target.items):
        values: Values = NOTHING
        for value in item:
            slot = value.items.get(position) if isinstance(value, ContainerValue) else None
            values = join(values, slot.values if slot is not None else NOTHING)
        found.update(_bound(one, values))
    return found
