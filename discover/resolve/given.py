"""What a call is given, as values."""

from __future__ import annotations

from discover.resolve.values import NOTHING, Values


class Arguments:
    """Evaluated arguments, positional ones in order; `star` is what `*x` adds, `double` what `**x` adds."""

    __slots__ = ("double", "keywords", "positional", "star")

    def __init__(self, positional: list[Values], keywords: dict[str, Values]) -> None:
        self.positional = positional
        self.keywords = keywords
        self.star: Values = NOTHING
        self.double: Values = NOTHING

    def at(self, place: int, name: str) -> Values:
        """What is given by place, else by name; what `*` and `**` add is not counted."""
        return self.positional[place] if place < len(self.positional) else self.keywords.get(name, NOTHING)
