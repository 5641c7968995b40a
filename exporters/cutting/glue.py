"""Joins what can't be parted: items between which something is needed that can't leave the process.

The flow is looked at between each two items, and where control goes into a branch or comes out of it. Where a variable
is needed behind that point and can't cross, the items on both sides become one leaf; a structure that has such a point
inside becomes a leaf as a whole. Items of different functions can't be one leaf: then the call that was opened between
them is closed again (`CloseAgainError`), and all is looked at anew.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NoReturn

from exporters.cutting.changes import Changes, holds_rows
from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Frame,
    Item,
    Leave,
    Plain,
    Repeat,
    Retried,
    Together,
    Turn,
    Within,
    bodies_of,
    leaves,
    turned_in,
    walk,
)
from exporters.cutting.known import HELD, STATE, Env
from exporters.cutting.led_to import Led
from exporters.cutting.live import Live, Variables, binds, mentions, variables
from exporters.cutting.names import names_in
from exporters.cutting.reasons import CannotCutError, CloseAgainError
from exporters.cutting.render import one_leaf
from exporters.cutting.state import States

_TRACE = ("exc_info", "format_exc", "print_exc", "capture_exception")


@dataclass(slots=True)
class Gluing:
    """One look at a flow."""

    live: Live
    states: States
    same: dict[str, frozenset[str]]
    changed: Variables
    """Variables that are changed in place somewhere; rows are not among them: they tell themselves."""
    changes: Changes
    result: str
    """The variable for what the run returns."""
    risky: Variables
    """Variables that some leaf asks for under a condition, where they may not be set."""
    led: Led
    """Variables of rows that are reached by each other, and changed."""
    doubled: Variables = frozenset()
    """Variables that may hold one object twice, which is changed."""
    ends: dict[int, tuple[Variables, Env | None]] = field(default_factory=dict[int, "tuple[Variables, Env | None]"])
    """What is needed, and known, behind the last item of each sequence."""

    def sequence(self, items: Body) -> Body:
        """The items, glued where they must be."""
        parts = [self._item(item) for item in items]
        found: Body = []
        group: list[Item] = []
        why, is_leaf = "", False
        for index, (part, must, reason) in enumerate(parts):
            group.append(part)
            why, is_leaf = why or reason, is_leaf or must
            if index + 1 < len(parts) and (reason := self._between(items[index], group, parts[index + 1])):
                why, is_leaf = why or reason, True
                continue
            found.append(self._leaf(group, why) if is_leaf else group[0])
            group, why, is_leaf = [], "", False
        return found

    def _between(self, item: Item, group: list[Item], following: tuple[Item, bool, str]) -> str:
        """Why what follows has to be with an item, or with the group that it ends."""
        env = self.states.after.get(id(item))
        reason = self.blocked(self.live.after[id(item)], env) or self._half(group, env)
        if reason:
            return reason
        _, must, why = following
        is_head = isinstance(item, Plain) and item.is_taken_out and must
        return (why or "one statement does it") if is_head else ""

    def blocked(self, live: Variables, env: Env | None) -> str:
        """Why the flow can't be parted at a point where these variables are needed; empty where it can."""
        if env is None:
            return ""
        if held := sorted(name for name in env if name.startswith(HELD)):
            return env[held[0]].kind.reason
        needed = sorted(name for name in live if name in env)
        for name in needed:
            known = env[name]
            if name.startswith(STATE):
                return known.kind.reason
            if known.again is None and not known.kind.crosses:
                return f"`{name}` ({known.kind.reason}) can't leave the process"
            if name in self.doubled and known.kind.is_mutable:
                return f"`{name}` may hold one object twice, which is changed"
            if known.may_miss and name in self.risky:
                return f"`{name}` may not be set"
        return next((reason for name in needed if (reason := self._shared(name, needed, env))), "")

    def _shared(self, name: str, needed: list[str], env: Env) -> str:
        """Why a variable can't cross for the sake of others that may hold the same object."""
        kind = env[name].kind
        group = sorted(self.same.get(name, frozenset()) - {name})
        if holds_rows(kind):
            unsaved = [p for p in group if p in env and env[p].kind.form == "row" and env[p].kind.is_changed]
            if unsaved:
                verb = "be" if kind.form == "row" else "hold"
                return f"`{name}` may {verb} the row of `{unsaved[0]}`, which is changed"
        if other := sorted(self.led.get(name, frozenset()) & set(needed)):
            return f"`{name}` and `{other[0]}` reach one row, which is changed"
        if kind.form == "row":
            parts = [p for p in needed if (part := env[p].part) and part[0] == name and p in self.changed]
            return f"`{parts[0]}` is a part of `{name}`, and is changed" if parts else ""
        partners = [p for p in group if p in needed and env[p].kind.is_mutable]
        if partners and kind.is_mutable and {name, *group} & self.changed:
            return f"`{name}` and `{partners[0]}` may be one object, which is changed"
        return ""

    def _half(self, items: list[Item], env: Env | None) -> str:
        """Why what follows has to be with the items: they answer the request on some ways only."""
        responds = any(leaf.responds for leaf in leaves(items))
        answer = env.get(self.result) if env is not None else None
        is_open = responds and answer is not None and answer.may_miss
        is_cut = is_open and not all(_answers(item) for item in items if any(leaf.responds for leaf in leaves([item])))
        return "it answers the request on some ways only" if is_cut else ""

    def _leaf(self, items: list[Item], why: str) -> Plain:
        for item in walk(items):
            if isinstance(item, Retried):
                close_again(item.frame, why)
        frames = list(dict.fromkeys(leaf.frame for leaf in leaves(items)))
        close_if_mixed(frames, why)
        return one_leaf(items, why)

    def _item(self, item: Item) -> tuple[Item, bool, str]:
        """An item whose insides are glued; whether it has to be a leaf, and why."""
        if isinstance(item, Plain | Leave | Turn):
            return item, False, ""
        happening = [leaf for leaf in leaves([item]) if leaf.marks]
        if not happening and len({leaf.frame for leaf in leaves([item])}) == 1:
            return item, True, ""
        if isinstance(item, Attempt) and len(happening) < 2 and not _is_retried(item.body):
            return item, True, ""
        if isinstance(item, Each | Repeat) and _is_left(item.body):
            return item, True, "the loop is left from inside"
        for body in bodies_of(item):
            if body:
                self.ends[id(body)] = (self.live.after[id(body[-1])], self.states.after.get(id(body[-1])))
            body[:] = self.sequence(body)
        why = self._structure(item)
        return item, bool(why), why

    def _structure(self, item: Item) -> str:
        """Why the structure can't be said by an element."""
        match item:
            case Choice():
                points = [self._entry(item.then), self._entry(item.otherwise)]
                points += [self._end(body) for body in (item.then, item.otherwise)]
                return next((point for point in points if point), "")
            case Each():
                return self._each(item)
            case Repeat():
                return self._repeat(item)
            case Attempt():
                return self._attempt(item)
            case Retried():
                lost = self._lost(item)
                why = f"the next try needs `{lost}`, which is set before the failure" if lost else ""
                return why or self._entry(item.body) or self._end(item.body)
            case Together():
                points = [self._entry(body) for body in item.branches] + [self._end(body) for body in item.branches]
                return next((point for point in points if point), "")
            case Within():
                head = item.head.text.partition(":\n")[0].removeprefix("with ").removeprefix("async with ").strip()
                return f"`{head}` is open around it"
            case _:
                return ""

    def _entry(self, body: Body) -> str:
        return self.blocked(self.live.entry.get(id(body), frozenset()), self.states.entry.get(id(body)))

    def _end(self, body: Body) -> str:
        """Where control comes out of a sequence."""
        live, env = self.ends.get(id(body), (frozenset(), None))
        return self.blocked(live, env)

    def _each(self, item: Each) -> str:
        if item.otherwise:
            return "the loop has an `else`"
        over = mentions(item.over)
        group = over.union(*(self.same.get(name, frozenset()) for name in over)) - binds(item.target)
        if any(self.changes.of(leaf) & group for leaf in leaves(item.body)):
            return "the loop changes what it goes over"
        outside = self.states.before.get(id(item), {}).keys()
        if item.gathers and any(self.changes.of(leaf) & outside for leaf in leaves(item.body)):
            return "the calls side by side change what they share"
        return self._entry(item.body) or self._end(item.body)

    def _repeat(self, item: Repeat) -> str:
        if item.test.marks:
            return "the loop's condition does something itself"
        if item.otherwise:
            return "the loop has an `else`"
        env = self.states.before.get(id(item), {})
        if any(name in env and env[name].again for name in mentions(item.test)):
            return "the loop's condition needs a read of its own"
        return self._entry(item.body) or self._end(item.body)

    def _attempt(self, item: Attempt) -> str:
        if item.otherwise:
            return "the `try` has an `else`"
        for handler in item.handlers:
            text = "".join(leaf.text for leaf in leaves(handler.body))
            if any(word in text for word in _TRACE):
                return "the handler asks for the traceback"
        if lost := self._lost(item):
            return f"the handler needs `{lost}`, which is set before the failure"
        bodies = [item.body, *(handler.body for handler in item.handlers), item.last]
        points = [self._entry(body) for body in bodies] + [self._end(body) for body in bodies]
        return next((point for point in points if point), "")

    def _lost(self, item: Attempt | Retried) -> str:
        """A variable that a handler, or another try, needs, and that a leaf that fails has set: that is lost."""
        needed = self.live.caught.get(id(item), frozenset())
        for leaf in leaves(item.body):
            early = variables(names_in(leaf.tree[:-1]).bound, leaf.frame) if leaf.marks else frozenset[str]()
            if found := sorted((early | self.changes.of(leaf)) & needed):
                return found[0]
        return ""


def _answers(item: Item) -> bool:
    """Whether each leaf in it that answers the request always does."""
    return all(not leaf.responds or _always(leaf.tree, "result") for leaf in leaves([item]))


def _always(body: list[ast.stmt], name: str) -> bool:
    """Whether the statements bind the name on every way to their end."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=own)]) if own.startswith(name):
                return True
            case ast.If(body=yes, orelse=no) if _always(yes, name) and _always(no, name):
                return True
            case ast.With(body=inner) | ast.AsyncWith(body=inner) if _always(inner, name):
                return True
            case ast.Raise():
                return True
            case _:
                pass
    return False


def _is_left(body: Body) -> bool:
    """Whether a loop's body has a way out of a turn that is no end of the body."""
    return any(isinstance(item, Turn) or any(map(_is_left, turned_in(item))) for item in body)


def close_if_mixed(frames: list[Frame], why: str) -> None:
    """Raise where the statements of several functions would have to be one leaf."""
    if len(frames) < 2:
        return
    chains = [list(frame.chain())[::-1] for frame in frames]
    depth = 0
    while all(len(chain) > depth and chain[depth] is chains[0][depth] for chain in chains):
        depth += 1
    close_again(next(chain[depth] for chain in chains if len(chain) > depth), why)


def close_again(frame: Frame, why: str) -> NoReturn:
    """Let the call stay closed in whose place the frame's statements stand."""
    if not frame.site:
        raise CannotCutError(why)
    raise CloseAgainError(frame.site, why)


def _is_retried(body: Body) -> bool:
    return any(isinstance(item, Retried) for item in walk(body))
