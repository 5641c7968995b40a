"""What of a process's state is more than a cache: something changes it in another way than by filling it."""

from __future__ import annotations

from collections.abc import Iterable

from exporters.cutting.places import NOWHERE, parts_of
from exporters.cutting.source import Code
from exporters.cutting.touch import Change, Touch
from exporters.cutting.touching import Touching, functions_of


class Remembered:
    """Looks into each file once."""

    def __init__(self, code: Code, touching: Touching) -> None:
        self._code = code
        self._touching = touching
        self._changed: dict[str, frozenset[str]] = {}
        self._version = touching.version

    def lasting(self, touches: Iterable[Touch]) -> list[Change]:
        """What the code changes, but for what it alone does to a cache."""
        touches = list(touches)
        found = {change for touch in touches for change in touch.changes if not change.place.startswith(":")}
        otherwise = {change.place for change in found if change.how != "filled"}
        kept = NOWHERE.union(otherwise, *(touch.reads for touch in touches)) if found else NOWHERE
        return sorted(change for change in found if change.place in kept)

    def changed_at_home(self, places: Iterable[str]) -> frozenset[str]:
        """Those places that functions of their own files change in another way than by filling a cache."""
        return frozenset(one for one in places if not self._changed_at_home(one).isdisjoint(parts_of(one)))

    def _changed_at_home(self, place: str) -> frozenset[str]:
        """What the functions of the holder's own file change in another way than by filling it."""
        path = place.partition("::")[0]
        if self._version != self._touching.version:
            self._version = self._touching.version
            self._changed.clear()
        if path not in self._changed:
            file = self._code.file(path)
            touches = [self._touching.of(one) for one in functions_of(file)] if file else []
            changes = {change for touch in touches for change in touch.changes if change.how != "filled"}
            at_home = [change.place for change in changes if change.place.partition("::")[0] == path]
            self._changed[path] = frozenset(part for place in at_home for part in parts_of(place))
        return self._changed[path]
