"""What is known of a value: whether it can leave the process, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from exporters.cutting.source import Class

Form = Literal["plain", "data", "object", "row", "other"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of values.

    `plain`: a text, a number, a date, an enum's member; `data`: lists and dicts of such; `object`: a dataclass or a
    pydantic model; `row`: an object of an ORM; `other`: whatever must stay where it was made.
    """

    form: Form
    of: Class | None = None
    item: Kind | None = None
    """What a list or a query holds, where that is known."""
    parts: tuple[Kind, ...] = ()
    """The kinds of a tuple's parts."""
    why: str = ""
    """What the value is, for the reader, where it is `other`."""
    is_changed: bool = False
    """A row that was changed and not saved, or read before its table was changed."""
    unsaved: frozenset[str] = frozenset()
    """What was set of a row that is changed, where that is known."""
    fetched: frozenset[str] = frozenset()
    """The relations of a row that its query has read with it."""
    is_bound: bool = False
    """A row of a session that ends with the step: it can't be told from one that is not written."""

    @property
    def crosses(self) -> bool:
        """Whether the value can pass from step to step."""
        if self.form == "row":
            return not self.is_changed and not self.is_bound
        return self.form != "other" and all(part.crosses for part in (*self.parts, *([self.item] if self.item else ())))

    @property
    def is_mutable(self) -> bool:
        """Whether the value can be changed in place."""
        return self.form in {"data", "object", "row", "other"}

    @property
    def reason(self) -> str:
        """Why it can't cross."""
        if self.form == "row":
            if self.is_bound:
                return "a row of a session that is open"
            return "a row that is changed, or was read before a change"
        for part in (*self.parts, *([self.item] if self.item else ())):
            if not part.crosses:
                return part.reason
        return self.why or "a value that nothing is known of"


PLAIN = Kind("plain")
DATA = Kind("data")
RESPONSE = Kind("other", why="the response of an HTTP client")
UNKNOWN = Kind("other")
_OWN = "the object whose method it is"
_ITSELF = "the class whose method it is"
_UNREAD = "a query that is not read yet"


def other(why: str, item: Kind | None = None) -> Kind:
    """A value that can't cross."""
    return Kind("other", why=why, item=item)


def unread(item: Kind) -> Kind:
    """A query of such values, which reads the store when somebody asks for one."""
    return other(_UNREAD, item)


def iterator(name: str, item: Kind) -> Kind:
    """What is gone over once, and is then empty."""
    return other(f"what `{name}` gives", item=item)


def is_unread(kind: Kind) -> bool:
    """Whether the value is such a query."""
    return kind.form == "other" and kind.item is not None and kind.why == _UNREAD


def own_object(of: Class) -> Kind:
    """The object whose method runs: what it holds is always the same."""
    return Kind("other", of, why=_OWN)


def itself(of: Class) -> Kind:
    """The class, as one of its own methods has it."""
    return Kind("other", of, why=_ITSELF)


def is_class(kind: Kind) -> bool:
    """Whether the value is a class of the backend."""
    return kind.form == "other" and kind.of is not None and kind.why == _ITSELF


def is_own(kind: Kind) -> bool:
    """Whether the value is such an object."""
    return kind.form == "other" and kind.of is not None and kind.why == _OWN


def listed(item: Kind) -> Kind:
    """A list of such values."""
    return Kind("data", item=item)


def held(kinds: list[Kind]) -> Kind:
    """A container of these: nothing but JSON needs no telling."""
    if all(kind.form in {"plain", "data"} and kind.crosses for kind in kinds):
        return DATA
    return listed(joined(kinds))


def item_of(kind: Kind) -> Kind:
    """What iterating over the value, or asking for an item, gives."""
    if kind.item is not None:
        return kind.item
    if kind.parts:
        return joined(kind.parts)
    if kind.form in {"plain", "data"}:
        return kind
    return UNKNOWN


def bounded(kind: Kind, depth: int = 3) -> Kind:
    """The kind with what is held too deep told in general: a loop may nest values without end."""
    if not kind.item and not kind.parts:
        return kind
    if depth == 0:
        return DATA if kind.crosses and kind.form == "data" and not _holds_objects(kind) else other("a nested value")
    item = bounded(kind.item, depth - 1) if kind.item else None
    return replace(kind, item=item, parts=tuple(bounded(part, depth - 1) for part in kind.parts))


def _holds_objects(kind: Kind) -> bool:
    return kind.form in {"row", "object"} or any(
        map(_holds_objects, (*kind.parts, *([kind.item] if kind.item else ())))
    )


def joined(kinds: Iterable[Kind]) -> Kind:
    """What is known of a value that is one of these."""
    found: Kind | None = None
    for kind in kinds:
        found = kind if found is None else _join(found, kind)
    return found or PLAIN


def _join(one: Kind, two: Kind) -> Kind:
    if one == two:
        return one
    forms = {one.form, two.form}
    if "other" in forms:
        return one if one.form == "other" else two
    if forms <= {"plain", "data"}:
        if one.form == two.form == "data" and len(one.parts) == len(two.parts) > 0:
            return Kind("data", parts=tuple(map(_join, one.parts, two.parts)))
        items = [k.item or (joined(k.parts) if k.parts else None) for k in (one, two) if k.form == "data"]
        known = [item for item in items if item is not None]
        return Kind("data", item=joined(known) if len(known) == len(items) else None)
    if "plain" in forms:
        # None beside a row or an object: the row may be missing.
        return one if two.form == "plain" else two
    if one.form == two.form and one.of == two.of:
        changed = [kind for kind in (one, two) if kind.is_changed]
        is_known = all(kind.unsaved for kind in changed)
        unsaved = frozenset[str]().union(*(kind.unsaved for kind in changed)) if is_known else frozenset[str]()
        return replace(one, is_changed=bool(changed), unsaved=unsaved, is_bound=one.is_bound or two.is_bound)
    return other("one of several kinds of objects")
