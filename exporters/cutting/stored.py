"""What statements do to what is known of rows and queries: set and not saved, saved, read before a change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from discover import model
from exporters.cutting.cached import Cached
from exporters.cutting.flow import Frame, Plain
from exporters.cutting.infer import Inference
from exporters.cutting.kinds import is_unread
from exporters.cutting.known import Env, Known, after_writing
from exporters.cutting.marks import deep
from exporters.cutting.names import base_of, names_in
from exporters.cutting.received import receivers_in
from exporters.cutting.row_parts import changed_with
from exporters.cutting.source import Class, Code
from exporters.cutting.unsaved import SAVES, Effect


@dataclass(frozen=True, slots=True)
class Stored:
    """Follows rows through the statements of one backend."""

    code: Code
    inference: Inference
    cached: Cached

    def committed(self, session: str, env: Env, frame: Frame) -> None:
        """Rows are written now; those of a session of the function itself stay with it."""
        is_own = session in frame.names or session in frame.context
        for name, known in list(env.items()):
            if known.kind.form == "row":
                is_bound = known.kind.is_bound or (is_own and known.kind.is_changed)
                kept = replace(known.kind, is_changed=False, unsaved=frozenset(), is_bound=is_bound)
                env[name] = replace(known, kind=kept)

    def set(self, node: ast.AST, env: Env, frame: Frame) -> None:
        """What a statement sets of rows, and what it saves of that."""
        file = self.code.file(frame.file)
        assert file is not None
        if any(known.part for known in env.values()):
            for variable, name in changed_with(self.inference.changes.by(node, file, frame.paths), env, frame):
                env[variable] = Known(Effect(left=frozenset({name})).on(env[variable].kind))
        for name, effect in self._effects(node, env, frame):
            if effect.saved or effect.left:
                variable = frame.names[name]
                env[variable] = Known(self.cached.bound(effect.on(env[variable].kind), kept=False))

    def received(self, leaf: Plain, bound: frozenset[str], env: Env) -> None:
        """What receivers of the signals that a leaf sends leave of its rows, and nobody saves."""
        receivers = list(receivers_in(leaf))
        for name in sorted({*self._saved(leaf, env), *bound}) if receivers else ():
            known = env.get(name)
            if known is not None and known.kind.form == "row":
                for receiver in receivers:
                    effect = receiver.on_instance(self.code, self.inference.unsaved, known.kind.of)
                    known = Known(self.cached.bound(effect.on(known.kind), kept=False))
                env[name] = known

    def sets_in_session(self, before: Env, after: Env) -> bool:
        """Whether something was set of a row between the points that its session writes when it is committed."""
        for name, known in after.items():
            old = before.get(name)
            if known.kind.form == "row" and known.kind.is_changed and old is not None and old.kind.form == "row":
                of = known.kind.of
                if old.kind != known.kind and of is not None and self.inference.classes.is_in_session(of):
                    return True
        return False

    def _effects(self, node: ast.AST, env: Env, frame: Frame) -> Iterator[tuple[str, Effect]]:
        """What the node does to each row that it names."""
        file = self.code.file(frame.file)
        assert file is not None
        for name in sorted(names_in([node]).read & frame.names.keys()):
            known = env.get(frame.names[name])
            if known is not None and known.kind.form == "row":
                of: Class | None = known.kind.of
                yield name, self.inference.unsaved.by(node, name, of, file, frame.paths)

    def written(self, leaf: Plain, bound: frozenset[str], after: Env) -> set[str]:
        """Tell what was read before its table is changed, which a later read would not give.

        Gives the variables of queries that have been read, and so still hold what was there before.
        """
        steps = [step for step in deep(leaf.marks) if isinstance(step, model.Step) and step.kind == "db_write"]
        if not steps:
            return set()
        tables = {step.target for step in steps}
        saved = self._saved(leaf, after)
        stale = self.cached.stale(leaf, after, tables) - bound
        for name, known in after.items():
            if name not in bound and name not in saved:
                after[name] = after_writing(known, tables)
                if known.is_read and known.again is not None and after[name].again is None:
                    stale.add(name)
        return stale

    def _saved(self, leaf: Plain, env: Env) -> set[str]:
        """The variables that the leaf itself saves or reads anew."""
        names = leaf.frame.names
        found = {names[n] for node in leaf.tree for n, effect in self._effects(node, env, leaf.frame) if effect.saved}
        for node in leaf.tree:
            for inner in ast.walk(node):
                match inner:
                    case ast.Call(func=ast.Attribute(value=row, attr=method)) if method in SAVES:
                        found.add(names.get(base_of(row), ""))
                    case ast.Call(func=ast.Attribute(attr="commit" | "refresh")):
                        found.update(names.values())
                    case _:
                        pass
        return found


def read_by(leaf: Plain, env: Env) -> Iterator[str]:
    """The variables of queries that the leaf reads, and that keep what they gave: asked for as they are."""
    asked: set[str] = set()
    for node in leaf.tree:
        receivers = {id(one.value) for one in ast.walk(node) if isinstance(one, ast.Attribute)}
        asked |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and id(one) not in receivers}
    for name in sorted(asked & leaf.frame.names.keys()):
        known = env.get(leaf.frame.names[name])
        if known is not None and known.again is not None and is_unread(known.kind):
            yield leaf.frame.names[name]
