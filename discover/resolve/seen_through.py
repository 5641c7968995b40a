"""Methods of the standard library that only run what they are given: `submit(context.run, work, order)`.

A call that hands one of them over with its arguments is seen as the call without it: `submit(work, order)`, and
`Thread(target=context.run, args=(work, order))` as `Thread(target=work, args=(order,))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.resolve.values import Values, library_path

if TYPE_CHECKING:
    from discover.resolve.sites import CallSite

_RUNS_WHAT_IT_IS_GIVEN = frozenset({"contextvars.Context.run"})
SEEN_THROUGH = 16
"""So often is one call seen without such a method, where each names the next one; beyond, it stays as it is then."""


def seen_through(site: CallSite) -> ir.Call | None:
    """The call without a method that only runs what stands behind it; None where none is handed over."""
    if all(external.path not in _RUNS_WHAT_IT_IS_GIVEN for external in site.externals if external.handed is not None):
        return None
    call = site.call
    told = next((n for n, one in enumerate(call.arguments) if isinstance(one, ir.Starred)), len(call.arguments))
    running = {place for place, values in enumerate(site.arguments[:told]) if _only_runs(values)}
    running.discard(len(call.arguments) - 1)
    if running:
        left = [argument for place, argument in enumerate(call.arguments) if place not in running]
        return msgspec.structs.replace(call, arguments=left)
    for name, values in site.keywords.items():
        packed = next((keyword.value for keyword in call.keywords if keyword.name == "args"), None)
        if _only_runs(values) and isinstance(packed, ir.Sequence) and packed.items:
            instead = {name: packed.items[0], "args": ir.Sequence("tuple", packed.items[1:])}
            keywords = [
                ir.Keyword(keyword.name, instead.get(keyword.name, keyword.value) if keyword.name else keyword.value)
                for keyword in call.keywords
            ]
            return msgspec.structs.replace(call, keywords=keywords)
    return None


def _only_runs(values: Values) -> bool:
    paths = {library_path(value) for value in values}
    return bool(paths) and paths <= _RUNS_WHAT_IT_IS_GIVEN
