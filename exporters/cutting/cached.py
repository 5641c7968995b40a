"""What a row keeps of other rows once it was asked: read anew, it would give what is in the store by then."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from exporters.cutting.flow import Plain
from exporters.cutting.infer import Inference
from exporters.cutting.kinds import Kind
from exporters.cutting.known import Env
from exporters.cutting.source import Class, dotted_name
from exporters.cutting.unsaved import ADDED, OTHERWISE

_HELD = "!~"
"""It keeps something that its store would give otherwise."""


def asked_in(leaves: Iterable[Plain]) -> Counter[str]:
    """How often each attribute is asked for, of whatever: `order.status.label` asks for two, and for `status.label`."""
    found = Counter[str]()
    for one in (node for leaf in leaves for node in leaf.nodes()):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load):
            found[one.attr] += 1
            if isinstance(one.value, ast.Attribute):
                found[f"{one.value.attr}.{one.attr}"] += 1
    return found


@dataclass(frozen=True, slots=True)
class Cached:
    """Tells of the rows of one flow."""

    inference: Inference
    asked: Counter[str]

    def stale(self, leaf: Plain, env: Env, tables: set[str]) -> set[str]:
        """The variables of rows that keep something of the tables that a leaf changes, which the code asks for again.

        What the leaf changes by way of the row itself is no other there than in the store.
        """
        left = self.asked.keys() - asked_in([leaf]).keys()
        return {
            name
            for name, known in env.items()
            if known.kind.form == "row" and known.kind.of is not None and self._keeps(known.kind, left, tables)
        }

    def _keeps(self, kind: Kind, left: set[str], tables: set[str]) -> bool:
        of = kind.of
        if of is None or self.inference.classes.is_in_session(of):
            return False
        if any(not self._leads_to(of, name) - tables for name in kind.fetched & left):
            return True
        again = [name for name in left if self.asked[name] > 1]
        return any(self._leads_to(of, name) & tables or self._is_kept(of, name) for name in again)

    def _leads_to(self, of: Class, name: str) -> set[str]:
        """The table of the one row that the attribute leads to; none where that is not known."""
        found = self.inference.related(of, name)
        return {found.of.node.name} if found.form == "row" and found.of is not None else set()

    def _is_kept(self, of: Class, name: str) -> bool:
        method = self.inference.unsaved.method(of, name)
        decorators = method.node.decorator_list if method is not None else []
        return any(dotted_name(one).rpartition(".")[2] == "cached_property" for one in decorators)

    def bound(self, kind: Kind, *, kept: bool) -> Kind:
        """What is known of a row that a name is given: what no read would give matters where the code asks for it."""
        if kind.form != "row":
            return replace(kind, item=self.bound(kind.item, kept=False)) if kind.item is not None else kind
        unsaved = {one for one in kind.unsaved if not one.startswith(ADDED) or self.asked[_told(one)]}
        if kept:
            return replace(kind, is_changed=True, unsaved=frozenset({*unsaved, _HELD}))
        if len(unsaved) == len(kind.unsaved):
            return kind
        return replace(kind, is_changed=bool(unsaved), unsaved=frozenset(unsaved))


def _told(name: str) -> str:
    return name.removeprefix(ADDED).removeprefix(OTHERWISE)
