"""How a registration tells its library to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.model import RetryPolicy
from discover.resolve.values import ClassValue, ConstantValue, ExternalValue

if TYPE_CHECKING:
    from discover.catalog.spec import TaskRetry
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench


def retry_policy(bench: Workbench, rule: TaskRetry | None, given: Given) -> RetryPolicy | None:
    """The library's retry policy as the registration sets it."""
    if rule is None or (rule.when is not None and not _is_on(bench, rule.when, given)):
        return None
    policy = RetryPolicy(
        attempts=_attempts(bench, rule, given),
        delay=bench.picker.number(rule.delay, given),
        backoff=_factor(bench.picker.number(rule.backoff, given)) or bench.picker.number(rule.factor, given) or None,
        max_delay=bench.picker.number(rule.max_delay, given),
        on=tuple(_exceptions(bench, rule.on, given)),
        asked=rule.asked,
    )
    is_once = policy.asked and policy.attempts == 1
    return None if is_once or (policy == RetryPolicy() and rule.when is None) else policy


def _is_on(bench: Workbench, pick: Pick, given: Given) -> bool:
    """Whether the option is given; one of unknown value counts as on."""
    values = bench.picker.values(pick, given)
    if not values:
        return bench.picker.expression(pick, given.call) is not None
    return any(not isinstance(value, ConstantValue) or value.value for value in values)


def _attempts(bench: Workbench, rule: TaskRetry, given: Given) -> int | None:
    """The number of tries; a switch in place of the number sets no limit."""
    for pick in (rule.attempts, rule.plain):
        attempts = bench.picker.number(pick, given)
        if attempts is not None:
            values = bench.picker.values(pick, given) if isinstance(pick, Pick) else ()
            is_switch = any(isinstance(value, ConstantValue) and value.value is True for value in values)
            return None if is_switch else int(attempts)
    return None


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
