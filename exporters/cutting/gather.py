"""Lets code that does nothing outside go with the step that needs it, so that a step is one thing that happens."""

from __future__ import annotations

from exporters.cutting.changes import Changes
from exporters.cutting.flow import Attempt, Body, Item, Plain, Retried, bodies_of
from exporters.cutting.live import Live, Variables, binds, mentions
from exporters.cutting.render import one_leaf
from exporters.cutting.source import Code
from exporters.cutting.waits import is_wait

NOTHING: Variables = frozenset()


class Gathering:
    """One pass over a flow whose parts are already glued."""

    def __init__(self, code: Code, live: Live, changes: Changes, repeated: frozenset[int] = frozenset()) -> None:
        """`repeated` are the leaves, by identity, that each step does again that needs them."""
        self._code = code
        self._live = live
        self._changes = changes
        self._repeated = repeated

    def sequence(self, items: Body, caught: Variables = NOTHING) -> Body:
        """Join quiet leaves with the one behind them, the last with the one before."""
        for item in items:
            is_left = isinstance(item, Attempt | Retried)
            inner = caught | self._live.caught.get(id(item), NOTHING) if is_left else caught
            for body in bodies_of(item):
                is_tried = isinstance(item, Attempt | Retried) and body is item.body
                body[:] = self.sequence(body, inner if is_tried else caught)
        found: Body = []
        for item in items:
            previous = found[-1] if found else None
            if isinstance(previous, Plain) and isinstance(item, Plain) and self._may_join(previous, item, caught):
                found[-1] = one_leaf([previous, item])
            elif isinstance(previous, Plain) and isinstance(item, Plain) and self._may_pass(previous, item):
                found.insert(-1, item)
            else:
                found.append(item)
        return self._trailing(found, caught)

    def _may_pass(self, one: Plain, two: Plain) -> bool:
        """Whether the first is quiet and may as well be done behind the second, which steps do again."""
        if id(two) not in self._repeated or not self._is_quiet(one) or one.frame is not two.frame or one.ends:
            return False
        sets = binds(one) | self._changes.of(one)
        return not (sets & (mentions(two) | binds(two)) or binds(two) & mentions(one))

    def _may_join(self, one: Plain, two: Plain, caught: Variables) -> bool:
        """Whether the first is quiet and goes with the second."""
        is_answer_alone = two.responds and not two.marks
        return self._is_quiet(one) and not is_answer_alone and self._fit(one, two, caught)

    def _may_trail(self, one: Plain, two: Plain, caught: Variables) -> bool:
        """Whether the second is quiet and goes with the first."""
        return self._is_quiet(two) and not one.responds and self._fit(one, two, caught)

    def _is_quiet(self, leaf: Plain) -> bool:
        return not leaf.marks and not leaf.responds and id(leaf) not in self._repeated

    def _fit(self, one: Plain, two: Plain, caught: Variables) -> bool:
        if one.frame is not two.frame or is_wait(two, self._code) or is_wait(one, self._code) or one.ends:
            return False
        if {id(one), id(two)} & self._repeated:
            return False  # It has to stand alone: each step that needs it does it again.
        # What a step has set is lost where the same step fails then: a handler would not see it.
        return not (caught & (binds(one) | self._changes.of(one) | self._changes.of(two)))

    def _trailing(self, items: Body, caught: Variables) -> Body:
        found: Body = []
        for item in items:
            previous: Item | None = found[-1] if found else None
            if isinstance(previous, Plain) and isinstance(item, Plain) and self._may_trail(previous, item, caught):
                found[-1] = one_leaf([previous, item])
            else:
                found.append(item)
        return found
