"""Places as texts: holders, what comes in, objects that hold others, and modules, classes and functions as values.

What a parameter stands for begins with a colon (`:request.session`). `store>shop/app.py::STORE` is an object whose
attribute `store` is what the holder holds; of a dict's items the name is `*`. `shop/app.py::` is a module,
`shop/app.py::Shop:` a class, `shop/app.py::pay&` a function: these are no state themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

Places = frozenset[str]
NOWHERE: Places = frozenset()
ITEM = "*"
NEW = ":()"
"""The object that a class is asked to make."""
_DEEPEST = 3
_MOST = 256
"""So many objects that hold one another are told apart."""
_ENDS = (":", "&")


def within(attribute: str, places: Iterable[str]) -> Places:
    """An object of which one attribute holds what is there; of very much, just what that holds in the end.

    `node.parent = node` alone would double what is known of a node with each attribute that holds it.
    """
    held = frozenset(places)
    if len(held) > _MOST:
        held = frozenset(one.rpartition(">")[2] for one in held)
    return frozenset(f"{attribute}>{one}" for one in held if one.count(">") < _DEEPEST)


def taken(places: Iterable[str], attribute: str) -> Places:
    """What the objects hold by that attribute."""
    start = f"{attribute}>"
    return frozenset(one.removeprefix(start) for one in places if one.startswith(start))


def is_value(place: str) -> bool:
    """Whether it is a module, a class or a function."""
    return place.endswith(_ENDS)


def plain(places: Places) -> Places:
    """The holders themselves, and those that the objects hold."""
    if not any(">" in one or one.endswith(_ENDS) for one in places):
        return places
    return frozenset(held for one in places if not is_value(held := one.rpartition(">")[2]))


def is_incoming(place: str) -> bool:
    """Whether it is what a parameter stands for, or an object that holds that."""
    return place.startswith(":") or ">:" in place


def overlap(one: str, two: str) -> bool:
    """Whether one of the places is, or is a part of, the other."""
    return one == two or one.startswith(f"{two}.") or two.startswith(f"{one}.")


def parts_of(place: str) -> tuple[str, ...]:
    """The place, and the holder that it is an attribute of: places that overlap have one of them in common."""
    head, _, name = place.rpartition("::")
    outer = name.rpartition(".")[0]
    return (place, f"{head}::{outer}") if head and outer else (place,)


def among(places: Iterable[str], others: Places) -> Places:
    """Those of the places that overlap one of the others."""
    parts = {part for one in others for part in parts_of(one)}
    return frozenset(one for one in places if one in parts or not others.isdisjoint(parts_of(one)))
