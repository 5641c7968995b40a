"""Taskiq's retries for all tasks of a broker: a middleware says so, and not the task (`default_retry_label=True`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.entry_points.retry_policies import errors_of, unsaid_of
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.written import is_on, written
from discover.model import RetryPolicy

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench

_SIMPLE = ["taskiq.SimpleRetryMiddleware", "taskiq.middlewares.SimpleRetryMiddleware"]
_SMART = ["taskiq.SmartRetryMiddleware", "taskiq.middlewares.SmartRetryMiddleware"]
_TASKS = "taskiq.abc.broker.AsyncBroker.task"
_ALL = Pick(argument=1, keyword="default_retry_label")
_COUNT = Pick(argument=0, keyword="default_retry_count", default=3)
_DELAY = Pick(argument=3, keyword="default_delay", default=5)
_GROWS = Pick(argument=5, keyword="use_delay_exponent")
_ERRORS = Pick(argument=8, keyword="types_of_exceptions")
_ON = Pick(keyword="retry_on_error")
_OWN_COUNT = Pick(keyword="max_retries")
_OWN_DELAY = Pick(keyword="delay")


def register(bench: Workbench) -> None:
    """Give the tasks that say nothing themselves the policy that the project's only such middleware has for all."""
    sites = [(match.site, one is _SMART) for one in (_SIMPLE, _SMART) for match in bench.index.calls(one)]
    if len(sites) != 1:
        return
    site, is_smart = sites[0]
    policy = _policy(bench, Given(site.call, site.function), is_smart=is_smart)
    calls = {one.definition.id: (one.call, one.definition.module.body) for one, _ in bench.index.decorations(_TASKS)}
    for key, entry in bench.found.entry_points.items():
        if policy is None or entry.kind != "task" or entry.framework != "taskiq" or entry.unit not in calls:
            continue
        given = Given(*calls[entry.unit])
        if entry.retry is None and written(bench.picker, _ON, given) is None:
            bench.found.entry_points[key] = msgspec.structs.replace(entry, retry=_own(bench, policy, given))


def _policy(bench: Workbench, given: Given, *, is_smart: bool) -> RetryPolicy | None:
    option = written(bench.picker, _ALL, given)
    if option is None or not is_on(bench.picker, option):
        return None
    attempts = bench.picker.number(_COUNT, given)
    on, told = (errors_of(bench, _ERRORS, given) if is_smart else None) or ((), ())
    told += unsaid_of(bench, _GROWS, "the delays do not grow", given) if is_smart else ()
    delay = bench.picker.number(_DELAY, given) if is_smart else 0.0
    return RetryPolicy(attempts=None if attempts is None else int(attempts), delay=delay, on=on, unsaid=told)


def _own(bench: Workbench, policy: RetryPolicy, given: Given) -> RetryPolicy:
    """The policy with what the task says itself."""
    attempts, delay = bench.picker.number(_OWN_COUNT, given), bench.picker.number(_OWN_DELAY, given)
    return msgspec.structs.replace(
        policy,
        attempts=policy.attempts if attempts is None else int(attempts),
        delay=policy.delay if delay is None else delay,
    )
