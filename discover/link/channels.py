"""Which entry points a name addresses: exact names, names with unknown parts, signals with their senders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from discover.frameworks.records import Dispatch, EntryPoint
from discover.link.records import Target

_KINDS = {
    "dispatch": ("task", "consumer", "command", "schedule"),
    "schedule": ("task", "schedule", "command", "consumer"),
    "publish": ("consumer", "task"),
    "signal": ("signal", "hook"),
    "callback": ("hook", "signal"),
    "call": ("command",),
}
_HOLES = re.compile(r"(\{\}|\*|(?<!\w)#)")
"""A `#` behind a word is no wildcard: `shop/signals.py#2` is the second signal made there."""
_LEAST_LITERAL = 4
"""A name whose known parts are shorter than this matches too much to mean anything."""


class Directory:
    """The entry points by the names that address them."""

    def __init__(self, entry_points: Iterable[EntryPoint]) -> None:
        self._by_name: defaultdict[str, list[EntryPoint]] = defaultdict(list)
        for entry in entry_points:
            for name in dict.fromkeys(entry.names):
                self._by_name[name].append(entry)
        self._patterned = sorted(name for name in self._by_name if _HOLES.search(name))
        self._found: dict[tuple[str, str, str], tuple[Target, ...]] = {}

    def receivers(self, dispatch: Dispatch) -> tuple[Target, ...]:
        """The units that a dispatch's name reaches, in the order of their names."""
        key = (dispatch.edge, dispatch.name, dispatch.sender)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._receivers(dispatch))
        return found

    def _receivers(self, dispatch: Dispatch) -> Iterable[Target]:
        seen: set[str] = set()
        for entry, confidence, evidence in self._named(dispatch.name, dispatch.edge):
            if entry.kind not in _KINDS.get(dispatch.edge, (entry.kind,)) or entry.unit in seen:
                continue
            if entry.kind == "signal" and not sends_to(dispatch.sender, entry.detail.sender or ""):
                continue
            seen.add(entry.unit)
            yield Target(entry.unit, round(confidence * entry.confidence, 3), evidence)

    def _named(self, name: str, edge: str) -> Iterable[tuple[EntryPoint, float, str]]:
        exact = self._by_name.get(name, ())
        for entry in exact:
            yield entry, 1.0, f"named {name!r}"
        if "{}" in name:
            expression = pattern(name)
            if expression is not None:
                for known in sorted(self._by_name):
                    if known != name and expression.fullmatch(known):
                        for entry in self._by_name[known]:
                            yield entry, 0.6, f"name {name!r} may be {known!r}"
        elif edge != "signal" or not exact:  # a signal that has receivers of its own reaches none for a pattern
            for known in self._patterned:
                expression = pattern(known)
                if known != name and expression is not None and expression.fullmatch(name):
                    for entry in self._by_name[known]:
                        yield entry, 0.8, f"{known!r} takes {name!r}"


def pattern(name: str) -> re.Pattern[str] | None:
    """A name with unknown parts (`{}`, `*` for one word, `#` for the rest) as an expression; None if too open."""
    literal = name.replace("{}", "").replace("*", "").replace("#", "").strip("._-:/")
    if len(literal) < _LEAST_LITERAL:
        return None
    first, *parts = _HOLES.split(name)
    wild = {"{}": ".+", "*": r"[^.]+", "#": ".*"}
    pairs = [(wild[hole], re.escape(text)) for hole, text in zip(parts[::2], parts[1::2], strict=True)]
    # All but the last take the first place that fits, for good: tried in all ways, a dozen holes take for ever.
    *early, last = [(hole, text) for hole, text in pairs] or [("", "")]
    fixed = "".join(f"(?>{hole}?{text})" if text else hole for hole, text in early)
    return re.compile(re.escape(first) + fixed + "".join(last))


def sends_to(sender: str, wanted: str) -> bool:
    """Whether a receiver that wants only one sender hears this one; a sender that is not known is heard."""
    if not wanted or not sender:
        return True
    return last_name(sender) == last_name(wanted)


def last_name(dotted: str) -> str:
    """The last part of a unit or of a dotted path."""
    return dotted.rpartition("::")[2].rpartition(".")[2]
