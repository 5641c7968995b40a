"""Which conditions guard a line of a function, and whether a loop runs it: for the document's edges."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from discover.facts import records as facts
from discover.facts.walking import COMPOUND


class Guarding(NamedTuple):
    """What must hold for a line to run; conditions outermost first."""

    conditions: tuple[str, ...] = ()
    loop: bool = False


FREE = Guarding()


class Guards:
    """The guards of one function's lines: breakpoints in line order, looked up by bisection.

    Lines are enough: of the calls on one line with a guard's head, those of its body come last.
    """

    def __init__(self, body: list[facts.Stmt]) -> None:
        self._starts: list[int] = []
        self._values: list[Guarding] = []
        self._walk(body, FREE)

    def at(self, line: int) -> Guarding:
        """The guards of what stands on the line."""
        index = bisect_right(self._starts, line)
        return self._values[index - 1] if index else FREE

    def _mark(self, line: int, guarding: Guarding) -> None:
        if self._starts and line < self._starts[-1]:
            line = self._starts[-1]
        self._starts.append(line)
        self._values.append(guarding)

    def _block(self, body: list[facts.Stmt], guarding: Guarding) -> None:
        if body:
            self._mark(body[0].line, guarding)
            self._walk(body, guarding)

    def _walk(self, body: list[facts.Stmt], outer: Guarding) -> None:
        for statement in body:
            if type(statement) not in COMPOUND:
                continue
            if isinstance(statement, facts.If):
                self._if(statement, outer)
            elif isinstance(statement, facts.ForLoop):
                self._block(statement.body, Guarding(outer.conditions, loop=True))
                self._block(statement.otherwise, outer)
            elif isinstance(statement, facts.While):
                inside = outer.conditions if statement.text in ("True", "1") else (*outer.conditions, statement.text)
                self._block(statement.body, Guarding(inside, loop=True))
                self._block(statement.otherwise, outer)
            elif isinstance(statement, facts.With):
                self._walk(statement.body, outer)
                continue
            elif isinstance(statement, facts.Try):
                self._try(statement, outer)
            elif isinstance(statement, facts.Match):
                for case in statement.cases:
                    text = f"{statement.text} is {case.text}"
                    self._block(case.body, Guarding((*outer.conditions, text), outer.loop))
            else:
                continue
            self._mark(statement.end_line + 1, outer)

    def _if(self, statement: facts.If, outer: Guarding) -> None:
        self._block(statement.body, Guarding((*outer.conditions, statement.text), outer.loop))
        self._block(statement.otherwise, Guarding((*outer.conditions, f"not ({statement.text})"), outer.loop))

    def _try(self, statement: facts.Try, outer: Guarding) -> None:
        self._walk(statement.body, outer)
        for handler in statement.handlers:
            text = f"except {handler.text}".strip()
            self._block(handler.body, Guarding((*outer.conditions, text), outer.loop))
        self._block(statement.otherwise, outer)
        self._block(statement.last, outer)
