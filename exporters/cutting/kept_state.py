"""State of the process that a run changes and then asks for: the steps between have to be one.

What a module, a class or a default holds passes from step to step as no value, and a later step may run in another
process. Whatever a leaf changes of it, itself or by what it calls, stays with the leaves up to the last that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporters.cutting.flow import (
    Attempt,
    Body,
    Each,
    Frame,
    Item,
    Plain,
    Repeat,
    Retried,
    Together,
    bodies_of,
    heads_of,
    leaves,
)
from exporters.cutting.holders import OF_REQUESTS
from exporters.cutting.kinds import Kind, other
from exporters.cutting.known import STATE, Known
from exporters.cutting.live import Live, binds, mentions
from exporters.cutting.places import NOWHERE, Places, among, plain
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.remembered import Remembered
from exporters.cutting.source import Code
from exporters.cutting.touch import Touch
from exporters.cutting.touching import Touching
from exporters.cutting.whereabouts import Place


@dataclass(slots=True)
class KeptState:
    """What the leaves of one flow leave in the process, and ask of it."""

    changes: dict[int, frozenset[str]] = field(default_factory=dict[int, "frozenset[str]"])
    """By each leaf's identity."""
    reads: dict[int, frozenset[str]] = field(default_factory=dict[int, "frozenset[str]"])

    def after(self, leaf: Plain) -> Mapping[str, Known]:
        """What stands among the variables behind a leaf."""
        why = "it changes {}, which lives in one process"
        return {f"{STATE}{one}": Known(other(why.format(told(one)))) for one in self.changes.get(id(leaf), ())}

    def live_in(self, live: Live, body: Body) -> None:
        """Add to the live variables what later leaves ask of the process."""
        if any(self.changes.values()):
            self._sequence(live, body, NOWHERE)

    def _sequence(self, live: Live, items: Body, after: Places) -> Places:
        needed = after
        for item in reversed(items):
            live.after[id(item)] |= needed
            needed = self._item(live, item, needed)
            live.before[id(item)] |= needed
        live.entry[id(items)] = live.entry.get(id(items), NOWHERE) | needed
        return needed

    def _item(self, live: Live, item: Item, after: Places) -> Places:
        own = self._asked(heads_of(item))
        match item:
            case Each() | Repeat() | Retried() | Together() | Attempt():
                inside = self._asked(leaves([item]))
                for body in bodies_of(item):
                    self._sequence(live, body, after | inside)
                return after | inside
            case _:
                return own.union(after, *(self._sequence(live, body, after) for body in bodies_of(item)))

    def _asked(self, found: Iterable[Plain]) -> Places:
        asked = NOWHERE.union(*(self.reads.get(id(leaf), NOWHERE) for leaf in found))
        return frozenset(f"{STATE}{one}" for one in asked)


def told(place: str) -> str:
    """A holder in words."""
    name = place.rpartition("::")[2]
    if name.endswith("()"):
        return f"what `{name}` keeps"
    if name.endswith(")"):
        function, _, parameter = name[:-1].partition("(")
        return f"the default of `{parameter}` in `{function.rpartition('.')[2]}`"
    if "::" not in place:
        return f"`{place.removeprefix(':')}`"
    return f"`{name}`"


class ProcessState:
    """Looks for it in flows."""

    def __init__(self, code: Code, touching: Touching, remembered: Remembered) -> None:
        self._code = code
        self._touching = touching
        self._remembered = remembered

    def of(self, body: Body, kinds: Mapping[str, Kind]) -> KeptState:
        """What a flow's leaves do; `kinds` says what each variable is anywhere."""
        every = list(leaves(body))
        places, touches = self._looked_into(every)
        kept = KeptState()
        changed = frozenset(one.place for one in self._remembered.lasting(touches.values()))
        _check_anew(touches.values())
        if not changed:
            return kept
        held = _variables(places)
        shared = frozenset(name for name in held if name not in kinds or kinds[name].is_mutable)
        for leaf in every:
            touch = touches[id(leaf)]
            # A variable for a part of a holder would be a copy in another process: it stays with what changes that.
            bound = NOWHERE.union(*(held[name] for name in binds(leaf) & shared & held.keys()))
            own = frozenset(change.place for change in touch.changes if change.place in changed)
            asked = touch.asks.union(*(held[name] for name in mentions(leaf) & shared & held.keys()))
            kept.changes[id(leaf)] = own | among(changed, bound)
            kept.reads[id(leaf)] = among(changed, asked)
        return kept

    def _looked_into(self, every: list[Plain]) -> tuple[dict[Frame, Place], dict[int, Touch]]:
        """Once more where a name turned out to be state, since it is set somewhere: others may have asked for it."""
        while True:
            places = self._places(every)
            touches = {id(leaf): self._touching.in_statements(_own(leaf), places[leaf.frame]) for leaf in every}
            if not self._touching.learned():
                return places, touches

    def _places(self, every: list[Plain]) -> dict[Frame, Place]:
        frames = dict.fromkeys(leaf.frame for leaf in every)
        found = {frame: place for frame in frames if (place := self._place(frame)) is not None}
        for _ in range(3):
            before = [(dict(place.held), dict(place.classes)) for place in found.values()]
            for leaf in every:
                self._touching.follow(leaf.tree, found[leaf.frame])
            for frame, place in found.items():
                _share(frame, place, found)
            if [(place.held, place.classes) for place in found.values()] == before:
                break
        return found

    def _place(self, frame: Frame) -> Place | None:
        file = self._code.file(frame.file)
        if file is None:
            return None
        own = frozenset(frame.names) | frame.context
        place = Place(file, frame.unit, frame.paths, own)
        place.held = {name: frozenset({f":{name}"}) for name in frame.context if name not in frame.receivers}
        place.classes = dict(frame.receivers)
        return place


def _own(leaf: Plain) -> list[ast.stmt]:
    """The leaf's statements without the managers around them, which set things back."""
    found = leaf.tree
    return found[0].body if leaf.managers and isinstance(found[0], ast.With) else found


def _check_anew(touches: Iterable[Touch]) -> None:
    """Raise where something is left in what is made anew for each step."""
    for change in sorted(change for touch in touches for change in touch.changes):
        is_anew = change.place in OF_REQUESTS or (change.place.startswith(":") and change.how == "stored")
        if is_anew and change.how != "filled":
            name = change.unit.rpartition("::")[2]
            where = change.place.removeprefix(":")
            raise CannotCutError(f"`{name}` changes `{where}`, which is made anew for each step")


def _variables(places: Mapping[Frame, Place]) -> dict[str, Places]:
    """The holders that each variable of the run may stand for."""
    found: dict[str, Places] = {}
    for frame, place in places.items():
        for name, held in place.held.items():
            if name in frame.names:
                found[frame.names[name]] = found.get(frame.names[name], NOWHERE) | plain(held)
    return found


def _share(frame: Frame, place: Place, places: Mapping[Frame, Place]) -> None:
    """Let names that stand for one variable of the run in two functions stand for the same holders."""
    variables = {variable: name for name, variable in frame.names.items()}
    for other_frame, known in places.items():
        if other_frame is frame:
            continue
        for name, held in known.held.items():
            own = variables.get(other_frame.names.get(name, ""))
            if own is not None:
                place.held[own] = place.held.get(own, NOWHERE) | held
        for name, of in known.classes.items():
            own = variables.get(other_frame.names.get(name, ""))
            if own is not None:
                place.classes.setdefault(own, of)
