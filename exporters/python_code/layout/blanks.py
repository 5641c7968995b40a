"""The empty lines between statements, and the comments there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_CLAUSES = ("else", "elif", "except", "finally", "case")


@dataclass(frozen=True, slots=True)
class Place:
    """What a statement's first word says of the lines around it."""

    indent: int
    word: str

    @property
    def defines(self) -> bool:
        return self.word in {"def", "class", "@", "async def"}

    @property
    def imports(self) -> bool:
        return self.word in {"import", "from"}


@dataclass(slots=True)
class Spacing:
    """Follows the statements of a module."""

    before: Place | None = None
    inside: list[Place] = field(default_factory=list[Place])
    """The definitions that the last statement stands in."""

    def gap(self, written: Sequence[str], place: Place) -> list[str]:
        """The lines between the last statement and this one, as a formatter has them."""
        least, most = self._bounds(place, has_comment=any(line.strip() for line in written))
        lines = _squeezed([line.rstrip() for line in written], 2 if place.indent == 0 else 1)
        count = next((index for index, line in enumerate(lines) if line), len(lines))
        self._enter(place)
        return ["" for _ in range(min(max(count, least), most))] + lines[count:]

    def _bounds(self, place: Place, *, has_comment: bool) -> tuple[int, int]:
        wide = 2 if place.indent == 0 else 1
        before = self.before
        if before is None or before.word == "@":
            return 0, 0
        if place.indent > before.indent:
            least = int(place.defines and not before.defines)
            return least, max(least, int(has_comment and before.defines))
        left = any(place.indent <= each.indent for each in self.inside)
        if (place.defines or left) and place.word not in _CLAUSES:
            return wide, wide
        if before.imports and not place.imports and place.indent == before.indent:
            return 1, wide
        return 0, wide

    def _enter(self, place: Place) -> None:
        self.inside = [each for each in self.inside if each.indent < place.indent]
        if place.defines and place.word != "@":
            self.inside.append(place)
        self.before = place


def _squeezed(lines: Sequence[str], most: int) -> list[str]:
    """The lines with no more than so many empty ones together."""
    made: list[str] = []
    for line in lines:
        if line or any(made[-most:]) or len(made) < most:
            made.append(line)
    return made
