"""What a function does, told of what it is handed: its parameters' places become those of the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from exporters.cutting.namespaces import Namespaces
from exporters.cutting.places import NOWHERE, Places, is_incoming, is_value, within
from exporters.cutting.touch import Change


@dataclass(frozen=True, slots=True)
class Told:
    """The arguments of one call."""

    given: Mapping[str, Places]
    """What each parameter stands for."""
    attribute_of: Callable[[str, str], Places]
    spaces: Namespaces
    _known: dict[str, Iterable[str]] = field(default_factory=dict[str, Iterable[str]])

    def places(self, one: str) -> Iterable[str]:
        """What a place of the function is for the caller."""
        if one not in self._known:
            self._known[one] = self._places(one)
        return self._known[one]

    def _places(self, one: str) -> Iterable[str]:
        if not is_incoming(one):
            return (one,)
        if ">" in one:
            attribute, _, held = one.partition(">")
            return within(attribute, self.places(held))
        held, attribute = self._parameter(one)
        return NOWHERE.union(*(self.attribute_of(other, attribute) for other in held)) if attribute else held

    def _parameter(self, place: str) -> tuple[Places, str]:
        name, _, attribute = place[1:].partition(".")
        return self.given.get(name, NOWHERE), attribute

    def changed(self, change: Change) -> Iterable[str]:
        """Where the change is one for the caller; a method such as `append` changes only what may have that."""
        places = self._anew(change.place) if change.is_anew else frozenset(self.places(change.place))
        found = frozenset(one for one in places if ">" not in one and not is_value(one)) | self.spaces.all_in(places)
        may_be_changed = self.spaces.holders.may_be_changed
        return [one for one in found if change.how != "called" or one.startswith(":") or may_be_changed(one)]

    def _anew(self, place: str) -> Places:
        """The attributes that get another value."""
        held, attribute = self._parameter(place)
        return NOWHERE.union(*(self.spaces.slot(one, attribute) for one in held)) if attribute else held
