"""Taskiq's retries: its labels say whether a task is tried again, a middleware of its broker how.

A label of the task outweighs the middleware's word for all tasks. What no policy has a field for (growing delays,
jitter, numbers and errors that are not known, more than one such middleware) is told with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.entry_points.retry_policies import errors_of, unsaid_of
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.written import is_on, written
from discover.model import RetryPolicy, Unsaid

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench

_SIMPLE = ["taskiq.SimpleRetryMiddleware", "taskiq.middlewares.SimpleRetryMiddleware"]
_SMART = ["taskiq.SmartRetryMiddleware", "taskiq.middlewares.SmartRetryMiddleware"]
_TASKS = "taskiq.abc.broker.AsyncBroker.task"
_ALL = Pick(argument=1, keyword="default_retry_label")
_COUNT = Pick(argument=0, keyword="default_retry_count")
_DELAY = Pick(argument=3, keyword="default_delay")
_SIMPLE_ERRORS = Pick(argument=3, keyword="types_of_exceptions")
_ERRORS = Pick(argument=8, keyword="types_of_exceptions")
_TOLD = (
    (Pick(argument=4, keyword="use_jitter"), "no time is added to the delays at random"),
    (Pick(argument=5, keyword="use_delay_exponent"), "each delay is the first one, and does not grow with the tries"),
)
_ON = Pick(keyword="retry_on_error")
_OWN_COUNT = Pick(keyword="max_retries")
_OWN_DELAY = Pick(keyword="delay")
_OWN_ERRORS = Pick(keyword="types_of_exceptions")
_TRIES, _PAUSE = 3, 5.0
_SEVERAL = "several such middlewares stand in the code, and which of them tries the task again is not known"


def register(bench: Workbench) -> None:
    """Give each task the policy that its labels and the middleware make together."""
    sites = [(match.site, one is _SMART) for one in (_SIMPLE, _SMART) for match in bench.index.calls(one)]
    if not sites:
        return
    middlewares = [(Given(site.call, site.function), is_smart) for site, is_smart in sites]
    calls = {one.definition.id: (one.call, one.definition.module.body) for one, _ in bench.index.decorations(_TASKS)}
    for key, entry in bench.found.entry_points.items():
        if entry.kind != "task" or entry.framework != "taskiq" or entry.unit not in calls:
            continue
        policy = _policy(bench, middlewares, entry.retry, Given(*calls[entry.unit]))
        bench.found.entry_points[key] = msgspec.structs.replace(entry, retry=policy)


def _policy(
    bench: Workbench, middlewares: list[tuple[Given, bool]], known: RetryPolicy | None, own: Given
) -> RetryPolicy | None:
    """What becomes of a task that fails; `known` is what its own labels say of that."""
    label = written(bench.picker, _ON, own)
    given, is_smart = middlewares[0]
    if label is None:
        trying = [one for one in middlewares if _tries_all(bench, one[0])]
        if not trying:
            return known
        given, is_smart = trying[0]
    elif not is_on(bench.picker, label):
        return known
    policy = _merged(bench, given, own, known or RetryPolicy(), is_smart=is_smart)
    if len(middlewares) == 1:
        return policy
    several = [
        Unsaid(text=option.text, means=_SEVERAL, at=option.at)
        for one, _ in middlewares
        for pick in (_ALL, _COUNT, _DELAY)
        if (option := written(bench.picker, pick, one)) is not None
    ][:1]
    return msgspec.structs.replace(policy, unsaid=(*policy.unsaid, *several))


def _tries_all(bench: Workbench, given: Given) -> bool:
    option = written(bench.picker, _ALL, given)
    return option is not None and is_on(bench.picker, option)


def _merged(bench: Workbench, given: Given, own: Given, known: RetryPolicy, *, is_smart: bool) -> RetryPolicy:
    """The middleware's policy, with what the task says itself."""
    attempts, told = _number(bench, (_OWN_COUNT, own), (_COUNT, given), _TRIES, "{:g} tries are made")
    delay: float = 0.0
    if is_smart:
        pause = "the next try follows after {:g} s"
        delay, more = _number(bench, (_OWN_DELAY, own), (_DELAY, given), _PAUSE, pause)
        told += more
        told += tuple(one for pick, means in _TOLD for one in unsaid_of(bench, pick, means, given))
    elif (label := bench.picker.number(_OWN_DELAY, own)) is not None:
        delay = label
    errors = _SIMPLE_ERRORS if not is_smart else _ERRORS
    on, some = errors_of(bench, _OWN_ERRORS, own) or errors_of(bench, errors, given) or (known.on, ())
    return RetryPolicy(attempts=int(attempts), delay=delay, on=on, unsaid=(*some, *told))


def _number(
    bench: Workbench, own: tuple[Pick, Given], of_all: tuple[Pick, Given], default: float, instead: str
) -> tuple[float, tuple[Unsaid, ...]]:
    """The task's own number, else the middleware's; where one is written and not known, that is told."""
    for pick, given in (own, of_all):
        option = written(bench.picker, pick, given)
        if option is None:
            continue
        number = bench.picker.number(pick, given)
        if number is not None:
            return number, ()
        means = f"the number is not known: {instead.format(default)}"
        return default, (Unsaid(text=option.text, means=means, at=option.at),)
    return default, ()
