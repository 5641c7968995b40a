"""What is known of each variable at each point of a flow: its kind, how it can be read again, and open transactions."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from discover import model
from exporters.cutting.assignments import Scope, bind, statement_binds
from exporters.cutting.cached import Cached
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
    computed,
)
from exporters.cutting.infer import Inference
from exporters.cutting.kept_state import KeptState
from exporters.cutting.kinds import PLAIN, UNKNOWN, Kind, bounded, item_of, joined, listed, other, own_object
from exporters.cutting.known import HELD, SESSION, Env, Known, merged, unsure
from exporters.cutting.live import binds, reads
from exporters.cutting.marks import deep
from exporters.cutting.names import base_of, bases_changed, names_in
from exporters.cutting.remaking import Remaking
from exporters.cutting.row_parts import part_in
from exporters.cutting.source import Code
from exporters.cutting.stored import Stored, read_by
from exporters.cutting.transactions import Transactions, has_block
from exporters.cutting.tries import is_only_text

EXCEPTION = Kind("plain", why="an exception")
HANDLED = other("an exception that is asked for more than its text")
_BINDING_BY_PART = ast.For | ast.AsyncFor | ast.With | ast.AsyncWith | ast.ExceptHandler
_MOST_TURNS = 8


@dataclass(slots=True)
class States:
    """The pass; what it finds is kept by the identity of items and sequences."""

    code: Code
    inference: Inference
    remaking: Remaking
    before: dict[int, Env] = field(default_factory=dict[int, Env])
    after: dict[int, Env | None] = field(default_factory=dict[int, "Env | None"])
    entry: dict[int, Env] = field(default_factory=dict[int, Env])
    ever: dict[str, Kind] = field(default_factory=dict[str, Kind])
    """What each variable is anywhere."""
    result: str = ""
    """The variable for what the run returns."""
    changed_later: frozenset[str] = frozenset()
    """Variables that are changed in place somewhere: what reads them from the store is no read to repeat."""
    kept: frozenset[str] = frozenset()
    """Queries that are asked again for what they gave before a change: they are not read anew."""
    stale: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    """For each query that was read before a change of its table, the leaves that change that, by identity."""
    state: KeptState = field(default_factory=KeptState)
    """What the leaves change of what the process holds."""
    blocks: int = 0
    """How many `with` stand around: they may be what ends the transaction of the changes in them."""
    asked: Counter[str] = field(default_factory=Counter[str])
    """How often the flow asks for each attribute."""
    cached: Cached = field(init=False)
    stored: Stored = field(init=False)
    touched_later: frozenset[str] = frozenset()
    """The same, but for what is done by a method of its own."""

    def __post_init__(self) -> None:
        self.cached = Cached(self.inference, self.asked)
        self.stored = Stored(self.code, self.inference, self.cached)

    @property
    def repeated(self) -> frozenset[int]:
        """The leaves that give a value again that can't cross, by identity."""
        envs = [*self.before.values(), *(env for env in self.after.values() if env is not None)]
        every = [known for env in envs for known in env.values() if known.again is not None]
        return frozenset(id(known.again) for known in every if not known.kind.crosses)

    def sequence(self, items: Body, env: Env | None) -> Env | None:
        """Go through the items; None where the end is never reached."""
        if env is not None:
            self.entry[id(items)] = env
        for item in items:
            if env is None:
                self.before.pop(id(item), None)
                continue
            self.before[id(item)] = env
            env = self._item(item, env)
            self.after[id(item)] = env
            for name, known in (env or {}).items():
                self.ever[name] = known.kind if name not in self.ever else joined((self.ever[name], known.kind))
        return env

    def _item(self, item: Item, env: Env) -> Env | None:
        match item:
            case Plain():
                return None if item.ends else self.plain(item, env)
            case Leave() | Turn():
                return None
            case Choice():
                env = self.plain(item.test, env)
                return merged([self.sequence(item.then, env), self.sequence(item.otherwise, env)])
            case Each():
                return self._each(item, env)
            case Repeat():
                return self._repeat(item, env)
            case Attempt():
                return self._attempt(item, env)
            case Together():
                return self._together(item, env)
            case Retried():
                return self._retried(item, env)
            case Within():
                self.blocks += 1
                end = self.sequence(item.body, self.plain(item.head, env))
                self.blocks -= 1
                return end

    def _each(self, item: Each, env: Env) -> Env | None:
        env = self.plain(item.over, env)
        kind = item_of(self.inference.kind(computed(item.over), self.scope(item.over.frame, env)))
        target = item.target.tree[0]
        assert isinstance(target, ast.Assign)
        inner: dict[str, Kind] = {}
        bind(inner, target.targets[0], kind)
        names = item.over.frame.names
        turning = {names[name]: Known(bounded(known)) for name, known in inner.items() if name in names}
        if item.gathers:
            end = self.sequence(item.body, env | turning) or {}
            part = end.get(names[item.part], Known(UNKNOWN))
            return env | {names[item.gathers]: Known(listed(part.kind))}
        start: Env | None = None
        end = None
        for turn in range(_MOST_TURNS):
            turned = merged([env, end])
            if turned == start:
                break
            start = turned if turn < _MOST_TURNS - 1 else unsure(turned, start)
            end = self.sequence(item.body, (start or env) | turning)
        # After the last turn, or without any.
        return self.sequence(item.otherwise, merged([env, end]))

    def _repeat(self, item: Repeat, env: Env) -> Env | None:
        start: Env | None = None
        end: Env | None = None
        for turn in range(_MOST_TURNS):
            turned = merged([env, end])
            if turned == start:
                break
            start = turned if turn < _MOST_TURNS - 1 else unsure(turned, start)
            end = self.sequence(item.body, self.plain(item.test, start or env))
        return self.sequence(item.otherwise, start)

    def _retried(self, item: Retried, env: Env) -> Env | None:
        start: Env | None = None
        end: Env | None = None
        for turn in range(_MOST_TURNS):
            turned = merged([env, *self._points(item.body)])
            if turned == start:
                break
            start = turned if turn < _MOST_TURNS - 1 else unsure(turned, start)
            end = self.sequence(item.body, start or env)
        return end

    def _together(self, item: Together, env: Env) -> Env | None:
        after = dict(env)
        for branch in item.branches:
            end = self.sequence(branch, env)
            if end is None:
                return None
            after |= {name: known for name, known in end.items() if env.get(name) != known}
        return after

    def _attempt(self, item: Attempt, env: Env) -> Env | None:
        end = self.sequence(item.body, env)
        inside = [env, *self._points(item.body)]
        ends = [self.sequence(item.otherwise, end)]
        for handler in item.handlers:
            entered = merged(inside) or env
            if handler.variable:
                entered = entered | {
                    handler.variable: Known(EXCEPTION if handler.only_holds or is_only_text(handler) else HANDLED)
                }
            left = self.sequence(handler.body, entered)
            if left is not None and handler.variable:
                left = {name: known for name, known in left.items() if name != handler.variable}
            ends.append(left)
            inside += self._points(handler.body)
        if item.last:
            # On the way of an error only the effects of `last` count; what follows is reached by the other ways.
            behind = merged(ends)
            self.sequence(item.last, merged([*inside, *ends]) or env)
            return self.sequence(item.last, behind) if behind is not None else None
        return merged(ends)

    def _points(self, items: Body) -> list[Env]:
        """The states between the items, from which an error may leave them."""
        found: list[Env] = []
        for item in items:
            after = self.after.get(id(item))
            if after is not None:
                found.append(after)
            match item:
                case Choice():
                    found += [*self._points(item.then), *self._points(item.otherwise)]
                case Each() | Repeat():
                    found += self._points(item.body)
                case Within() | Retried():
                    found += self._points(item.body)
                case Attempt():
                    found += self._points(item.body)
                case _:
                    pass
        return found

    def scope(self, frame: Frame, env: Env) -> Scope:
        """What the frame's names are, for an expression at a point."""
        own = {name: env[variable].kind if variable in env else UNKNOWN for name, variable in frame.names.items()}
        own |= dict.fromkeys(frame.context, UNKNOWN)
        own |= {name: own_object(of) for name, of in frame.receivers.items()}
        file = self.code.file(frame.file)
        assert file is not None
        return Scope(file, own, frame.paths)

    def plain(self, leaf: Plain, env: Env) -> Env:
        """The state behind a leaf."""
        frame = leaf.frame
        after = dict(env)
        self._statements(leaf.tree, after, frame)
        bound = binds(leaf)
        self.stored.received(leaf, bound, after)
        sets = self.stored.sets_in_session(env, after)
        self._forget(leaf, bound, after)
        for name in read_by(leaf, env):
            if after[name].again is env[name].again:
                after[name] = replace(after[name], is_read=True)
        for name in self.stored.written(leaf, bound, after):
            self.stale.setdefault(name, set()).add(id(leaf))
        self._remember(leaf, bound, after)
        if leaf.responds and self.result in after:
            # The worker makes plain data of a response.
            after[self.result] = Known(PLAIN, None, after[self.result].may_miss)
        self._transaction(leaf, after, sets=sets)
        after |= self.state.after(leaf)
        setting = self.inference.lasting.of(leaf)
        for one in setting.back:
            after.pop(f"{HELD}{one}", None)
        for one in setting.sets:
            after[f"{HELD}{one}"] = Known(other(f"it sets {one} for all that follows"))
        return after

    def _statements(self, body: Sequence[ast.stmt], env: Env, frame: Frame) -> bool:
        """Follow the statements in place; False where their end is not reached."""
        return all(self._statement(statement, env, frame) for statement in body)

    def _statement(self, node: ast.stmt, env: Env, frame: Frame) -> bool:
        match node:
            case ast.Raise() | ast.Return():
                return False
            case ast.Break() | ast.Continue():
                return True  # What was set until here is there behind the loop.
            case ast.If(body=yes, orelse=no):
                self._simple(node.test, env, frame)
                return self._either([yes, no], env, frame)
            case ast.For() | ast.AsyncFor() | ast.While():
                if not isinstance(node, ast.While):
                    self._binds(node, env, frame)
                # Twice: what one turn sets is there in the next.
                self._either([node.body, []], env, frame)
                self._either([node.body, []], env, frame)
                return self._statements(node.orelse, env, frame)
            case ast.With() | ast.AsyncWith():
                self._binds(node, env, frame)
                return self._statements(node.body, env, frame)
            case ast.Try() | ast.TryStar():
                handlers = [handler.body for handler in node.handlers]
                for handler in node.handlers:
                    self._binds(handler, env, frame)
                ways = [[*node.body, *node.orelse], *([*node.body, *body] for body in handlers), *handlers]
                self._either(ways, env, frame)
                return self._statements(node.finalbody, env, frame)
            case ast.Match(subject=subject, cases=cases):
                self._simple(subject, env, frame)
                self._patterns(cases, env, frame)
                return self._either([[], *(case.body for case in cases)], env, frame)
            case _:
                self._simple(node, env, frame)
                return True

    def _patterns(self, cases: Iterable[ast.match_case], env: Env, frame: Frame) -> None:
        """What the patterns of a `match` bind, and what their guards do: each may have been tried, or not."""
        tried = dict(env)
        for case in cases:
            self._binds(case.pattern, tried, frame)
            if case.guard is not None:
                self._simple(case.guard, tried, frame)
        joint = merged([env, tried]) or env
        env.update(joint)

    def _either(self, ways: Iterable[Sequence[ast.stmt]], env: Env, frame: Frame) -> bool:
        ends: list[Env | None] = []
        for way in ways:
            inner = dict(env)
            ends.append(inner if self._statements(way, inner, frame) else None)
        joint = merged(ends)
        if joint is None:
            return False
        env.clear()
        env.update(joint)
        return True

    def _simple(self, node: ast.AST, env: Env, frame: Frame) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self._binds(inner, env, frame)
        self._binds(node, env, frame)
        self.stored.set(node, env, frame)
        for inner in ast.walk(node):
            match inner:
                case ast.Call(func=ast.Attribute(value=session, attr="commit" | "refresh")):
                    self.stored.committed(base_of(session), env, frame)
                case _:
                    pass
        if isinstance(node, ast.Delete):
            for name in names_in([node]).bound:
                env.pop(frame.names.get(name, ""), None)

    def _binds(self, node: ast.AST, env: Env, frame: Frame) -> None:
        if isinstance(node, ast.Delete):
            return
        found: dict[str, Kind] = {}
        statement_binds(node, self.scope(frame, env), self.inference, found)
        if not isinstance(node, _BINDING_BY_PART):
            found |= dict.fromkeys(names_in([node]).bound - found.keys(), UNKNOWN)
        for name, kind in sorted(found.items(), key=lambda one: one[0]):
            if name in frame.names:
                kind = self.cached.bound(kind, kept=frame.names[name] in self.kept)
                env[frame.names[name]] = Known(bounded(kind), part=part_in(node, env, frame, self.inference.unsaved))

    def _forget(self, leaf: Plain, bound: frozenset[str], after: Env) -> None:
        """A read can't be repeated once something that it rests on has changed."""
        changed = {leaf.frame.names[base] for base in bases_changed(leaf.tree) if base in leaf.frame.names}
        for name, known in after.items():
            again = known.again
            if (again is not None and (reads(again) & (bound | changed) or name in changed)) or (
                again is None and name in bound
            ):
                after[name] = Known(known.kind, part=known.part)

    def _remember(self, leaf: Plain, bound: frozenset[str], after: Env) -> None:
        """A statement that only reads the store, or makes an object, into one variable can be repeated."""
        statement = leaf.tree[0] if len(leaf.tree) == 1 else None
        if not isinstance(statement, ast.Assign) or len(bound) != 1:
            return
        steps = [n for n in deep(leaf.marks) if isinstance(n, model.Step | model.Hop | model.Wait)]
        only_reads = all(isinstance(n, model.Step) and n.kind == "db_read" for n in steps)
        scope = self.scope(leaf.frame, after)
        makes = not leaf.marks and self.remaking.makes_again(statement.value, scope)
        finds = not leaf.marks and self.remaking.finds_again(statement.value, scope)
        if not (only_reads and steps) and not makes and not finds:
            return
        target = statement.targets[0]
        name = next(iter(bound))
        is_changed = name in (self.touched_later if makes else self.changed_later)
        if not isinstance(target, ast.Name) or is_changed or name in reads(leaf) | self.kept:
            return
        known = after[name]
        is_known = known.kind.form in {"plain", "data", "object"} and known.kind.crosses
        can_be_given = all(v in after and (after[v].kind.crosses or after[v].again) for v in reads(leaf))
        if not is_known and can_be_given:
            after[name] = Known(known.kind, leaf)

    def _transaction(self, leaf: Plain, after: Env, *, sets: bool) -> None:
        opens = Transactions(self.code).leaves_open(leaf)
        if self.blocks and opens:
            return
        if opens is True or (sets and opens is None and not (self.blocks or has_block(leaf))):
            after[SESSION] = Known(other("a session with changes that are not committed"))
        elif opens is False:
            after.pop(SESSION, None)
