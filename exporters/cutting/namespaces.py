"""Modules, classes and functions as values: `setattr(config, name, 1)`, `handler = HANDLERS[kind]`, `vars(config)`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from exporters.cutting.holders import Holders, below
from exporters.cutting.places import NOWHERE, Places, is_value
from exporters.cutting.source import Class, Code, File, Function


class Namespaces:
    """Knows the modules, classes and functions that places stand for."""

    def __init__(self, code: Code, holders: Holders) -> None:
        self._code = code
        self.holders = holders
        self._known: dict[str, File | Class | Function] = {}

    def place_of(self, named: object) -> Places:
        """The place of a module, a class or a function; of nothing else."""
        match named:
            case File():
                place = f"{named.path}::"
            case Class():
                place = f"{named.file.path}::{named.node.name}:"
            case Function():
                place = f"{named.unit}&"
            case _:
                return NOWHERE
        self._known[place] = named
        return frozenset({place})

    def module(self, dotted: str) -> Places:
        """The place of the backend's module of that name."""
        return self.place_of(self._code.module_at(dotted))

    def attribute(self, place: str, name: str) -> Places:
        """What a module or a class holds by that name."""
        match self._known.get(place):
            case File() as file:
                holder = self.holders.at(name, file, (), {})
                return frozenset({holder}) if holder else self.place_of(self._code.named(file, name))
            case Class() as owner:
                holder = self.holders.of_class(owner, name)
                return frozenset({holder}) if holder else NOWHERE
            case _:
                return NOWHERE

    def stored(self, place: str, name: str) -> Places:
        """The holder that code sets by that name, which it is from now on."""
        match self._known.get(place):
            case File() as file:
                return self.holders.set_from_outside(f"{file.path}::{name}")
            case Class():
                return self.attribute(place, name)
            case _:
                return NOWHERE

    def slot(self, held: str, name: str) -> Places:
        """The attribute itself of what is held there, and not what it holds."""
        if ">" in held:
            return NOWHERE
        return self.attribute(held, name) if is_value(held) else frozenset({below(held, [name])})

    def set_in(self, places: Iterable[str], key: ast.expr | None) -> Places:
        """What is set in modules or classes under a name, which may be known."""
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return NOWHERE.union(*(self.stored(one, key.value) for one in places))
        return NOWHERE.union(*(self._everything(one) for one in places))

    def all_in(self, places: Places) -> Places:
        """All that the modules and classes among the places hold."""
        return self.set_in([one for one in places if is_value(one)], None)

    def _everything(self, place: str) -> Places:
        """All that a module or a class holds: what is set there by a name that nobody knows may be any of it."""
        match self._known.get(place):
            case File() as file:
                names = self.holders.names_in(file.tree)
            case Class() as owner:
                names = self.holders.names_in(owner.node)
            case _:
                return NOWHERE
        return NOWHERE.union(*(self.stored(place, name) for name in sorted(names)))

    def classes(self, places: Places) -> Iterator[Class]:
        """The classes among the places."""
        yield from (one for place in sorted(places) if isinstance(one := self._known.get(place), Class))

    def functions(self, places: Places) -> Iterator[Function]:
        """The functions among the places."""
        yield from (one for place in sorted(places) if isinstance(one := self._known.get(place), Function))
