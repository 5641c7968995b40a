"""Cuts one run's function: all passes, in order, until nothing has to be closed again."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from discover import model
from exporters.cutting.ambient import dissolve
from exporters.cutting.breaks import without_turns
from exporters.cutting.cached import asked_in
from exporters.cutting.changes import Changes, same_objects
from exporters.cutting.flow import (
    Body,
    Each,
    Frame,
    Plain,
    assign,
    bodies_of,
    heads_of,
    leaves,
    statement,
    walk,
)
from exporters.cutting.gather import Gathering
from exporters.cutting.glue import Gluing
from exporters.cutting.hoist import iterables, stuck_conditions
from exporters.cutting.identity import Doubled, compared
from exporters.cutting.infer import Inference
from exporters.cutting.kept_state import KeptState, ProcessState
from exporters.cutting.kinds import DATA, Kind
from exporters.cutting.known import Env, Known
from exporters.cutting.layers import outermost
from exporters.cutting.led_to import rows_led_to
from exporters.cutting.live import Live, reads
from exporters.cutting.opening import Asked, Opener
from exporters.cutting.reasons import CannotCutError, CloseAgainError
from exporters.cutting.remaking import Remaking
from exporters.cutting.source import Code, Function
from exporters.cutting.state import States
from exporters.cutting.tries import plain_tries
from exporters.cutting.unset import deletes, missed, without_deletions
from exporters.shared.identifiers import Unique

_MOST_ROUNDS = 200
_BRANCHING = (ast.stmt, ast.BoolOp, ast.IfExp, ast.comprehension, ast.Lambda, ast.Compare)
_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Raise, ast.Assert)


@dataclass(slots=True)
class CutRun:
    """A run's function in pieces, with what is known between them."""

    body: Body
    frame: Frame
    live: Live
    states: States
    changes: Changes
    same: dict[str, frozenset[str]]
    result: str
    """The variable for what it returns; empty where nobody asks for it."""

    @property
    def returned(self) -> Known | None:
        """What is known of what it returns; None where it returns nothing."""
        states = self.states
        end = states.after.get(id(self.body[-1])) if self.body else states.entry[id(self.body)]
        return (end or {}).get(self.result)


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts functions of one backend."""

    code: Code
    inference: Inference
    remaking: Remaking
    changes: Changes
    process: ProcessState
    bodies: Mapping[str, tuple[model.Node, ...]]
    """What happens in each unit that the workflow opens."""

    def cut(self, asked: Asked) -> CutRun:
        """The function in pieces; raises `CannotCutError` where it has to stay whole."""
        closed: dict[str, str] = {}
        for _ in range(_MOST_ROUNDS):
            try:
                return self._once(asked, closed)
            except CloseAgainError as error:
                closed[error.site] = error.why
        raise CannotCutError("too many calls in it can't be opened")

    def _once(self, asked: Asked, closed: dict[str, str]) -> CutRun:
        opener = Opener(self.code, self.bodies, closed, Unique([asked.result]))
        frame, body = opener.run(asked)
        without_turns(body, opener.new)
        dissolve(body, self.code, self.changes, opener.name)
        plain_tries(body, frame, opener.name)
        after = frozenset({asked.result})
        outer = outermost(asked.function, asked.layers)
        start = self._parameters(asked.function if outer.parameters == asked.function.parameters else outer, frame)
        if deletes(body):
            without_deletions(body, *self._look(body, after, start, KeptState()))
        live, states = self._look_with_state(body, after, start)
        for _ in range(6):
            if not (iterables(body, states, opener.name) | stuck_conditions(body, states, live.entry, opener.name)):
                break
            live, states = self._look_with_state(body, after, start)
        changes = self.changes
        same = same_objects(body, states.ever, self.code)
        changed = compared(body).union(*(changes.of(leaf) for leaf in leaves(body)))
        changed = frozenset(n for n in changed if n not in states.ever or states.ever[n].form != "row")
        led = rows_led_to(body, states.ever, self.inference.unsaved, self.code)
        doubled = Doubled(body, states.ever, same, changed).variables()
        risky = _risky(body, states) | missed(body, states)
        body = Gluing(live, states, same, changed, changes, asked.result, risky, led, doubled).sequence(body)
        _name_items(body, opener)
        live = Live()
        live.sequence(body, after)
        body = Gathering(self.code, live, changes, states.repeated).sequence(body)
        live, states = self._look(body, after, start, KeptState())
        return CutRun(body, frame, live, states, changes, same, asked.result)

    def _look_with_state(self, body: Body, after: frozenset[str], start: Env) -> tuple[Live, States]:
        """As `_look`, with what the run changes of its process and asks for later."""
        live, states = self._look(body, after, start, KeptState())
        state = self.process.of(body, states.ever)
        return self._look(body, after, start, state) if any(state.changes.values()) else (live, states)

    def _look(self, body: Body, after: frozenset[str], start: Env, state: KeptState) -> tuple[Live, States]:
        live = Live()
        live.sequence(body, after)
        state.live_in(live, body)
        frames: dict[str, set[Frame]] = {}
        changed: set[str] = set()
        touched: set[str] = set()
        for leaf in leaves(body):
            changed |= self.changes.of(leaf)
            touched |= self.changes.but_by_methods(leaf)
            for variable in leaf.frame.names.values():
                frames.setdefault(variable, set()).add(leaf.frame)
        shared = frozenset(name for name, found in frames.items() if len(found) > 1)
        kept: frozenset[str] = frozenset()
        asked = asked_in(leaves(body))
        while True:
            states = States(
                self.code,
                self.inference,
                self.remaking,
                result=next(iter(after), ""),
                changed_later=frozenset(changed) | shared,
                touched_later=frozenset(touched) | shared,
                kept=kept,
                state=state,
                asked=asked,
            )
            states.sequence(body, start)
            outlived = {name for name, at in states.stale.items() if any(name in live.after[one] for one in at)}
            if not outlived - kept:
                return live, states
            kept |= outlived

    def _parameters(self, function: Function, frame: Frame) -> Env:
        """What a run begins with: it came as a message or a path, so it can cross."""
        given: dict[str, Kind] = {}
        arguments = function.node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            kind = self.inference.annotated(argument.annotation, function.file) if argument.annotation else DATA
            given[argument.arg] = kind if kind.crosses else DATA
        if arguments.kwarg is not None:
            given[arguments.kwarg.arg] = DATA
        return {frame.names[name]: Known(kind) for name, kind in given.items() if name in frame.names}


def _risky(body: Body, states: States) -> frozenset[str]:
    """Variables that may be missing where a leaf asks for them, and that it may not ask for at all."""
    found: set[str] = set()
    for item in walk(body):
        env = states.before.get(id(item), {})
        for leaf in heads_of(item):
            if any(isinstance(node, _BRANCHING) and not isinstance(node, _PLAIN) for node in leaf.nodes()):
                found |= {name for name in reads(leaf) if name in env and env[name].may_miss}
    return frozenset(found)


def _name_items(body: Body, opener: Opener) -> None:
    """Give each loop a variable for its item; what the target takes apart is done at the head of the body."""
    for items in [body, *(inner for item in list(walk(body)) for inner in bodies_of(item))]:
        for item in items:
            if not isinstance(item, Each):
                continue
            frame = item.target.frame
            target = item.node.target
            if isinstance(target, cst.Name) and target.value in frame.names:
                item.variable = frame.names[target.value]
                continue
            name = opener.name(item.target, "item")
            binding = cst.Assign([cst.AssignTarget(target)], cst.Name(name))
            item.body.insert(0, statement(binding, item.target))
            item.node = item.node.with_changes(target=cst.Name(name))
            item.target = Plain(
                [cst.SimpleStatementLine([assign(name, cst.Name("item"))])], frame, item.target.first, item.target.last
            )
            item.variable = frame.names[name]
