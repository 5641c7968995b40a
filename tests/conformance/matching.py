"""Whether found values have all that is expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.conformance.spec import CallPattern, converted

if TYPE_CHECKING:
    from tests.conformance.record import Call


def holds(part: Any, whole: Any) -> bool:
    """Whether a value has all that is expected of it: of an object the named keys, of a list every item."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(one, whole[key]) for key, one in part.items())
    if isinstance(part, list | tuple):
        return isinstance(whole, list | tuple) and len(part) == len(whole) and all(map(holds, part, whole))
    return part == whole and isinstance(part, bool) == isinstance(whole, bool)


def pattern_of(said: Any) -> CallPattern:
    """A call as a scenario says it: its label alone, or with what its parts must hold."""
    return CallPattern(said) if isinstance(said, str) else converted(said, CallPattern, "calls")


def is_named(said: Any, call: Call) -> bool:
    """Whether it is the service, method and path that the scenario says."""
    return pattern_of(said).call == call.label


def fits(said: Any, call: Call) -> bool:
    """Whether it is the call that the scenario says, with what its parts must hold."""
    pattern = pattern_of(said)
    query = {
        name: [str(one) for one in (said if isinstance(said, list) else [said])] for name, said in pattern.query.items()
    }
    return (
        pattern.call == call.label
        and holds(query, call.query)
        and holds(pattern.headers, call.headers)
        and (pattern.json is msgspec.UNSET or holds(pattern.json, call.body))
    )
