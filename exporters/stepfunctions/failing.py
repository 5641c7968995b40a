"""The names under which errors travel, so that `ErrorEquals`, which knows no inheritance, finds what Python would.

A worker names an error after the guards around its step: for each guard, from the innermost, the first of its names
that the error fits, joined by slashes. `Retry` and `Catch` of a guard list every such name in which its own one stands.
The other half of the rule is `error_name` in `exporters.stepfunctions.runtime.handler`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ANY = "Exception"
"""What a guard without names is called."""
RETRY_ASKED = "RetryAsked"
"""The code asks that the run be tried again."""
ENDED = "Ended"
"""The run is over, well: the framework answered, or an `end` stands inside parallel work."""

Names = tuple[str, ...]


def error_equals(names: Names, around: Sequence[Names], inside: Sequence[Names]) -> list[str]:
    """All names of errors that a guard takes: its own, with at most one of each guard inside before and around behind.

    Guards are given the innermost first.
    """
    found: dict[str, None] = {}
    for name in names or (ANY,):
        for before in _choices(inside):
            for behind in _choices(around):
                found["/".join(dict.fromkeys((*before, name, *behind)))] = None
    return list(found)


def _choices(guards: Sequence[Names]) -> Iterator[tuple[str, ...]]:
    """At most one name of each guard, in their order; none of any first."""
    if not guards:
        yield ()
        return
    first, *rest = guards
    for behind in _choices(rest):
        yield behind
        for name in first or (ANY,):
            yield (name, *behind)
