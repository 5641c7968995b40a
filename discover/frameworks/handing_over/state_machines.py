"""What a state machine runs at an event: each callback becomes a hook of the call that sets the event off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import HookEdge, called_at
from discover.resolve.symbols import Class, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite


def hook_callbacks(
    bench: Workbench,
    site: CallSite,
    cls: Class,
    callbacks: Mapping[str, float] | Mapping[str | Function, float],
    *,
    library: str,
    evidence: str,
    known: Iterable[Function] = (),
) -> None:
    """Note the callbacks of one event, in their order, with how certain each is.

    Args:
        bench: where the hooks are noted.
        site: the call that sets the event off.
        cls: the class whose methods the names mean.
        callbacks: functions, or names of methods.
        library: the state machine's library.
        evidence: which event it is.
        known: what the call is known to run anyhow.
    """
    left_out = set(known)
    for order, (called, confidence) in enumerate(callbacks.items(), 1):
        method = called if isinstance(called, Function) else bench.program.find_method(cls, called)
        if method is None or not method.is_project or method in left_out:
            continue
        bench.found.hook(
            HookEdge(
                **called_at(site),
                target=method.id,
                order=order,
                library=library,
                confidence=confidence,
                evidence=evidence,
            )
        )
