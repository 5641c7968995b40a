"""How a registration tells its library to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.model import RetryPolicy
from discover.resolve.values import ClassValue, ExternalValue

if TYPE_CHECKING:
    from discover.catalog.spec import Retry
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench


def retry_policy(bench: Workbench, rule: Retry | None, given: Given) -> RetryPolicy | None:
    """The library's retry policy as the registration sets it."""
    if rule is None:
        return None
    attempts = bench.picker.number(rule.attempts, given)
    policy = RetryPolicy(
        attempts=int(attempts) if attempts is not None else None,
        delay=bench.picker.number(rule.delay, given),
        backoff=bench.picker.number(rule.backoff, given),
        max_delay=bench.picker.number(rule.max_delay, given),
        on=tuple(_exceptions(bench, rule.on, given)),
    )
    return None if policy == RetryPolicy() else msgspec.structs.replace(policy, backoff=_factor(policy.backoff))


def _exceptions(bench: Workbench, pick: Pick | str | None, given: Given) -> list[str]:
    if not isinstance(pick, Pick):
        return [pick] if pick else []
    found: list[str] = []
    for value in bench.picker.values(pick, given):
        for one in bench.contexts.flat(value):
            if isinstance(one, ClassValue):
                found.append(one.cls.record.name)
            elif isinstance(one, ExternalValue):
                found.append(one.path.rpartition(".")[2])
    return list(dict.fromkeys(found))


def _factor(backoff: float | None) -> float | None:
    """A library's backoff switch or seconds: growth is by two unless said otherwise."""
    if backoff is None or not backoff:
        return None
    return 2.0
